//! Captions in pictures: CEA-608 and CEA-708 (ANSI/CTA-608-E, ANSI/CTA-708-E) as ATSC A/53 Part 4 §6.2.3 carries them in
//! supplemental enhancement information.
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

use crate::avc::{self, NalType};
use crate::nal::{self, Framing, emulation};

/// `payloadType` of `user_data_registered_itu_t_t35()` (ITU-T H.264 §D.1.6, H.265 §D.2.6).
pub const ITU_T_T35: u32 = 4;

/// The United States, ATSC, and `ATSC1_data` (A/53 Part 4 Table 6.7).
const HEAD: &[u8] = b"\xb5\x00\x31GA94";
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

    /// Takes what an AVC sample, whose NAL units have lengths of four bytes, has before its first slice. A beginning of the
    /// sample will do that reaches over its messages. Says what [`handle_message`](Self::handle_message) does.
    pub fn handle_avc(&mut self, sample: &[u8]) -> bool {
        let mut news = false;
        for unit in nal::units(sample, Framing::LengthPrefixed(4)).map_while(Result::ok) {
            let [header, rbsp @ ..] = &sample[unit] else { continue };
            match NalType::of(*header) {
                NalType::Sei => {
                    let messages = emulation::remove(rbsp);
                    for message in avc::sei::messages(&messages).map_while(Result::ok) {
                        news |= message.payload_type == ITU_T_T35 && self.handle_message(message.payload);
                    }
                }
                kind if kind.is_vcl() => break,
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
        [HEAD, &[CC_DATA, 0x40 | triplets.len() as u8, 0xff], &triplets.concat(), &[0xff]].concat()
    }

    fn found(messages: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
        let mut captions = Captions::default();
        for message in messages {
            captions.handle_message(message);
        }
        (captions.channels().collect(), captions.services().collect())
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
