//! From the bodies of media messages to tracks and raw units. Pure, and nothing is copied: a unit's payload is a slice of
//! the message.

use bytes::Bytes;
use springhead_codec::aac;
use springhead_codec::avc::{self, DecoderConfig};
use springhead_codec::nal::Framing;
use springhead_core::{Codec, MonoTime, TickDelta, Timescale, Track, TrackId};
use springhead_engine::RawUnit;
use springhead_mux::flv::{AudioMessage, AudioPacket, AudioTag, VideoMessage, VideoPacket, VideoTag};

/// Which of a publish's elementary streams something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Video,
    Audio,
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
    /// Nothing to be passed on.
    Nothing,
}

/// What is remembered between messages.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    /// The video configuration as it was sent, and the framing that it names.
    video: Option<(Bytes, Framing)>,
    /// The audio configuration as it was sent.
    audio: Option<Bytes>,
}

impl Mapping {
    /// A video message, which may hold packets of several tracks.
    pub(super) fn video(&mut self, timestamp: u32, body: &Bytes, arrival: MonoTime) -> Vec<Mapped> {
        match VideoTag::parse(body) {
            Ok(VideoTag::Tracks(messages)) => {
                messages.into_iter().map(|message| self.video_message(timestamp, message, arrival)).collect()
            }
            Ok(_) => vec![Mapped::Nothing],
            Err(error) => vec![Mapped::Unreadable(error.to_string())],
        }
    }

    /// An audio message, which may hold packets of several tracks.
    pub(super) fn audio(&mut self, timestamp: u32, body: &Bytes, arrival: MonoTime) -> Vec<Mapped> {
        match AudioTag::parse(body) {
            Ok(AudioTag::Tracks(messages)) => {
                messages.into_iter().map(|message| self.audio_message(timestamp, message, arrival)).collect()
            }
            Ok(_) => vec![Mapped::Nothing],
            Err(error) => vec![Mapped::Unreadable(error.to_string())],
        }
    }

    fn video_message(&mut self, timestamp: u32, message: VideoMessage, arrival: MonoTime) -> Mapped {
        match (message.codec(), message.packet) {
            (_, VideoPacket::Metadata(_)) => Mapped::Nothing,
            (Some(Codec::Avc), _) if message.track != 0 => {
                Mapped::Unsupported(format!("a second video track (track {})", message.track))
            }
            (Some(Codec::Avc), VideoPacket::SequenceStart(record)) => self.avc_configuration(record),
            (Some(Codec::Avc), VideoPacket::CodedFrames { composition_time, payload, .. }) => match &self.video {
                _ if payload.is_empty() => Mapped::Nothing,
                Some((_, framing)) => {
                    let offset = TickDelta(composition_time.into());
                    Mapped::Unit(Slot::Video, unit(timestamp, offset, *framing, payload.to_bytes(), arrival))
                }
                None => Mapped::Orphan(Slot::Video),
            },
            (Some(Codec::Avc), VideoPacket::SequenceEnd) => Mapped::Nothing,
            _ => Mapped::Unsupported(message.id.to_string()),
        }
    }

    fn avc_configuration(&mut self, record: Bytes) -> Mapped {
        // Encoders repeat it, some before every key frame.
        if self.video.as_ref().is_some_and(|(known, _)| *known == record) {
            return Mapped::Nothing;
        }
        let parsed = DecoderConfig::parse(&record).and_then(|config| {
            let track = avc::track(TrackId(0), Timescale::MPEG, &config)?;
            Ok((config.length_size, track))
        });
        match parsed {
            Ok((length_size, track)) => {
                self.video = Some((record, Framing::LengthPrefixed(length_size)));
                Mapped::Track(Slot::Video, track)
            }
            Err(error) => Mapped::Unreadable(error.to_string()),
        }
    }

    fn audio_message(&mut self, timestamp: u32, message: AudioMessage, arrival: MonoTime) -> Mapped {
        match (message.codec(), message.packet) {
            // Of AAC, the layout is in the configuration as well.
            (_, AudioPacket::MultichannelConfig { .. } | AudioPacket::SequenceEnd) => Mapped::Nothing,
            (Some(Codec::Aac), _) if message.track != 0 => {
                Mapped::Unsupported(format!("a second audio track (track {})", message.track))
            }
            (Some(Codec::Aac), AudioPacket::SequenceStart(config)) => self.aac_configuration(config),
            (Some(Codec::Aac), AudioPacket::CodedFrames(payload)) => {
                if payload.is_empty() {
                    return Mapped::Nothing;
                }
                if self.audio.is_none() {
                    return Mapped::Orphan(Slot::Audio);
                }
                // Of sound, the framing means nothing.
                let framing = Framing::LengthPrefixed(4);
                Mapped::Unit(Slot::Audio, unit(timestamp, TickDelta(0), framing, payload.to_bytes(), arrival))
            }
            _ => Mapped::Unsupported(message.id.to_string()),
        }
    }

    fn aac_configuration(&mut self, config: Bytes) -> Mapped {
        if self.audio.as_ref() == Some(&config) {
            return Mapped::Nothing;
        }
        match aac::track(TrackId(0), &config) {
            Ok(track) => {
                self.audio = Some(config);
                Mapped::Track(Slot::Audio, track)
            }
            Err(error) => Mapped::Unreadable(error.to_string()),
        }
    }
}

fn unit(timestamp: u32, composition_offset: TickDelta, framing: Framing, payload: Bytes, arrival: MonoTime) -> RawUnit {
    RawUnit { dts: timestamp.into(), composition_offset, sequence: None, framing, payload, checksum: None, arrival }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Limits, Session};

    const AT: MonoTime = MonoTime(5);

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
        assert_eq!(video(&mut mapping, b"\x17\x01\0\0\0\0\0\0\x01\x65"), [Mapped::Orphan(Slot::Video)]);
        assert_eq!(video(&mut mapping, b"\x17\x01\0\0\0"), [Mapped::Nothing]);
        assert_eq!(video(&mut mapping, b"\x22h263"), [Mapped::Unsupported("FLV video codec 2".into())]);
        assert_eq!(video(&mut mapping, b"\x90hvc1record"), [Mapped::Unsupported("hvc1".into())]);
        assert_eq!(video(&mut mapping, b"\x94hvc1hdr"), [Mapped::Nothing]);
        assert_eq!(video(&mut mapping, b"\x96\x01avc1\x01\0\0\0x").len(), 1);
        assert!(matches!(&audio(&mut mapping, b"\xaf\0")[..], [Mapped::Unreadable(_)]));
        assert_eq!(audio(&mut mapping, b"\xaf\x01sound"), [Mapped::Orphan(Slot::Audio)]);
        assert_eq!(audio(&mut mapping, b"\x2fmp3"), [Mapped::Unsupported("FLV sound format 2".into())]);
        assert_eq!(audio(&mut mapping, b"\x90Opushead"), [Mapped::Unsupported("Opus".into())]);
    }

    #[test]
    fn a_configuration_that_is_repeated_is_no_change_and_another_one_is() {
        let mut mapping = Mapping::default();
        assert!(matches!(&audio(&mut mapping, b"\xaf\0\x12\x10")[..], [Mapped::Track(Slot::Audio, _)]));
        assert_eq!(audio(&mut mapping, b"\xaf\0\x12\x10"), [Mapped::Nothing]);
        // By its FourCC it is the same configuration.
        assert_eq!(audio(&mut mapping, b"\x90mp4a\x12\x10"), [Mapped::Nothing]);
        assert!(matches!(&audio(&mut mapping, b"\xaf\0\x11\x90")[..], [Mapped::Track(Slot::Audio, _)]));
    }

    #[test]
    fn units_are_slices_of_their_message_with_its_times() {
        let mut mapping = Mapping::default();
        audio(&mut mapping, b"\xaf\0\x12\x10");
        let body = Bytes::from_static(b"\xaf\x01sound");
        let mapped = mapping.audio(0xffff_ffff, &body, AT);
        let [Mapped::Unit(Slot::Audio, unit)] = &mapped[..] else { panic!("{mapped:?}") };
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
            Mapped::Unit(Slot::Video, unit) => Some((unit.dts, unit.composition_offset.0)),
            _ => None,
        });
        // Two B-frames between references: the pictures of 100 ms are decoded 200 ms before the first is shown.
        let times: Vec<_> = times.collect();
        assert_eq!(times[..5], [(0, 200), (100, 400), (200, 100), (300, 100), (400, 200)]);
        assert!(!mapped.iter().any(|mapped| matches!(mapped, Mapped::Unreadable(_) | Mapped::Orphan(_))));
    }

    #[test]
    fn a_real_publish_of_other_codecs_names_them_and_nothing_else() {
        let mapped = replay(include_bytes!("../../testdata/ffmpeg-9.0-hevc-opus.rtmp"));
        let mut names: Vec<_> = mapped
            .iter()
            .filter_map(|mapped| match mapped {
                Mapped::Unsupported(name) => Some(name.as_str()),
                Mapped::Nothing => None,
                other => panic!("{other:?}"),
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names, ["Opus", "hvc1"]);
    }
}
