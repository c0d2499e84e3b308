//! Messages that travel beside media.

#[cfg(feature = "scte35")]
use crate::scte35::{self, SpliceInfoSection, WRAP};

/// A splice information section: one that is read is whole, checked, and the same with stuffing behind it.
#[cfg(feature = "scte35")]
pub fn splice_info_section(data: &[u8]) {
    // As it came, and with a check that is right, as hardly any noise has.
    let mut mended = data.to_vec();
    if let [_, high, low, ..] = *data {
        let end = (3 + (usize::from(high & 0x0f) << 8 | usize::from(low))).min(data.len());
        if let Some(content) = end.checked_sub(4) {
            let crc = scte35::crc32(&mended[..content]);
            mended[content..end].copy_from_slice(&crc.to_be_bytes());
        }
    }
    for bytes in [data, &mended] {
        let Ok(read) = SpliceInfoSection::parse(bytes) else { continue };
        let section = scte35::section(bytes).expect("what is read is whole");
        assert_eq!(scte35::crc32(section), 0);
        assert!(read.pts_adjustment < WRAP && read.tier < 1 << 12 && read.adjusted(u64::MAX) < WRAP);
        let named: usize = read.segmentations.iter().flat_map(|one| &one.segment).map(|one| one.upid.name.len()).sum();
        assert!(named < section.len());
        let moved = scte35::restamped(section, data.len() as i64 - 20).expect("what is read has an adjustment");
        let back = scte35::restamped(&moved, 20 - data.len() as i64).expect("what is written can be read");
        assert_eq!((&back[..], SpliceInfoSection::parse(&[section, &[0xff; 3]].concat())), (section, Ok(read)));
    }
}

/// Captions: what was found stays found, whatever comes, and is news once.
#[cfg(feature = "captions")]
pub fn caption_messages(data: &[u8]) {
    use springhead_core::Codec;

    use crate::captions::Captions;

    const CODECS: [Codec; 4] = [Codec::Avc, Codec::Hevc, Codec::Vvc, Codec::Av1];
    let mut captions = Captions::default();
    let message = [&b"\xb5\0\x31GA94\x03"[..], data].concat();
    let mut news = || {
        let in_messages = captions.handle_message(data) | captions.handle_message(&message);
        let news = CODECS.iter().fold(in_messages, |news, codec| news | captions.handle_sample(*codec, data));
        assert!(!news || !captions.is_empty());
        (news, captions)
    };
    let (_, before) = news();
    assert!(!news().0);
    assert_eq!(captions, before);
    assert!(captions.channels().all(|channel| (1..=4).contains(&channel)));
    assert!(captions.services().all(|service| (1..=63).contains(&service)));
}

/// ID3 tags: they lie one behind the other.
#[cfg(feature = "id3")]
pub fn id3_tags(data: &[u8]) {
    let total: usize = crate::id3::tags(data).map(<[u8]>::len).sum();
    assert!(total <= data.len());
    assert_eq!(crate::id3::is_whole(&data[..total]), total > 0);
}

#[cfg(all(test, feature = "scte35", feature = "id3", feature = "captions"))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixtures::bytes;
    use crate::scte35::tests::FIXTURES;

    const TAGS: &[u8] = b"ID3\x04\0\0\0\0\0\x02abID3\x04\0\x10\0\0\0\x01a3DI\x04\0\x10\0\0\0\x01";

    /// An SEI message in a NAL unit of H.264, one of H.265 and one of H.266, with their lengths before them.
    const CAPTIONS: [&[u8]; 3] = [
        b"\0\0\0\x15\x06\x04\x11\xb5\0\x31GA94\x03\xc2\xff\xfc\x94\x20\xff\x02\x21\xff\x80",
        b"\0\0\0\x16\x4e\x01\x04\x11\xb5\0\x31GA94\x03\xc2\xff\xfc\x94\x20\xff\x02\x21\xff\x80",
        b"\0\0\0\x16\0\xb9\x04\x11\xb5\0\x31GA94\x03\xc2\xff\xfc\x94\x20\xff\x02\x21\xff\x80",
    ];

    fn seeds() -> Vec<Vec<u8>> {
        FIXTURES
            .iter()
            .map(|fixture| bytes(fixture.hex))
            .chain([TAGS.to_vec()])
            .chain(CAPTIONS.map(<[u8]>::to_vec))
            .collect()
    }

    fn all(data: &[u8]) {
        splice_info_section(data);
        caption_messages(data);
        id3_tags(data);
    }

    #[test]
    fn every_body_holds_for_real_messages_and_for_them_cut_short() {
        for seed in seeds() {
            (0..=seed.len()).for_each(|end| all(&seed[..end]));
        }
    }

    proptest! {
        #[test]
        fn every_body_holds_for_messages_that_are_damaged(
            seed in prop::sample::select(seeds()),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut damaged = seed;
            for (at, value) in damage {
                let at = at.index(damaged.len());
                damaged[at] = value;
            }
            all(&damaged);
        }

        #[test]
        fn every_body_holds_for_any_message(data in prop::collection::vec(any::<u8>(), 0..200), kind in 0..3usize) {
            let begin: &[u8] = [&b"\xfc\x30\x40\0"[..], b"ID3\x04\0\0\0\0", b"\xdf\xff\xff"][kind];
            all(&[begin, &data].concat());
        }
    }
}
