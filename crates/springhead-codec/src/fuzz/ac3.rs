//! Bodies of AC-3 and Enhanced AC-3.

use bytes::Bytes;

use crate::ac3::{Ac3Config, Assembler, Config, Eac3Config, split};

/// Frames do not overlap; the access units that they make hold six blocks, and their configuration can be read again.
pub fn ac3_frames(data: &[u8]) {
    let stream = Bytes::copy_from_slice(data);
    let mut assembler = Assembler::default();
    let (mut total, mut items, mut units) = (0, 0, Vec::new());
    for frame in split(&stream) {
        items += 1;
        let Ok(frame) = frame else { continue };
        assert_eq!(frame.payload.len(), frame.header.frame_bytes);
        assert!(frame.header.sample_rate > 0 && matches!(frame.header.blocks, 1 | 2 | 3 | 6));
        total += frame.payload.len();
        units.extend(assembler.push(frame).ok().flatten());
    }
    assert!(total <= data.len() && items <= data.len());
    units.extend(assembler.flush());
    assert!(units.iter().map(|unit| unit.payload.len()).sum::<usize>() <= total);
    for unit in units {
        let main = unit.headers.iter().filter(|header| header.is_main());
        assert_eq!(main.map(|header| header.blocks).sum::<u8>(), 6);
        let config = Config::from_unit(&unit).expect("an access unit describes itself");
        assert!(config.sample_rate() > 0 && config.channels() > 0 && !config.hls_channels().is_empty());
        ac3_config(&config.to_bytes());
    }
}

/// Both configurations: what is written says the same.
pub fn ac3_config(data: &[u8]) {
    if let Ok(config) = Ac3Config::parse(data) {
        assert!(config.sample_rate() > 0);
        assert_eq!(Ac3Config::parse(&config.to_bytes()), Ok(config));
    }
    if let Ok(config) = Eac3Config::parse(data) {
        assert!(config.channels() > 0 && config.sample_rate > 0);
        assert_eq!(Eac3Config::parse(&config.to_bytes()), Ok(config));
    }
}

#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 2] = [ac3_frames, ac3_config];

/// Real inputs, and what no encoder at hand makes.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::ac3::synthetic::Eac3;
    use crate::fixtures;

    let few = Eac3 { numblkscod: 0, mixing: true, information: true, ..Eac3::MONO };
    let rear = Eac3 { strmtyp: 1, acmod: 6, chanmap: Some(0x1a00), ..few };
    let mut seeds = vec![fixtures::AC3.to_vec(), fixtures::EAC3.to_vec(), Eac3::ATMOS.to_bytes()];
    seeds.push([few.to_bytes(), rear.to_bytes()].concat().repeat(7));
    seeds.extend(fixtures::DAC3.map(|(hex, ..)| fixtures::bytes(hex)));
    seeds.extend(fixtures::DEC3.map(|(hex, ..)| fixtures::bytes(hex)));
    seeds
}
