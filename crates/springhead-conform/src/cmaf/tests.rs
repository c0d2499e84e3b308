//! Every rule fires on bytes that break it, and on nothing else.

use bytes::Bytes;
use springhead_codec::{aac, avc};
use springhead_core::{Rope, Ticks, Timescale, Track, TrackId, WallTime};
use springhead_mux::fmp4::{ChunkHeader, Prft, Sample, Styp, chunk, init_section};

use super::events::tests::emsg;
use super::*;
use crate::finding::{BrokenInputs, broken};

/// 640x360 at 30 pictures a second: `ffmpeg -f lavfi -i testsrc=size=640x360:rate=30 -c:v libx264 -profile:v main`.
const SPS: &[u8] = b"\x67\x4d\x40\x1e\xec\xa0\x50\x17\xfc\xb8\x08\x80\0\0\x03\0\x80\0\0\x1e\x07\x8b\x16\xcb";
const PPS: &[u8] = b"\x68\xef\x8f\xc8";

pub(crate) fn video() -> Track {
    let sets = |set| [Bytes::from_static(set)];
    let config = avc::DecoderConfig::from_parameter_sets(sets(SPS), sets(PPS)).unwrap();
    avc::track(TrackId(1), Timescale::MPEG, &config).unwrap()
}

pub(crate) fn sound() -> Track {
    aac::track(TrackId(1), &Bytes::from_static(&[0x11, 0x90])).unwrap()
}

pub(crate) fn init(track: &Track) -> Vec<u8> {
    init_section(track, Ticks::ZERO).unwrap().to_vec()
}

pub(crate) fn section(track: &Track) -> InitSection {
    check_init(&init(track)).model.unwrap()
}

/// The `n`-th chunk: three samples of 3000 ticks, the first one a sync sample in every other chunk.
pub(crate) fn part(n: u32) -> Vec<u8> {
    let payload = Rope::from(Bytes::from(vec![n as u8; 10]));
    let sample = |i: u32| Sample {
        duration: 3000,
        composition_offset: if i == 1 { 3000 } else { 0 },
        sync: n.is_multiple_of(2) && i == 0,
        disposable: false,
        payload: &payload,
    };
    let base_decode_time = u64::from(n) * 9000;
    let header = ChunkHeader {
        track: TrackId(1),
        sequence_number: n + 1,
        base_decode_time,
        styp: Some(if n.is_multiple_of(2) { Styp::Segment } else { Styp::Chunk }),
        prft: Some(Prft { wall: WallTime(0), media_time: base_decode_time }),
    };
    chunk(&header, &[sample(0), sample(1), sample(2)]).unwrap().to_bytes().to_vec()
}

/// A segment of two chunks.
pub(crate) fn segment(n: u32) -> Vec<u8> {
    [part(2 * n), part(2 * n + 1)].concat()
}

/// Where the body of the `nth` box of that type begins.
pub(crate) fn body(bytes: &[u8], kind: &[u8; 4], nth: usize) -> usize {
    bytes.windows(4).enumerate().filter(|(_, window)| window == kind).nth(nth).unwrap().0 + 4
}

pub(crate) fn patched(bytes: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

fn said_of_init(bytes: &[u8]) -> Vec<&'static str> {
    broken(&check_init(bytes).findings)
}

fn said_of(bytes: &[u8]) -> Vec<&'static str> {
    broken(&check_segment(&section(&video()), bytes, None).findings)
}

#[test]
fn our_own_init_sections_and_segments_have_no_finding() {
    assert_eq!(check_init(&init(&video())).findings, []);
    assert_eq!(check_init(&init(&sound())).findings, []);
    let section = section(&video());
    let mut tail = None;
    for n in 0..4 {
        let verdict = check_segment(&section, &segment(n), tail.as_ref());
        assert_eq!(verdict.findings, []);
        tail = verdict.model;
    }
    let end = Tail { next_decode_times: [(TrackId(1), 72_000)].into(), sequence_number: 8 };
    assert_eq!(tail, Some(end));
}

#[test]
fn bytes_cut_short_give_one_finding() {
    let (init, segment) = (init(&video()), segment(0));
    assert_eq!(said_of_init(&init[..init.len() - 1]), ["B-01"]);
    assert_eq!(said_of(&segment[..segment.len() - 1]), ["B-01"]);
    assert_eq!(said_of(&[segment.as_slice(), b"\0\0\0\x07free"].concat()), ["B-01"]);
}

#[test]
fn every_rule_on_init_sections_fires_where_it_is_broken() {
    let good = init(&video());
    let at = |kind: &[u8; 4], offset: usize| body(&good, kind, 0) + offset;
    assert_eq!(said_of_init(&[b"\0\0\0\x08free", good.as_slice()].concat()), ["B-02"]);
    assert_eq!(said_of_init(&patched(&good, at(b"cmfc", 0) - 4, b"mp42")), ["B-02"]);
    assert_eq!(said_of_init(&patched(&good, at(b"trex", 7), &[9])), ["B-02"], "a trex of another track");
    assert_eq!(said_of_init(&patched(&good, at(b"stsz", 11), &[9])), ["B-02"]);
    assert_eq!(said_of_init(&patched(&good, at(b"mvhd", 19), &[9])), ["B-03"]);
    assert_eq!(said_of_init(&patched(&good, at(b"tkhd", 23), &[9])), ["B-03"]);
    assert_eq!(said_of_init(&patched(&good, at(b"mdhd", 19), &[9])), ["B-03"]);
    assert_eq!(said_of_init(&patched(&good, at(b"mvhd", 16), &[0xff; 4])), [""; 0], "not known is not stated");
    assert_eq!(said_of_init(&patched(&good, at(b"tkhd", 76), &[0; 4])), ["B-03"]);
    assert_eq!(said_of_init(&patched(&good, at(b"avc1", 0) - 4, b"avc3")), ["B-15"]);
    assert_eq!(said_of_init(&patched(&good, at(b"avcC", 1), &[0x42])), ["B-16"]);
    assert_eq!(said_of_init(&patched(&good, at(b"avcC", 4), &[0xfd])), ["B-16"]);
    assert_eq!(said_of_init(&patched(&good, at(b"avcC", 0), &[2])), ["B-16"]);
}

/// An init section whose sample entry and configuration box have other names, and the latter other bytes.
fn of_format(good: &[u8], names: [(&[u8; 4], &[u8; 4]); 2], config: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for (from, to) in names {
        bytes = patched(&bytes, body(&bytes, from, 0) - 4, to);
    }
    patched(&bytes, body(&bytes, names[1].1, 0), config)
}

#[test]
fn configurations_of_other_formats_are_looked_at() {
    let (video, sound) = (init(&video()), init(&sound()));
    let hevc = |config: &[u8]| said_of_init(&of_format(&video, [(b"avc1", b"hvc1"), (b"avcC", b"hvcC")], config));
    let mut record = [0; 38];
    (record[0], record[21], record[22]) = (1, 3, 3);
    for (n, kind) in [32, 33, 34].into_iter().enumerate() {
        record[23 + 5 * n..28 + 5 * n].copy_from_slice(&[0x80 | kind, 0, 1, 0, 0]);
    }
    assert_eq!(hevc(&record), [""; 0]);
    record[21] = 1;
    assert_eq!(hevc(&record), ["B-17"], "lengths of two bytes");
    (record[21], record[23]) = (3, 32);
    assert_eq!(hevc(&record), ["B-17"], "an array that is not complete");
    record[23] = 0x80 | 33;
    assert_eq!(hevc(&record), ["B-17"], "an array that is not there");
    assert_eq!(hevc(&[0]), ["B-17"]);

    let av1 = |config: &[u8]| said_of_init(&of_format(&video, [(b"avc1", b"av01"), (b"avcC", b"av1C")], config));
    assert_eq!(av1(&[0x81, 0, 0, 0, 0x0a]), [""; 0]);
    assert_eq!(av1(&[0x01, 0, 0, 0, 0x0a]), ["B-18"]);
    assert_eq!(av1(&[0x81, 0, 0, 0, 0x12]), ["B-18"]);
    let vp9 = |config: &[u8]| said_of_init(&of_format(&video, [(b"avc1", b"vp09"), (b"avcC", b"vpcC")], config));
    assert_eq!((vp9(&[1]), vp9(&[0])), (vec![], vec!["B-19"]));

    let opus = |config: &[u8]| said_of_init(&of_format(&sound, [(b"mp4a", b"Opus"), (b"esds", b"dOps")], config));
    assert_eq!((opus(&[0, 2]), opus(&[0, 0]), opus(&[1, 2])), (vec![], vec!["B-21"], vec!["B-21"]));
    let flac = |config: &[u8]| said_of_init(&of_format(&sound, [(b"mp4a", b"fLaC"), (b"esds", b"dfLa")], config));
    assert_eq!(flac(&[0, 0, 0, 0, 0x84, 0, 0, 34]), ["B-22"], "the block is cut short");
    let ac3 = |format| said_of_init(&of_format(&sound, [(b"mp4a", format), (b"esds", b"free")], &[]));
    assert_eq!((ac3(b"ac-3"), ac3(b"ec-3")), (vec!["B-23"], vec!["B-23"]));
}

pub(crate) fn broken_inputs() -> BrokenInputs {
    let (video, sound) = (init(&video()), init(&sound()));
    let at = |kind: &[u8; 4], offset: usize| body(&video, kind, 0) + offset;
    let of =
        |good: &[u8], from: &[u8; 4], to: &[u8; 4]| check_init(&patched(good, body(good, from, 0) - 4, to)).findings;
    let head = |at: usize, with: &[u8]| check_init(&patched(&video, at, with)).findings;
    let edited = init_section(&super::tests::video(), Ticks(3000)).unwrap().to_vec();
    let media = |bytes: &[u8]| check_segment(&section(&super::tests::video()), bytes, None).findings;
    let bent = |kind: &[u8; 4], nth: usize, offset: usize, with: &[u8]| {
        let good = segment(0);
        media(&patched(&good, body(&good, kind, nth) + offset, with))
    };
    let offset_section = InitSection::parse(&edited).unwrap();
    let (sound_section, whole) = (InitSection::parse(&sound).unwrap(), segment(0));
    let event = |version, id, text| emsg(version, "https://aomedia.org/emsg/ID3", "1", id, text);
    let before = |boxes: Vec<u8>| media(&[boxes, segment(0)].concat());
    vec![
        ("B-01", media(b"\0\0\0\x07free")),
        ("B-02", head(at(b"stsz", 11), &[9])),
        ("B-02", head(at(b"cmfc", 0) - 4, b"mp42")),
        ("B-03", head(at(b"mvhd", 19), &[9])),
        ("B-03", head(at(b"mdhd", 20), &[0, 0])),
        ("B-08", check_init(&patched(&edited, body(&edited, b"elst", 0) + 15, &[9])).findings),
        ("B-15", of(&video, b"avc1", b"avc3")),
        ("B-16", head(at(b"avcC", 1), &[0x42])),
        ("B-17", of(&video, b"avc1", b"hvc1")),
        ("B-18", of(&video, b"avc1", b"av01")),
        ("B-19", of(&video, b"avc1", b"vp09")),
        ("B-20", of(&sound, b"esds", b"free")),
        ("B-21", of(&sound, b"mp4a", b"Opus")),
        ("B-22", of(&sound, b"mp4a", b"fLaC")),
        ("B-23", of(&sound, b"mp4a", b"ac-3")),
        ("B-24", head(at(b"avc1", 25), &[1])),
        ("B-04", media(&part(0)[usize::from(part(0)[3])..])),
        ("B-05", bent(b"mfhd", 1, 7, &[1])),
        ("B-06", bent(b"tfhd", 0, 1, &[0])),
        ("B-07", bent(b"tfdt", 1, 11, &[1])),
        ("B-07", media(&short_decode_time())),
        ("B-07", media(&without_decode_time(0))),
        ("B-08", check_segment(&offset_section, &negative_offset(), None).findings),
        ("B-09", check_segment(&sound_section, &whole, None).findings),
        ("B-10", media(&part(1))),
        ("B-11", media(b"")),
        ("B-12", before(sidx(1, 48_000, 0, 18_000))),
        ("B-13", bent(b"prft", 1, 20, &[1])),
        ("B-14", media(&[whole.as_slice(), b"\0\0\0\x08mfra"].concat())),
        ("E-02", before([event(1, 7, b"a"), event(1, 7, b"b")].concat())),
        ("B-26", before(event(0, 7, b"a"))),
        ("L-07", check_parts(&section(&super::tests::video()), &[&part(0)], &whole)),
    ]
}

#[test]
fn every_broken_input_is_found_by_its_rule() {
    for (id, findings) in broken_inputs() {
        assert!(broken(&findings).contains(&id), "{id}: {findings:?}");
    }
}

#[test]
fn events_that_repeat_are_the_same() {
    let of = |version, id, text: &[u8]| emsg(version, "https://aomedia.org/emsg/ID3", "1", id, text);
    let with = |events: &[Vec<u8>]| {
        let whole = segment(0);
        let (styp, rest) = whole.split_at(usize::from(whole[3]));
        said_of(&[styp, &events.concat(), rest].concat())
    };
    assert_eq!(with(&[of(1, 7, b"a"), of(1, 7, b"a"), of(1, 8, b"b")]), [""; 0]);
    assert_eq!(with(&[of(1, 7, b"a"), of(1, 7, b"b")]), ["E-02"]);
    assert_eq!(with(&[of(0, 7, b"a")]), ["B-26"]);
}

#[test]
fn an_edit_list_may_only_say_where_the_presentation_begins() {
    let good = init_section(&video(), Ticks(3000)).unwrap().to_vec();
    let at = |offset: usize| body(&good, b"elst", 0) + offset;
    assert_eq!(said_of_init(&good), [""; 0]);
    assert_eq!(said_of_init(&patched(&good, at(15), &[9])), ["B-08"], "it ends");
    assert_eq!(said_of_init(&patched(&good, at(16), &[0xff; 8])), ["B-08"], "nothing is presented");
    assert_eq!(said_of_init(&patched(&good, at(24), &[0, 2])), ["B-08"], "it is played fast");
    assert_eq!(said_of_init(&patched(&good, body(&good, b"ftyp", 0) + 12, b"cmf2")), ["B-08"]);
    let none = patched(&good, at(7), &[0]);
    assert_eq!(said_of_init(&none), [""; 0], "a list of no edit is none");
}

/// A segment whose second sample is shown before it is decoded.
fn negative_offset() -> Vec<u8> {
    let good = segment(0);
    // Version 1, and the offset of the second sample after version, flags, count, data offset and the first sample's.
    let trun = body(&good, b"trun", 0);
    let offset = good[trun..].windows(4).position(|field| field == 3000u32.to_be_bytes()).unwrap();
    patched(&patched(&good, trun, &[1]), trun + offset, &(-3000i32).to_be_bytes())
}

#[test]
fn composition_offsets_are_not_negative_beside_an_edit_list() {
    let edited = InitSection::parse(&init_section(&video(), Ticks(3000)).unwrap()).unwrap();
    let good = segment(0);
    let findings = |bytes: &[u8]| check_segment(&edited, bytes, None).findings;
    assert_eq!(findings(&good), []);
    let bad = negative_offset();
    let ids: Vec<&str> = findings(&bad).iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["B-08"]);
    assert_eq!(said_of(&bad), [""; 0], "without an edit list that is as it should be");
}

#[test]
fn every_rule_on_segments_fires_where_it_is_broken() {
    let good = segment(0);
    let at = |kind: &[u8; 4], nth: usize, offset: usize| body(&good, kind, nth) + offset;
    let cases: [(&str, usize, &[u8]); 11] = [
        ("B-04", at(b"styp", 0, 0) - 4, b"free"),
        ("B-05", at(b"mfhd", 1, 7), &[1]),
        ("B-06", at(b"tfhd", 0, 1), &[0]),
        ("B-06", at(b"trun", 1, 11), &[good[at(b"trun", 1, 11)] - 1]),
        ("B-07", at(b"tfdt", 1, 11), &[good[at(b"tfdt", 1, 11)] + 1]),
        ("B-10", at(b"trun", 0, 12), &[0x01, 0x01]),
        ("B-11", at(b"tfhd", 0, 8), &[0; 4]),
        ("B-13", at(b"prft", 1, 20), &[1]),
        ("B-05", at(b"tfhd", 1, 7), &[2]),
        ("B-05", at(b"mfhd", 0, 7), &[2]),
        ("B-11", at(b"trun", 1, 7), &[0]),
    ];
    for (id, at, bytes) in cases {
        let said = said_of(&patched(&good, at, bytes));
        assert!(said.contains(&id), "{id} at {at}: {said:?}");
    }
    assert_eq!(said_of(&[good.as_slice(), b"\0\0\0\x08mfra"].concat()), ["B-14"]);
    assert_eq!(said_of(&[good.as_slice(), b"\0\0\0\x08mdat"].concat()), ["B-04"]);
    assert_eq!(said_of(b""), ["B-04", "B-11"]);
    assert_eq!(said_of(&part(1)), ["B-10"], "a part that begins no segment");
}

#[test]
fn a_segment_follows_the_one_before_it_exactly() {
    let section = section(&video());
    let tail = Tail { next_decode_times: [(TrackId(1), 18_000)].into(), sequence_number: 2 };
    assert_eq!(check_segment(&section, &segment(0), None).model, Some(tail.clone()));
    let after = |tail: Tail| broken(&check_segment(&section, &segment(1), Some(&tail)).findings);
    assert_eq!(after(tail.clone()), [""; 0]);
    assert_eq!(after(Tail { next_decode_times: [(TrackId(1), 18_001)].into(), ..tail }), ["B-07"]);
    assert_eq!(after(Tail { sequence_number: 9, ..tail.clone() }), ["B-05"]);
    assert_eq!(after(Tail { sequence_number: u32::MAX, ..tail }), [""; 0], "the number may wrap");
}

/// The chunk with the sizes of `kinds`, and the data offset, `by` more: what goes with bytes put in or taken out.
fn resized(mut chunk: Vec<u8>, kinds: &[&[u8; 4]], by: i8) -> Vec<u8> {
    for kind in kinds {
        let size = body(&chunk, kind, 0) - 5;
        chunk[size] = chunk[size].checked_add_signed(by).unwrap();
    }
    let data_offset = body(&chunk, b"trun", 0) + 11;
    chunk[data_offset] = chunk[data_offset].checked_add_signed(by).unwrap();
    chunk
}

/// A part whose tfdt has 32 bits in place of 64.
fn short_decode_time() -> Vec<u8> {
    let good = part(0);
    let tfdt = body(&good, b"tfdt", 0);
    let mut bytes = patched(&good, tfdt, &[0]);
    bytes.drain(tfdt + 4..tfdt + 8);
    resized(bytes, &[b"moof", b"traf", b"tfdt"], -4)
}

#[test]
fn a_short_decode_time_is_a_warning() {
    assert_eq!(said_of(&short_decode_time()), ["B-07"]);
}

/// The `n`-th part without its tfdt.
fn without_decode_time(n: u32) -> Vec<u8> {
    const LEN: i8 = 20;
    let mut bytes = part(n);
    let at = body(&bytes, b"tfdt", 0) - 8;
    bytes.drain(at..at + LEN as usize);
    resized(bytes, &[b"moof", b"traf"], -LEN)
}

#[test]
fn a_fragment_without_a_decode_time_is_an_error_though_it_can_be_read() {
    // Where the second one goes on is what its tfdt said, so that nothing else is wrong with it.
    let bytes = [part(0), without_decode_time(1)].concat();
    let verdict = check_segment(&section(&video()), &bytes, None);
    let found: Vec<_> = verdict.findings.iter().map(ToString::to_string).collect();
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert!(finding.starts_with("error B-07 (ISO/IEC 23000-19 §7.3.2.3, rfc8216bis §3.1.2) at fragment 1: no tfdt; "));
    assert_eq!(verdict.model.unwrap().next_decode_times[&TrackId(1)], 18_000);
}

#[test]
fn a_decode_time_behind_the_samples_is_a_warning() {
    let mut bytes = part(0);
    let (tfdt, trun) = (body(&bytes, b"tfdt", 0) - 8, body(&bytes, b"trun", 0) - 8);
    let end = trun + usize::from(bytes[trun + 3]);
    assert_eq!(trun, tfdt + 20, "the one before the other");
    bytes[tfdt..end].rotate_left(trun - tfdt);
    let findings = check_segment(&section(&video()), &bytes, None).findings;
    assert_eq!(
        findings.iter().map(|finding| (finding.id, finding.severity)).collect::<Vec<_>>(),
        [("B-07", Severity::Warning)]
    );
}

#[test]
fn flags_of_the_first_sample_are_said_once() {
    let good = part(0);
    // Flags for each of the three samples, beside those of the first.
    let trun = body(&good, b"trun", 0);
    assert_eq!(good[trun + 2..trun + 4], [0x08, 0x05], "composition offsets, first sample flags, data offset");
    let mut bytes = patched(&good, trun + 2, &[0x0c]);
    for sample in [2, 1, 0] {
        let at = trun + 16 + 4 * sample;
        bytes.splice(at..at, [1, 1, 0, 0]);
    }
    assert_eq!(said_of(&resized(bytes, &[b"moof", b"traf", b"trun"], 12)), ["B-09"]);
}

#[test]
fn sound_that_is_no_sync_sample_is_found() {
    let verdict = check_segment(&section(&sound()), &segment(0), None);
    assert_eq!(broken(&verdict.findings), ["B-09"]);
}

/// A segment index of one reference.
fn sidx(track: u32, timescale: u32, earliest: u32, duration: u32) -> Vec<u8> {
    let words = [0, track, timescale, earliest, 0, 1, 200, duration, 0x9000_0000];
    let body: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    [&((body.len() as u32 + 8).to_be_bytes())[..], b"sidx", &body].concat()
}

#[test]
fn a_segment_index_has_to_fit() {
    let with = |sidx: Vec<u8>| {
        let good = segment(0);
        let styp = usize::from(good[3]);
        said_of(&[&good[..styp], &sidx, &good[styp..]].concat())
    };
    assert_eq!(with(sidx(1, 90_000, 0, 18_000)), [""; 0]);
    for wrong in
        [sidx(2, 90_000, 0, 18_000), sidx(1, 48_000, 0, 18_000), sidx(1, 90_000, 1, 18_000), sidx(1, 90_000, 0, 1)]
    {
        assert_eq!(with(wrong), ["B-12"]);
    }
}

#[test]
fn a_segment_has_the_samples_of_its_parts() {
    let section = section(&video());
    let (one, two, whole) = (part(0), part(1), segment(0));
    assert_eq!(check_parts(&section, &[&one, &two], &whole), []);
    let unmarked = whole[usize::from(whole[3])..].to_vec();
    assert_eq!(check_parts(&section, &[&one, &two], &unmarked), [], "boxes around the samples do not matter");
    for (parts, why) in [
        (vec![one.as_slice()], "a part is missing"),
        (vec![one.as_slice(), &two, &two], "a part too many"),
        (vec![two.as_slice(), &one], "out of order"),
    ] {
        assert_eq!(broken(&check_parts(&section, &parts, &whole)), ["L-07"], "{why}");
    }
    let last = whole.len() - 1;
    assert_eq!(broken(&check_parts(&section, &[&one, &two], &patched(&whole, last, &[99]))), ["L-07"]);
    assert_eq!(broken(&check_parts(&section, &[&one[..9]], &whole)), ["B-01"]);
}
