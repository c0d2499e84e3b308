//! Event message (ISO/IEC 23009-1:2022 §5.10.3.3).

use bytes::Bytes;
use springhead_core::Timescale;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// A message that belongs to an instant of the presentation, carried beside its media.
///
/// Scheme, value and id name one event for the whole presentation: the same event may be carried more than once, and no other
/// may be carried under its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Emsg {
    /// `scheme_id_uri`: who defines what the message says. Written up to its first zero character.
    pub scheme_id_uri: String,
    /// `value`, by which a scheme tells its streams of events apart. Written up to its first zero character.
    pub value: String,
    /// `timescale` of the times here, ticks per second.
    pub timescale: Timescale,
    /// When it begins.
    pub time: EventTime,
    /// `event_duration` in ticks; [`Emsg::UNKNOWN_DURATION`] where it is not known.
    pub duration: u32,
    /// `id`, by which repetitions are known.
    pub id: u32,
    /// `message_data`.
    pub message: Bytes,
}

/// When an event begins; this is what the two versions of the box differ in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EventTime {
    /// `presentation_time_delta` of version 0: counted from the earliest presentation time of the segment.
    SinceSegment(u32),
    /// `presentation_time` of version 1: on the timeline of the media.
    At(u64),
}

impl Emsg {
    /// The `event_duration` of an event of which nobody can tell how long it lasts.
    pub const UNKNOWN_DURATION: u32 = u32::MAX;

    /// About how many bytes it takes.
    pub(crate) fn len_hint(&self) -> usize {
        40 + self.scheme_id_uri.len() + self.value.len() + self.message.len()
    }

    pub(crate) fn write(&self, out: &mut BoxWriter) {
        let version = match self.time {
            EventTime::SinceSegment(_) => 0,
            EventTime::At(_) => 1,
        };
        out.full_box(b"emsg", version, 0, |out| {
            if let EventTime::SinceSegment(_) = self.time {
                self.write_texts(out);
            }
            out.u32(self.timescale.hz());
            match self.time {
                EventTime::SinceSegment(delta) => out.u32(delta),
                EventTime::At(at) => out.u64(at),
            }
            out.u32(self.duration);
            out.u32(self.id);
            if let EventTime::At(_) = self.time {
                self.write_texts(out);
            }
            out.bytes(&self.message);
        });
    }

    fn write_texts(&self, out: &mut BoxWriter) {
        for text in [&self.scheme_id_uri, &self.value] {
            out.bytes(text.split('\0').next().unwrap_or_default().as_bytes());
            out.u8(0);
        }
    }

    /// None of a version that is not known, which is passed over as an unknown box is.
    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Option<Self>, ReadError> {
        let (version, _) = fields.version_and_flags()?;
        let scale = |fields: &mut Fields<'_>| {
            let hz = fields.u32()?;
            Timescale::new(hz).ok_or_else(|| fields.invalid("timescale is zero"))
        };
        let (scheme_id_uri, value, timescale, time, duration, id);
        match version {
            0 => {
                (scheme_id_uri, value) = (text(&mut fields)?, text(&mut fields)?);
                timescale = scale(&mut fields)?;
                time = EventTime::SinceSegment(fields.u32()?);
                (duration, id) = (fields.u32()?, fields.u32()?);
            }
            1 => {
                timescale = scale(&mut fields)?;
                time = EventTime::At(fields.u64()?);
                (duration, id) = (fields.u32()?, fields.u32()?);
                (scheme_id_uri, value) = (text(&mut fields)?, text(&mut fields)?);
            }
            _ => return Ok(None),
        }
        let message = Bytes::copy_from_slice(fields.rest());
        Ok(Some(Self { scheme_id_uri, value, timescale, time, duration, id, message }))
    }
}

/// A text that ends with a zero.
fn text(fields: &mut Fields<'_>) -> Result<String, ReadError> {
    let Some(len) = fields.rest().iter().position(|byte| *byte == 0) else {
        return Err(fields.invalid("a text has no end"));
    };
    let text =
        std::str::from_utf8(&fields.rest()[..len]).map_err(|_| fields.invalid("a text is not UTF-8"))?.to_owned();
    fields.skip(len + 1)?;
    Ok(text)
}
