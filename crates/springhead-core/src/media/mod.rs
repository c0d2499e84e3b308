//! What a broadcast is made of: tracks, and their access units.

mod track;
mod unit;

pub use track::{
    AudioParams, Cicp, Codec, ContentLight, FrameRate, MasteringDisplay, MediaKind, MediaParams, SampleAspect, Track,
    TrackSet, VideoParams,
};
pub use unit::{AccessUnit, UnitFlags};
