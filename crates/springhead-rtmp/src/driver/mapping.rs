//! From the bodies of media messages to tracks and raw units. Pure, and nothing is copied: a unit's payload is a slice of
//! the message.

use std::collections::BTreeMap;

use bytes::Bytes;
use springhead_codec::nal::Framing;
use springhead_codec::sound::{self, SoundError};
use springhead_codec::video::{self, VideoConfig, VideoError};
use springhead_codec::{aac, flac, g711, opus};
use springhead_core::{Codec, Limits, MediaKind, MonoTime, TickDelta, Timescale, Track, TrackId};
use springhead_engine::RawUnit;
use springhead_mux::flv::{AudioMessage, AudioPacket, AudioTag, VideoMessage, VideoPacket, VideoTag};

/// Which of a publish's elementary streams something belongs to: what it is, and the number that Enhanced RTMP gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) kind: MediaKind,
    pub(super) track: u8,
}

/// What a message turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Mapped {
    /// The decoder configuration of a slot, for the first time or another one than before.
    Track(Slot, Track),
    /// A unit of a slot whose configuration has come.
    Unit(Slot, RawUnit),
    /// Media in a codec that is not taken; by the name that its specification gives it.
    Unsupported(String),
    /// A message or a configuration that cannot be read, and why.
    Unreadable(String),
    /// A unit without a configuration: nothing could decode it.
    Orphan(Slot),
}

/// What is remembered between messages.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    streams: BTreeMap<Slot, Stream>,
    limits: Limits,
}

/// What is remembered of one elementary stream.
#[derive(Debug)]
struct Stream {
    codec: Codec,
    /// The configuration as it was sent.
    sent: Bytes,
    /// That of pictures, read.
    pictures: Option<VideoConfig>,
    framing: Framing,
    /// Whether the engine was told of the track.
    announced: bool,
}

impl Stream {
    fn new(codec: Codec) -> Self {
        // Of sound, the framing means nothing.
        Self { codec, sent: Bytes::new(), pictures: None, framing: Framing::LengthPrefixed(4), announced: false }
    }
}

/// How long a packet of Opus lasts as a rule: 20 ms. Each says it itself.
const OPUS_TICKS: u32 = 960;

/// What FLV's G.711 is sampled at, whatever its header says (Adobe FLV 10.1 §E.4.2.1).
const G711_RATE: u32 = 8000;

impl Mapping {
    /// A video message, which may hold packets of several tracks.
    pub(super) fn video(&mut self, timestamp: u32, body: &Bytes, arrival: MonoTime) -> Vec<Mapped> {
        match VideoTag::parse(body) {
            Ok(VideoTag::Tracks(messages)) => {
                messages.into_iter().flat_map(|message| self.video_message(timestamp, message, arrival)).collect()
            }
            Ok(_) => Vec::new(),
            Err(error) => vec![Mapped::Unreadable(error.to_string())],
        }
    }

    /// An audio message, which may hold packets of several tracks.
    pub(super) fn audio(&mut self, timestamp: u32, body: &Bytes, arrival: MonoTime) -> Vec<Mapped> {
        match AudioTag::parse(body) {
            Ok(AudioTag::Tracks(messages)) => {
                messages.into_iter().flat_map(|message| self.audio_message(timestamp, message, arrival)).collect()
            }
            Ok(_) => Vec::new(),
            Err(error) => vec![Mapped::Unreadable(error.to_string())],
        }
    }

    fn video_message(&mut self, timestamp: u32, message: VideoMessage, arrival: MonoTime) -> Vec<Mapped> {
        let slot = Slot { kind: MediaKind::Video, track: message.track };
        let Some(codec) = message.codec() else { return vec![Mapped::Unsupported(message.id.to_string())] };
        match message.packet {
            VideoPacket::SequenceStart(record) if !record.is_empty() => self.record(slot, codec, record),
            VideoPacket::CodedFrames { composition_time, payload, .. } if !payload.is_empty() => {
                let stream = self.streams.entry(slot).or_insert_with(|| Stream::new(codec));
                let payload = payload.to_bytes();
                let mut mapped = Vec::new();
                if !stream.announced {
                    mapped.extend(stream.found_in(&payload, slot, &self.limits));
                }
                if stream.announced {
                    let offset = TickDelta(composition_time.into());
                    mapped.push(Mapped::Unit(slot, unit(timestamp, offset, stream.framing, payload, arrival)));
                } else if mapped.is_empty() {
                    mapped.push(Mapped::Orphan(slot));
                }
                mapped
            }
            VideoPacket::Mpeg2TsSequenceStart(_) => vec![Mapped::Unsupported(format!("{} of MPEG-2 TS", message.id))],
            _ => Vec::new(),
        }
    }

    /// The configuration of pictures.
    fn record(&mut self, slot: Slot, codec: Codec, record: Bytes) -> Vec<Mapped> {
        // Encoders repeat it, some before every key frame.
        if self.streams.get(&slot).is_some_and(|stream| stream.codec == codec && stream.sent == record) {
            return Vec::new();
        }
        let config = match VideoConfig::parse(codec, &record) {
            Ok(config) => config,
            Err(error) => return vec![Mapped::Unreadable(error.to_string())],
        };
        let mut stream = Stream { sent: record, framing: framing_of(&config), ..Stream::new(codec) };
        let mapped = stream.announce(config, slot);
        match mapped {
            // The record of VP8 and VP9 does not state the size, which comes with the first key frame.
            Err(VideoError::Vpx(_)) => {
                self.streams.insert(slot, stream);
                Vec::new()
            }
            Err(error) => vec![Mapped::Unreadable(error.to_string())],
            Ok(track) => {
                self.streams.insert(slot, stream);
                vec![track]
            }
        }
    }

    fn audio_message(&mut self, timestamp: u32, message: AudioMessage, arrival: MonoTime) -> Vec<Mapped> {
        let slot = Slot { kind: MediaKind::Audio, track: message.track };
        let Some(codec) = message.codec() else { return vec![Mapped::Unsupported(message.id.to_string())] };
        match message.packet {
            AudioPacket::SequenceStart(config) if !config.is_empty() => self.describe(slot, codec, config),
            AudioPacket::CodedFrames(payload) if !payload.is_empty() => {
                let payload = payload.to_bytes();
                let known = self.streams.get(&slot).is_some_and(|stream| stream.announced && stream.codec == codec);
                let mut mapped = Vec::new();
                if !known {
                    let channels = 1 + u16::from(message.stereo.unwrap_or(false));
                    match self_described(codec, &payload, channels) {
                        Ok(track) => {
                            self.streams.insert(slot, Stream { announced: true, ..Stream::new(codec) });
                            mapped.push(Mapped::Track(slot, track));
                        }
                        Err(SoundError::Unsupported(_)) => return vec![Mapped::Orphan(slot)],
                        Err(error) => return vec![Mapped::Unreadable(error.to_string())],
                    }
                }
                let framing = Framing::LengthPrefixed(4);
                mapped.push(Mapped::Unit(slot, unit(timestamp, TickDelta(0), framing, payload, arrival)));
                mapped
            }
            _ => Vec::new(),
        }
    }

    /// The configuration of sound.
    fn describe(&mut self, slot: Slot, codec: Codec, config: Bytes) -> Vec<Mapped> {
        let known = self.streams.get(&slot).filter(|stream| stream.codec == codec);
        if known.is_some_and(|stream| stream.sent == config) {
            return Vec::new();
        }
        let track = match codec {
            Codec::Aac => aac::track(TrackId(0), &config).map_err(SoundError::from),
            Codec::Opus => {
                let header = opus::DecoderConfig::from_header(&config).map_err(SoundError::from);
                header.map(|config| opus::track(TrackId(0), &config, OPUS_TICKS))
            }
            Codec::Flac => {
                let described = flac::DecoderConfig::from_stream(&config).map_err(SoundError::from);
                // What FFmpeg counted comes at the end, as another configuration of the same sound.
                let counted = |before: &flac::DecoderConfig, after: &flac::DecoderConfig| {
                    let of = |config: &flac::DecoderConfig| {
                        let info = &config.stream_info;
                        (info.sample_rate, info.channels, info.bits_per_sample)
                    };
                    of(before) == of(after)
                };
                let before = known.and_then(|stream| flac::DecoderConfig::from_stream(&stream.sent).ok());
                if let (Some((before, _)), Ok((after, _))) = (&before, &described)
                    && counted(before, after)
                {
                    return Vec::new();
                }
                described.map(|(config, _)| flac::track(TrackId(0), &config))
            }
            // The rest describes itself, or needs no description.
            _ => return Vec::new(),
        };
        match track {
            Ok(track) => {
                self.streams.insert(slot, Stream { sent: config, announced: true, ..Stream::new(codec) });
                vec![Mapped::Track(slot, track)]
            }
            Err(error) => vec![Mapped::Unreadable(error.to_string())],
        }
    }
}

impl Stream {
    /// A track of that configuration, which it keeps in any case.
    fn announce(&mut self, config: VideoConfig, slot: Slot) -> Result<Mapped, VideoError> {
        let track = self.pictures.insert(config).track(TrackId(0), Timescale::MPEG, None)?;
        self.announced = true;
        Ok(Mapped::Track(slot, track))
    }

    /// The track, from what a unit brings with it.
    fn found_in(&mut self, payload: &Bytes, slot: Slot, limits: &Limits) -> Option<Mapped> {
        let unit = video::unit(self.codec, payload, self.framing, self.pictures.as_ref(), limits).ok()?;
        if unit.configuration.is_empty() {
            return None;
        }
        let config = match &self.pictures {
            Some(config) => config.updated(&unit.configuration),
            None => VideoConfig::from_found(self.codec, &unit.configuration),
        };
        self.announce(config.ok()?, slot).ok()
    }
}

/// How the units of a source with that configuration are framed.
fn framing_of(config: &VideoConfig) -> Framing {
    Framing::LengthPrefixed(match config {
        VideoConfig::Avc(config) => config.length_size,
        VideoConfig::Hevc(config) => config.length_size,
        VideoConfig::Vvc(config) => config.length_size,
        _ => 4,
    })
}

/// A track of sound that comes without a description.
fn self_described(codec: Codec, payload: &Bytes, channels: u16) -> Result<Track, SoundError> {
    let law = match codec {
        Codec::PcmA => g711::Law::A,
        Codec::PcmU => g711::Law::Mu,
        codec => return sound::track_of_unit(TrackId(0), codec, payload),
    };
    let format = g711::Format { law, sample_rate: G711_RATE, channels };
    Ok(g711::track(TrackId(0), format, format.duration(payload.len())?)?)
}

fn unit(timestamp: u32, composition_offset: TickDelta, framing: Framing, payload: Bytes, arrival: MonoTime) -> RawUnit {
    RawUnit { dts: timestamp.into(), composition_offset, sequence: None, framing, payload, checksum: None, arrival }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Limits, Session};

    const AT: MonoTime = MonoTime(5);
    const VIDEO: Slot = Slot { kind: MediaKind::Video, track: 0 };
    const AUDIO: Slot = Slot { kind: MediaKind::Audio, track: 0 };

    fn video(mapping: &mut Mapping, body: &'static [u8]) -> Vec<Mapped> {
        mapping.video(40, &Bytes::from_static(body), AT)
    }

    fn audio(mapping: &mut Mapping, body: &'static [u8]) -> Vec<Mapped> {
        mapping.audio(40, &Bytes::from_static(body), AT)
    }

    /// Everything that the publisher of a capture delivers, mapped.
    fn replay(capture: &[u8]) -> Vec<Mapped> {
        let mut session = Session::new(Limits::default(), 1, AT);
        let mut mapping = Mapping::default();
        let mut mapped = Vec::new();
        session.handle_bytes(capture, AT);
        while let Some(event) = session.poll_event() {
            match event {
                Event::Publish(publish) => assert!(session.accept_publish(publish.request, AT)),
                Event::Video { timestamp, body } => mapped.extend(mapping.video(timestamp, &body, AT)),
                Event::Audio { timestamp, body } => mapped.extend(mapping.audio(timestamp, &body, AT)),
                _ => {}
            }
        }
        mapped
    }

    #[test]
    fn what_cannot_be_read_or_decoded_is_told_apart() {
        let mut mapping = Mapping::default();
        assert!(matches!(&video(&mut mapping, b"\x17")[..], [Mapped::Unreadable(_)]));
        assert!(matches!(&video(&mut mapping, b"\x17\0\0\0\0garbage")[..], [Mapped::Unreadable(_)]));
        assert_eq!(video(&mut mapping, b"\x17\x01\0\0\0\0\0\0\x01\x65"), [Mapped::Orphan(VIDEO)]);
        assert_eq!(video(&mut mapping, b"\x17\x01\0\0\0"), []);
        assert_eq!(video(&mut mapping, b"\x22h263"), [Mapped::Unsupported("FLV video codec 2".into())]);
        assert!(matches!(&video(&mut mapping, b"\x90hvc1record")[..], [Mapped::Unreadable(_)]));
        assert_eq!(video(&mut mapping, b"\x90xyz1record"), [Mapped::Unsupported("xyz1".into())]);
        assert_eq!(video(&mut mapping, b"\x94hvc1hdr"), []);
        assert_eq!(video(&mut mapping, b"\x96\x01avc1\x01\0\0\0x").len(), 1);
        assert_eq!(audio(&mut mapping, b"\xaf\0"), [], "as FFmpeg sends where it does not know yet");
        assert!(matches!(&audio(&mut mapping, b"\xaf\0\xff")[..], [Mapped::Unreadable(_)]));
        assert_eq!(audio(&mut mapping, b"\xaf\x01sound"), [Mapped::Orphan(AUDIO)]);
        assert_eq!(audio(&mut mapping, b"\x6fnelly"), [Mapped::Unsupported("FLV sound format 6".into())]);
        assert!(matches!(&audio(&mut mapping, b"\x2fmp3")[..], [Mapped::Unreadable(_)]));
        assert!(matches!(&audio(&mut mapping, b"\x90Opushead")[..], [Mapped::Unreadable(_)]));
        assert_eq!(audio(&mut mapping, b"\x91Opus\xfc"), [Mapped::Orphan(AUDIO)]);
    }

    #[test]
    fn a_configuration_that_is_repeated_is_no_change_and_another_one_is() {
        let mut mapping = Mapping::default();
        assert!(matches!(&audio(&mut mapping, b"\xaf\0\x12\x10")[..], [Mapped::Track(AUDIO, _)]));
        assert_eq!(audio(&mut mapping, b"\xaf\0\x12\x10"), []);
        // By its FourCC it is the same configuration.
        assert_eq!(audio(&mut mapping, b"\x90mp4a\x12\x10"), []);
        assert!(matches!(&audio(&mut mapping, b"\xaf\0\x11\x90")[..], [Mapped::Track(AUDIO, _)]));
    }

    #[test]
    fn units_are_slices_of_their_message_with_its_times() {
        let mut mapping = Mapping::default();
        audio(&mut mapping, b"\xaf\0\x12\x10");
        let body = Bytes::from_static(b"\xaf\x01sound");
        let mapped = mapping.audio(0xffff_ffff, &body, AT);
        let [Mapped::Unit(AUDIO, unit)] = &mapped[..] else { panic!("{mapped:?}") };
        assert_eq!(unit.payload.as_ptr(), body[2..].as_ptr());
        assert_eq!((unit.dts, unit.arrival), (0xffff_ffff, AT));
    }

    #[test]
    fn a_real_publish_maps_to_two_tracks_and_their_units_with_composition_offsets() {
        let mapped = replay(include_bytes!("../../testdata/ffmpeg-5.1-h264-aac.rtmp"));
        let codecs = mapped.iter().filter_map(|mapped| match mapped {
            Mapped::Track(_, track) => Some(&*track.codec_string),
            _ => None,
        });
        let mut codecs: Vec<&str> = codecs.collect();
        codecs.sort_unstable();
        assert_eq!(codecs.len(), 2);
        assert!(codecs[0].starts_with("avc1.") && codecs[1] == "mp4a.40.2", "{codecs:?}");
        let times = mapped.iter().filter_map(|mapped| match mapped {
            Mapped::Unit(VIDEO, unit) => Some((unit.dts, unit.composition_offset.0)),
            _ => None,
        });
        // Two B-frames between references: the pictures of 100 ms are decoded 200 ms before the first is shown.
        let times: Vec<_> = times.collect();
        assert_eq!(times[..5], [(0, 200), (100, 400), (200, 100), (300, 100), (400, 200)]);
        assert!(!mapped.iter().any(|mapped| matches!(mapped, Mapped::Unreadable(_) | Mapped::Orphan(_))));
    }

    #[test]
    fn a_real_publish_of_other_codecs_maps_to_their_tracks_and_units() {
        let mapped = replay(include_bytes!("../../testdata/ffmpeg-9.0-hevc-opus.rtmp"));
        let tracks = mapped.iter().filter_map(|mapped| match mapped {
            Mapped::Track(slot, track) => Some((*slot, &*track.codec_string)),
            Mapped::Unit(..) => None,
            other => panic!("{other:?}"),
        });
        let mut tracks: Vec<_> = tracks.collect();
        tracks.sort_unstable();
        assert_eq!(tracks, [(VIDEO, "hvc1.4.10.L30.9E.8"), (AUDIO, "opus")]);
        for slot in [VIDEO, AUDIO] {
            let units = mapped.iter().filter(|mapped| matches!(mapped, Mapped::Unit(of, _) if *of == slot));
            assert!(units.count() >= 3, "{slot:?}");
        }
    }

    #[test]
    fn tracks_of_one_kind_have_slots_of_their_own() {
        let mut mapping = Mapping::default();
        let of = |track| Slot { kind: MediaKind::Audio, track };
        let mapped = audio(&mut mapping, b"\x95\x10mp4a\0\0\0\x02\x12\x10\x01\0\0\x02\x11\x90");
        let slots: Vec<_> = mapped
            .iter()
            .filter_map(|mapped| match mapped {
                Mapped::Track(slot, _) => Some(*slot),
                _ => None,
            })
            .collect();
        assert_eq!(slots, [of(0), of(1)], "{mapped:?}");
    }

    #[test]
    fn sound_that_describes_itself_needs_no_configuration() {
        let mut mapping = Mapping::default();
        let mapped = audio(&mut mapping, b"\x7e\xd5\xd5\xd5\xd5");
        let [Mapped::Track(AUDIO, track), Mapped::Unit(AUDIO, unit)] = &mapped[..] else { panic!("{mapped:?}") };
        assert_eq!((track.codec, track.timescale.hz(), unit.payload.len()), (Codec::PcmA, 8000, 4));
        assert!(matches!(&audio(&mut mapping, b"\x7e\xd5\xd5")[..], [Mapped::Unit(AUDIO, _)]));
    }
}
