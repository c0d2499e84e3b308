//! The built-in channel: a short clip, looped with timestamps that go on.

use std::time::Duration;

use bytes::Bytes;
use springhead::codec::nal::Framing;
use springhead::codec::{aac, avc};
use springhead::core::{BroadcastKey, TickDelta, Timescale, TrackId};
use springhead::engine::{
    Credentials, Engine, PublishError, PublishRequest, PublishSession, RawUnit, SourceClock, TrackDescription,
    TrackError,
};
use springhead::mux::flv::{self, AudioTag, TagKind, VideoTag};

/// H.264 and AAC in FLV, made by `demo/make.sh`. Pictures and sound last [`LOOP_MILLIS`] to the tick.
const CLIP: &[u8] = include_bytes!("../demo/demo.flv");
/// 320 pictures of 40 ms, and 600 AAC units of 1024 samples at 48 kHz.
const LOOP_MILLIS: u64 = 12_800;
const KEY: &str = "live/demo";
const VIDEO: u32 = 0;
const AUDIO: u32 = 1;

/// Why the demo does not run. Only a broken build, or a configuration that forbids it, brings one about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("the clip cannot be read")]
    Clip(#[from] flv::FlvError),
    #[error("the clip's pictures cannot be read")]
    Video(#[from] avc::AvcError),
    #[error("the clip's sound cannot be read")]
    Audio(#[from] aac::AacError),
    #[error("the clip has a tag that is not H.264 or AAC")]
    Foreign,
    #[error("live/demo cannot be published")]
    Publish(#[from] PublishError),
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

/// The clip, taken apart.
struct Clip {
    video: springhead::core::Track,
    audio: springhead::core::Track,
    entries: Vec<Entry>,
}

impl Clip {
    fn read() -> Result<Self, DemoError> {
        let mut reader = flv::Reader::new(CLIP.len());
        reader.handle_bytes(CLIP);
        let (mut video, mut audio, mut entries) = (None, None, Vec::new());
        let mut framing = Framing::LengthPrefixed(4);
        while let Some(tag) = reader.next_tag()? {
            let millis = u64::from(tag.header.timestamp);
            match tag.header.kind {
                TagKind::Video => match VideoTag::parse(&tag.body)? {
                    VideoTag::AvcSequenceHeader(record) => {
                        let config = avc::DecoderConfig::parse(&record)?;
                        framing = Framing::LengthPrefixed(config.length_size);
                        video = Some(avc::track(TrackId(0), Timescale::MPEG, &config)?);
                    }
                    VideoTag::AvcUnit { composition_time, payload, .. } => entries.push(Entry {
                        slot: VIDEO,
                        millis,
                        composition_millis: i64::from(composition_time),
                        framing,
                        payload,
                    }),
                    VideoTag::AvcEndOfSequence => {}
                    _ => return Err(DemoError::Foreign),
                },
                TagKind::Audio => match AudioTag::parse(&tag.body)? {
                    AudioTag::AacSequenceHeader(config) => audio = Some(aac::track(TrackId(0), &config)?),
                    AudioTag::AacRaw(payload) => {
                        entries.push(Entry { slot: AUDIO, millis, composition_millis: 0, framing, payload });
                    }
                    _ => return Err(DemoError::Foreign),
                },
                _ => {}
            }
        }
        let (Some(video), Some(audio)) = (video, audio) else { return Err(DemoError::Foreign) };
        Ok(Self { video, audio, entries })
    }
}

/// Publishes the clip for ever. Ends when the engine shuts down.
pub(crate) async fn run(engine: Engine) -> Result<(), DemoError> {
    let clip = Clip::read()?;
    let key: BroadcastKey = KEY.parse().expect("the demo's key is a key");
    let request = PublishRequest { key, credentials: Credentials::default(), protocol: "demo", remote: None };
    let mut session = engine.publish(request).await?;
    let clock = SourceClock { scale: Timescale::MILLIS, bits: None };
    let video = session.set_track(VIDEO, TrackDescription { track: clip.video.clone(), clock })?;
    let audio = session.set_track(AUDIO, TrackDescription { track: clip.audio.clone(), clock })?;
    let ids = move |slot| if slot == VIDEO { video } else { audio };
    let begin = tokio::time::Instant::now();
    for turn in 0u64.. {
        for entry in &clip.entries {
            let millis = turn * LOOP_MILLIS + entry.millis;
            tokio::select! {
                _ = session.ended() => {
                    session.finish();
                    return Ok(());
                }
                () = tokio::time::sleep_until(begin + Duration::from_millis(millis)) => {}
            }
            hand_in(&mut session, ids(entry.slot), entry, millis, &engine);
        }
    }
    Ok(())
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
            arrival: engine.clock().now().mono,
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clip_loops_without_a_seam() {
        let clip = Clip::read().unwrap();
        let of = |slot| clip.entries.iter().filter(move |entry| entry.slot == slot).collect::<Vec<_>>();
        let (video, audio) = (of(VIDEO), of(AUDIO));
        assert_eq!((video.len(), audio.len()), (320, 600));
        assert_eq!(video.last().unwrap().millis + 40 - video[0].millis, LOOP_MILLIS);
        assert!(audio[0].millis < 22 && audio.last().unwrap().millis.abs_diff(LOOP_MILLIS - 21) < 22);
    }
}
