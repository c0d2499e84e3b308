//! Captions in pictures: CEA-608 and CEA-708 (ANSI/CTA-608-E, ANSI/CTA-708-E) as ATSC A/53 Part 4 §6.2.3 carries them in
//! messages that ITU-T T.35 registers, which every codec has that has such messages: H.264, H.265 and H.266 in supplemental
//! enhancement information, AV1 in metadata OBUs.
//!
//! Nothing is decoded but which channels and services there are, so that a manifest can say so. [`Captions`] takes the
//! messages of one video track, in the order in which its pictures are decoded.
//!
//! ```
//! use springhead_codec::captions::Captions;
//! // A pair of CEA-608 in field 1 that resumes loading of channel 1, in an SEI message registered by ITU-T T.35.
//! let message = b"\xb5\0\x31GA94\x03\xc1\xff\xfc\x94\x20\xff";
//! let mut captions = Captions::default();
//! assert!(captions.handle_message(message));
//! assert_eq!(captions.channels().collect::<Vec<_>>(), [1]);
//! ```

use springhead_core::Codec;

#[cfg(feature = "av1")]
use crate::av1;
use crate::avc;
#[cfg(feature = "hevc")]
use crate::hevc;
use crate::nal::{self, Framing, emulation};
#[cfg(feature = "vvc")]
use crate::vvc;

/// `payloadType` of `user_data_registered_itu_t_t35()` (ITU-T H.264 §D.1.6, H.265 §D.2.6, H.274 §8.3).
pub const ITU_T_T35: u32 = 4;

/// `itu_t_t35_country_code` of the United States.
const UNITED_STATES: u8 = 0xb5;
/// ATSC, and `ATSC1_data` (A/53 Part 4 Table 6.7).
const HEAD: &[u8] = b"\x00\x31GA94";
/// `user_data_type_code` of `cc_data()`.
const CC_DATA: u8 = 0x03;

/// How long a caption channel packet can be, header included.
const LONGEST_PACKET: usize = 128;

/// Which captions were found in a track's pictures so far. Nothing that was found is forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Captions {
    /// A bit for each of the channels 1 to 4 of CEA-608.
    channels: u8,
    /// A bit for each of the services 1 to 63 of CEA-708.
    services: u64,
}

impl Captions {
    /// Takes the payload of a message that ITU-T T.35 registers; says whether a channel or service was found that was not
    /// known. What are no captions changes nothing.
    pub fn handle_message(&mut self, payload: &[u8]) -> bool {
        payload.strip_prefix(&[UNITED_STATES]).is_some_and(|payload| self.handle_national(payload))
    }

    /// The same of what follows the country code of the United States.
    fn handle_national(&mut self, payload: &[u8]) -> bool {
        let Some([CC_DATA, flags, _, triplets @ ..]) = payload.strip_prefix(HEAD) else { return false };
        if flags & 0x40 == 0 {
            return false;
        }
        let before = (self.channels, self.services);
        // What began in a picture before is passed over: pictures come in the order in which they are decoded, and packets go
        // on in that in which they are shown.
        let mut packet: Option<([u8; LONGEST_PACKET], usize)> = None;
        for triplet in triplets.chunks_exact(3).take(usize::from(flags & 0x1f)) {
            let &[head, one, two] = triplet else { continue };
            match head & 0x07 {
                // `cc_valid` with a field of CEA-608.
                kind @ (4 | 5) => self.channels |= channel(kind & 1, one & 0x7f, two & 0x7f),
                7 => {
                    self.services |= services(packet.take());
                    packet = Some(([0; LONGEST_PACKET], 0));
                }
                _ => {}
            }
            if let Some((bytes, len)) = packet.as_mut().filter(|_| matches!(head & 0x07, 6 | 7))
                && let Some(place) = bytes.get_mut(*len..*len + 2)
            {
                place.copy_from_slice(&[one, two]);
                *len += 2;
            }
        }
        self.services |= services(packet);
        before != (self.channels, self.services)
    }

    /// Takes what a sample of a track of that codec has before its first slice or frame, in the form of the family: NAL units
    /// with lengths of four bytes, OBUs with their sizes. A beginning of the sample will do that reaches over its messages.
    /// Says what [`handle_message`](Self::handle_message) does.
    pub fn handle_sample(&mut self, codec: Codec, sample: &[u8]) -> bool {
        match codec {
            Codec::Avc | Codec::Hevc | Codec::Vvc => self.handle_nal_units(codec, sample),
            #[cfg(feature = "av1")]
            Codec::Av1 => self.handle_obus(sample),
            _ => false,
        }
    }

    fn handle_nal_units(&mut self, codec: Codec, sample: &[u8]) -> bool {
        let mut news = false;
        for unit in nal::units(sample, Framing::LengthPrefixed(4)).map_while(Result::ok) {
            match Part::of(codec, &sample[unit]) {
                Part::Messages(rbsp) => {
                    let rbsp = emulation::remove(rbsp);
                    for message in avc::sei::messages(&rbsp).map_while(Result::ok) {
                        news |= message.payload_type == ITU_T_T35 && self.handle_message(message.payload);
                    }
                }
                Part::Slice => break,
                Part::Other => {}
            }
        }
        news
    }

    #[cfg(feature = "av1")]
    fn handle_obus(&mut self, sample: &[u8]) -> bool {
        use av1::metadata::Metadata;
        use av1::obu::{self, ObuType};

        let mut news = false;
        for unit in obu::units(sample, obu::Framing::LowOverhead).map_while(Result::ok) {
            match unit.obu_type {
                ObuType::Metadata => {
                    if let Ok(Metadata::ItuT35 { country_code: UNITED_STATES, payload, .. }) =
                        Metadata::parse(&sample[unit.payload])
                    {
                        news |= self.handle_national(payload);
                    }
                }
                ObuType::Frame | ObuType::FrameHeader => break,
                _ => {}
            }
        }
        news
    }

    /// Whether none were found.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The channels of CEA-608 that were found, from 1 to 4.
    pub fn channels(&self) -> impl Iterator<Item = u8> {
        let found = self.channels;
        (1..=4).filter(move |channel| found >> channel & 1 == 1)
    }

    /// The services of CEA-708 that were found, from 1 to 63.
    pub fn services(&self) -> impl Iterator<Item = u8> {
        let found = self.services;
        (1..=63).filter(move |service| found >> service & 1 == 1)
    }
}

/// What a NAL unit is to who looks for messages.
enum Part<'a> {
    /// `sei_rbsp()` before the picture, with emulation prevention.
    Messages(&'a [u8]),
    /// A slice: what follows belongs to no picture that has not begun.
    Slice,
    Other,
}

impl<'a> Part<'a> {
    fn of(codec: Codec, nal: &'a [u8]) -> Self {
        // Whether it has messages, whether it is a slice, and how long its header is.
        let found = match codec {
            Codec::Avc => nal.first().map(|header| {
                let kind = avc::NalType::of(*header);
                (kind == avc::NalType::Sei, kind.is_vcl(), 1)
            }),
            #[cfg(feature = "hevc")]
            Codec::Hevc => hevc::NalHeader::of(nal).map(|header| {
                let kind = header.nal_type;
                (kind == hevc::NalType::PrefixSei, kind.is_slice_segment(), hevc::NalHeader::LEN)
            }),
            #[cfg(feature = "vvc")]
            Codec::Vvc => vvc::NalHeader::of(nal).map(|header| {
                let kind = header.nal_type;
                (kind == vvc::NalType::PrefixSei, kind.is_vcl(), vvc::NalHeader::LEN)
            }),
            _ => None,
        };
        match found {
            Some((true, _, header)) => Self::Messages(&nal[header..]),
            Some((_, true, _)) => Self::Slice,
            _ => Self::Other,
        }
    }
}

/// The channel that a pair of a field begins to write in, as a bit; none of a pair that only goes on. Channels are named by
/// the control codes that choose a mode of captions; those of texts are none, nor is what belongs to extended data (CTA-608
/// §B.10, §8.4).
fn channel(field: u8, one: u8, two: u8) -> u8 {
    // Miscellaneous control codes: of the first field 0x14 and 0x1c, of the second 0x15 and 0x1d.
    let is_control = one & 0x76 == 0x14;
    // Resume loading, roll-up of two to four rows, resume direct captioning, end of caption.
    let is_caption = matches!(two, 0x20 | 0x25..=0x27 | 0x29 | 0x2f);
    let second = one & 0x08 != 0;
    if is_control && is_caption { 1 << (1 + 2 * field + u8::from(second)) } else { 0 }
}

/// The services whose blocks begin in a caption channel packet (CTA-708 §5, §6) and hold something, as bits. It may go on in
/// another picture.
fn services(packet: Option<([u8; LONGEST_PACKET], usize)>) -> u64 {
    let Some((bytes, len)) = packet else { return 0 };
    // `packet_size_code` zero stands for the most that there can be.
    let size = match usize::from(bytes[0] & 0x3f) {
        0 => LONGEST_PACKET,
        code => code * 2,
    };
    let mut blocks = bytes.get(1..len.min(size)).unwrap_or_default();
    let mut found = 0;
    while let [head, rest @ ..] = blocks {
        let (size, mut service) = (usize::from(head & 0x1f), head >> 5);
        let mut rest = rest;
        if service == 7 && size > 0 {
            let [extended, behind @ ..] = rest else { break };
            (service, rest) = (extended & 0x3f, behind);
        }
        // The null block says that nothing follows.
        if service == 0 {
            break;
        }
        found |= if size > 0 { 1 << service } else { 0 };
        blocks = rest.get(size..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A message with these triplets.
    pub(crate) fn message(triplets: &[[u8; 3]]) -> Vec<u8> {
        [&[UNITED_STATES], HEAD, &[CC_DATA, 0x40 | triplets.len() as u8, 0xff], &triplets.concat(), &[0xff]].concat()
    }

    fn found(messages: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
        let mut captions = Captions::default();
        for message in messages {
            captions.handle_message(message);
        }
        (captions.channels().collect(), captions.services().collect())
    }

    /// NAL units with their lengths before them.
    #[cfg(any(feature = "hevc", feature = "vvc"))]
    fn framed<'a>(nals: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        nals.into_iter().flat_map(|nal| [&(nal.len() as u32).to_be_bytes()[..], nal].concat()).collect()
    }

    /// What is found in a byte stream, whose pictures are a slice each.
    #[cfg(feature = "hevc")]
    fn found_in(codec: Codec, stream: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let nals: Vec<&[u8]> =
            nal::units(stream, Framing::AnnexB).map(|unit| &stream[unit.expect("a fixture is sound")]).collect();
        let mut captions = Captions::default();
        for picture in nals.split_inclusive(|nal| matches!(Part::of(codec, nal), Part::Slice)) {
            captions.handle_sample(codec, &framed(picture.iter().copied()));
        }
        (captions.channels().collect(), captions.services().collect())
    }

    /// The stream of H.265 is what an encoder made of that of H.264: it carries the captions of each picture over.
    #[cfg(feature = "hevc")]
    #[test]
    fn captions_are_found_in_the_pictures_of_a_real_encoder_as_in_those_that_it_was_given() {
        let avc = found_in(Codec::Avc, include_bytes!("../testdata/captions.h264"));
        assert_eq!(avc, (vec![1, 3], vec![1, 2]));
        assert_eq!(found_in(Codec::Hevc, include_bytes!("../testdata/captions.h265")), avc);
        assert_eq!(found_in(Codec::Hevc, hevc::fixtures::FIELD_PICTURES), (vec![], vec![]));
    }

    #[cfg(all(feature = "hevc", feature = "vvc"))]
    #[test]
    fn messages_are_taken_before_the_first_slice_from_the_units_that_the_codec_has_for_them() {
        let payload = message(&[[0xfc, 0x94, 0x20]]);
        let body = [&[4, payload.len() as u8], &payload[..], &[0x80]].concat();
        // The headers of a message, of a slice, and of filler data.
        let codecs: [(Codec, [&[u8]; 3]); 3] = [
            (Codec::Avc, [&[6], &[0x65], &[12]]),
            (Codec::Hevc, [&[0x4e, 1], &[0x26, 1], &[0x4c, 1]]),
            (Codec::Vvc, [&[0, 0xb9], &[0, 0x39], &[0, 0xc9]]),
        ];
        for (codec, [messages, slice, other]) in codecs {
            let (messages, other) = ([messages, &body].concat(), [other, &body].concat());
            let taken = |nals: &[&[u8]]| Captions::default().handle_sample(codec, &framed(nals.iter().copied()));
            assert!(!taken(&[&other, slice]), "{codec:?}: a unit of another type");
            assert!(!taken(&[slice, &messages]), "{codec:?}: behind the slice");
            assert!(!taken(&[&messages[..1]]), "{codec:?}: a header cut short");
            assert!(taken(&[&other, &messages, slice]), "{codec:?}");
            let whole = framed([&messages[..], slice]);
            assert!(Captions::default().handle_sample(codec, &whole[..whole.len() - 1]), "{codec:?}: cut in the slice");
            for another in [Codec::Vp9, Codec::Aac].into_iter().chain(codecs.map(|(it, ..)| it)) {
                let news = Captions::default().handle_sample(another, &whole);
                assert_eq!(news, another == codec, "{codec:?} taken for {another:?}");
            }
        }
    }

    #[cfg(feature = "av1")]
    #[test]
    fn captions_of_av1_are_in_metadata_before_the_frame() {
        let obu = |head: u8, body: &[u8]| [&[head, body.len() as u8], body].concat();
        let payload = [&message(&[[0xfc, 0x94, 0x20]])[..], &[0x80]].concat();
        let metadata = obu(0x2a, &[&[4], &payload[..]].concat());
        let frame = obu(0x32, &[0x10, 0]);
        let taken = |obus: &[&[u8]]| Captions::default().handle_sample(Codec::Av1, &obus.concat());
        let padding = obu(0x7a, &[&[4], &payload[..]].concat());
        let (light, abroad) =
            (obu(0x2a, &[1, 3, 0xe8, 1, 0x90, 0x80]), obu(0x2a, &[&[4, 0xb4], &payload[1..]].concat()));
        assert!(!taken(&[&padding, &light, &abroad, &frame]) && !taken(&[&frame, &metadata]));
        assert!(taken(&[&light, &metadata, &frame]) && taken(&[&metadata, &frame[..3]]));
    }

    #[test]
    fn what_are_no_captions_changes_nothing() {
        let right = message(&[[0xfc, 0x94, 0x20]]);
        let with = |at: usize, value: u8| {
            let mut wrong = right.clone();
            wrong[at] = value;
            wrong
        };
        // Another country, provider, identifier and type; no data to process; not valid; no triplet.
        let wrong =
            [with(0, 0xb4), with(2, 0x32), with(3, b'D'), with(7, 6), with(8, 0x01), with(10, 0xf8), with(8, 0x40)];
        assert_eq!(found(&wrong), (vec![], vec![]));
        for end in 0..right.len() - 1 {
            assert_eq!(found(&[right[..end].to_vec()]), (vec![], vec![]), "{end}");
        }
        assert_eq!(found(&[right]), (vec![1], vec![]));
    }

    #[test]
    fn channels_are_named_by_what_chooses_a_mode_of_captions() {
        // With odd parity as sent: resume loading, roll-up, resume direct captioning, end of caption.
        let modes = [[0xfc, 0x94, 0x20], [0xfc, 0x1c, 0x25], [0xfd, 0x15, 0x29], [0xfd, 0x9d, 0x2f]];
        assert_eq!(found(&[message(&modes)]), (vec![1, 2, 3, 4], vec![]));
        // Text mode, extended data, characters, and filling.
        let others = [[0xfc, 0x94, 0x2a], [0xfd, 0x01, 0x03], [0xfc, 0x54, 0x20], [0xfc, 0x80, 0x80]];
        assert_eq!(found(&[message(&others)]), (vec![], vec![]));
    }

    #[test]
    fn services_are_those_whose_blocks_hold_something() {
        // A packet of eight bytes: two bytes of service 1, none of service 2, one of service 9; filling behind the packet.
        let packet = [[0xff, 0x04, 0x22], [0xfe, b'a', b'b'], [0xfe, 0x40, 0xe1], [0xfe, 9, b'c'], [0xfe, 0x62, 0]];
        assert_eq!(found(&[message(&packet)]), (vec![], vec![1, 9]));
    }

    #[test]
    fn pictures_may_come_in_any_order() {
        // A packet that goes on in another picture, of which the end comes first.
        let begin = message(&[[0xff, 0x03, 0x44], [0xfe, b'a', b'b']]);
        let end = message(&[[0xfe, b'c', b'd'], [0xff, 0x01, 0x21]]);
        assert_eq!(found(&[end.clone(), begin.clone()]), found(&[begin, end]));
    }

    #[test]
    fn what_was_found_is_news_once() {
        let mut captions = Captions::default();
        let first = message(&[[0xfc, 0x94, 0x20]]);
        assert!(captions.handle_message(&first) && !captions.handle_message(&first));
        assert!(captions.handle_message(&message(&[[0xfd, 0x15, 0x20]])));
        assert_eq!(captions.channels().collect::<Vec<_>>(), [1, 3]);
    }
}
