//! Tracks and samples to write.

use bytes::Bytes;
use proptest::prelude::*;
use springhead_codec::{aac, avc};
use springhead_core::{Cicp, MediaParams, Rope, SampleAspect, Timescale, Track, TrackId};
use springhead_mux::fmp4::{Emsg, EventTime};

/// Of x264 for pictures of 640 by 360, with VUI.
pub(crate) const SPS: &[u8] = b"\x67\x4d\x40\x1e\xec\xa0\x50\x17\xfc\xb8\x08\x80\0\0\x03\0\x80\0\0\x1e\x07\x8b\x16\xcb";
pub(crate) const PPS: &[u8] = b"\x68\xef\x8f\xc8";

/// A video track with a shape of samples and a colour that its bitstream does not state.
pub(crate) fn video() -> Track {
    let config = avc::DecoderConfig::from_parameter_sets(vec![SPS.into()], vec![PPS.into()]).unwrap();
    let mut track = avc::track(TrackId(1), Timescale::MPEG, &config).unwrap();
    let MediaParams::Video(video) = &mut track.params else { panic!("a video track") };
    video.aspect = SampleAspect { h: 4, v: 3 };
    video.cicp = Some(Cicp { primaries: 9, transfer: 18, matrix: 9, full_range: true });
    track.language = Some("de-CH".into());
    track
}

/// An audio track of two channels at 44.1 kHz.
pub(crate) fn audio() -> Track {
    aac::track(TrackId(2), &Bytes::from_static(&[0x12, 0x10])).unwrap()
}

/// What a sample is made from.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) duration: u32,
    pub(crate) composition_offset: i32,
    pub(crate) sync: bool,
    pub(crate) disposable: bool,
    pub(crate) payload: Rope,
}

/// One sample, often like its neighbours.
pub(crate) fn made() -> impl Strategy<Value = Made> {
    let payload =
        prop_oneof![Just(vec![vec![1, 2, 3]]), prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 1..4),];
    (
        prop_oneof![Just(3000u32), any::<u32>()],
        prop_oneof![Just(0i32), any::<i32>()],
        any::<bool>(),
        any::<bool>(),
        payload,
    )
        .prop_map(|(duration, composition_offset, sync, disposable, payload)| Made {
            duration,
            composition_offset,
            sync,
            disposable: disposable && !sync,
            payload: payload.into_iter().map(Bytes::from).collect(),
        })
}

/// One event message of either version.
pub(crate) fn emsg() -> impl Strategy<Value = Emsg> {
    let time = prop_oneof![any::<u32>().prop_map(EventTime::SinceSegment), any::<u64>().prop_map(EventTime::At)];
    let texts = ("[a-z:/.]{0,20}", "[^\0]{0,6}");
    let message = prop::collection::vec(any::<u8>(), 0..40);
    (texts, 1..=u32::MAX, time, any::<u32>(), any::<u32>(), message).prop_map(
        |((scheme_id_uri, value), hz, time, duration, id, message)| Emsg {
            scheme_id_uri,
            value,
            timescale: Timescale::new(hz).expect("it is not zero"),
            time,
            duration,
            id,
            message: message.into(),
        },
    )
}
