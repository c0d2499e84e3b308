//! `splice_info_section()`, §9.6.

use super::{Scte35Error, Segmentation, SpliceCommand, WRAP, crc32, long};
use crate::bits::BitReader;

const TABLE_ID: u8 = 0xfc;
/// `table_id` to `section_length`.
const HEADER: usize = 3;
/// `protocol_version` to `splice_command_type`.
const FIXED: usize = 11;
/// Where the byte begins that holds the first bit of `pts_adjustment`; what is before it in that byte is of encryption.
const ADJUSTMENT: usize = 4;
const CRC: usize = 4;
/// `splice_command_length` of senders that are older than that field.
const UNKNOWN_LENGTH: usize = 0xfff;

/// What a splice information section announces.
///
/// ```
/// use springhead_codec::scte35::{SpliceCommand, SpliceInfoSection};
/// // The first example of §14: a provider's placement opportunity begins.
/// let bytes = b"\xfc\x30\x34\0\0\0\0\0\0\xff\xff\xf0\x05\x06\xfe\x72\xbd\0\x50\0\x1e\x02\x1cCUEI\x48\0\0\x8e\x7f\xcf\0\x01\
///     \xa5\x99\xb0\x08\x08\0\0\0\0\x2c\xa0\xa1\x8a\x34\x02\0\x9a\xc9\xd1\x7e";
/// let section = SpliceInfoSection::parse(bytes)?;
/// assert_eq!(section.command, SpliceCommand::TimeSignal(Some(0x0_72bd_0050)));
/// assert_eq!(section.segmentations[0].event_id, 0x4800_008e);
/// # Ok::<(), springhead_codec::scte35::Scte35Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpliceInfoSection {
    /// `pts_adjustment`, what is added to each time in the section, modulo [`WRAP`]: it was restamped on its way.
    pub pts_adjustment: u64,
    /// `tier`, by which receivers may be left out; 0xfff for all.
    pub tier: u16,
    /// The command.
    pub command: SpliceCommand,
    /// The segmentation descriptors, in order. Other descriptors are passed over.
    pub segmentations: Vec<Segmentation>,
}

/// The section that `bytes` begin with, whole and checked: up to its end, whatever stuffing follows.
///
/// # Errors
/// [`Scte35Error::TableId`], [`Length`](Scte35Error::Length) and [`Crc`](Scte35Error::Crc).
pub fn section(bytes: &[u8]) -> Result<&[u8], Scte35Error> {
    let truncated = Scte35Error::Length { stated: HEADER, available: bytes.len() };
    let &[table_id, high, low, ..] = bytes else { return Err(truncated) };
    if table_id != TABLE_ID {
        return Err(Scte35Error::TableId(table_id));
    }
    let stated = HEADER + (usize::from(high & 0x0f) << 8 | usize::from(low));
    let length = Scte35Error::Length { stated, available: bytes.len() };
    let section = bytes.get(..stated).filter(|section| section.len() >= HEADER + CRC).ok_or(length)?;
    let (content, check) = section.split_at(stated - CRC);
    let stated = check.iter().fold(0, |crc, &byte| crc << 8 | u32::from(byte));
    let computed = crc32(content);
    if stated == computed { Ok(section) } else { Err(Scte35Error::Crc { stated, computed }) }
}

/// The section that `bytes` begin with, with its times put off by so many ticks of 90 kHz, as its stream's are: they are
/// added to `pts_adjustment` (§9.6.1), which is in the clear even where the command is not.
///
/// # Errors
/// As of [`section`]; and [`Scte35Error::Overrun`] where it ends before the adjustment does.
pub fn restamped(bytes: &[u8], by: i64) -> Result<Vec<u8>, Scte35Error> {
    let mut section = section(bytes)?.to_vec();
    let content = section.len() - CRC;
    let overrun = Scte35Error::Overrun { what: "pts_adjustment", offset: ADJUSTMENT };
    let field = section[..content].get_mut(ADJUSTMENT..ADJUSTMENT + 5).ok_or(overrun)?;
    let before = field.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
    let adjusted = (before % WRAP + by.rem_euclid(WRAP as i64) as u64) % WRAP;
    field.copy_from_slice(&(before - before % WRAP + adjusted).to_be_bytes()[3..]);
    let crc = crc32(&section[..content]);
    section[content..].copy_from_slice(&crc.to_be_bytes());
    Ok(section)
}

impl SpliceInfoSection {
    /// Reads the section that `bytes` begin with.
    ///
    /// # Errors
    /// As of [`section`]; and where a field is cut short or reaches over its bounds.
    pub fn parse(bytes: &[u8]) -> Result<Self, Scte35Error> {
        let whole = section(bytes)?;
        let content = &whole[..whole.len() - CRC];
        let mut r = BitReader::new("splice_info_section", &content[HEADER..]);
        let version = r.bits8("protocol_version", 8)?;
        if version != 0 {
            return Err(Scte35Error::Version(version));
        }
        let encrypted = r.flag("encrypted_packet")?;
        r.bits("encryption_algorithm", 6)?;
        let pts_adjustment = long(&mut r, "pts_adjustment", 33)?;
        r.bits("cw_index", 8)?;
        let tier = r.bits("tier", 12)? as u16;
        let length = r.bits("splice_command_length", 12)? as usize;
        if encrypted {
            // The command's type is the first field that is not in the clear.
            return Ok(Self { pts_adjustment, tier, command: SpliceCommand::Encrypted, segmentations: Vec::new() });
        }
        let kind = r.bits8("splice_command_type", 8)?;
        let at = HEADER + FIXED;
        let rest = content.get(at..).unwrap_or_default();
        let (command, used) = match length {
            UNKNOWN_LENGTH => SpliceCommand::read(kind, rest)?,
            length => {
                let own = rest.get(..length).ok_or(Scte35Error::Overrun { what: "splice_command", offset: at })?;
                (SpliceCommand::read(kind, own)?.0, Some(length))
            }
        };
        let unbounded = Scte35Error::Overrun { what: "a command of unknown length", offset: at };
        let used = used.ok_or(unbounded)?;
        let segmentations = descriptors(&rest[used..], at + used)?;
        Ok(Self { pts_adjustment, tier, command, segmentations })
    }

    /// A time of the section on the clock that units are stamped with: with the adjustment, modulo [`WRAP`].
    pub fn adjusted(&self, pts_time: u64) -> u64 {
        (pts_time % WRAP + self.pts_adjustment % WRAP) % WRAP
    }
}

/// The loop of descriptors, which begins at `offset` of the section.
fn descriptors(bytes: &[u8], offset: usize) -> Result<Vec<Segmentation>, Scte35Error> {
    let overrun = |what, at: usize| Scte35Error::Overrun { what, offset: offset + at };
    let &[high, low, ref rest @ ..] = bytes else { return Err(overrun("descriptor_loop_length", 0)) };
    let length = usize::from(high) << 8 | usize::from(low);
    let whole = rest.get(..length).ok_or(overrun("descriptor_loop", 2))?;
    let mut segmentations = Vec::new();
    let mut left = whole;
    while let &[tag, length, ref behind @ ..] = left {
        let at = 2 + whole.len() - left.len();
        let (body, next) = behind.split_at_checked(length.into()).ok_or(overrun("splice_descriptor", at))?;
        if let Some(body) = body.strip_prefix(b"CUEI").filter(|_| tag == Segmentation::TAG) {
            segmentations.push(Segmentation::read(body)?);
        }
        left = next;
    }
    if left.is_empty() { Ok(segmentations) } else { Err(overrun("splice_descriptor", 2 + whole.len() - left.len())) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::FIXTURES;
    use super::*;
    use crate::fixtures::bytes;

    fn placement() -> Vec<u8> {
        bytes(FIXTURES[0].hex)
    }

    /// With a check that is right for what it says.
    fn mended(mut section: Vec<u8>) -> Vec<u8> {
        let end = section.len() - CRC;
        let crc = crc32(&section[..end]);
        section[end..].copy_from_slice(&crc.to_be_bytes());
        section
    }

    #[test]
    fn another_table_a_part_of_a_section_and_one_with_a_flipped_bit_are_refused() {
        let whole = placement();
        let other = [&[0xfb], &whole[1..]].concat();
        assert_eq!(SpliceInfoSection::parse(&other), Err(Scte35Error::TableId(0xfb)));
        for end in 0..whole.len() {
            let refused = SpliceInfoSection::parse(&whole[..end]);
            assert!(matches!(refused, Err(Scte35Error::Length { available, .. }) if available == end), "{refused:?}");
        }
        for bit in 24..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(matches!(SpliceInfoSection::parse(&flipped), Err(Scte35Error::Crc { .. })), "{bit}");
        }
    }

    #[test]
    fn a_section_too_short_for_its_check_is_refused() {
        let none = Scte35Error::Length { stated: 3, available: 3 };
        assert_eq!(SpliceInfoSection::parse(&[0xfc, 0x30, 0]), Err(none));
    }

    #[test]
    fn a_protocol_that_is_not_known_is_refused() {
        let mut section = placement();
        section[3] = 1;
        assert_eq!(SpliceInfoSection::parse(&mended(section)), Err(Scte35Error::Version(1)));
    }

    #[test]
    fn lengths_that_reach_over_the_end_are_refused_with_their_place() {
        let with = |at: usize, value: u8| {
            let mut section = placement();
            section[at] = value;
            SpliceInfoSection::parse(&mended(section))
        };
        assert_eq!(with(12, 200), Err(Scte35Error::Overrun { what: "splice_command", offset: 14 }));
        assert_eq!(with(20, 31), Err(Scte35Error::Overrun { what: "descriptor_loop", offset: 21 }));
        assert_eq!(with(22, 29), Err(Scte35Error::Overrun { what: "splice_descriptor", offset: 21 }));
    }

    #[test]
    fn an_encrypted_command_is_known_by_its_adjustment_alone() {
        let mut section = placement();
        section[4] |= 0x81;
        let expected = SpliceInfoSection {
            pts_adjustment: 1 << 32,
            tier: 0xfff,
            command: SpliceCommand::Encrypted,
            segmentations: Vec::new(),
        };
        assert_eq!(SpliceInfoSection::parse(&mended(section)), Ok(expected));
    }

    #[test]
    fn a_command_of_unknown_length_ends_where_its_syntax_does() {
        let mut section = placement();
        section[11] |= 0x0f;
        section[12] = 0xff;
        let known = SpliceInfoSection::parse(&placement());
        assert_eq!(SpliceInfoSection::parse(&mended(section.clone())), known);
        // A private command has no end of its own.
        section[13] = 0xff;
        let refused = SpliceInfoSection::parse(&mended(section));
        assert_eq!(refused, Err(Scte35Error::Overrun { what: "a command of unknown length", offset: 14 }));
    }

    #[test]
    fn a_section_that_is_restamped_says_the_same_of_other_times() {
        for by in [0, 1, -1, 90_000, -(WRAP as i64) / 2, i64::MAX, i64::MIN] {
            for fixture in FIXTURES {
                let before = SpliceInfoSection::parse(&bytes(fixture.hex)).unwrap();
                let after = SpliceInfoSection::parse(&restamped(&bytes(fixture.hex), by).unwrap()).unwrap();
                let expected = (i128::from(before.pts_adjustment) + i128::from(by)).rem_euclid(i128::from(WRAP));
                assert_eq!(after, SpliceInfoSection { pts_adjustment: expected as u64, ..before });
            }
        }
        let mut section = placement();
        section[4] |= 0x80;
        let moved = restamped(&mended(section), 5).unwrap();
        assert_eq!(SpliceInfoSection::parse(&moved).map(|read| read.command), Ok(SpliceCommand::Encrypted));
        let short = mended(vec![0xfc, 0x30, 6, 0, 0, 0, 0, 0, 0]);
        assert_eq!(restamped(&short, 5), Err(Scte35Error::Overrun { what: "pts_adjustment", offset: 4 }));
    }

    #[test]
    fn stuffing_behind_a_section_is_not_of_it() {
        let whole = placement();
        let stuffed = [&whole[..], &[0xff; 20]].concat();
        assert_eq!(section(&stuffed), Ok(&whole[..]));
    }

    #[test]
    fn the_adjustment_wraps_as_the_clock_does() {
        let section = SpliceInfoSection {
            pts_adjustment: WRAP - 10,
            tier: 0xfff,
            command: SpliceCommand::Null,
            segmentations: Vec::new(),
        };
        assert_eq!((section.adjusted(25), section.adjusted(5)), (15, WRAP - 5));
    }
}
