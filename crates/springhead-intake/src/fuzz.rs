//! Bodies of the fuzz targets.

use std::sync::Arc;

use bytes::Bytes;
use springhead_codec::avc::{self, DecoderConfig};
use springhead_codec::{aac, nal::Framing};
use springhead_core::{Limits, MonoTime, TickDelta, Timescale, Timestamp, Track, TrackId};

use crate::{Intake, Output, RawUnit, SourceClock};

/// Any sequence of units: nothing panics, what comes out keeps its promises, and everything that went in is accounted for.
pub fn intake(data: &[u8]) {
    let Some((&kind, data)) = data.split_first() else { return };
    let track = if kind & 1 == 0 { video() } else { audio() };
    let framing = if kind & 2 == 0 { Framing::LengthPrefixed(4) } else { Framing::AnnexB };
    let sequenced = kind & 4 != 0;
    let mut intake = Intake::new(Arc::new(track), SourceClock::RTMP, Limits::default());
    let mut arrival = 0u64;
    let mut last: Option<Timestamp> = None;
    let mut checked = |intake: &mut Intake| {
        while let Some(output) = intake.poll_output() {
            match output {
                Output::Timeline => last = None,
                Output::Unit(unit) => {
                    assert!(last.is_none_or(|last| unit.dts > last), "decode times rise strictly");
                    assert!(last.is_some() || unit.is_random_access(), "a timeline begins at a random access point");
                    assert!(!unit.payload.is_empty(), "a unit holds something");
                    last = Some(unit.dts);
                }
                Output::Track(_) | Output::Repair(_) => {}
            }
        }
    };
    for record in data.chunks(12) {
        let byte = |at: usize| record.get(at).copied().unwrap_or(0);
        let dts = u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]);
        let payload = match byte(4) & 7 {
            0 => Bytes::from_static(b"\0\0\0\x03\x65\x88\x84"),
            1 => Bytes::from_static(b"\0\0\0\x01\x41\x9a\x02"),
            2 => Bytes::from_static(b"\0\0\0\x03\x41\x9a\x02"),
            3 => Bytes::from_static(b"\0\0\0\x03\x41\x46\x80"),
            _ => Bytes::copy_from_slice(record.get(4..).unwrap_or_default()),
        };
        arrival += u64::from(byte(5)) * 1_000_000;
        intake.handle_unit(RawUnit {
            dts: dts.into(),
            composition_offset: TickDelta(i64::from(i16::from_le_bytes([byte(6), byte(7)]))),
            sequence: sequenced.then(|| byte(8).into()),
            framing,
            payload,
            checksum: None,
            arrival: MonoTime(arrival),
        });
        checked(&mut intake);
    }
    intake.flush();
    checked(&mut intake);
    let stats = intake.stats();
    assert_eq!(
        stats.emitted + stats.dropped() + stats.empty + stats.slices,
        stats.received,
        "every unit is accounted for"
    );
}

fn video() -> Track {
    let sps = Bytes::from_static(b"\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8");
    let config = DecoderConfig::from_parameter_sets([sps], [Bytes::from_static(b"\x68\xce\x0f\xc8")]);
    let track = config.and_then(|config| avc::track(TrackId(1), Timescale::MPEG, &config));
    track.expect("parameter sets of a real encoder")
}

fn audio() -> Track {
    aac::track(TrackId(2), &Bytes::from_static(&[0x12, 0x10])).expect("a plain configuration")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_units_of_some_kind(data in prop::collection::vec(any::<u8>(), 0..600)) {
            super::intake(&data);
        }

        #[test]
        fn stamps_that_stay_close_are_units_of_some_kind(
            kind: u8,
            records in prop::collection::vec((0u32..8000, 0u8..4, 0u8..60, -300i16..300, 0u8..30), 0..80),
        ) {
            let mut data = vec![kind];
            for (dts, payload, wait, offset, sequence) in records {
                data.extend(dts.to_le_bytes());
                data.extend([payload, wait]);
                data.extend(offset.to_le_bytes());
                data.extend([sequence, 0, 0, 0]);
            }
            super::intake(&data);
        }
    }
}
