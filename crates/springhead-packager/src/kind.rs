//! What a rendition is made of.

use springhead_core::Track;

/// Pictures, or sound. Tracks of messages are set apart before anything is packaged ([`Sieve`](crate::sieve::Sieve)), so that
/// a rendition without pictures has sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Video,
    Audio,
}

impl Kind {
    pub(crate) fn of(track: &Track) -> Self {
        match track.video() {
            Some(_) => Self::Video,
            None => Self::Audio,
        }
    }
}
