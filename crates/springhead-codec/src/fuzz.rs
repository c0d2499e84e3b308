//! Bodies of the fuzz targets: each takes any bytes and checks what has to hold of them.

use crate::nal::{self, Framing, emulation};

#[cfg(feature = "aac")]
mod aac;
#[cfg(feature = "ac3")]
mod ac3;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
mod access_units;
#[cfg(feature = "av1")]
mod av1;
#[cfg(feature = "avc")]
mod avc;
#[cfg(feature = "flac")]
mod flac;
#[cfg(feature = "hevc")]
mod hevc;
#[cfg(any(feature = "scte35", feature = "id3", feature = "captions"))]
mod messages;
#[cfg(feature = "mpeg-audio")]
mod mpeg_audio;
#[cfg(feature = "opus")]
mod opus;
mod reorder;
#[cfg(all(feature = "vp8", feature = "vp9"))]
mod vpx;
#[cfg(feature = "vvc")]
mod vvc;

#[cfg(feature = "aac")]
pub use aac::*;
#[cfg(feature = "ac3")]
pub use ac3::*;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub use access_units::*;
#[cfg(feature = "av1")]
pub use av1::*;
#[cfg(feature = "avc")]
pub use avc::*;
#[cfg(feature = "flac")]
pub use flac::*;
#[cfg(feature = "hevc")]
pub use hevc::*;
#[cfg(any(feature = "scte35", feature = "id3", feature = "captions"))]
pub use messages::*;
#[cfg(feature = "mpeg-audio")]
pub use mpeg_audio::*;
#[cfg(feature = "opus")]
pub use opus::*;
pub use reorder::*;
#[cfg(all(feature = "vp8", feature = "vp9"))]
pub use vpx::*;
#[cfg(feature = "vvc")]
pub use vvc::*;

/// Both ways through emulation prevention.
pub fn emulation_prevention(data: &[u8]) {
    let nal = emulation::insert(data);
    let back = emulation::remove(&nal);
    assert!(back.starts_with(data) && back.len() <= data.len() + 1);
    assert!(!nal.ends_with(&[0]));
    assert!(emulation::remove(data).len() <= data.len());
}

/// Every framing, by the first byte.
pub fn nal_units(data: &[u8]) {
    let Some((framing, payload)) = framed(data) else { return };
    let mut end = 0;
    for range in nal::units(payload, framing).map_while(Result::ok) {
        assert!(range.start >= end && !range.is_empty() && range.end <= payload.len());
        end = range.end;
    }
}

/// A framing by the first byte, and the rest.
fn framed(data: &[u8]) -> Option<(Framing, &[u8])> {
    let (&choice, payload) = data.split_first()?;
    let framing = match choice % 4 {
        0 => Framing::AnnexB,
        1 => Framing::LengthPrefixed(1),
        2 => Framing::LengthPrefixed(2),
        _ => Framing::LengthPrefixed(4),
    };
    Some((framing, payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Bodies = &'static [fn(&[u8])];

    /// What is tried with which real inputs, by room; each input also with a framing before it.
    fn rooms() -> Vec<(Bodies, Vec<Vec<u8>>)> {
        const SHARED: [fn(&[u8]); 3] = [emulation_prevention, nal_units, decode_times];
        let mut rooms = vec![
            (&SHARED[..], vec![b"\0\0\0\x01\x09\x10".to_vec()]),
            #[cfg(feature = "aac")]
            (&aac::BODIES[..], aac::seeds()),
            #[cfg(feature = "ac3")]
            (&ac3::BODIES[..], ac3::seeds()),
            #[cfg(feature = "av1")]
            (&av1::BODIES[..], av1::seeds()),
            #[cfg(feature = "avc")]
            (&avc::BODIES[..], avc::seeds()),
            #[cfg(all(feature = "avc", feature = "hevc", feature = "vvc"))]
            (&[access_units as fn(&[u8])][..], [avc::seeds(), hevc::seeds(), vvc::seeds()].concat()),
            #[cfg(feature = "flac")]
            (&flac::BODIES[..], flac::seeds()),
            #[cfg(feature = "hevc")]
            (&hevc::BODIES[..], hevc::seeds()),
            #[cfg(feature = "mpeg-audio")]
            (&mpeg_audio::BODIES[..], mpeg_audio::seeds()),
            #[cfg(feature = "opus")]
            (&opus::BODIES[..], opus::seeds()),
            #[cfg(all(feature = "vp8", feature = "vp9"))]
            (&vpx::BODIES[..], vpx::seeds()),
            #[cfg(feature = "vvc")]
            (&vvc::BODIES[..], vvc::seeds()),
        ];
        for (_, real) in &mut rooms {
            let framed: Vec<_> = real.iter().flat_map(|seed| (0..4).map(move |n| [&[n], &seed[..]].concat())).collect();
            real.extend(framed);
        }
        rooms
    }

    /// Every real input, with what is tried with it.
    fn inputs() -> Vec<(Bodies, Vec<u8>)> {
        let each = |(bodies, real): (Bodies, Vec<Vec<u8>>)| real.into_iter().map(move |seed| (bodies, seed));
        rooms().into_iter().flat_map(each).collect()
    }

    #[test]
    fn every_body_holds_for_real_inputs_and_for_them_cut_short() {
        for (bodies, seed) in inputs() {
            for body in bodies {
                body(&seed);
                (0..seed.len()).step_by(seed.len() / 40 + 1).for_each(|end| body(&seed[..end]));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn every_body_holds_for_real_inputs_that_are_damaged(
            (bodies, seed) in prop::sample::select(inputs()),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut damaged = seed;
            for (at, value) in damage {
                let at = at.index(damaged.len());
                damaged[at] = value;
            }
            bodies.iter().for_each(|body| body(&damaged));
        }

        #[test]
        fn every_body_holds_for_any_bytes(data in prop::collection::vec(prop_oneof![any::<u8>(), 0u8..4], 0..200)) {
            for (bodies, _) in rooms() {
                bodies.iter().for_each(|body| body(&data));
            }
        }
    }
}
