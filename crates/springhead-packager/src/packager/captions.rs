//! Captions that are carried in the pictures.

use std::borrow::Cow;

use springhead_core::{AccessUnit, MediaKind, Rope, TrackSet};

use super::Packager;

/// How much of a picture is looked at for messages, which come before its first slice or frame.
const BEGINNING: usize = 8 << 10;

impl Packager {
    /// Looks for captions in a picture. What is found is announced from then on, and never taken back: who was told of a
    /// channel finds nothing in it for a while, as where nobody speaks.
    pub(super) fn note_captions(&mut self, unit: &AccessUnit, tracks: &TrackSet) {
        let codec = tracks.track(unit.track).map(|track| track.codec).filter(|codec| codec.kind() == MediaKind::Video);
        if codec.is_some_and(|codec| self.captions.handle_sample(codec, &beginning(&unit.payload))) {
            self.version.mpd += 1;
            self.dirty = true;
        }
    }
}

/// What a sample begins with, without a copy where it is one slice.
fn beginning(payload: &Rope) -> Cow<'_, [u8]> {
    match payload.slices() {
        [whole] => Cow::Borrowed(whole),
        slices => {
            let mut beginning = Vec::new();
            for slice in slices {
                let room = BEGINNING - beginning.len();
                beginning.extend_from_slice(&slice[..slice.len().min(room)]);
                if beginning.len() == BEGINNING {
                    break;
                }
            }
            Cow::Owned(beginning)
        }
    }
}
