//! PES packets: ISO/IEC 13818-1 §2.4.3.6 and §2.4.3.7.

use super::SyntaxError;

/// `packet_start_code_prefix`.
pub(crate) const START_CODE: [u8; 3] = [0, 0, 1];

/// `stream_id` of the first stream of video; the low four bits number them (Table 2-22).
pub const VIDEO_STREAM: u8 = 0xe0;
/// `stream_id` of the first stream of audio; the low five bits number them.
pub const AUDIO_STREAM: u8 = 0xc0;
/// `stream_id` of `private_stream_1`.
pub const PRIVATE_STREAM_1: u8 = 0xbd;

/// Bytes of a header with no optional field.
pub(crate) const FIXED_BYTES: usize = 9;
/// Bytes of a header that is written, with both times.
pub(crate) const WRITTEN_HEADER_BYTES: usize = FIXED_BYTES + 10;
/// The most bytes of a header.
pub(crate) const MAX_HEADER_BYTES: usize = FIXED_BYTES + 255;
/// Bytes that `PES_packet_length` does not count.
pub(crate) const UNCOUNTED_BYTES: usize = 6;

/// How many values `PTS` and `DTS` have: 33 bits of 90 kHz.
pub const CLOCK_RANGE: u64 = 1 << 33;

/// The header of a PES packet, as far as carriage needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PesHeader {
    /// `stream_id`.
    pub stream_id: u8,
    /// `PES_packet_length`: bytes that follow the field; 0 when it is not said, which only video does.
    pub packet_length: u16,
    /// `PES_scrambling_control`; 0 when the payload is in clear.
    pub scrambling: u8,
    /// `data_alignment_indicator`: an access unit begins with the payload.
    pub data_alignment: bool,
    /// `PTS` in ticks of 90 kHz, 33 bits.
    pub pts: Option<u64>,
    /// `DTS` likewise, where it is not the same.
    pub dts: Option<u64>,
    /// Bytes before the payload.
    pub header_bytes: usize,
}

impl PesHeader {
    /// Reads the header at the start of `bytes`.
    ///
    /// Fails when it is cut short, when it is none, and when a marker bit of a time is missing. The caller drops the packet.
    ///
    /// ```
    /// use springhead_mux::ts::pes::PesHeader;
    /// let header = PesHeader::parse(b"\0\0\x01\xe0\0\0\x84\xc0\x0a\x31\0\x07\xd8\x61\x11\0\x07\xa9\x75")?;
    /// assert_eq!((header.pts, header.dts, header.header_bytes), (Some(126_000), Some(119_994), 19));
    /// # Ok::<(), springhead_mux::ts::SyntaxError>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, SyntaxError> {
        const STRUCTURE: &str = "PES_packet";
        let truncated = |field, offset| SyntaxError::Truncated { structure: STRUCTURE, field, offset };
        let wrong = |field, offset, value| SyntaxError::Value { structure: STRUCTURE, field, offset, value };
        let Some((&[a, b, c, stream_id, high, low], rest)) = bytes.split_first_chunk() else {
            return Err(truncated("PES_packet_length", bytes.len()));
        };
        if [a, b, c] != START_CODE {
            return Err(wrong("packet_start_code_prefix", 0, u32::from_be_bytes([0, a, b, c])));
        }
        let packet_length = u16::from_be_bytes([high, low]);
        let plain = Self {
            stream_id,
            packet_length,
            scrambling: 0,
            data_alignment: false,
            pts: None,
            dts: None,
            header_bytes: UNCOUNTED_BYTES,
        };
        if !has_extension(stream_id) {
            return Ok(plain);
        }
        let Some((&[flags, fields, length], rest)) = rest.split_first_chunk() else {
            return Err(truncated("PES_header_data_length", UNCOUNTED_BYTES));
        };
        if flags & 0xc0 != 0x80 {
            return Err(wrong("marker", UNCOUNTED_BYTES, (flags >> 6).into()));
        }
        let fields_end = usize::from(length);
        let Some(optional) = rest.get(..fields_end) else {
            return Err(truncated("PES_header_data", FIXED_BYTES));
        };
        let time = |field, at: usize| {
            let bytes: &[u8; 5] = optional.get(at..).and_then(<[u8]>::first_chunk).ok_or(truncated(field, 9 + at))?;
            if bytes[0] & bytes[2] & bytes[4] & 1 == 0 {
                return Err(wrong(field, FIXED_BYTES + at, bytes[0].into()));
            }
            Ok(Some(time_of(bytes)))
        };
        let (pts, dts) = match fields >> 6 {
            0 => (None, None),
            2 => (time("PTS", 0)?, None),
            3 => (time("PTS", 0)?, time("DTS", 5)?),
            forbidden => return Err(wrong("PTS_DTS_flags", 7, forbidden.into())),
        };
        Ok(Self {
            scrambling: flags >> 4 & 3,
            data_alignment: flags & 4 != 0,
            pts,
            dts,
            header_bytes: FIXED_BYTES + fields_end,
            ..plain
        })
    }
}

/// Whether the stream's packets have the flags and what hangs on them, rather than the payload behind the length.
fn has_extension(stream_id: u8) -> bool {
    !matches!(stream_id, 0xbc | 0xbe | 0xbf | 0xf0 | 0xf1 | 0xf2 | 0xf8 | 0xff)
}

/// The 33 bits in the five bytes of a time.
fn time_of(&[a, b, c, d, e]: &[u8; 5]) -> u64 {
    let high = u64::from(a >> 1 & 7) << 30;
    let middle = u64::from(u16::from_be_bytes([b, c]) >> 1) << 15;
    high | middle | u64::from(u16::from_be_bytes([d, e]) >> 1)
}

/// The five bytes of a time, with the four bits before it.
fn time_bytes(prefix: u8, time: u64) -> [u8; 5] {
    let [b, c] = ((time >> 14) as u16 | 1).to_be_bytes();
    let [d, e] = ((time << 1) as u16 | 1).to_be_bytes();
    [prefix << 4 | (time >> 29) as u8 & 0x0e | 1, b, c, d, e]
}

/// A header as it is written: an access unit begins with the payload, with `PTS`, and `DTS` only where it differs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    bytes: [u8; WRITTEN_HEADER_BYTES],
    length: usize,
}

impl Header {
    /// For a payload of that many bytes. Its length is stated where the field can say it, which it always can where
    /// `payload` is at most [`MAX_COUNTED_PAYLOAD`].
    pub(crate) fn new(stream_id: u8, pts: u64, dts: u64, payload: usize) -> Self {
        let mut bytes = [0; WRITTEN_HEADER_BYTES];
        let differs = pts != dts;
        let length = FIXED_BYTES + if differs { 10 } else { 5 };
        let counted = u16::try_from(length - UNCOUNTED_BYTES + payload).unwrap_or(0);
        bytes[..3].copy_from_slice(&START_CODE);
        bytes[3] = stream_id;
        bytes[4..6].copy_from_slice(&counted.to_be_bytes());
        // '10', not scrambled, data_alignment_indicator.
        bytes[6] = 0x84;
        bytes[7] = if differs { 0xc0 } else { 0x80 };
        bytes[8] = (length - FIXED_BYTES) as u8;
        bytes[9..14].copy_from_slice(&time_bytes(if differs { 3 } else { 2 }, pts));
        if differs {
            bytes[14..19].copy_from_slice(&time_bytes(1, dts));
        }
        Self { bytes, length }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The most bytes of a payload whose length `PES_packet_length` can say, whatever times are with it.
pub(crate) const MAX_COUNTED_PAYLOAD: usize = u16::MAX as usize - (FIXED_BYTES + 10 - UNCOUNTED_BYTES);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(bytes: &[u8]) -> (&'static str, usize) {
        match PesHeader::parse(bytes).unwrap_err() {
            SyntaxError::Truncated { field, offset, .. } | SyntaxError::Value { field, offset, .. } => (field, offset),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_pes_header_is_refused() {
        let good = Header::new(VIDEO_STREAM, 5, 3, 100);
        let good = good.bytes();
        assert_eq!(refused(&good[..5]), ("PES_packet_length", 5));
        assert_eq!(refused(&good[..8]), ("PES_header_data_length", 6));
        assert_eq!(refused(&good[..18]), ("PES_header_data", 9));
        for (at, value, field) in [
            (2, 2, "packet_start_code_prefix"),
            (6, 0x44, "marker"),
            (7, 0x40, "PTS_DTS_flags"),
            (9, 0x30, "PTS"),
            (16, 0, "DTS"),
        ] {
            let mut bytes = good.to_vec();
            bytes[at] = value;
            assert_eq!(refused(&bytes).0, field);
        }
        let mut short = good.to_vec();
        short[8] = 7;
        assert_eq!(refused(&short), ("DTS", 14));
    }

    #[test]
    fn padding_has_no_flags_and_no_times() {
        let header = PesHeader::parse(b"\0\0\x01\xbe\0\x02\xff\xff").unwrap();
        assert_eq!((header.stream_id, header.packet_length, header.header_bytes, header.pts), (0xbe, 2, 6, None));
    }

    proptest! {
        #[test]
        fn headers_are_read_as_they_were_written(
            stream_id in prop::sample::select(vec![VIDEO_STREAM, AUDIO_STREAM + 3, PRIVATE_STREAM_1]),
            pts in 0..CLOCK_RANGE,
            dts in 0..CLOCK_RANGE,
            payload in 0usize..100_000,
        ) {
            let written = Header::new(stream_id, pts, dts, payload);
            let header = PesHeader::parse(written.bytes()).unwrap();
            prop_assert_eq!(header.header_bytes, written.bytes().len());
            prop_assert_eq!((header.stream_id, header.data_alignment, header.scrambling), (stream_id, true, 0));
            prop_assert_eq!((header.pts, header.dts), (Some(pts), (dts != pts).then_some(dts)));
            let counted = header.header_bytes - UNCOUNTED_BYTES + payload;
            prop_assert_eq!(usize::from(header.packet_length), if counted > 65_535 { 0 } else { counted });
            prop_assert!(payload > MAX_COUNTED_PAYLOAD || header.packet_length > 0);
        }
    }
}
