//! Opus in MPEG-2 transport streams: the control header before each packet, and the descriptor of the program map table, as
//! in the draft "Opus Interactive Audio Codec, Transport Multiplexing Standard" (ETSI, 0.1.3), which was never adopted and
//! which FFmpeg and GStreamer follow.

use bytes::Bytes;
use springhead_core::Rope;

use super::{ChannelMapping, DecoderConfig, OpusError};
use crate::bits::{BitReader, BitWriter, SyntaxError};

/// `control_header_prefix`, 11 bits, with which no packet of Opus begins.
const PREFIX: u32 = 0x3ff;

/// `descriptor_tag_extension` of the descriptor, in a DVB extension descriptor (tag 0x7f); the program map table also has a
/// registration descriptor of `Opus`.
pub const EXTENSION_TAG: u8 = 0x80;

/// The `channel_config_code` after which the channels are written out.
const EXPLICIT: u8 = 0x81;

/// `opus_control_header()`: what comes before each packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ControlHeader {
    /// `start_trim`: samples of 48 kHz to leave out at the start of the packet, at most 0x1fff.
    pub start_trim: Option<u16>,
    /// `end_trim`: the same at its end.
    pub end_trim: Option<u16>,
}

/// One packet with its control header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TsUnit {
    /// The control header.
    pub header: ControlHeader,
    /// The packet, a slice of the input: the access unit.
    pub packet: Bytes,
}

impl ControlHeader {
    /// Reads a control header; also gives its bytes and those of the packet after it. `control_extension` is passed over.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize, usize), SyntaxError> {
        let r = &mut BitReader::new("opus_control_header", bytes);
        let prefix = r.bits("control_header_prefix", 11)?;
        if prefix != PREFIX {
            return Err(r.out_of_range("control_header_prefix", prefix));
        }
        let start = r.flag("start_trim_flag")?;
        let end = r.flag("end_trim_flag")?;
        let extension = r.flag("control_extension_flag")?;
        r.skip("reserved", 2)?;
        let mut size = 0;
        loop {
            let byte = r.bits("payload_size", 8)? as usize;
            size += byte;
            if byte < 0xff {
                break;
            }
        }
        let start_trim = read_trim(r, start, "start_trim")?;
        let end_trim = read_trim(r, end, "end_trim")?;
        if extension {
            let length = r.bits("control_extension_length", 8)? as usize;
            r.skip("control_extension", 8 * length)?;
        }
        Ok((Self { start_trim, end_trim }, r.position() / 8, size))
    }

    /// Bytes of the control header of a packet of `size` bytes.
    pub fn bytes_before(&self, size: usize) -> usize {
        2 + size / 255 + 1 + 2 * (usize::from(self.start_trim.is_some()) + usize::from(self.end_trim.is_some()))
    }

    /// Writes the control header of a packet of `size` bytes. Trims are held within 13 bits.
    pub fn to_bytes(&self, size: usize) -> Bytes {
        let mut w = BitWriter::new();
        w.bits(PREFIX.into(), 11).flag(self.start_trim.is_some()).flag(self.end_trim.is_some()).bits(0, 3);
        for _ in 0..size / 255 {
            w.bits(255, 8);
        }
        w.bits((size % 255) as u64, 8);
        for trim in [self.start_trim, self.end_trim].into_iter().flatten() {
            w.bits(0, 3).bits(trim.min(0x1fff).into(), 13);
        }
        w.into_bytes().into()
    }
}

fn read_trim(r: &mut BitReader<'_>, present: bool, field: &'static str) -> Result<Option<u16>, SyntaxError> {
    if !present {
        return Ok(None);
    }
    r.skip("reserved", 3)?;
    Ok(Some(r.bits(field, 13)? as u16))
}

/// A packet as it goes into a transport stream: its control header, then its bytes, shared.
pub fn to_ts(header: ControlHeader, packet: &Rope) -> Rope {
    std::iter::once(header.to_bytes(packet.len())).chain(packet.slices().iter().cloned()).collect()
}

/// The packets of a PES payload, each a slice of it.
///
/// After [`OpusError::NoControlHeader`] it goes on at the next control header whose packet ends where another begins or the
/// buffer ends; [`OpusError::UnitLength`] and [`OpusError::Syntax`] end it.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::opus::ts::split;
/// let payload = Bytes::from_static(&[0x7f, 0xe0, 0x03, 0xfc, 0x01, 0x02]);
/// let units = split(&payload).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(units[0].packet, &[0xfc, 0x01, 0x02][..]);
/// # Ok::<(), springhead_codec::opus::OpusError>(())
/// ```
pub fn split(payload: &Bytes) -> TsUnits<'_> {
    TsUnits { payload, at: 0 }
}

/// The iterator of [`split`].
#[derive(Debug)]
pub struct TsUnits<'a> {
    payload: &'a Bytes,
    at: usize,
}

impl TsUnits<'_> {
    fn unit(&mut self) -> Result<TsUnit, OpusError> {
        let offset = std::mem::replace(&mut self.at, self.payload.len());
        let rest = &self.payload[offset..];
        let (header, before, length) = match ControlHeader::parse(rest) {
            Ok(found) => found,
            Err(error) if error.field == "control_header_prefix" => {
                self.at = resynchronise(self.payload, offset + 1);
                return Err(OpusError::NoControlHeader { offset });
            }
            Err(error) => return Err(error.into()),
        };
        let available = rest.len() - before;
        if length > available {
            return Err(OpusError::UnitLength { offset, length, available });
        }
        self.at = offset + before + length;
        Ok(TsUnit { header, packet: self.payload.slice(offset + before..self.at) })
    }
}

impl Iterator for TsUnits<'_> {
    type Item = Result<TsUnit, OpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.payload.len()).then(|| self.unit())
    }
}

/// Where the next control header is that another one, or the end, confirms.
fn resynchronise(payload: &[u8], from: usize) -> usize {
    let begins = |at: usize| payload[at] == 0x7f && payload.get(at + 1).is_some_and(|byte| byte & 0xe0 == 0xe0);
    let confirmed = |&at: &usize| {
        // A size of many bytes would have every place read what follows it, so a header that is looked for is short.
        let window = &payload[at..payload.len().min(at + 300)];
        let Ok((_, before, length)) = ControlHeader::parse(window) else { return false };
        let end = at + before + length;
        end == payload.len() || (end < payload.len() && begins(end))
    };
    (from..payload.len()).filter(|&at| begins(at)).find(confirmed).unwrap_or(payload.len())
}

/// The configuration that a descriptor gives: `content` is what follows [`EXTENSION_TAG`]. Pre-skip is 0, as the control
/// headers trim.
///
/// Codes 0x00 to 0x08 name the usual arrangements, 0x80 and 0x82 to 0x88 those without coupled streams, and 0x81 writes the
/// channels out. An index of a channel that no stream has stands for silence.
pub fn parse_descriptor(content: &[u8]) -> Result<DecoderConfig, OpusError> {
    let r = &mut BitReader::new("opus_audio_descriptor", content);
    let code = r.bits8("channel_config_code", 8)?;
    let (family, channels, mapping) = match code {
        0x00 | 0x80 => {
            let coupled = u8::from(code == 0);
            (255, 2, Some(ChannelMapping { streams: 2 - coupled, coupled, table: vec![0, 1] }))
        }
        0x01 | 0x02 => (0, code, None),
        0x03..=0x08 => (1, code, ChannelMapping::vorbis(code)),
        EXPLICIT => read_explicit(r)?,
        0x82..=0x88 => {
            let channels = code & 0x0f;
            (1, channels, Some(ChannelMapping { streams: channels, coupled: 0, table: (0..channels).collect() }))
        }
        _ => return Err(OpusError::Descriptor("a reserved channel_config_code")),
    };
    DecoderConfig { channels, pre_skip: 0, input_sample_rate: 48_000, output_gain: 0, family, mapping }.checked()
}

/// Family, channels and mapping of a descriptor that writes them out.
fn read_explicit(r: &mut BitReader<'_>) -> Result<(u8, u8, Option<ChannelMapping>), OpusError> {
    let channels = r.bits8("channel_count", 8)?;
    let family = r.bits8("mapping_family", 8)?;
    if family == 0 {
        return Ok((0, channels, None));
    }
    let streams = r.bits("stream_count_minus_one", width(channels.into()))? + 1;
    let coupled = r.bits("coupled_stream_count", width(streams + 1))?;
    let decoded = streams + coupled;
    if coupled > streams || decoded > 255 || family == 3 {
        return Err(OpusError::Mapping { streams: streams as u8, coupled: coupled as u8 });
    }
    let index = |r: &mut BitReader<'_>| -> Result<u8, SyntaxError> {
        let index = r.bits("channel_mapping", width(decoded + 1))?;
        Ok(if index < decoded { index as u8 } else { 255 })
    };
    let table = (0..channels).map(|_| index(r)).collect::<Result<_, _>>()?;
    Ok((family, channels, Some(ChannelMapping { streams: streams as u8, coupled: coupled as u8, table })))
}

/// Bits that tell `count` values apart.
fn width(count: u32) -> u32 {
    u32::BITS - count.saturating_sub(1).leading_zeros()
}

/// Writes what follows [`EXTENSION_TAG`] in a descriptor: the short code where there is one. Gain and pre-skip are not
/// said.
///
/// Fails with [`OpusError::Descriptor`] for a matrix of ambisonics and for a silent channel, whose index the draft leaves
/// open.
pub fn to_descriptor(config: &DecoderConfig) -> Result<Bytes, OpusError> {
    let channels = config.channels;
    let Some(mapping) = &config.mapping else { return Ok(Bytes::from(vec![channels])) };
    let in_order = mapping.table.iter().copied().eq(0..channels);
    let code = match config.family {
        255 if channels == 2 && in_order && mapping.streams + mapping.coupled == 2 => {
            Some(if mapping.coupled == 1 { 0x00 } else { 0x80 })
        }
        1 if channels > 2 && ChannelMapping::vorbis(channels).as_ref() == Some(mapping) => Some(channels),
        1 if channels > 1 && in_order && mapping.coupled == 0 && mapping.streams == channels => Some(0x80 | channels),
        _ => None,
    };
    if let Some(code) = code {
        return Ok(Bytes::from(vec![code]));
    }
    if config.family == 3 {
        return Err(OpusError::Descriptor("a demixing matrix"));
    }
    if mapping.table.contains(&255) {
        return Err(OpusError::Descriptor("a silent channel"));
    }
    if mapping.streams > channels {
        return Err(OpusError::Descriptor("more streams than channels"));
    }
    let (streams, coupled) = (u32::from(mapping.streams), u32::from(mapping.coupled));
    let mut w = BitWriter::new();
    w.bits(EXPLICIT.into(), 8).bits(channels.into(), 8).bits(config.family.into(), 8);
    w.bits((streams - 1).into(), width(channels.into())).bits(coupled.into(), width(streams + 1));
    for &index in &mapping.table {
        w.bits(index.into(), width(streams + coupled + 1));
    }
    Ok(w.into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    fn all(payload: &[u8]) -> Vec<Result<TsUnit, OpusError>> {
        split(&Bytes::copy_from_slice(payload)).collect()
    }

    #[test]
    fn what_is_no_access_unit_is_passed_over_and_what_is_cut_off_ends_the_buffer() {
        let good = [0x7f, 0xe0, 2, 0xfc, 1];
        let found = all(&[&[0x7f, 0xe1, 0x47][..], &good, &[0; 7], &good].concat());
        assert!(matches!(found[0], Err(OpusError::UnitLength { offset: 0, length: 0x47, available: 17 })));
        assert_eq!(found.len(), 1);
        let found = all(&[&good[..], &[0x7f, 0, 0x7f, 0xe0, 9], &good, &good].concat());
        assert_eq!(found[1], Err(OpusError::NoControlHeader { offset: 5 }));
        assert_eq!(found.iter().filter(|unit| unit.is_ok()).count(), 3);
        let cut = all(&good[..4]);
        let error = OpusError::UnitLength { offset: 0, length: 2, available: 1 };
        assert!(error.is_truncated());
        assert_eq!(cut, [Err(error)]);
        assert!(all(&good[..2])[0].as_ref().is_err_and(OpusError::is_truncated));
    }

    #[test]
    fn sizes_are_written_in_steps_of_255() {
        for size in [0, 1, 254, 255, 256, 510, 1275] {
            let packet = Rope::from(Bytes::from(vec![0xfc; size]));
            let unit = to_ts(ControlHeader::default(), &packet).to_bytes();
            assert_eq!(unit.len(), ControlHeader::default().bytes_before(size) + size);
            assert_eq!(unit[2..].iter().take_while(|&&byte| byte == 0xff).count(), size / 255);
            assert_eq!(all(&unit)[0].as_ref().unwrap().packet.len(), size);
        }
    }

    #[test]
    fn trims_and_an_extension_come_before_the_packet() {
        let found = all(&[0x7f, 0xfc, 1, 0x01, 0x38, 0x00, 0x05, 2, 9, 9, 0xfc]);
        let header = ControlHeader { start_trim: Some(312), end_trim: Some(5) };
        assert_eq!(found, [Ok(TsUnit { header, packet: Bytes::from_static(&[0xfc]) })]);
        assert_eq!(header.to_bytes(1), &[0x7f, 0xf8, 1, 0x01, 0x38, 0x00, 0x05][..]);
        assert_eq!(header.bytes_before(1), 7);
    }

    #[test]
    fn a_stream_of_ffmpeg_falls_into_packets_and_is_written_again() {
        let units: Vec<_> = fixtures::OPUS_PES.iter().flat_map(|hex| all(&fixtures::bytes(hex))).collect();
        let units: Vec<_> = units.into_iter().map(Result::unwrap).collect();
        assert_eq!(units[0].header.start_trim, fixtures::OPUS_PES_START_TRIM);
        let durations: Vec<_> =
            units.iter().map(|unit| crate::opus::Packet::parse(&unit.packet).unwrap().duration()).collect();
        assert_eq!(durations, vec![960; units.len()]);
        let again: Vec<u8> =
            units.iter().flat_map(|unit| to_ts(unit.header, &unit.packet.clone().into()).to_bytes()).collect();
        assert_eq!(again, fixtures::OPUS_PES.iter().flat_map(|hex| fixtures::bytes(hex)).collect::<Vec<_>>());
    }

    #[test]
    fn every_code_of_a_descriptor_has_its_channels_and_is_written_again() {
        for code in (0x00..=0x08).chain([0x80]).chain(0x82..=0x88) {
            let config = parse_descriptor(&[code]).unwrap();
            let channels = if code & 0x0f == 0 { 2 } else { code & 0x0f };
            assert_eq!(config.channels, channels, "{code:x}");
            assert_eq!(to_descriptor(&config).unwrap(), &[code][..]);
        }
        assert_eq!(parse_descriptor(&[6]).unwrap().mapping, ChannelMapping::vorbis(6));
        for code in [0x09, 0x7f, 0x89, 0xff] {
            assert!(matches!(parse_descriptor(&[code]), Err(OpusError::Descriptor(_))));
        }
        assert!(matches!(parse_descriptor(&[]), Err(OpusError::Syntax(_))));
    }

    #[test]
    fn channels_that_are_written_out_are_read() {
        // Three channels of family 255 from two streams, one of them coupled: 01, 01, then 2 0 1 in two bits each.
        let content = [0x81, 3, 255, 0b0101_1000, 0b0100_0000];
        let config = parse_descriptor(&content).unwrap();
        assert_eq!(config.mapping, Some(ChannelMapping { streams: 2, coupled: 1, table: vec![2, 0, 1] }));
        assert_eq!(to_descriptor(&config).unwrap(), &content[..]);
        assert_eq!(parse_descriptor(&[0x81, 2, 0]).unwrap(), parse_descriptor(&[2]).unwrap());
        let silent = parse_descriptor(&[0x81, 2, 1, 0b0001_1000]).unwrap();
        assert_eq!(silent.mapping, Some(ChannelMapping { streams: 1, coupled: 0, table: vec![0, 255] }));
        assert_eq!(to_descriptor(&silent), Err(OpusError::Descriptor("a silent channel")));
    }

    proptest! {
        #[test]
        fn units_come_back(
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 1..4),
            start in prop::option::of(0u16..0x2000),
            end in prop::option::of(0u16..0x2000),
        ) {
            let header = ControlHeader { start_trim: start, end_trim: end };
            let payload: Vec<u8> =
                packets.iter().flat_map(|packet| to_ts(header, &Bytes::from(packet.clone()).into()).to_bytes()).collect();
            let found: Vec<_> = all(&payload).into_iter().map(Result::unwrap).collect();
            prop_assert_eq!(found.iter().map(|unit| unit.packet.to_vec()).collect::<Vec<_>>(), packets);
            prop_assert!(found.iter().all(|unit| unit.header == header));
        }

        #[test]
        fn no_bytes_panic(payload in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x7f), Just(0xe0)], 0..200)) {
            crate::fuzz::opus_ts(&payload);
        }
    }
}
