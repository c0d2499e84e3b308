//! Transport stream packets: ISO/IEC 13818-1 §2.4.3.2 to §2.4.3.5.

use std::ops::Range;

use super::SyntaxError;

/// Bytes of a packet.
pub const PACKET_BYTES: usize = 188;

/// `sync_byte`.
pub const SYNC_BYTE: u8 = 0x47;

/// Bytes of a header.
pub(crate) const HEADER_BYTES: usize = 4;

/// A packet identifier, 13 bits: which stream a packet belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Pid(u16);

impl Pid {
    /// Of the program association table.
    pub const PAT: Self = Self(0);
    /// Of packets that carry nothing and keep a rate constant.
    pub const NULL: Self = Self(0x1fff);
    /// The lowest that a program's streams and tables may have (Table 2-3).
    pub const FIRST_FREE: Self = Self(0x10);

    /// None above 13 bits.
    ///
    /// ```
    /// use springhead_mux::ts::Pid;
    /// assert_eq!(Pid::new(0x100).map(Pid::value), Some(256));
    /// assert_eq!(Pid::new(0x2000), None);
    /// ```
    pub const fn new(value: u16) -> Option<Self> {
        if value <= 0x1fff { Some(Self(value)) } else { None }
    }

    /// The low 13 bits of a field.
    pub(crate) const fn of_bits(value: u16) -> Self {
        Self(value & 0x1fff)
    }

    /// The number.
    pub const fn value(self) -> u16 {
        self.0
    }

    /// Whether a program may use it for a stream or for its map: not one of the reserved ones, nor that of null packets.
    pub fn is_free(self) -> bool {
        Self::FIRST_FREE <= self && self < Self::NULL
    }
}

/// A program clock reference: ticks of 27 MHz, below [`Pcr::RANGE`] (§2.4.3.5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Pcr(u64);

impl Pcr {
    /// Where the clock wraps: 2^33 times 300.
    pub const RANGE: u64 = 300 << 33;

    /// The instant of a clock that does not wrap, as this one shows it.
    ///
    /// ```
    /// use springhead_mux::ts::Pcr;
    /// let pcr = Pcr::wrapping(-1);
    /// assert_eq!((pcr.base(), pcr.extension()), ((1 << 33) - 1, 299));
    /// ```
    pub fn wrapping(ticks: i64) -> Self {
        Self(ticks.rem_euclid(Self::RANGE as i64) as u64)
    }

    /// Ticks of 27 MHz.
    pub fn ticks(self) -> u64 {
        self.0
    }

    /// `program_clock_reference_base`: ticks of 90 kHz, 33 bits.
    pub fn base(self) -> u64 {
        self.0 / 300
    }

    /// `program_clock_reference_extension`: the rest, 0 to 299.
    pub fn extension(self) -> u16 {
        (self.0 % 300) as u16
    }

    /// The six bytes of an adaptation field.
    pub(crate) fn to_bytes(self) -> [u8; 6] {
        let field = (self.base() << 15) | (0x3f << 9) | u64::from(self.extension());
        let [_, _, bytes @ ..] = field.to_be_bytes();
        bytes
    }

    fn parse(field: &[u8; 6]) -> Self {
        let bits = field.iter().fold(0u64, |bits, &byte| (bits << 8) | u64::from(byte));
        Self(((bits >> 15) * 300 + (bits & 0x1ff)) % Self::RANGE)
    }
}

/// What an adaptation field says that readers act on (§2.4.3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct AdaptationField {
    /// `discontinuity_indicator`: the clock or the continuity counter starts anew.
    pub discontinuity: bool,
    /// `random_access_indicator`: decoding can begin here.
    pub random_access: bool,
    /// `elementary_stream_priority_indicator`.
    pub priority: bool,
    /// `program_clock_reference`.
    pub pcr: Option<Pcr>,
}

/// One packet as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Packet {
    /// `transport_error_indicator`: some bit of it is known to be wrong.
    pub transport_error: bool,
    /// `payload_unit_start_indicator`: a PES packet begins with the payload, or a section begins in it.
    pub unit_start: bool,
    /// `PID`.
    pub pid: Pid,
    /// `transport_scrambling_control`; 0 when the payload is in clear.
    pub scrambling: u8,
    /// `continuity_counter`, 0 to 15.
    pub continuity: u8,
    /// The adaptation field, if there is one.
    pub adaptation: Option<AdaptationField>,
    /// Where the payload is in the packet; none when `adaptation_field_control` says that there is none.
    pub payload: Option<Range<usize>>,
}

impl Packet {
    /// Reads the header and the adaptation field.
    ///
    /// Fails for a wrong `sync_byte`, for the reserved `adaptation_field_control` 0, and for an adaptation field that
    /// leaves the packet. The caller drops the packet.
    ///
    /// ```
    /// use springhead_mux::ts::{PACKET_BYTES, Packet, Pid};
    /// let mut bytes = [0xff; PACKET_BYTES];
    /// bytes[..4].copy_from_slice(&[0x47, 0x41, 0x00, 0x1a]);
    /// let packet = Packet::parse(&bytes)?;
    /// assert_eq!((packet.pid, packet.unit_start, packet.continuity), (Pid::new(0x100).unwrap(), true, 10));
    /// assert_eq!(packet.payload, Some(4..188));
    /// # Ok::<(), springhead_mux::ts::SyntaxError>(())
    /// ```
    pub fn parse(bytes: &[u8; PACKET_BYTES]) -> Result<Self, SyntaxError> {
        const STRUCTURE: &str = "transport_packet";
        let wrong =
            |field, offset, value: u8| SyntaxError::Value { structure: STRUCTURE, field, offset, value: value.into() };
        if bytes[0] != SYNC_BYTE {
            return Err(wrong("sync_byte", 0, bytes[0]));
        }
        let pid = Pid::of_bits(u16::from_be_bytes([bytes[1], bytes[2]]));
        let (has_adaptation, has_payload) = (bytes[3] & 0x20 != 0, bytes[3] & 0x10 != 0);
        if !has_adaptation && !has_payload {
            return Err(wrong("adaptation_field_control", 3, 0));
        }
        let mut start = HEADER_BYTES;
        let mut adaptation = None;
        if has_adaptation {
            let length = bytes[4];
            start = HEADER_BYTES + 1 + usize::from(length);
            // A packet with a payload has at least a byte of it (§2.4.3.5).
            if start > PACKET_BYTES || (has_payload && start == PACKET_BYTES) {
                return Err(wrong("adaptation_field_length", 4, length));
            }
            let cut =
                SyntaxError::Truncated { structure: "adaptation_field", field: "program_clock_reference", offset: 2 };
            adaptation = Some(AdaptationField::parse(&bytes[HEADER_BYTES + 1..start]).ok_or(cut)?);
        }
        Ok(Self {
            transport_error: bytes[1] & 0x80 != 0,
            unit_start: bytes[1] & 0x40 != 0,
            pid,
            scrambling: bytes[3] >> 6,
            continuity: bytes[3] & 0x0f,
            adaptation,
            payload: has_payload.then_some(start..PACKET_BYTES),
        })
    }
}

impl AdaptationField {
    /// Reads what follows `adaptation_field_length`. None when a clock reference is announced and cut short.
    fn parse(field: &[u8]) -> Option<Self> {
        let Some((&flags, rest)) = field.split_first() else {
            return Some(Self::default());
        };
        let pcr = match flags & 0x10 != 0 {
            true => Some(Pcr::parse(rest.first_chunk()?)),
            false => None,
        };
        Some(Self {
            discontinuity: flags & 0x80 != 0,
            random_access: flags & 0x40 != 0,
            priority: flags & 0x20 != 0,
            pcr,
        })
    }

    /// The byte of flags.
    pub(crate) fn flags(&self) -> u8 {
        u8::from(self.discontinuity) << 7
            | u8::from(self.random_access) << 6
            | u8::from(self.priority) << 5
            | u8::from(self.pcr.is_some()) << 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(head: &[u8]) -> [u8; PACKET_BYTES] {
        let mut bytes = [0xff; PACKET_BYTES];
        bytes[..head.len()].copy_from_slice(head);
        bytes
    }

    fn refused(head: &[u8]) -> (&'static str, u32) {
        match Packet::parse(&packet(head)) {
            Err(SyntaxError::Value { field, value, .. }) => (field, value),
            Err(SyntaxError::Truncated { field, offset, .. }) => (field, offset as u32),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        assert_eq!(refused(&[0x48, 0, 0, 0x10]), ("sync_byte", 0x48));
        assert_eq!(refused(&[0x47, 0, 0, 0x0f]), ("adaptation_field_control", 0));
        assert_eq!(refused(&[0x47, 0, 0, 0x30, 183]), ("adaptation_field_length", 183));
        assert_eq!(refused(&[0x47, 0, 0, 0x20, 184]), ("adaptation_field_length", 184));
        assert_eq!(refused(&[0x47, 0, 0, 0x30, 6, 0x10, 0, 0, 0, 0, 0, 0]), ("program_clock_reference", 2));
    }

    #[test]
    fn adaptation_fields_of_no_and_of_one_byte_are_stuffing() {
        for (length, head) in [(0, &[0x47u8, 0x01, 0x00, 0x30, 0][..]), (1, &[0x47, 0x01, 0x00, 0x30, 1, 0])] {
            let packet = Packet::parse(&packet(head)).unwrap();
            assert_eq!(packet.adaptation, Some(AdaptationField::default()));
            assert_eq!(packet.payload, Some(5 + length..188));
        }
    }

    #[test]
    fn a_clock_reference_is_read_as_it_was_written() {
        for ticks in [0, 1, 299, 300, 12_345_678_901, Pcr::RANGE as i64 - 1] {
            let pcr = Pcr::wrapping(ticks);
            assert_eq!(Pcr::parse(&pcr.to_bytes()), pcr);
            assert_eq!(pcr.base() * 300 + u64::from(pcr.extension()), ticks as u64);
        }
        let head = [&[0x47, 0x41, 0x00, 0x20, 183, 0xd0][..], &Pcr::wrapping(4_321).to_bytes()].concat();
        let packet = Packet::parse(&packet(&head)).unwrap();
        let field = AdaptationField {
            discontinuity: true,
            random_access: true,
            priority: false,
            pcr: Some(Pcr::wrapping(4_321)),
        };
        assert_eq!((packet.adaptation, packet.payload), (Some(field), None));
        assert_eq!(field.flags(), 0xd0);
    }
}
