//! Descriptors of programs and of elementary streams: ISO/IEC 13818-1 §2.6, ETSI EN 300 468 §6.2.

use springhead_codec::opus;

use crate::FourCc;

/// `registration_descriptor` (§2.6.8).
pub const REGISTRATION: u8 = 0x05;
/// `ISO_639_language_descriptor` (§2.6.18).
pub const ISO_639_LANGUAGE: u8 = 0x0a;
/// `metadata_pointer_descriptor` (§2.6.58).
pub const METADATA_POINTER: u8 = 0x25;
/// `metadata_descriptor` (§2.6.60).
pub const METADATA: u8 = 0x26;
/// `AC-3_descriptor` of DVB (ETSI EN 300 468 Annex D.3).
pub const DVB_AC3: u8 = 0x6a;
/// `enhanced_AC-3_descriptor` of DVB (ETSI EN 300 468 Annex D.5).
pub const DVB_EAC3: u8 = 0x7a;
/// `extension_descriptor` of DVB, in which a second tag says what it is (ETSI EN 300 468 §6.2.18.1).
pub const EXTENSION: u8 = 0x7f;
/// `descriptor_tag_extension` of the Opus audio descriptor (Encapsulation of Opus in MPEG-2 Transport Streams, a draft).
pub const EXTENSION_OPUS: u8 = opus::ts::EXTENSION_TAG;

/// Registered `format_identifier` of AC-3 (ATSC A/52 Annex A).
pub const AC_3: FourCc = FourCc(*b"AC-3");
/// Of E-AC-3 (ATSC A/52 Annex G).
pub const EAC3: FourCc = FourCc(*b"EAC3");
/// Of Opus.
pub const OPUS: FourCc = FourCc(*b"Opus");
/// Of AV1 (Carriage of AV1 in MPEG-2 TS, a draft of the Alliance for Open Media).
pub const AV01: FourCc = FourCc(*b"AV01");
/// Of HEVC, which some writers add to its stream type.
pub const HEVC: FourCc = FourCc(*b"HEVC");
/// Of programs with splice information (ANSI/SCTE 35 §8.1).
pub const CUEI: FourCc = FourCc(*b"CUEI");
/// Of ID3 tags (Timed Metadata for HTTP Live Streaming).
pub const ID3: FourCc = FourCc(*b"ID3 ");

/// One descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Descriptor<'a> {
    /// `descriptor_tag`.
    pub tag: u8,
    /// What follows `descriptor_length`.
    pub content: &'a [u8],
}

/// The descriptors of a loop, in order. Ends where one leaves the loop.
///
/// ```
/// use springhead_mux::ts::descriptor::{self, Descriptor};
/// let found: Vec<_> = descriptor::all(&[0x0a, 4, b'd', b'e', b'u', 0, 0x05, 4, b'O']).collect();
/// assert_eq!(found, [Descriptor { tag: descriptor::ISO_639_LANGUAGE, content: b"deu\0" }]);
/// ```
pub fn all(mut descriptors: &[u8]) -> impl Iterator<Item = Descriptor<'_>> {
    std::iter::from_fn(move || {
        let (&[tag, length], rest) = descriptors.split_first_chunk()?;
        let (content, rest) = rest.split_at_checked(length.into())?;
        descriptors = rest;
        Some(Descriptor { tag, content })
    })
}

/// The first `format_identifier` that is registered.
pub fn registration(descriptors: &[u8]) -> Option<FourCc> {
    let content = all(descriptors).find(|descriptor| descriptor.tag == REGISTRATION)?.content;
    content.first_chunk().map(|code| FourCc(*code))
}

/// The first language: an ISO 639-2 code of three letters, in lower case.
///
/// ```
/// assert_eq!(springhead_mux::ts::descriptor::language(b"\x0a\x04Deu\0"), Some(*b"deu"));
/// ```
pub fn language(descriptors: &[u8]) -> Option<[u8; 3]> {
    let content = all(descriptors).find(|descriptor| descriptor.tag == ISO_639_LANGUAGE)?.content;
    let code = content.first_chunk::<3>()?.map(|letter| letter.to_ascii_lowercase());
    code.iter().all(u8::is_ascii_lowercase).then_some(code)
}

/// `channel_config_code` of the Opus audio descriptor: 0 is dual mono, 1 to 8 that many channels in the order of Vorbis,
/// and the rest is as the descriptor says.
pub fn opus_channels(descriptors: &[u8]) -> Option<u8> {
    let opus = |descriptor: &Descriptor<'_>| {
        descriptor.tag == EXTENSION && descriptor.content.first() == Some(&EXTENSION_OPUS)
    };
    all(descriptors).find(opus)?.content.get(1).copied()
}

/// `metadata_format_identifier` of the metadata descriptor, when it has one.
pub fn metadata_format(descriptors: &[u8]) -> Option<FourCc> {
    let content = all(descriptors).find(|descriptor| descriptor.tag == METADATA)?.content;
    let (application, rest) = content.split_first_chunk::<2>()?;
    let rest = if *application == [0xff; 2] { rest.get(4..)? } else { rest };
    let (format, rest) = rest.split_first()?;
    (*format == 0xff).then(|| rest.first_chunk().map(|code| FourCc(*code)))?
}

/// Appends a descriptor.
fn put(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.extend([tag, content.len() as u8]);
    out.extend_from_slice(content);
}

/// Appends a registration.
pub(crate) fn put_registration(out: &mut Vec<u8>, code: FourCc) {
    put(out, REGISTRATION, &code.0);
}

/// Appends a language, of an undefined audio type.
pub(crate) fn put_language(out: &mut Vec<u8>, code: [u8; 3]) {
    let [a, b, c] = code;
    put(out, ISO_639_LANGUAGE, &[a, b, c, 0]);
}

/// Appends the Opus audio descriptor.
pub(crate) fn put_opus(out: &mut Vec<u8>, channel_config_code: u8) {
    put(out, EXTENSION, &[EXTENSION_OPUS, channel_config_code]);
}

/// Appends DVB's announcement of AC-3 or E-AC-3, with none of its optional fields.
pub(crate) fn put_dvb(out: &mut Vec<u8>, tag: u8) {
    put(out, tag, &[0]);
}

/// `metadata_application_format` 0xffff and `metadata_format` 0xff, each followed by the identifier, and service 0.
const ID3_FORMATS: [u8; 12] = *b"\xff\xffID3 \xffID3 \0";

/// Appends the metadata descriptor of a stream of ID3 tags: no decoder configuration, no DSM-CC.
pub(crate) fn put_id3(out: &mut Vec<u8>) {
    put(out, METADATA, &[&ID3_FORMATS[..], &[0x0f]].concat());
}

/// Appends the pointer to it that the program has: in the same program, without a locator.
pub(crate) fn put_id3_pointer(out: &mut Vec<u8>, program: u16) {
    put(out, METADATA_POINTER, &[&ID3_FORMATS[..], &[0x1f], &program.to_be_bytes()].concat());
}
