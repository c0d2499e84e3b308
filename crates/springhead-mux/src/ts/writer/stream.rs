//! One track on its way into a program.

use std::sync::Arc;

use bytes::Bytes;
use springhead_core::{AccessUnit, Codec, MediaKind, Rounding, Track};

use super::super::pes::{AUDIO_STREAM, MAX_COUNTED_PAYLOAD, PRIVATE_STREAM_1, VIDEO_STREAM};
use super::super::psi::{MAX_SECTION_BYTES, TABLE_SPLICE};
use super::super::stream_type::Announcement;
use super::super::{Pid, WriteError};
use super::clock::{Clock, Instant90k};
use super::nals::{self, Syntax};
use super::packets::Counter;
use super::sound::{Framing, Group};
use super::{Options, config};

/// What the payload of a track is made into.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// Byte streams with start codes, and the parameter sets that go before random access points.
    Pictures { syntax: Syntax, sets: Bytes },
    /// Frames, several in a PES packet.
    Sound { framing: Framing, group: Group },
    /// Sections, without PES.
    Sections,
    /// ID3 tags.
    Tags,
}

/// One track.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) track: Arc<Track>,
    pub(super) announcement: Announcement,
    pub(super) counter: Counter,
    pub(super) stream_id: u8,
    pub(super) form: Form,
    /// Of the frames that wait, the first's times, and when the frame after the last is to be presented, in ticks of the
    /// track's timescale.
    pub(super) waiting: Option<Waiting>,
    /// `DTS` of the PES packet before, unwrapped.
    pub(super) last_dts: Option<Instant90k>,
    /// Nothing of it has been written in this segment.
    pub(super) fresh: bool,
}

/// When the frames that wait are to be heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) first: Clock,
    pub(super) pts: Instant90k,
    pub(super) expected: i64,
}

impl Stream {
    pub(super) fn new(track: &Arc<Track>, pid: Pid, number: u8, options: &Options) -> Result<Self, WriteError> {
        let announcement = Announcement::of(track, options.ac3)?;
        let sound = |framing| Form::Sound { framing, group: Group::default() };
        let pictures = |syntax| {
            let sets = config::sets(track.codec, &track.config);
            let sets = sets.map_err(|error| WriteError::Video { track: track.id, error })?;
            Ok::<_, WriteError>(Form::Pictures { syntax, sets: nals::joined(&sets) })
        };
        let form = match track.codec {
            Codec::Avc => pictures(Syntax::Avc)?,
            Codec::Hevc => pictures(Syntax::Hevc)?,
            Codec::Vvc => pictures(Syntax::Vvc)?,
            Codec::Aac => {
                sound(Framing::adts(&track.config).map_err(|error| WriteError::Aac { track: track.id, error })?)
            }
            Codec::Opus => sound(Framing::Opus),
            Codec::Scte35 => Form::Sections,
            Codec::Id3 => Form::Tags,
            _ => sound(Framing::None),
        };
        let stream_id = match (track.kind(), track.codec) {
            (MediaKind::Video, _) => VIDEO_STREAM | number & 0x0f,
            (_, Codec::Aac | Codec::MpegAudio) => AUDIO_STREAM | number & 0x1f,
            _ => PRIVATE_STREAM_1,
        };
        Ok(Self {
            track: Arc::clone(track),
            announcement,
            counter: Counter::new(pid),
            stream_id,
            form,
            waiting: None,
            last_dts: None,
            fresh: true,
        })
    }

    /// The most bytes of a unit, except of pictures, for which it is not limited.
    fn most(&self) -> usize {
        match &self.form {
            Form::Pictures { .. } => usize::MAX,
            Form::Sound { framing, .. } => framing.most(),
            Form::Sections => MAX_SECTION_BYTES,
            Form::Tags => MAX_COUNTED_PAYLOAD,
        }
    }

    /// Refuses a unit that cannot be written, before anything has changed.
    pub(super) fn check(&self, unit: &AccessUnit) -> Result<(), WriteError> {
        let track = unit.track;
        let (bytes, most) = (unit.payload.len(), self.most());
        if bytes == 0 {
            return Err(WriteError::EmptyUnit { track });
        }
        if bytes > most {
            return Err(WriteError::TooLarge { track, bytes, most });
        }
        if matches!(self.form, Form::Sections) && !is_splice_section(&unit.payload.to_bytes()) {
            return Err(WriteError::NoSection { track });
        }
        Ok(())
    }

    /// How long a unit lasts, in ticks of the track's timescale.
    pub(super) fn duration(&self, unit: &AccessUnit) -> u64 {
        match unit.duration.0 {
            0 => self.track.audio().map_or(0, |audio| audio.unit_ticks.into()),
            ticks => ticks,
        }
    }

    /// Ticks of the track's timescale in the time of a millisecond, by which two frames may be apart and still follow each
    /// other.
    pub(super) fn slack(&self) -> u64 {
        u64::from(self.track.timescale.hz() / 1000).max(1)
    }

    /// `PTS` and `DTS` of a unit: the decode time rises strictly, and nothing is presented before it is decoded (ISO/IEC
    /// 13818-1 §2.7.4 and §2.4.3.7).
    pub(super) fn times(&mut self, unit: &AccessUnit, offset: i64) -> (Instant90k, Instant90k) {
        let scaled = |time| Instant90k::of(time, self.track.timescale, Rounding::Nearest, offset);
        let dts = scaled(unit.dts);
        let dts = self.last_dts.filter(|last| *last >= dts).map_or(dts, Instant90k::next);
        self.last_dts = Some(dts);
        (scaled(unit.pts()).max(dts), dts)
    }
}

/// Whether the bytes are one whole splice information section by its `table_id` and length.
fn is_splice_section(bytes: &[u8]) -> bool {
    match bytes {
        [TABLE_SPLICE, high, low, ..] => usize::from(u16::from_be_bytes([high & 0x0f, *low])) + 3 == bytes.len(),
        _ => false,
    }
}
