//! Clips that are published in a loop, with timestamps that go on: the built-in channel, and slates.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use springhead::codec::nal::Framing;
use springhead::codec::{aac, avc};
use springhead::core::{BroadcastKey, Codec, TickDelta, Timescale, TrackId};
use springhead::engine::{
    Credentials, Engine, PublishError, PublishRequest, PublishSession, RawUnit, SourceClock, TrackDescription,
    TrackError,
};
use springhead::mux::flv::{self, AudioPacket, AudioTag, TagKind, VideoPacket, VideoTag};

/// H.264 and AAC in FLV, made by `demo/make.sh`: 320 pictures of 40 ms, and 600 AAC units of 1024 samples at 48 kHz, both
/// 12.8 s to the tick.
const DEMO: &[u8] = include_bytes!("../demo/demo.flv");
/// Where the built-in channel is published.
const DEMO_KEY: &str = "live/demo";
const VIDEO: u32 = 0;
const AUDIO: u32 = 1;
/// The longest clip, in bytes: it is kept in memory.
const LONGEST: u64 = 256 << 20;

/// Why a clip is not published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClipError {
    #[error("{path} cannot be read")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} has more than {} MiB", LONGEST >> 20)]
    TooLong { path: String },
    #[error("the clip cannot be read as FLV")]
    Clip(#[from] flv::FlvError),
    #[error("the clip's pictures cannot be read")]
    Video(#[from] avc::AvcError),
    #[error("the clip's sound cannot be read")]
    Audio(#[from] aac::AacError),
    #[error("the clip has a tag that is not H.264 or AAC")]
    Foreign,
    #[error("the clip has no pictures")]
    Empty,
    #[error("{key} cannot be published")]
    Publish {
        key: BroadcastKey,
        #[source]
        source: PublishError,
    },
    #[error("the clip's tracks were not taken")]
    Track(#[from] TrackError),
}

/// One unit of the clip.
struct Entry {
    slot: u32,
    millis: u64,
    composition_millis: i64,
    framing: Framing,
    payload: Bytes,
}

/// A clip, taken apart.
pub(crate) struct Clip {
    video: springhead::core::Track,
    audio: Option<springhead::core::Track>,
    entries: Vec<Entry>,
    /// How long it lasts until it begins again: to the end of the last picture.
    millis: u64,
}

impl Clip {
    /// The built-in one.
    pub(crate) fn demo() -> Result<Self, ClipError> {
        Self::parse(DEMO)
    }

    /// One from an FLV file with H.264 and, if there is sound, AAC.
    pub(crate) fn open(path: &Path) -> Result<Self, ClipError> {
        let name = || path.display().to_string();
        let failed = |source| ClipError::File { path: name(), source };
        if std::fs::metadata(path).map_err(failed)?.len() > LONGEST {
            return Err(ClipError::TooLong { path: name() });
        }
        Self::parse(&std::fs::read(path).map_err(failed)?)
    }

    fn parse(bytes: &[u8]) -> Result<Self, ClipError> {
        let mut reader = flv::Reader::new(bytes.len());
        reader.handle_bytes(bytes);
        let (mut video, mut audio, mut entries) = (None, None, Vec::new());
        let mut framing = Framing::LengthPrefixed(4);
        while let Some(tag) = reader.next_tag()? {
            let millis = u64::from(tag.header.timestamp);
            match tag.header.kind {
                TagKind::Video => {
                    let VideoTag::Tracks(messages) = VideoTag::parse(&tag.body)? else {
                        return Err(ClipError::Foreign);
                    };
                    for message in messages {
                        if (message.track, message.codec()) != (0, Some(Codec::Avc)) {
                            return Err(ClipError::Foreign);
                        }
                        match message.packet {
                            VideoPacket::SequenceStart(record) => {
                                let config = avc::DecoderConfig::parse(&record)?;
                                framing = Framing::LengthPrefixed(config.length_size);
                                video = Some(avc::track(TrackId(0), Timescale::MPEG, &config)?);
                            }
                            VideoPacket::CodedFrames { composition_time, payload, .. } => entries.push(Entry {
                                slot: VIDEO,
                                millis,
                                composition_millis: i64::from(composition_time),
                                framing,
                                payload: payload.to_bytes(),
                            }),
                            VideoPacket::SequenceEnd => {}
                            _ => return Err(ClipError::Foreign),
                        }
                    }
                }
                TagKind::Audio => {
                    let AudioTag::Tracks(messages) = AudioTag::parse(&tag.body)? else {
                        return Err(ClipError::Foreign);
                    };
                    for message in messages {
                        if (message.track, message.codec()) != (0, Some(Codec::Aac)) {
                            return Err(ClipError::Foreign);
                        }
                        match message.packet {
                            AudioPacket::SequenceStart(config) => audio = Some(aac::track(TrackId(0), &config)?),
                            AudioPacket::CodedFrames(payload) => {
                                let payload = payload.to_bytes();
                                entries.push(Entry { slot: AUDIO, millis, composition_millis: 0, framing, payload });
                            }
                            _ => return Err(ClipError::Foreign),
                        }
                    }
                }
                _ => {}
            }
        }
        let Some(video) = video else { return Err(ClipError::Empty) };
        let mut pictures = entries.iter().filter(|entry| entry.slot == VIDEO).map(|entry| entry.millis);
        let (Some(first), Some(last)) = (pictures.next(), pictures.next_back()) else { return Err(ClipError::Empty) };
        let count = entries.iter().filter(|entry| entry.slot == VIDEO).count() as u64;
        // The last picture lasts as long as they do on average.
        let millis = last.saturating_sub(first) * count / (count - 1).max(1);
        entries.iter_mut().for_each(|entry| entry.millis = entry.millis.saturating_sub(first));
        Ok(Self { video, audio, entries, millis: millis.max(1) })
    }

    /// Publishes the clip for ever. Ends when the engine shuts down, or somebody takes the name.
    pub(crate) async fn publish(self, engine: Engine, key: BroadcastKey) -> Result<(), ClipError> {
        let request =
            PublishRequest { key: key.clone(), credentials: Credentials::default(), protocol: "clip", remote: None };
        let mut session = engine.publish(request).await.map_err(|source| ClipError::Publish { key, source })?;
        let clock = SourceClock { scale: Timescale::MILLIS, bits: None };
        let video = session.set_track(VIDEO, TrackDescription { track: self.video.clone(), clock })?;
        let audio = match self.audio.clone() {
            Some(track) => Some(session.set_track(AUDIO, TrackDescription { track, clock })?),
            None => None,
        };
        let begin = tokio::time::Instant::now();
        for turn in 0u64.. {
            for entry in &self.entries {
                let Some(track) = (if entry.slot == VIDEO { Some(video) } else { audio }) else { continue };
                let millis = turn * self.millis + entry.millis;
                tokio::select! {
                    _ = session.ended() => {
                        session.finish();
                        return Ok(());
                    }
                    () = tokio::time::sleep_until(begin + Duration::from_millis(millis)) => {}
                }
                hand_in(&mut session, track, entry, millis, &engine);
            }
        }
        Ok(())
    }
}

/// The built-in channel.
pub(crate) fn demo_key() -> BroadcastKey {
    DEMO_KEY.parse().expect("the demo's key is a key")
}

fn hand_in(session: &mut PublishSession, track: TrackId, entry: &Entry, millis: u64, engine: &Engine) {
    session.handle_unit(
        track,
        RawUnit {
            dts: millis,
            composition_offset: TickDelta(entry.composition_millis),
            sequence: None,
            framing: entry.framing,
            payload: entry.payload.clone(),
            checksum: None,
            arrival: engine.clock().now().mono,
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_clip_is_told_from_what_is_not_there() {
        assert!(matches!(Clip::parse(b"RIFF"), Err(ClipError::Clip(_) | ClipError::Empty)));
        assert!(matches!(Clip::parse(b""), Err(ClipError::Empty)));
        assert!(matches!(Clip::open(Path::new("/nowhere/slate.flv")), Err(ClipError::File { .. })));
    }

    #[test]
    fn the_demo_loops_without_a_seam() {
        let clip = Clip::demo().unwrap();
        let of = |slot| clip.entries.iter().filter(move |entry| entry.slot == slot).collect::<Vec<_>>();
        let (video, audio) = (of(VIDEO), of(AUDIO));
        assert_eq!((video.len(), audio.len(), clip.millis), (320, 600, 12_800));
        assert!(audio[0].millis < 22 && audio.last().unwrap().millis.abs_diff(clip.millis - 21) < 22);
    }
}
