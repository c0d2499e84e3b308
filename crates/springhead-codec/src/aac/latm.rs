//! The low overhead audio transport multiplex with its synchronisation layer: ISO/IEC 14496-3:2019 §1.7. Read only; what is
//! written is ADTS or raw.
//!
//! Of all that the multiplex can do, broadcasts use one program of one layer, with frames that say their length. Anything
//! else is refused by name.

use bytes::Bytes;

use super::{AacError, AudioSpecificConfig};
use crate::bits::{BitReader, SyntaxError};
use crate::resync::{Candidate, next_frame};

/// `syncword` of AudioSyncStream, 11 bits.
const SYNCWORD: u16 = 0x2b7;

/// Bytes of an AudioSyncStream before the element.
const HEADER_BYTES: usize = 3;

/// More bits than any AudioSpecificConfig takes.
const MAX_CONFIG_BITS: usize = 1024 * 8;

/// The elements, `AudioMuxElement(1)`, of a buffer of AudioSyncStream (§1.7.2), each a slice of it.
///
/// After [`AacError::NoSyncStream`] it goes on at the next element that another one or the end of the buffer follows;
/// [`AacError::SyncStreamLength`] and a header that is cut off end it, and are sound if more bytes follow.
pub fn split(stream: &Bytes) -> Elements<'_> {
    Elements { stream, at: 0 }
}

/// The iterator of [`split`].
#[derive(Debug)]
pub struct Elements<'a> {
    stream: &'a Bytes,
    at: usize,
}

/// Bytes of the AudioSyncStream that begins here, header included; none if there is no sync word.
fn length(bytes: &[u8]) -> Option<usize> {
    let &[a, b, c, ..] = bytes else { return None };
    let synced = u16::from_be_bytes([a, b]) >> 5 == SYNCWORD;
    synced.then(|| HEADER_BYTES + (usize::from(b & 0x1f) << 8 | usize::from(c)))
}

fn look(bytes: &[u8]) -> Candidate {
    match length(bytes) {
        Some(length) => Candidate::Frame(length),
        None if bytes.len() < HEADER_BYTES && bytes.first() == Some(&0x56) => Candidate::Unknown,
        None => Candidate::No,
    }
}

impl Elements<'_> {
    fn element(&mut self) -> Result<Bytes, AacError> {
        let offset = std::mem::replace(&mut self.at, self.stream.len());
        let rest = &self.stream[offset..];
        let Some(length) = length(rest) else {
            if let Candidate::Unknown = look(rest) {
                return Err(AacError::SyncStreamLength { offset, length: HEADER_BYTES, available: rest.len() });
            }
            self.at = next_frame(self.stream, offset + 1, look).unwrap_or(self.stream.len());
            return Err(AacError::NoSyncStream { offset });
        };
        if length > rest.len() {
            return Err(AacError::SyncStreamLength { offset, length, available: rest.len() });
        }
        self.at = offset + length;
        Ok(self.stream.slice(offset + HEADER_BYTES..self.at))
    }
}

impl Iterator for Elements<'_> {
    type Item = Result<Bytes, AacError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.stream.len()).then(|| self.element())
    }
}

/// Takes the frames out of elements, `AudioMuxElement(1)` (§1.7.3), and remembers the configuration, which not every element
/// repeats.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::aac::latm::{Demultiplexer, split};
/// // AAC LC, 48 kHz, stereo, and a frame of two bytes.
/// let stream = Bytes::from_static(b"\x56\xe0\x09\x20\x00\x11\x90\x1f\xe0\x11\x08\x80");
/// let mut latm = Demultiplexer::default();
/// for element in split(&stream) {
///     let frames = latm.read(&element?)?;
///     assert_eq!(frames, [&[0x21, 0x10][..]]);
/// }
/// assert_eq!(latm.config().map(|config| config.to_bytes()), Some(Bytes::from_static(&[0x11, 0x90])));
/// # Ok::<(), springhead_codec::aac::AacError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Demultiplexer {
    mux: Option<StreamMux>,
}

/// What `StreamMuxConfig()` says.
#[derive(Clone, Debug)]
struct StreamMux {
    config: AudioSpecificConfig,
    /// `numSubFrames` + 1.
    frames: u32,
    other_data_bits: usize,
}

impl Demultiplexer {
    /// The configuration of the frames that were read last, none before the first.
    pub fn config(&self) -> Option<&AudioSpecificConfig> {
        self.mux.as_ref().map(|mux| &mux.config)
    }

    /// Reads an element: its frames, raw data blocks of AAC without those that are empty. They are slices of the element
    /// where they begin at a byte, and copies where they do not.
    ///
    /// On an error the frames of the element are lost and the configuration stays what it was.
    pub fn read(&mut self, element: &Bytes) -> Result<Vec<Bytes>, AacError> {
        let r = &mut BitReader::new("AudioMuxElement", element);
        let found = if r.flag("useSameStreamMux")? { None } else { Some(read_stream_mux(r, element)?) };
        let mux = found.as_ref().or(self.mux.as_ref()).ok_or(AacError::NoStreamMuxConfig)?;
        let mut frames = Vec::new();
        for _ in 0..mux.frames {
            let mut length = 0;
            loop {
                let part = r.bits("MuxSlotLengthBytes", 8)? as usize;
                length += part;
                if part < 255 {
                    break;
                }
            }
            let at = r.position();
            r.skip("payload", 8 * length)?;
            if length == 0 {
                continue;
            }
            frames.push(if at.is_multiple_of(8) {
                element.slice(at / 8..at / 8 + length)
            } else {
                copy_bits(element, at, 8 * length).into()
            });
        }
        r.skip("otherData", mux.other_data_bits)?;
        if found.is_some() {
            self.mux = found;
        }
        Ok(frames)
    }
}

/// `StreamMuxConfig()` of §1.7.3, Table 1.42.
fn read_stream_mux(r: &mut BitReader<'_>, element: &[u8]) -> Result<StreamMux, AacError> {
    let version = r.bits("audioMuxVersion", 1)?;
    if version == 1 {
        if r.flag("audioMuxVersionA")? {
            return Err(AacError::Latm("audioMuxVersionA 1"));
        }
        read_value(r, "taraBufferFullness")?;
    }
    if !r.flag("allStreamsSameTimeFraming")? {
        return Err(AacError::Latm("streams of different time framing"));
    }
    let frames = r.bits("numSubFrames", 6)? + 1;
    if r.bits("numProgram", 4)? != 0 {
        return Err(AacError::Latm("several programs"));
    }
    if r.bits("numLayer", 3)? != 0 {
        return Err(AacError::Latm("several layers"));
    }
    let config = if version == 0 {
        let config = copy_bits(element, r.position(), r.remaining().min(MAX_CONFIG_BITS));
        let (config, bits) = AudioSpecificConfig::parse_prefix(&config)?;
        r.skip("AudioSpecificConfig", bits)?;
        config
    } else {
        let bits = read_value(r, "ascLen")? as usize;
        let at = r.position();
        r.skip("AudioSpecificConfig", bits)?;
        AudioSpecificConfig::parse(&copy_bits(element, at, bits))?
    };
    match r.bits("frameLengthType", 3)? {
        0 => r.skip("latmBufferFullness", 8)?,
        _ => return Err(AacError::Latm("a frameLengthType other than 0")),
    }
    let mut other_data_bits = 0;
    if r.flag("otherDataPresent")? {
        other_data_bits =
            if version == 1 { read_value(r, "otherDataLenBits")? } else { read_other_length(r)? } as usize;
    }
    if r.flag("crcCheckPresent")? {
        r.skip("crcCheckSum", 8)?;
    }
    Ok(StreamMux { config, frames, other_data_bits })
}

/// `LatmGetValue()`: one to four bytes.
fn read_value(r: &mut BitReader<'_>, field: &'static str) -> Result<u32, SyntaxError> {
    let bytes = r.bits("bytesForValue", 2)? + 1;
    r.bits(field, 8 * bytes)
}

/// `otherDataLenBits` of version 0: bytes, each of which says whether another one follows.
fn read_other_length(r: &mut BitReader<'_>) -> Result<u32, SyntaxError> {
    let mut length = 0u32;
    loop {
        let more = r.flag("otherDataLenEsc")?;
        let part = r.bits("otherDataLenTmp", 8)?;
        if length >> 24 != 0 {
            return Err(r.out_of_range("otherDataLenTmp", length));
        }
        length = length << 8 | part;
        if !more {
            return Ok(length);
        }
    }
}

/// `bits` bits of `bytes` from bit `at` on, moved to the start of a byte; the last is filled with zeros. The bits have to be
/// there.
fn copy_bits(bytes: &[u8], at: usize, bits: usize) -> Vec<u8> {
    let (first, shift) = (at / 8, at % 8);
    let mut copy: Vec<u8> = (first..first + bits.div_ceil(8))
        .map(|index| {
            let next = bytes.get(index + 1).copied().unwrap_or(0);
            (u16::from_be_bytes([bytes[index], next]) << shift >> 8) as u8
        })
        .collect();
    if let (Some(last), used @ 1..) = (copy.last_mut(), bits % 8) {
        *last &= 0xff << (8 - used);
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aac::adts;
    use crate::bits::BitWriter;
    use crate::fixtures;
    use proptest::prelude::*;

    /// An element by hand: the fields of `StreamMuxConfig()` as bits, then frames with their lengths.
    fn element(mux: Option<&[(u64, u32)]>, frames: &[Vec<u8>], tail: u32) -> Bytes {
        let mut w = BitWriter::new();
        w.flag(mux.is_none());
        for &(value, width) in mux.unwrap_or_default() {
            w.bits(value, width);
        }
        for frame in frames {
            (0..frame.len() / 255).for_each(|_| _ = w.bits(255, 8));
            w.bits((frame.len() % 255) as u64, 8);
            frame.iter().for_each(|&byte| _ = w.bits(byte.into(), 8));
        }
        w.bits(0, tail);
        w.into_bytes().into()
    }

    /// Version 0, AAC LC at 48 kHz in stereo, one frame.
    const PLAIN: [(u64, u32); 10] =
        [(0, 1), (1, 1), (0, 6), (0, 4), (0, 3), (0x1190, 16), (0, 3), (0xff, 8), (0, 1), (0, 1)];

    fn changed<const N: usize>(changes: [(usize, (u64, u32)); N]) -> Vec<(u64, u32)> {
        let mut mux = PLAIN.to_vec();
        changes.into_iter().for_each(|(at, field)| mux[at] = field);
        mux
    }

    fn read(mux: &[(u64, u32)], frames: &[Vec<u8>], tail: u32) -> Result<Vec<Bytes>, AacError> {
        Demultiplexer::default().read(&element(Some(mux), frames, tail))
    }

    #[test]
    fn what_the_multiplex_can_do_besides_is_refused_by_name() {
        for (mux, name) in [
            (changed([(0, (0b11, 2))]), "audioMuxVersionA 1"),
            (changed([(1, (0, 1))]), "streams of different time framing"),
            (changed([(3, (1, 4))]), "several programs"),
            (changed([(4, (1, 3))]), "several layers"),
            (changed([(6, (1, 3))]), "a frameLengthType other than 0"),
            (changed([(5, (0xf946_4362, 32))]), "USAC in version 0, which does not delimit it"),
        ] {
            assert_eq!(read(&mux, &[vec![1]], 64), Err(AacError::Latm(name)));
        }
        assert_eq!(Demultiplexer::default().read(&element(None, &[vec![1]], 0)), Err(AacError::NoStreamMuxConfig));
        let huge = changed([(8, (1, 1)), (9, (0x1ff << 36 | 0x1ff << 27 | 0x1ff << 18 | 0x1ff << 9 | 0xff, 45))]);
        assert!(matches!(read(&huge, &[], 64), Err(AacError::Syntax(error)) if error.field == "otherDataLenTmp"));
    }

    #[test]
    fn an_element_cut_short_is_truncated_and_leaves_the_configuration() {
        let whole = element(Some(&PLAIN), &[vec![1, 2, 3]], 0);
        for end in 0..whole.len() {
            let mut latm = Demultiplexer::default();
            assert!(latm.read(&whole.slice(..end)).is_err_and(|error| error.is_truncated()), "{end}");
            assert!(latm.config().is_none());
        }
    }

    #[test]
    fn what_is_no_element_is_passed_over() {
        // A sync word that nothing follows where it says.
        let junk = [9, 0x56, 0xe0, 0x07, 0];
        let stream = Bytes::from([&junk[..], fixtures::LATM, &junk, fixtures::LATM].concat());
        let found: Vec<_> = split(&stream).collect();
        let errors: Vec<_> = found.iter().filter_map(|element| element.as_ref().err()).collect();
        let second = AacError::NoSyncStream { offset: junk.len() + fixtures::LATM.len() };
        assert_eq!(errors, [&AacError::NoSyncStream { offset: 0 }, &second]);
        assert_eq!(found.len() - errors.len(), 2 * split(&Bytes::from_static(fixtures::LATM)).count());
        let cut = Bytes::from_static(&fixtures::LATM[..2]);
        let error = AacError::SyncStreamLength { offset: 0, length: 3, available: 2 };
        assert!(error.is_truncated());
        assert_eq!(split(&cut).collect::<Vec<_>>(), [Err(error)]);
        let cut = Bytes::from_static(&fixtures::LATM[..9]);
        assert!(matches!(split(&cut).last(), Some(Err(AacError::SyncStreamLength { available: 9, .. }))));
    }

    #[test]
    fn the_frames_of_a_stream_of_ffmpeg_are_those_of_its_adts() {
        let stream = Bytes::from_static(fixtures::LATM);
        let mut latm = Demultiplexer::default();
        let frames: Vec<_> = split(&stream).flat_map(|element| latm.read(&element.unwrap()).unwrap()).collect();
        let adts = Bytes::from_static(fixtures::ADTS);
        let expected: Vec<_> = adts::split(&adts).map(|frame| frame.unwrap().payload).collect();
        assert_eq!(frames, expected);
        let config = latm.config().unwrap();
        assert_eq!((config.output_rate(), config.output_channels(), config.object_type), (48_000, 2, 2));
    }

    #[test]
    fn a_configuration_holds_until_another_comes() {
        let mut latm = Demultiplexer::default();
        let frames = [vec![1], vec![2; 300]];
        assert_eq!(latm.read(&element(Some(&changed([(2, (1, 6))])), &frames, 0)).unwrap(), frames);
        assert_eq!(latm.read(&element(None, &frames, 0)).unwrap(), frames);
        // Only one frame now, then bits of other data, and empty frames are none.
        let mux = changed([(5, (0x1310, 16)), (8, (1, 1)), (9, (0x0d << 1, 10))]);
        assert_eq!(latm.read(&element(Some(&mux), &[vec![]], 13)).unwrap(), Vec::<Bytes>::new());
        assert_eq!(latm.config().map(AudioSpecificConfig::output_rate), Some(24_000));
        assert!(latm.read(&element(None, &[vec![1]], 4)).is_err());
    }

    #[test]
    fn version_1_delimits_its_configuration_so_that_sbr_and_usac_are_found() {
        let version_1 = |asc: (u64, u32), length| {
            let mut mux = vec![(0b10, 2), (0, 2), (0, 8)];
            mux.extend([(1, 1), (0, 6), (0, 4), (0, 3), (0, 2), (length, 8), asc, (0, 3), (0xff, 8), (0, 1), (1, 1)]);
            mux.push((0xaa, 8));
            mux
        };
        for (asc, rate, string) in
            [((0x13_1056_e598, 40), 48_000, "mp4a.40.5"), ((0xf9_4643_6204, 40), 48_000, "mp4a.40.42")]
        {
            let mut latm = Demultiplexer::default();
            let element = element(Some(&version_1(asc, 40)), &[vec![7, 8]], 0);
            assert_eq!(latm.read(&element).unwrap(), [&[7, 8][..]]);
            let config = latm.config().unwrap();
            assert_eq!((config.output_rate(), crate::aac::codec_string(config).as_str()), (rate, string));
        }
    }

    proptest! {
        #[test]
        fn frames_come_back(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..600), 1..8)) {
            let mux = changed([(2, (frames.len() as u64 - 1, 6))]);
            prop_assert_eq!(read(&mux, &frames, 0).unwrap(), frames);
        }

        #[test]
        fn no_bytes_panic(
            stream in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x56), Just(0xe0), Just(0)], 0..200),
        ) {
            crate::fuzz::latm_stream(&stream);
        }
    }
}
