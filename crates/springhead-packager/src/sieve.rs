//! Tracks that become renditions, and those that do not.

use std::sync::Arc;

use springhead_core::{Codec, MediaKind, Track, TrackSet};

/// Takes the tracks out of sets that become no rendition: those of messages, and those of codecs that no player of HLS or
/// DASH has (VP8 and G.711, which are for readers in real time).
///
/// No period begins because one of them comes, goes or changes, nothing is cut by them, and nothing waits for them. All of
/// that follows from the sets that are packaged having none.
#[derive(Debug, Default)]
pub(crate) struct Sieve {
    /// The last set as it came, and what was left of it.
    last: Option<(Arc<TrackSet>, Arc<TrackSet>)>,
}

impl Sieve {
    /// The tracks of a set that become renditions: the same set as before for as long as they and their timeline stay the
    /// same.
    pub(crate) fn media(&mut self, tracks: &Arc<TrackSet>) -> Arc<TrackSet> {
        if let Some((known, left)) = &self.last
            && Arc::ptr_eq(known, tracks)
        {
            return left.clone();
        }
        let is_media = |track: &&Arc<Track>| is_packaged(track.codec);
        let same = |left: &&Arc<TrackSet>| {
            left.timeline == tracks.timeline && tracks.tracks.iter().filter(is_media).eq(left.tracks.iter())
        };
        let left = match self.last.as_ref().map(|(_, left)| left).filter(same) {
            Some(left) => left.clone(),
            None if tracks.tracks.iter().all(|track| is_media(&track)) => tracks.clone(),
            None => {
                let tracks_left = tracks.tracks.iter().filter(is_media).cloned().collect();
                Arc::new(TrackSet::new(tracks.generation, tracks.timeline, tracks_left))
            }
        };
        self.last = Some((tracks.clone(), left.clone()));
        left
    }
}

/// Whether tracks of a codec become renditions.
fn is_packaged(codec: Codec) -> bool {
    codec.kind() != MediaKind::Metadata && !matches!(codec, Codec::Vp8 | Codec::PcmA | Codec::PcmU)
}

#[cfg(test)]
mod tests {
    use springhead_core::{Codec, MediaParams, Timescale, TrackId};
    use springhead_testkit::{Source, SourceOptions};

    use super::*;

    fn with_messages(set: &TrackSet) -> Arc<TrackSet> {
        let messages = Track {
            id: TrackId(9),
            timescale: Timescale::MPEG,
            codec: Codec::Scte35,
            config: bytes::Bytes::new(),
            codec_string: "".into(),
            params: MediaParams::Metadata,
            language: None,
        };
        let tracks = set.tracks.iter().cloned().chain([Arc::new(messages)]).collect();
        Arc::new(TrackSet::new(set.generation.next(), set.timeline, tracks))
    }

    #[test]
    fn messages_that_come_and_go_leave_the_set_that_is_packaged_the_same() {
        let plain = Source::new(SourceOptions::default()).tracks();
        let mut sieve = Sieve::default();
        let first = sieve.media(&plain);
        let during = sieve.media(&with_messages(&plain));
        let after = sieve.media(&Arc::new((*plain).clone()));
        assert!(Arc::ptr_eq(&first, &plain) && Arc::ptr_eq(&first, &during) && Arc::ptr_eq(&first, &after));
    }

    #[test]
    fn another_timeline_is_another_set_though_messages_are_taken_out() {
        let plain = Source::new(SourceOptions::default()).tracks();
        let mut sieve = Sieve::default();
        sieve.media(&plain);
        let next = TrackSet { timeline: plain.timeline.next(), ..(*with_messages(&plain)).clone() };
        let left = sieve.media(&Arc::new(next.clone()));
        assert_eq!((left.timeline, left.generation), (next.timeline, next.generation));
        assert_eq!(left.tracks, plain.tracks);
    }
}
