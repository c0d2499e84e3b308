//! `splice_command()`, §9.7.

use super::{Scte35Error, long};
use crate::bits::{BitReader, SyntaxError};

/// What a section asks for. Times are `pts_time`, before the section's adjustment is
/// [added](super::SpliceInfoSection::adjusted).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SpliceCommand {
    /// `splice_null()`: nothing, as a sign of life or to carry descriptors.
    Null,
    /// `splice_schedule()`, of which nothing is read.
    Schedule,
    /// `splice_insert()`.
    Insert(SpliceInsert),
    /// `time_signal()`: a time for what the descriptors say; none for *at once*.
    TimeSignal(Option<u64>),
    /// `bandwidth_reservation()`.
    BandwidthReservation,
    /// `private_command()`.
    Private {
        /// Whose it is, a registered format identifier.
        identifier: u32,
    },
    /// What cannot be read without a key.
    Encrypted,
    /// A type that the standard reserves.
    Reserved(u8),
}

/// `splice_insert()`, §9.7.3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpliceInsert {
    /// `splice_event_id`, by which commands for the same event are known.
    pub event_id: u32,
    /// What is to be done; none where the event is cancelled.
    pub insertion: Option<Insertion>,
}

/// What a `splice_insert()` that cancels nothing says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Insertion {
    /// `out_of_network_indicator`: the break begins there, or it ends.
    pub out_of_network: bool,
    /// When; none for *at once*. Where components are spliced one by one, the time of the first that has one.
    pub pts_time: Option<u64>,
    /// How long the break is to be.
    pub break_duration: Option<BreakDuration>,
    /// `unique_program_id`
    pub unique_program_id: u16,
    /// `avail_num`, the number of the break in the programme.
    pub avail_num: u8,
    /// `avails_expected`
    pub avails_expected: u8,
}

/// `break_duration()`, §9.8.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BreakDuration {
    /// `auto_return`: the break ends with its duration, and no command for that need come.
    pub auto_return: bool,
    /// `duration` in ticks of 90 kHz.
    pub ticks: u64,
}

impl SpliceCommand {
    /// Reads a command of that type, and says how many bytes it took; none where only a length tells.
    pub(super) fn read(kind: u8, bytes: &[u8]) -> Result<(Self, Option<usize>), Scte35Error> {
        let mut r = BitReader::new("splice_command", bytes);
        let command = match kind {
            0x00 => Self::Null,
            0x04 => return Ok((Self::Schedule, None)),
            0x05 => Self::Insert(SpliceInsert::read(&mut r)?),
            0x06 => Self::TimeSignal(splice_time(&mut r)?),
            0x07 => Self::BandwidthReservation,
            0xff => return Ok((Self::Private { identifier: r.bits("identifier", 32)? }, None)),
            other => return Ok((Self::Reserved(other), None)),
        };
        Ok((command, Some(r.position() / 8)))
    }
}

impl SpliceInsert {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let event_id = r.bits("splice_event_id", 32)?;
        let cancelled = r.flag("splice_event_cancel_indicator")?;
        r.bits("reserved", 7)?;
        let insertion = if cancelled { None } else { Some(Insertion::read(r)?) };
        Ok(Self { event_id, insertion })
    }
}

impl Insertion {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let out_of_network = r.flag("out_of_network_indicator")?;
        let of_program = r.flag("program_splice_flag")?;
        let has_duration = r.flag("duration_flag")?;
        let immediate = r.flag("splice_immediate_flag")?;
        r.bits("reserved", 4)?;
        let mut pts_time = None;
        if of_program {
            if !immediate {
                pts_time = splice_time(r)?;
            }
        } else {
            for _ in 0..r.bits("component_count", 8)? {
                r.bits("component_tag", 8)?;
                if !immediate {
                    pts_time = pts_time.or(splice_time(r)?);
                }
            }
        }
        Ok(Self {
            out_of_network,
            pts_time,
            break_duration: if has_duration { Some(BreakDuration::read(r)?) } else { None },
            unique_program_id: r.bits("unique_program_id", 16)? as u16,
            avail_num: r.bits8("avail_num", 8)?,
            avails_expected: r.bits8("avails_expected", 8)?,
        })
    }
}

impl BreakDuration {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let auto_return = r.flag("auto_return")?;
        r.bits("reserved", 6)?;
        Ok(Self { auto_return, ticks: long(r, "duration", 33)? })
    }
}

/// `splice_time()`, §9.8.1.
fn splice_time(r: &mut BitReader<'_>) -> Result<Option<u64>, SyntaxError> {
    if r.flag("time_specified_flag")? {
        r.bits("reserved", 6)?;
        Ok(Some(long(r, "pts_time", 33)?))
    } else {
        r.bits("reserved", 7)?;
        Ok(None)
    }
}
