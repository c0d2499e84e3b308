//! Sections, and the tables that they make: ISO/IEC 13818-1 §2.4.4.

use super::{Pid, SyntaxError, crc32};

/// The most bytes of a section of any kind (§2.4.4.11): three, and the 4093 that `private_section_length` can say.
pub const MAX_SECTION_BYTES: usize = 4096;

/// The most bytes of a section of the tables here: three, and the 1021 of `section_length` (§2.4.4.4).
pub(crate) const MAX_TABLE_BYTES: usize = 1024;

/// `table_id` of the program association section.
pub(crate) const TABLE_PAT: u8 = 0x00;
/// `table_id` of the program map section.
pub(crate) const TABLE_PMT: u8 = 0x02;
/// `table_id` of the splice information section (ANSI/SCTE 35 §9.2).
pub(crate) const TABLE_SPLICE: u8 = 0xfc;
/// What is behind the last section of a packet.
const STUFFING: u8 = 0xff;

/// Bytes up to and with `section_length`.
const LENGTH_END: usize = 3;

/// Puts the sections of one PID together from the payloads of its packets.
///
/// Holds at most one section, so at most [`MAX_SECTION_BYTES`].
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    section: Vec<u8>,
    /// Whether what is in `section` goes on in the next packet.
    open: bool,
}

impl Assembler {
    /// Takes the payload of the next packet and gives each section that is complete, `CRC_32` included and unchecked.
    ///
    /// Returns false when a section is cut short or says that it is longer than [`MAX_SECTION_BYTES`], or
    /// `pointer_field` leaves the packet; what was being put together is dropped then, and so is the rest of the payload
    /// behind a length that cannot be: nothing tells where the next section begins.
    pub fn push(&mut self, payload: &[u8], unit_start: bool, mut give: impl FnMut(&[u8])) -> bool {
        if !unit_start {
            return self.fill(payload, &mut give).is_some();
        }
        let Some((&pointer, rest)) = payload.split_first() else {
            return !std::mem::take(&mut self.open);
        };
        let Some((end, mut rest)) = rest.split_at_checked(pointer.into()) else {
            self.open = false;
            return false;
        };
        let fits = self.fill(end, &mut give).is_some();
        let whole = fits & !std::mem::take(&mut self.open);
        while rest.first().is_some_and(|&table| table != STUFFING) {
            self.section.clear();
            self.open = true;
            let Some(taken) = self.fill(rest, &mut give) else {
                return false;
            };
            rest = &rest[taken..];
        }
        whole
    }

    /// Forgets what was being put together, because packets are missing. Whether that is a loss.
    pub fn reset(&mut self) -> bool {
        std::mem::take(&mut self.open)
    }

    /// Adds bytes to an open section and gives it when it is complete. How many bytes it took; none if the section is
    /// longer than any may be.
    fn fill(&mut self, bytes: &[u8], give: &mut impl FnMut(&[u8])) -> Option<usize> {
        if !self.open {
            return Some(0);
        }
        let head = LENGTH_END.saturating_sub(self.section.len()).min(bytes.len());
        self.section.extend_from_slice(&bytes[..head]);
        let &[_, high, low, ..] = &self.section[..] else {
            return Some(head);
        };
        let length = LENGTH_END + usize::from(u16::from_be_bytes([high & 0x0f, low]));
        if length > MAX_SECTION_BYTES {
            self.open = false;
            return None;
        }
        let more = (length - self.section.len()).min(bytes.len() - head);
        self.section.extend_from_slice(&bytes[head..head + more]);
        if self.section.len() == length {
            self.open = false;
            give(&self.section);
        }
        Some(head + more)
    }
}

/// The long form of a section's header (§2.4.4.4 and §2.4.4.9) and what it is around.
struct Section<'a> {
    extension: u16,
    version: u8,
    current: bool,
    number: u8,
    last: u8,
    content: &'a [u8],
}

/// Bytes before the content of a section of the long form, and of the check after it.
const LONG_HEADER: usize = 8;
const CRC_BYTES: usize = 4;

impl<'a> Section<'a> {
    fn parse(structure: &'static str, table: u8, section: &'a [u8]) -> Result<Self, SyntaxError> {
        let wrong = |field, offset, value: u32| SyntaxError::Value { structure, field, offset, value };
        let Some((head, rest)) = section.split_first_chunk::<LONG_HEADER>() else {
            return Err(SyntaxError::Truncated { structure, field: "section header", offset: section.len() });
        };
        if head[0] != table {
            return Err(wrong("table_id", 0, head[0].into()));
        }
        if head[1] & 0x80 == 0 {
            return Err(wrong("section_syntax_indicator", 1, 0));
        }
        let length = usize::from(u16::from_be_bytes([head[1] & 0x0f, head[2]]));
        if length + LENGTH_END != section.len() || section.len() > MAX_TABLE_BYTES {
            return Err(wrong("section_length", 1, length as u32));
        }
        if crc32(section) != 0 {
            return Err(SyntaxError::Crc { bytes: section.len() });
        }
        let Some(end) = rest.len().checked_sub(CRC_BYTES) else {
            return Err(SyntaxError::Truncated { structure, field: "CRC_32", offset: LONG_HEADER });
        };
        Ok(Self {
            extension: u16::from_be_bytes([head[3], head[4]]),
            version: head[5] >> 1 & 0x1f,
            current: head[5] & 1 == 1,
            number: head[6],
            last: head[7],
            content: &rest[..end],
        })
    }

    fn to_bytes(&self, table: u8) -> Vec<u8> {
        let length = LONG_HEADER - LENGTH_END + self.content.len() + CRC_BYTES;
        let [high, low] = (length as u16).to_be_bytes();
        let [extension_high, extension_low] = self.extension.to_be_bytes();
        let mut section = vec![table, 0xb0 | high, low, extension_high, extension_low];
        section.extend([0xc0 | (self.version & 0x1f) << 1 | u8::from(self.current), self.number, self.last]);
        section.extend_from_slice(self.content);
        section.extend(crc32(&section).to_be_bytes());
        section
    }
}

/// A program association section (§2.4.4.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pat {
    /// `transport_stream_id`.
    pub transport_stream_id: u16,
    /// `version_number`, 0 to 31.
    pub version: u8,
    /// `current_next_indicator`: in force, rather than announced.
    pub current: bool,
    /// `section_number`.
    pub section: u8,
    /// `last_section_number`.
    pub last_section: u8,
    /// Each `program_number` with the PID of its map. That of number 0 is the network information's.
    pub programs: Vec<(u16, Pid)>,
}

impl Pat {
    /// Reads a whole section. Fails for another table, a wrong length and a wrong check; the caller drops it.
    pub fn parse(section: &[u8]) -> Result<Self, SyntaxError> {
        let section = Section::parse("program_association_section", TABLE_PAT, section)?;
        let (entries, _) = section.content.as_chunks::<4>();
        Ok(Self {
            transport_stream_id: section.extension,
            version: section.version,
            current: section.current,
            section: section.number,
            last_section: section.last,
            programs: entries.iter().map(|&[n1, n0, p1, p0]| (number([n1, n0]), pid([p1, p0]))).collect(),
        })
    }

    /// Writes the section.
    ///
    /// ```
    /// use springhead_mux::ts::psi::Pat;
    /// use springhead_mux::ts::Pid;
    /// let programs = vec![(1, Pid::new(0x1000).unwrap())];
    /// let pat =
    ///     Pat { transport_stream_id: 1, version: 0, current: true, section: 0, last_section: 0, programs };
    /// let bytes = pat.to_bytes();
    /// assert_eq!(bytes, b"\0\xb0\x0d\0\x01\xc1\0\0\0\x01\xf0\0\x2a\xb1\x04\xb2");
    /// assert_eq!(Pat::parse(&bytes), Ok(pat));
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let entry = |&(number, pid): &(u16, Pid)| [number.to_be_bytes(), pid_bytes(pid)].concat();
        let content: Vec<u8> = self.programs.iter().flat_map(entry).collect();
        let section = Section {
            extension: self.transport_stream_id,
            version: self.version,
            current: self.current,
            number: self.section,
            last: self.last_section,
            content: &content,
        };
        section.to_bytes(TABLE_PAT)
    }
}

/// A program map section (§2.4.4.8), which is the whole map of one program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pmt {
    /// `program_number`.
    pub program_number: u16,
    /// `version_number`, 0 to 31.
    pub version: u8,
    /// `current_next_indicator`: in force, rather than announced.
    pub current: bool,
    /// `PCR_PID`: the PID whose packets carry the program's clock; 0x1fff when none does.
    pub pcr_pid: Pid,
    /// The descriptors of the program.
    pub descriptors: Vec<u8>,
    /// The elementary streams, in order.
    pub streams: Vec<PmtStream>,
}

/// What a map says of one elementary stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PmtStream {
    /// `stream_type`.
    pub stream_type: u8,
    /// `elementary_PID`.
    pub pid: Pid,
    /// Its descriptors.
    pub descriptors: Vec<u8>,
}

impl Pmt {
    /// Reads a whole section. Fails for another table, a wrong length or check, and lengths that leave the section; the
    /// caller drops it.
    pub fn parse(section: &[u8]) -> Result<Self, SyntaxError> {
        const STRUCTURE: &str = "TS_program_map_section";
        let section = Section::parse(STRUCTURE, TABLE_PMT, section)?;
        let content = section.content;
        let offset = |rest: &[u8]| LONG_HEADER + content.len() - rest.len();
        let truncated =
            |field, rest: &[u8]| SyntaxError::Truncated { structure: STRUCTURE, field, offset: offset(rest) };
        let described = |field, rest: &[u8], length: [u8; 2]| {
            let parts = rest.split_at_checked(usize::from(number(length) & 0x0fff));
            parts.map(|(descriptors, rest)| (descriptors.to_vec(), rest.len())).ok_or(truncated(field, rest))
        };
        let tail = |left: usize| &content[content.len() - left..];
        let Some((&[p1, p0, l1, l0], rest)) = content.split_first_chunk() else {
            return Err(truncated("PCR_PID", content));
        };
        let (descriptors, left) = described("program_info", rest, [l1, l0])?;
        let mut rest = tail(left);
        let mut streams = Vec::new();
        while !rest.is_empty() {
            let Some((&[stream_type, s1, s0, l1, l0], after)) = rest.split_first_chunk() else {
                return Err(truncated("elementary_PID", rest));
            };
            let (descriptors, left) = described("ES_info", after, [l1, l0])?;
            streams.push(PmtStream { stream_type, pid: pid([s1, s0]), descriptors });
            rest = tail(left);
        }
        Ok(Self {
            program_number: section.extension,
            version: section.version,
            current: section.current,
            pcr_pid: pid([p1, p0]),
            descriptors,
            streams,
        })
    }

    /// Writes the section; none when it would be longer than 1024 bytes.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut content = pid_bytes(self.pcr_pid).to_vec();
        put_descriptors(&mut content, &self.descriptors)?;
        for stream in &self.streams {
            content.push(stream.stream_type);
            content.extend(pid_bytes(stream.pid));
            put_descriptors(&mut content, &stream.descriptors)?;
        }
        if LONG_HEADER + content.len() + CRC_BYTES > MAX_TABLE_BYTES {
            return None;
        }
        let section = Section {
            extension: self.program_number,
            version: self.version,
            current: self.current,
            number: 0,
            last: 0,
            content: &content,
        };
        Some(section.to_bytes(TABLE_PMT))
    }
}

/// Appends a length of 12 bits, the reserved ones before it, and the descriptors.
fn put_descriptors(out: &mut Vec<u8>, descriptors: &[u8]) -> Option<()> {
    let length = u16::try_from(descriptors.len()).ok().filter(|&length| length < 1 << 10)?;
    out.extend((0xf000 | length).to_be_bytes());
    out.extend_from_slice(descriptors);
    Some(())
}

fn number(field: [u8; 2]) -> u16 {
    u16::from_be_bytes(field)
}

fn pid(field: [u8; 2]) -> Pid {
    Pid::of_bits(number(field))
}

fn pid_bytes(pid: Pid) -> [u8; 2] {
    (0xe000 | pid.value()).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pmt(streams: Vec<PmtStream>) -> Pmt {
        let pcr_pid = Pid::of_bits(0x100);
        Pmt { program_number: 1, version: 3, current: true, pcr_pid, descriptors: b"\x05\x04CUEI".to_vec(), streams }
    }

    fn stream(pid: u16, descriptors: usize) -> PmtStream {
        PmtStream { stream_type: 0x1b, pid: Pid::of_bits(pid), descriptors: vec![0xaa; descriptors] }
    }

    /// The section with its length and its check put right, so that what else is wrong is found.
    fn resealed(mut section: Vec<u8>) -> Vec<u8> {
        let length = (section.len() - LENGTH_END) as u16;
        section[1..3].copy_from_slice(&(0xb000 | length).to_be_bytes());
        let end = section.len() - CRC_BYTES;
        let crc = crc32(&section[..end]);
        section[end..].copy_from_slice(&crc.to_be_bytes());
        section
    }

    #[test]
    fn a_section_with_a_wrong_table_length_or_check_is_refused() {
        let good = pmt(vec![stream(0x100, 0)]).to_bytes().unwrap();
        assert_eq!(Pmt::parse(&good).unwrap(), pmt(vec![stream(0x100, 0)]));
        let bytes = good.len();
        let mut flipped = good.clone();
        flipped[12] ^= 1;
        assert_eq!(Pmt::parse(&flipped), Err(SyntaxError::Crc { bytes }));
        let field = |result: Result<Pmt, SyntaxError>| match result {
            Err(SyntaxError::Value { field, .. } | SyntaxError::Truncated { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(field(Pmt::parse(&good[..bytes - 1])), "section_length");
        assert_eq!(field(Pmt::parse(&good[..7])), "section header");
        assert!(matches!(Pat::parse(&good), Err(SyntaxError::Value { field: "table_id", value: 2, .. })));
        let mut short_form = good.clone();
        short_form[1] &= 0x7f;
        assert_eq!(field(Pmt::parse(&short_form)), "section_syntax_indicator");
    }

    #[test]
    fn lengths_that_leave_the_section_are_refused() {
        let good = pmt(vec![stream(0x100, 0)]).to_bytes().unwrap();
        let mut program_info = good.clone();
        program_info[11] = 200;
        assert!(matches!(
            Pmt::parse(&resealed(program_info)),
            Err(SyntaxError::Truncated { field: "program_info", offset: 12, .. })
        ));
        let mut stream_info = good.clone();
        stream_info[22] = 9;
        assert!(matches!(
            Pmt::parse(&resealed(stream_info)),
            Err(SyntaxError::Truncated { field: "ES_info", offset: 23, .. })
        ));
        let mut cut = good;
        cut.remove(20);
        assert!(matches!(Pmt::parse(&resealed(cut)), Err(SyntaxError::Truncated { field: "elementary_PID", .. })));
    }

    #[test]
    fn a_map_that_does_not_fit_a_section_is_not_written() {
        let fits = |bytes| pmt(vec![stream(0x100, 500), stream(0x101, bytes)]).to_bytes();
        assert_eq!(fits(492).map(|section| section.len()), Some(MAX_TABLE_BYTES));
        assert_eq!(fits(493), None);
    }

    #[test]
    fn a_pointer_beyond_the_packet_loses_what_was_open() {
        let mut sections = Assembler::default();
        assert!(sections.push(&[0, 2, 0xb0, 9, 1], true, |_| panic!("not complete")));
        assert!(!sections.push(&[9, 0, 0], true, |_| panic!("nothing")));
        assert!(sections.push(&[0; 20], false, |_| panic!("nothing is open")));
        assert!(sections.push(&[0, 2, 0xb0, 9, 1], true, |_| panic!("not complete")));
        assert!(!sections.push(&[0, STUFFING], true, |_| panic!("cut short")));
    }

    #[test]
    fn a_length_that_no_section_has_drops_it_and_what_is_behind() {
        let section =
            |length: usize| [&[0xc0, 0x70 | (length >> 8) as u8, length as u8][..], &vec![1; length]].concat();
        let read = |bytes: &[u8]| {
            let mut sections = Assembler::default();
            let mut found = Vec::new();
            let whole = bytes.chunks(183).enumerate().fold(true, |whole, (n, chunk)| {
                let payload = if n == 0 { [&[0], chunk].concat() } else { chunk.to_vec() };
                whole & sections.push(&payload, n == 0, |section| found.push(section.to_vec()))
            });
            (whole, found)
        };
        let longest = section(MAX_SECTION_BYTES - LENGTH_END);
        assert_eq!(read(&longest), (true, vec![longest.clone()]));
        assert_eq!(read(&section(MAX_SECTION_BYTES - LENGTH_END + 1)), (false, vec![]));
        // What is in front of it stays, and what starts anew is read.
        let good = section(9);
        assert_eq!(read(&[good.clone(), section(0xfff)].concat()), (false, vec![good.clone()]));
        let mut sections = Assembler::default();
        assert!(!sections.push(&[0, 0xc0, 0x7f, 0xff, 1], true, |_| panic!("too long")));
        assert!(sections.push(&[&[0][..], &good].concat(), true, |section| assert_eq!(section, good)));
        // The length may come in pieces.
        assert!(sections.push(&[0, 0xc0, 0x7f], true, |_| panic!("not complete")));
        assert!(!sections.push(&[0xff, 1], false, |_| panic!("too long")));
    }

    proptest! {
        #[test]
        fn tables_are_read_as_they_were_written(
            extension: u16,
            version in 0u8..32,
            current: bool,
            (section, last_section) in any::<(u8, u8)>(),
            entries in prop::collection::vec((any::<u16>(), 0u16..0x2000, prop::collection::vec(any::<u8>(), 0..20)), 0..20),
        ) {
            let programs = entries.iter().map(|(number, pid, _)| (*number, Pid::of_bits(*pid))).collect();
            let pat = Pat { transport_stream_id: extension, version, current, section, last_section, programs };
            prop_assert_eq!(Pat::parse(&pat.to_bytes()), Ok(pat));
            let streams = entries.into_iter().map(|(number, pid, descriptors)| PmtStream {
                stream_type: number as u8,
                pid: Pid::of_bits(pid),
                descriptors,
            });
            let pmt = Pmt { program_number: extension, version, current, ..pmt(streams.collect()) };
            prop_assert_eq!(Pmt::parse(&pmt.to_bytes().unwrap()), Ok(pmt));
        }

        #[test]
        fn sections_come_out_whole_however_they_lie_in_packets(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..8),
            room in 3usize..184,
        ) {
            let sections: Vec<Vec<u8>> = contents
                .iter()
                .map(|content| [&[0x42, 0x30 | (content.len() >> 8) as u8, content.len() as u8][..], content].concat())
                .collect();
            // Back to back: a packet in which one begins has a pointer to the first that does.
            let stream = sections.concat();
            let mut starts: Vec<usize> = sections.iter().scan(0, |at, section| {
                let start = *at;
                *at += section.len();
                Some(start)
            }).collect();
            starts.reverse();
            let (mut at, mut found, mut assembler) = (0, Vec::new(), Assembler::default());
            while at < stream.len() {
                let first = starts.last().map(|start| start - at).filter(|first| *first < room - 1);
                let next = starts.last().copied().unwrap_or(stream.len());
                let take = if first.is_some() { (room - 1).min(stream.len() - at) } else { room.min(next - at) };
                let mut payload: Vec<u8> = first.map(|first| first as u8).into_iter().collect();
                payload.extend_from_slice(&stream[at..at + take]);
                payload.resize(room, STUFFING);
                prop_assert!(assembler.push(&payload, first.is_some(), |section| found.push(section.to_vec())));
                at += take;
                starts.retain(|start| *start >= at);
            }
            prop_assert_eq!(found, sections);
        }
    }
}
