//! Opus packets: RFC 6716 §3, with the self-delimiting framing of Appendix B.

use super::OpusError;

/// The longest that a packet may last, in ticks of 48 kHz: 120 ms (RFC 6716 §3.4, rule R5).
pub const MAX_PACKET_TICKS: u32 = 5760;

/// The most bytes of a frame (rule R2).
const MAX_FRAME_BYTES: usize = 1275;

/// Which layers code the frames of a packet (RFC 6716 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// The linear prediction layer alone, for speech.
    Silk,
    /// Both layers.
    Hybrid,
    /// The transform layer alone.
    Celt,
}

/// The audio bandwidth of a packet (RFC 6716 §2). The decoder gives 48 kHz whatever it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Bandwidth {
    /// 4 kHz.
    Narrow,
    /// 6 kHz.
    Medium,
    /// 8 kHz.
    Wide,
    /// 12 kHz.
    SuperWide,
    /// 20 kHz.
    Full,
}

/// What a packet says of itself: the table of contents byte (RFC 6716 §3.1) and how its frames are packed (§3.2).
///
/// ```
/// use springhead_codec::opus::{Bandwidth, Mode, Packet};
/// // 20 ms in stereo, one frame.
/// let packet = Packet::parse(&[0xfc, 0x01, 0x02])?;
/// assert_eq!((packet.mode, packet.bandwidth, packet.stereo), (Mode::Celt, Bandwidth::Full, true));
/// assert_eq!((packet.frames, packet.duration()), (1, 960));
/// # Ok::<(), springhead_codec::opus::OpusError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Packet {
    /// Which layers code the frames.
    pub mode: Mode,
    /// The audio bandwidth.
    pub bandwidth: Bandwidth,
    /// Whether the frames code two channels rather than one. A decoder gives what the configuration says in either case.
    pub stereo: bool,
    /// Frames, 1 to 48.
    pub frames: u8,
    /// Ticks of 48 kHz of one frame: 120 (2.5 ms) to 2880 (60 ms).
    pub frame_ticks: u32,
    /// Whether all frames are empty, as an encoder sends them while nothing is to be heard (discontinuous transmission).
    /// The packet lasts as long as any other.
    pub silent: bool,
}

impl Packet {
    /// Reads a packet and checks the rules R1 to R7 of §3.4. What the frames code is not looked at.
    pub fn parse(packet: &[u8]) -> Result<Self, OpusError> {
        Ok(Self::read(packet, false)?.0)
    }

    /// Reads a packet with self-delimiting framing (Appendix B), after which something may follow; also gives its bytes.
    pub(super) fn parse_delimited(bytes: &[u8]) -> Result<(Self, usize), OpusError> {
        Self::read(bytes, true)
    }

    /// How long it lasts in ticks of 48 kHz: 120 to [`MAX_PACKET_TICKS`].
    pub fn duration(&self) -> u32 {
        u32::from(self.frames) * self.frame_ticks
    }

    /// How long a packet lasts in ticks of 48 kHz, as its first two bytes say it (§3.1 and §3.2.5): of a packet of several
    /// streams too, as all of them last equally long. Whether the rest keeps to the rules is not looked at.
    ///
    /// ```
    /// use springhead_codec::opus::Packet;
    /// assert_eq!(Packet::duration_of(&[0xfc, 0x01, 0x02])?, 960);
    /// assert_eq!(Packet::duration_of(&[0x83, 0x03])?, 3 * 120);
    /// # Ok::<(), springhead_codec::opus::OpusError>(())
    /// ```
    pub fn duration_of(packet: &[u8]) -> Result<u32, OpusError> {
        let r = &mut Frames { bytes: packet, at: 0, longest: 0 };
        let toc = r.byte(1)?;
        let (.., frame_ticks) = configuration(toc >> 3);
        Ok(frame_ticks
            * match toc & 3 {
                0 => 1,
                1 | 2 => 2,
                _ => u32::from(r.count(frame_ticks)? & 0x3f),
            })
    }

    fn read(bytes: &[u8], delimited: bool) -> Result<(Self, usize), OpusError> {
        let r = &mut Frames { bytes, at: 0, longest: 0 };
        let toc = r.byte(1)?;
        let (mode, bandwidth, frame_ticks) = configuration(toc >> 3);
        let (frames, lengths, padding) = match toc & 3 {
            0 if delimited => (1, r.length(1)?, 0),
            0 => (1, r.left(), 0),
            1 if delimited => (2, 2 * r.length(3)?, 0),
            1 if r.left() % 2 == 1 => return Err(r.breaks(3)),
            1 => (2, r.left(), 0),
            2 => {
                let first = r.length(4)?;
                let second =
                    if delimited { r.length(4)? } else { r.left().checked_sub(first).ok_or_else(|| r.breaks(4))? };
                r.longest = r.longest.max(second);
                (2, first + second, 0)
            }
            _ => r.any_number(frame_ticks, delimited)?,
        };
        if toc & 3 < 2 {
            r.longest = lengths / usize::from(frames);
        }
        if r.longest > MAX_FRAME_BYTES {
            return Err(r.breaks(2));
        }
        if lengths + padding > r.left() {
            return Err(r.breaks(if toc & 3 == 3 { 7 } else { 4 }));
        }
        let end = r.at + lengths + padding;
        let stereo = toc & 4 != 0;
        Ok((Self { mode, bandwidth, stereo, frames, frame_ticks, silent: lengths == 0 }, end))
    }
}

/// Mode, bandwidth and ticks of a frame of a `config` (RFC 6716 §3.1, Table 2).
fn configuration(config: u8) -> (Mode, Bandwidth, u32) {
    let fine = 120 << (config & 3);
    let coarse = [480, 960, 1920, 2880][usize::from(config & 3)];
    match config {
        0..=3 => (Mode::Silk, Bandwidth::Narrow, coarse),
        4..=7 => (Mode::Silk, Bandwidth::Medium, coarse),
        8..=11 => (Mode::Silk, Bandwidth::Wide, coarse),
        12..=13 => (Mode::Hybrid, Bandwidth::SuperWide, 480 << (config & 1)),
        14..=15 => (Mode::Hybrid, Bandwidth::Full, 480 << (config & 1)),
        16..=19 => (Mode::Celt, Bandwidth::Narrow, fine),
        20..=23 => (Mode::Celt, Bandwidth::Wide, fine),
        24..=27 => (Mode::Celt, Bandwidth::SuperWide, fine),
        _ => (Mode::Celt, Bandwidth::Full, fine),
    }
}

/// Reads how frames are packed.
struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The longest frame whose length was read.
    longest: usize,
}

impl Frames<'_> {
    fn breaks(&self, rule: u8) -> OpusError {
        OpusError::Packet { rule, length: self.bytes.len() }
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next byte; a packet without it breaks `rule`.
    fn byte(&mut self, rule: u8) -> Result<u8, OpusError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.breaks(rule))?;
        self.at += 1;
        Ok(byte)
    }

    /// The length of a frame in one or two bytes (§3.2.1).
    fn length(&mut self, rule: u8) -> Result<usize, OpusError> {
        let first = usize::from(self.byte(rule)?);
        let length = if first < 252 { first } else { 4 * usize::from(self.byte(rule)?) + first };
        self.longest = self.longest.max(length);
        Ok(length)
    }

    /// The byte that counts the frames of a packet of code 3 (§3.2.5), with its two flags.
    fn count(&mut self, frame_ticks: u32) -> Result<u8, OpusError> {
        let count = self.byte(6)?;
        let frames = u32::from(count & 0x3f);
        if frames == 0 || frames * frame_ticks > MAX_PACKET_TICKS {
            return Err(self.breaks(5));
        }
        Ok(count)
    }

    /// A packet of code 3 (§3.2.5): frames, their bytes together, and bytes of padding.
    fn any_number(&mut self, frame_ticks: u32, delimited: bool) -> Result<(u8, usize, usize), OpusError> {
        let count = self.count(frame_ticks)?;
        let frames = count & 0x3f;
        let variable = count & 0x80 != 0;
        let rule = if variable { 7 } else { 6 };
        let mut padding = 0;
        if count & 0x40 != 0 {
            loop {
                let byte = usize::from(self.byte(rule)?);
                padding += byte.min(254);
                if byte < 255 {
                    break;
                }
            }
        }
        let mut lengths = 0;
        if variable {
            for _ in 1..frames {
                lengths += self.length(rule)?;
            }
        }
        let others = lengths;
        let several = usize::from(frames);
        if delimited {
            let last = self.length(rule)?;
            lengths = if variable { others + last } else { several * last };
        } else {
            let rest = self.left().checked_sub(padding).ok_or_else(|| self.breaks(rule))?;
            if variable {
                self.longest = self.longest.max(rest.checked_sub(others).ok_or_else(|| self.breaks(rule))?);
            } else if rest % several != 0 {
                return Err(self.breaks(rule));
            } else {
                self.longest = rest / several;
            }
            lengths = rest;
        }
        Ok((frames, lengths, padding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(packet: &[u8]) -> u8 {
        match Packet::parse(packet) {
            Err(OpusError::Packet { rule, length }) if length == packet.len() => rule,
            other => panic!("{other:?}"),
        }
    }

    fn duration(packet: &[u8]) -> u32 {
        Packet::parse(packet).unwrap().duration()
    }

    #[test]
    fn a_packet_that_breaks_a_rule_is_refused_by_its_number() {
        assert_eq!(rule(&[]), 1);
        let mut long = vec![0xfc; 1 + 1275];
        assert_eq!(duration(&long), 960);
        long.push(0);
        assert_eq!(rule(&long), 2);
        // Two frames of one length have an even number of bytes.
        assert_eq!(rule(&[0xfd, 1, 2, 3]), 3);
        assert_eq!(rule(&[0xfe]), 4);
        assert_eq!(rule(&[0xfe, 3, 1, 2]), 4);
        assert_eq!(rule(&[0xfe, 252]), 4);
        // No frames, and 7 of 20 ms.
        assert_eq!(rule(&[0xff, 0]), 5);
        assert_eq!(rule(&[0xff, 7, 1, 2, 3, 4, 5, 6, 7]), 5);
        assert_eq!(rule(&[0xff]), 6);
        // Two frames of one length among three bytes, and padding of more than there is.
        assert_eq!(rule(&[0xff, 2, 1, 2, 3]), 6);
        assert_eq!(rule(&[0xff, 0x42, 3, 1, 2]), 6);
        assert_eq!(rule(&[0xff, 0x82, 4, 1, 2, 3]), 7);
        assert_eq!(rule(&[0xff, 0xc2, 255]), 7);
    }

    #[test]
    fn packets_of_every_code_last_for_their_frames() {
        assert_eq!(duration(&[0xf8, 1, 2, 3]), 960);
        assert_eq!(duration(&[0xf9, 1, 2]), 1920);
        assert_eq!(duration(&[0xfa, 1, 1, 2, 3]), 1920);
        assert_eq!(duration(&[0xfb, 6, 1, 2, 3, 4, 5, 6]), 5760);
        assert_eq!(duration(&[0xfb, 0x43, 2, 1, 2, 3, 0, 0]), 2880);
        assert_eq!(duration(&[0xfb, 0x83, 1, 2, 1, 2, 2, 3, 3, 3]), 2880);
        // 254 bytes of padding and one more.
        let padded = [&[0xfb, 0xc2, 255, 1, 1, 9, 9, 9][..], &[0; 255]].concat();
        assert_eq!(duration(&padded), 1920);
    }

    #[test]
    fn lengths_of_two_bytes_are_four_times_the_second_and_the_first() {
        for (length, bytes) in
            [(251, &[251][..]), (252, &[252, 0]), (255, &[255, 0]), (256, &[252, 1]), (1275, &[255, 255])]
        {
            let whole = [&[0xfa][..], bytes, &vec![0; length]].concat();
            assert_eq!(duration(&whole), 1920);
            assert_eq!(rule(&whole[..whole.len() - 1]), 4);
            let delimited = [&[0xf8][..], bytes, &vec![0; length + 9]].concat();
            assert_eq!(Packet::parse_delimited(&delimited).unwrap().1, 1 + bytes.len() + length);
        }
    }

    #[test]
    fn every_configuration_has_the_length_of_the_table() {
        let milliseconds = |config: u8| f64::from(duration(&[config << 3, 0])) / 48.0;
        let found: Vec<f64> = (0..32).map(milliseconds).collect();
        let silk = [10.0, 20.0, 40.0, 60.0].repeat(3);
        let hybrid = [10.0, 20.0].repeat(2);
        let celt = [2.5, 5.0, 10.0, 20.0].repeat(4);
        assert_eq!(found, [silk, hybrid, celt].concat());
    }

    #[test]
    fn forty_eight_frames_of_two_and_a_half_milliseconds_are_the_longest_packet() {
        let packet = Packet::parse(&[0xe3, 48]).unwrap();
        assert_eq!((packet.frames, packet.frame_ticks, packet.duration()), (48, 120, MAX_PACKET_TICKS));
        assert_eq!(rule(&[0xe3, 49]), 5);
    }

    #[test]
    fn the_first_bytes_say_how_long_a_packet_lasts_whatever_follows() {
        // Two frames of one length among three bytes; the same as the first of two streams.
        assert_eq!(Packet::duration_of(&[0xfd, 1, 2, 3]), Ok(1920));
        assert_eq!(Packet::duration_of(&[0xfb, 0xc3]), Ok(2880));
        for (packet, broken) in [(&[][..], 1), (&[0xff], 6), (&[0xff, 0xc0], 5), (&[0xff, 7], 5)] {
            let error = OpusError::Packet { rule: broken, length: packet.len() };
            assert_eq!(Packet::duration_of(packet), Err(error));
        }
    }

    #[test]
    fn packets_without_a_byte_of_sound_last_as_long_as_others() {
        for (packet, ticks) in [(&[0x08][..], 960), (&[0x09], 1920), (&[0x0a, 0], 1920), (&[0x0b, 0x03], 2880)] {
            let packet = Packet::parse(packet).unwrap();
            assert!(packet.silent);
            assert_eq!(packet.duration(), ticks);
        }
        assert!(!Packet::parse(&[0x08, 0]).unwrap().silent);
    }

    #[test]
    fn a_packet_that_delimits_itself_ends_where_it_says() {
        for (packet, end) in [
            (&[0xf8, 2, 1, 2, 0xff][..], 4),
            (&[0xf9, 1, 1, 2, 0xff], 4),
            (&[0xfa, 1, 2, 1, 2, 2, 0xff], 6),
            (&[0xfb, 2, 1, 1, 2, 0xff], 5),
            (&[0xfb, 0xc2, 1, 1, 2, 1, 2, 2, 0, 0xff], 9),
        ] {
            assert_eq!(Packet::parse_delimited(packet).unwrap().1, end, "{packet:x?}");
            assert!(Packet::parse_delimited(&packet[..end - 1]).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(packet in prop::collection::vec(any::<u8>(), 0..300)) {
            crate::fuzz::opus_packet(&packet);
        }
    }
}
