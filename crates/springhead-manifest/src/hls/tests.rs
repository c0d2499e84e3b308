//! Playlists as a whole: what is refused, what goes round, what a delta update leaves out.

use proptest::prelude::*;
use springhead_core::WallTime;

use super::arbitrary::{media_playlist, multivariant_playlist};
use super::*;
use crate::{Seconds, golden};

const HEAD: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n";

fn refused(text: &str) -> (usize, HlsErrorKind) {
    let error = MediaPlaylist::parse(text).expect_err(text);
    (error.line, error.kind)
}

#[test]
fn a_text_that_does_not_begin_as_a_playlist_is_refused() {
    for text in ["", "\n#EXTM3U", "\u{feff}#EXTM3U\n", "#EXTM3U8\n", "#EXTM3U \n", " #EXTM3U\n", "<html>", "#extm3u"] {
        assert_eq!(refused(text), (1, HlsErrorKind::NotM3u), "{text:?}");
    }
    let long = format!("{HEAD}{}", "\n".repeat(MAX_PLAYLIST_BYTES));
    assert_eq!(refused(&long), (1, HlsErrorKind::TooLong));
}

#[test]
fn a_line_that_breaks_a_rule_is_named_with_its_number() {
    use HlsErrorKind::*;
    for (line, kind) in [
        ("#EXT-X-TARGETDURATION:4", Duplicate(Tag::TargetDuration)),
        ("#EXTM3U", Duplicate(Tag::M3u)),
        ("a\u{1}b", ControlCharacter),
        ("#comment\u{85}", ControlCharacter),
        ("a\rb", ControlCharacter),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1", OtherPlaylist(Tag::StreamInf)),
        ("a.mp4", StrayUri(Tag::Inf)),
        ("#EXTINF:4", BadValue(Tag::Inf)),
        ("#EXTINF:-4,", BadValue(Tag::Inf)),
        ("#EXTINF:99999999999999999999999,", BadValue(Tag::Inf)),
        ("#EXT-X-VERSION:4294967296", BadValue(Tag::Version)),
        ("#EXT-X-MEDIA-SEQUENCE:18446744073709551616", BadValue(Tag::MediaSequence)),
        ("#EXT-X-MEDIA-SEQUENCE:+1", BadValue(Tag::MediaSequence)),
        ("#EXT-X-MEDIA-SEQUENCE:", BadValue(Tag::MediaSequence)),
        ("#EXT-X-PLAYLIST-TYPE:LIVE", BadValue(Tag::PlaylistType)),
        ("#EXT-X-PROGRAM-DATE-TIME:today", BadValue(Tag::ProgramDateTime)),
        ("#EXT-X-BYTERANGE:18446744073709551615@1", BadValue(Tag::ByteRange)),
        ("#EXT-X-MAP:BYTERANGE=\"1@0\"", MissingAttribute(Tag::Map, "URI")),
        ("#EXT-X-MAP:URI=\"a\",BYTERANGE=\"1\"", BadAttribute(Tag::Map, "BYTERANGE")),
        ("#EXT-X-MAP:URI=a", BadAttribute(Tag::Map, "URI")),
        ("#EXT-X-PART:URI=\"a\"", MissingAttribute(Tag::Part, "DURATION")),
        ("#EXT-X-PART:URI=\"a\",DURATION=1,URI=\"b\"", DuplicateAttribute(Tag::Part, "URI".into())),
        ("#EXT-X-PART:URI=\"a\",DURATION=1,GAP=yes", BadAttribute(Tag::Part, "GAP")),
        ("#EXT-X-PART-INF:PART-TARGET=\"1\"", BadAttribute(Tag::PartInf, "PART-TARGET")),
        ("#EXT-X-SKIP:SKIPPED-SEGMENTS=-1", BadAttribute(Tag::Skip, "SKIPPED-SEGMENTS")),
        (
            "#EXT-X-RENDITION-REPORT:URI=\"a\",LAST-MSN=1,LAST-PART=4294967296",
            BadAttribute(Tag::RenditionReport, "LAST-PART"),
        ),
        ("#EXT-X-DATERANGE:ID=\"a\",SCTE35-OUT=0xZZ", BadAttribute(Tag::DateRange, "SCTE35-OUT")),
        ("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-02-30T00:00:00Z\"", BadAttribute(Tag::DateRange, "START-DATE")),
        ("#EXT-X-DEFINE:NAME=\"a\",IMPORT=\"b\"", BadAttribute(Tag::Define, "NAME")),
    ] {
        assert_eq!(refused(&format!("{HEAD}{line}\n")), (3, kind), "{line}");
    }
    assert_eq!(refused("#EXTM3U\n"), (2, Missing(Tag::TargetDuration)));
    assert_eq!(refused(&format!("{HEAD}#EXTINF:4,\n")), (4, NoUri(Tag::Inf)));
}

#[test]
fn a_multivariant_playlist_that_breaks_a_rule_is_refused() {
    use HlsErrorKind::*;
    for (text, line, kind) in [
        ("", 2, Missing(Tag::StreamInf)),
        ("#EXT-X-TARGETDURATION:4\n", 2, OtherPlaylist(Tag::TargetDuration)),
        ("a.m3u8\n", 2, StrayUri(Tag::StreamInf)),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1\n", 3, NoUri(Tag::StreamInf)),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-STREAM-INF:BANDWIDTH=2\n", 3, NoUri(Tag::StreamInf)),
        ("#EXT-X-STREAM-INF:CODECS=\"a\"\na\n", 2, MissingAttribute(Tag::StreamInf, "BANDWIDTH")),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1x\na\n", 2, BadAttribute(Tag::StreamInf, "RESOLUTION")),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1,CLOSED-CAPTIONS=SOME\na\n", 2, BadAttribute(Tag::StreamInf, "CLOSED-CAPTIONS")),
        ("#EXT-X-SESSION-DATA:DATA-ID=\"a\"\n", 2, MissingAttribute(Tag::SessionData, "VALUE")),
        ("#EXT-X-SESSION-DATA:VALUE=\"a\"\n", 2, MissingAttribute(Tag::SessionData, "DATA-ID")),
        ("#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"b\",URI=\"c\"\n", 2, BadAttribute(Tag::SessionData, "URI")),
        ("#EXT-X-SESSION-DATA:DATA-ID=\"a\",URI=\"c\",FORMAT=XML\n", 2, BadAttribute(Tag::SessionData, "FORMAT")),
        ("#EXT-X-CONTENT-STEERING:PATHWAY-ID=\"a\"\n", 2, MissingAttribute(Tag::ContentSteering, "SERVER-URI")),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1,SCORE=-1\na\n", 2, BadAttribute(Tag::StreamInf, "SCORE")),
        ("#EXT-X-DEFINE:IMPORT=\"a\"\n", 2, BadAttribute(Tag::Define, "IMPORT")),
        ("#EXT-X-MEDIA:TYPE=SOUND,GROUP-ID=\"a\",NAME=\"b\"\n", 2, BadAttribute(Tag::Media, "TYPE")),
    ] {
        let error = MultivariantPlaylist::parse(&format!("#EXTM3U\n{text}")).expect_err(text);
        assert_eq!((error.line, error.kind), (line, kind), "{text}");
    }
}

#[test]
fn an_error_says_where_and_by_which_clause() {
    let error = MediaPlaylist::parse(&format!("{HEAD}#EXT-X-PART:URI=\"a\"\n")).unwrap_err();
    let text = "line 3: EXT-X-PART lacks DURATION (draft-pantos-hls-rfc8216bis §4.4.4.9)";
    assert_eq!(error.to_string(), text);
}

#[test]
fn unknown_tags_attributes_hints_and_blank_lines_are_passed_over() {
    let text = "#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n\r\n#EXT-X-NEW:A\r\n# a comment\r\n#EXT-X-CUE-OUT\r\n\
        #EXT-X-PRELOAD-HINT:TYPE=NEW,URI=\"x\"\r\n#EXTINF:4,\r\n#EXT-X-PART:DURATION=1,URI=\"p\",NEW=1\r\na\r\n";
    let playlist = MediaPlaylist::parse(text).unwrap();
    assert_eq!((playlist.segments.len(), playlist.preload_hints.len()), (1, 0));
    assert_eq!(playlist.segments[0].parts[0].uri, "p");
}

#[test]
fn one_long_map_uri_does_not_grow_with_the_number_of_segments() {
    let text = format!("{HEAD}#EXT-X-MAP:URI=\"{}\"\n{}", "m".repeat(1 << 20), "#EXTINF:4,\na\n".repeat(10_000));
    let playlist = MediaPlaylist::parse(&text).unwrap();
    let maps: Vec<_> = playlist.segments.iter().map(|s| &s.map.as_ref().unwrap().uri).collect();
    assert!(maps.iter().all(|uri| std::sync::Arc::ptr_eq(uri, maps[0])));
}

#[test]
fn more_segments_than_the_limit_are_refused() {
    let text = format!("{HEAD}{}", "#EXTINF:4,\na\n".repeat(MAX_SEGMENTS + 1));
    assert_eq!(refused(&text).1, HlsErrorKind::TooLong);
}

#[test]
fn the_version_is_the_smallest_that_covers_the_tags() {
    let segment = Segment { uri: "a".into(), duration: Seconds::from_secs(4), ..Segment::default() };
    let with = |edit: fn(&mut MediaPlaylist)| {
        let mut playlist = MediaPlaylist { segments: vec![segment.clone()], ..MediaPlaylist::default() };
        edit(&mut playlist);
        playlist.required_version()
    };
    assert_eq!(with(|_| ()), 3);
    assert_eq!(with(|p| p.part_target = Some(Seconds::from_secs(1))), 3, "parts ask for none of their own");
    assert_eq!(with(|p| p.segments[0].byterange = Some(ByteRange { length: 1, offset: None })), 4);
    assert_eq!(with(|p| (p.i_frames_only, p.segments[0].map) = (true, Some(Map::new("i")))), 5);
    assert_eq!(with(|p| p.segments[0].map = Some(Map::new("i"))), 6);
    assert_eq!(with(|p| p.defines = vec![Define::Import("a".into())]), 8);
    assert_eq!(with(|p| p.defines = vec![Define::QueryParam("a".into())]), 11);
    let skip = ServerControl { can_skip_until: Some(Seconds::from_secs(24)), ..ServerControl::default() };
    assert_eq!(MediaPlaylist { server_control: Some(skip), ..MediaPlaylist::default() }.required_version(), 9);
    let skip = ServerControl { can_skip_dateranges: true, ..skip };
    assert_eq!(MediaPlaylist { server_control: Some(skip), ..MediaPlaylist::default() }.required_version(), 10);
}

#[test]
fn low_latency_tags_ask_for_no_version() {
    let mut playlist = MediaPlaylist { server_control: None, ..window(51) };
    playlist.segments.iter_mut().for_each(|segment| segment.map = None);
    playlist.open.as_mut().unwrap().map = None;
    playlist.server_control = Some(ServerControl {
        can_block_reload: true,
        part_hold_back: Some(Seconds::from_millis(1500)),
        ..ServerControl::default()
    });
    let text = playlist.render();
    for tag in ["PART:", "PART-INF", "SERVER-CONTROL", "PRELOAD-HINT", "RENDITION-REPORT"] {
        assert!(text.contains(&format!("#EXT-X-{tag}")), "{tag}");
    }
    assert_eq!(playlist.required_version(), 3);
}

#[test]
fn the_version_of_a_multivariant_playlist_is_that_of_its_renditions_and_variables() {
    let with = |media_type, instream_id: Option<&str>, defines: Vec<Define>| {
        let rendition = Rendition { media_type, instream_id: instream_id.map(str::to_owned), ..Rendition::default() };
        MultivariantPlaylist { renditions: vec![rendition], defines, ..MultivariantPlaylist::default() }
            .required_version()
    };
    assert_eq!(with(MediaType::Audio, None, Vec::new()), 1);
    assert_eq!(with(MediaType::ClosedCaptions, Some("CC1"), Vec::new()), 1);
    assert_eq!(with(MediaType::ClosedCaptions, Some("SERVICE3"), Vec::new()), 7);
    assert_eq!(with(MediaType::Audio, Some("3"), Vec::new()), 13);
    assert_eq!(with(MediaType::Audio, None, vec![Define::QueryParam("token".into())]), 11);
    let stereo = Variant { req_video_layout: vec!["CH-STEREO".into()], ..Variant::default() };
    let playlist = MultivariantPlaylist { variants: vec![stereo], ..MultivariantPlaylist::default() };
    assert_eq!(playlist.required_version(), 12);
}

/// Byte ranges of one resource: an init section, then three I-frames between which is what an I-frame playlist leaves out.
fn i_frames() -> MediaPlaylist {
    let range = |offset: Option<u64>, length: u64| ByteRange { length, offset };
    let map = Map { uri: "v.mp4".into(), byterange: Some(range(Some(0), 800)) };
    let frame = |at: Option<u64>, length: u64| Segment {
        uri: "v.mp4".into(),
        duration: Seconds::from_secs(2),
        byterange: Some(range(at, length)),
        map: Some(map.clone()),
        ..Segment::default()
    };
    MediaPlaylist {
        version: Some(5),
        target_duration: 2,
        playlist_type: Some(PlaylistType::Vod),
        i_frames_only: true,
        segments: vec![frame(Some(800), 9_000), frame(Some(80_000), 9_500), frame(None, 7_000)],
        end_list: true,
        ..MediaPlaylist::default()
    }
}

#[test]
fn a_playlist_of_i_frames_states_the_bytes_of_each_and_goes_round() {
    golden::check("i-frames.m3u8", &i_frames().render());
    assert_eq!(MediaPlaylist::parse(&i_frames().render()), Ok(i_frames()));
}

#[test]
fn parts_and_hints_may_be_ranges_of_a_resource_that_grows() {
    let part = |offset, gap| Part {
        uri: "7.mp4".into(),
        duration: Seconds::from_millis(500),
        byterange: Some(ByteRange { length: 4_000, offset }),
        gap,
        ..Part::default()
    };
    let open = OpenSegment { parts: vec![part(Some(0), false), part(None, true)], ..OpenSegment::default() };
    let hint = PreloadHint { byterange_start: Some(8_000), ..PreloadHint::part("7.mp4") };
    let playlist = MediaPlaylist { open: Some(open), preload_hints: vec![hint], ..MediaPlaylist::default() };
    let text = playlist.render();
    let lines = "#EXT-X-PART:DURATION=0.500000,URI=\"7.mp4\",BYTERANGE=\"4000@0\"\n\
        #EXT-X-PART:DURATION=0.500000,URI=\"7.mp4\",BYTERANGE=\"4000\",GAP=YES\n\
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"7.mp4\",BYTERANGE-START=8000\n";
    assert!(text.ends_with(lines), "{text}");
    let read = MediaPlaylist::parse(&text).unwrap();
    assert_eq!((read.open, read.preload_hints), (playlist.open, playlist.preload_hints));
}

#[test]
fn a_tag_after_the_last_uri_begins_the_open_segment_when_it_says_something_new() {
    let parse = |after: &str| {
        let text =
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"1\"\n#EXT-X-BITRATE:5\n#EXTINF:2,\na\n".to_owned();
        MediaPlaylist::parse(&(text + after)).unwrap()
    };
    let open = |map, bitrate| Some(OpenSegment { map: Some(Map::new(map)), bitrate, ..OpenSegment::default() });
    for (after, want) in [
        ("#EXT-X-BITRATE:5\n", None),
        ("#EXT-X-BITRATE:6\n", open("1", Some(6))),
        ("#EXT-X-MAP:URI=\"1\"\n", None),
        ("#EXT-X-MAP:URI=\"2\"\n", open("2", Some(5))),
        ("#EXT-X-MAP:URI=\"1\"\n#EXT-X-BITRATE:6\n", open("1", Some(6))),
    ] {
        let playlist = parse(after);
        assert_eq!(playlist.open, want, "{after}");
        assert_eq!(MediaPlaylist::parse(&playlist.render()).unwrap().open, want, "{after}");
    }
}

#[test]
fn what_applies_to_a_segment_is_stated_before_its_first_part() {
    let mut before_parts = 0;
    // The segment with a Discontinuity and a new map is open, then the newest, then older.
    for clock in 26..34 {
        let text = window(clock).render();
        let (mut applies, mut parts) = (0, 0);
        for line in text.lines() {
            let stated = line.split(':').next().unwrap_or(line);
            if ["#EXT-X-DISCONTINUITY", "#EXT-X-MAP", "#EXT-X-PROGRAM-DATE-TIME"].contains(&stated) {
                assert_eq!(parts, 0, "{line} of\n{text}");
                applies += 1;
            } else if line.starts_with("#EXT-X-PART:") {
                parts += 1;
                before_parts += usize::from(applies == 3);
            } else if !line.starts_with('#') {
                (applies, parts) = (0, 0);
            }
        }
    }
    assert_eq!(before_parts, 1 + 2 * 6, "the Discontinuity, the map and the date all come before parts");
}

/// The live window of a broadcast of one-second segments of two parts, as it was when `clock` parts had been published.
/// Parts are listed for three Target Durations, the window holds 20 segments, the init section changes at segment 13.
fn window(clock: u64) -> MediaPlaylist {
    let part = |n: u64, i: u64| Part {
        uri: format!("{n}.{i}.m4s"),
        duration: Seconds::from_millis(500),
        independent: i == 0,
        ..Part::default()
    };
    let map = |n: u64| Some(Map::new(if n < 13 { "init-1.mp4" } else { "init-2.mp4" }));
    let at = |n: u64| Some(WallTime(1_790_000_000_000_000_000 + n as i64 * 1_000_000_000));
    let (complete, parts) = (clock / 2, clock % 2);
    let first = complete.saturating_sub(20);
    let segment = |n: u64| Segment {
        uri: format!("{n}.m4s"),
        duration: Seconds::from_secs(1),
        discontinuity: n == 13,
        map: map(n),
        program_date_time: at(n),
        bitrate: Some(4000),
        parts: if complete - n <= 3 { vec![part(n, 0), part(n, 1)] } else { Vec::new() },
        ..Segment::default()
    };
    let open = OpenSegment {
        discontinuity: complete == 13,
        map: map(complete),
        program_date_time: at(complete),
        bitrate: Some(4000),
        parts: (0..parts).map(|i| part(complete, i)).collect(),
    };
    let mut playlist = MediaPlaylist {
        target_duration: 1,
        media_sequence: first,
        discontinuity_sequence: Some(u64::from(first > 13)),
        server_control: Some(ServerControl {
            can_block_reload: true,
            can_skip_until: Some(Seconds::from_secs(6)),
            hold_back: Some(Seconds::from_secs(3)),
            part_hold_back: Some(Seconds::from_millis(1500)),
            ..ServerControl::default()
        }),
        part_target: Some(Seconds::from_millis(500)),
        segments: (first..complete).map(segment).collect(),
        open: (parts > 0).then_some(open),
        preload_hints: vec![PreloadHint::part(format!("{complete}.{parts}.m4s"))],
        rendition_reports: vec![RenditionReport { uri: "a.m3u8".into(), last_msn: complete, last_part: Some(0) }],
        ..MediaPlaylist::default()
    };
    playlist.version = Some(playlist.required_version());
    playlist
}

#[test]
fn a_delta_merges_with_every_copy_younger_than_half_the_skip_boundary() {
    let mut merged = 0;
    for clock in 0..120 {
        let full = window(clock);
        let Some(delta) = full.delta() else {
            assert!(clock < 14, "a window longer than the Skip Boundary has something to skip");
            continue;
        };
        let read = MediaPlaylist::parse(&delta.render()).unwrap();
        assert_eq!(read, delta, "a delta goes round");
        for age in 0..=6 {
            let old = MediaPlaylist::parse(&window(clock - age).render()).unwrap();
            let whole = merge_delta(&old, &read).unwrap();
            assert_eq!(whole.render(), full.render(), "parts {clock}, copy of {age} parts before");
            merged += 1;
        }
    }
    assert_eq!(merged, 106 * 7);
}

#[test]
fn a_delta_states_no_line_that_the_full_playlist_does_not() {
    for clock in 14..60 {
        let (full, delta) = (window(clock).render(), window(clock).delta().unwrap().render());
        for line in delta.lines().filter(|line| !line.starts_with("#EXT-X-SKIP")) {
            assert!(full.lines().any(|l| l == line), "{line}");
        }
    }
}

#[test]
fn a_delta_skips_only_what_lies_wholly_beyond_the_skip_boundary() {
    let delta = window(40).delta().unwrap();
    assert_eq!(delta.skip, Some(Skip { skipped_segments: 14, recently_removed_dateranges: None }));
    assert_eq!(delta.segments.len(), 6);
    assert_eq!((delta.media_sequence, delta.next_media_sequence()), (0, 20));
}

#[test]
fn a_playlist_that_has_ended_or_is_short_or_a_delta_has_no_delta() {
    assert_eq!(window(12).delta(), None);
    assert_eq!(MediaPlaylist { end_list: true, ..window(40) }.delta(), None);
    assert_eq!(window(40).delta().unwrap().delta(), None);
    assert_eq!(MediaPlaylist { server_control: None, ..window(40) }.delta(), None);
}

#[test]
fn a_delta_does_not_merge_with_a_copy_that_lacks_a_skipped_segment() {
    let delta = window(90).delta().unwrap();
    assert_eq!(merge_delta(&window(40), &delta), Err(MergeError::Missing { missing: 25 }));
    assert_eq!(merge_delta(&window(60), &delta), Err(MergeError::Missing { missing: 30 }));
    assert_eq!(merge_delta(&window(200), &delta), Err(MergeError::Missing { missing: 25 }));
    assert_eq!(merge_delta(&window(90), &window(90)), Err(MergeError::NotADelta));
    assert_eq!(merge_delta(&delta, &delta), Err(MergeError::OldIsADelta));
    let endless = Skip { skipped_segments: u64::MAX, recently_removed_dateranges: None };
    let endless = MediaPlaylist { skip: Some(endless), ..delta };
    assert_eq!(merge_delta(&window(90), &endless), Err(MergeError::Missing { missing: 45 }));
}

#[test]
fn a_delta_that_leaves_out_date_ranges_keeps_those_that_are_neither_removed_nor_restated() {
    let range = |id: &str, class: &str| DateRange { id: id.into(), class: Some(class.into()), ..DateRange::default() };
    let old = MediaPlaylist {
        date_ranges: vec![range("gone", "old"), range("kept", "old"), range("again", "old")],
        ..window(90)
    };
    let mut delta = window(90).delta().unwrap();
    delta.date_ranges = vec![range("again", "new"), range("new", "new")];
    assert_eq!(merge_delta(&old, &delta).unwrap().date_ranges, delta.date_ranges, "all are stated without the list");
    delta.skip.as_mut().unwrap().recently_removed_dateranges = Some(vec!["gone".into()]);
    let merged = merge_delta(&old, &MediaPlaylist::parse(&delta.render()).unwrap()).unwrap();
    assert_eq!(merged.date_ranges, [range("kept", "old"), range("again", "new"), range("new", "new")]);
}

#[test]
fn a_low_latency_playlist_prints_as_the_golden_file() {
    let mut playlist = window(51);
    playlist.segments.drain(..17);
    playlist.media_sequence += 17;
    playlist.independent_segments = true;
    playlist.segments[1].gap = true;
    playlist.segments[1].title = Some("a hole".into());
    playlist.preload_hints.push(PreloadHint::map("init-3.mp4"));
    playlist.date_ranges = vec![DateRange {
        id: "break-1".into(),
        start_date: Some(WallTime(1_790_000_022_000_000_000)),
        planned_duration: Some(Seconds::from_secs(30)),
        scte35_out: Some("0xFC302100".into()),
        client_attributes: vec![("X-NOTE".into(), ClientValue::Quoted("first".into()))],
        ..DateRange::default()
    }];
    golden::check("low-latency.m3u8", &playlist.render());
    assert_eq!(MediaPlaylist::parse(&playlist.render()).unwrap(), playlist);
}

#[test]
fn a_delta_update_prints_as_the_golden_file() {
    golden::check("delta.m3u8", &window(51).delta().unwrap().render());
}

#[test]
fn a_multivariant_playlist_prints_as_the_golden_file() {
    let audio = |name: &str, language: &str, default| Rendition {
        group_id: "aac".into(),
        name: name.into(),
        language: Some(language.into()),
        uri: Some(format!("audio-{language}.m3u8")),
        default,
        autoselect: true,
        channels: Some("2".into()),
        sample_rate: Some(48_000),
        ..Rendition::default()
    };
    let variant = |height: u32, bandwidth: u64| Variant {
        uri: format!("video-{height}.m3u8"),
        bandwidth,
        average_bandwidth: Some(bandwidth * 4 / 5),
        codecs: vec!["avc1.64001f".into(), "mp4a.40.2".into()],
        resolution: Some((height * 16 / 9, height)),
        frame_rate_millis: Some(29_970),
        video_range: Some(VideoRange::Sdr),
        audio: Some("aac".into()),
        closed_captions: Some(ClosedCaptions::None),
        ..Variant::default()
    };
    let mut playlist = MultivariantPlaylist {
        independent_segments: true,
        renditions: vec![audio("English", "en", true), audio("Deutsch", "de", false)],
        variants: vec![variant(1080, 6_000_000), variant(720, 3_000_000)],
        i_frame_variants: vec![Variant {
            uri: "video-720-i.m3u8".into(),
            bandwidth: 300_000,
            codecs: vec!["avc1.64001f".into()],
            resolution: Some((1280, 720)),
            ..Variant::default()
        }],
        session_data: vec![SessionDatum {
            data_id: "com.example.title".into(),
            content: SessionContent::Value("Evening news".into()),
            language: Some("en".into()),
        }],
        content_steering: Some(ContentSteering { server_uri: "/steering".into(), pathway_id: Some("east".into()) }),
        ..MultivariantPlaylist::default()
    };
    golden::check("multivariant.m3u8", &playlist.render());
    playlist.version = Some(playlist.required_version());
    assert_eq!(MultivariantPlaylist::parse(&playlist.render()).unwrap(), playlist);
    assert_eq!(playlist.group("aac").count(), 2);
}

proptest! {
    #[test]
    fn every_media_playlist_goes_round(playlist in media_playlist()) {
        let text = playlist.render();
        prop_assert_eq!(MediaPlaylist::parse(&text), Ok(playlist), "{}", text);
    }

    #[test]
    fn every_multivariant_playlist_goes_round(playlist in multivariant_playlist()) {
        let text = playlist.render();
        prop_assert_eq!(MultivariantPlaylist::parse(&text), Ok(playlist), "{}", text);
    }

    #[test]
    fn every_delta_merges_back(playlist in media_playlist()) {
        let playlist = MediaPlaylist { media_sequence: playlist.media_sequence >> 8, ..playlist };
        if let Some(delta) = playlist.delta() {
            prop_assert_eq!(merge_delta(&playlist, &delta), Ok(playlist));
        }
    }

    #[test]
    fn lines_that_were_kept_stand_where_they_would_be_written(
        playlist in media_playlist(),
        cuts: [prop::sample::Index; 2],
    ) {
        let count = playlist.segments.len();
        prop_assume!(count > 1);
        let mut cuts = cuts.map(|cut| 1 + cut.index(count));
        cuts.sort_unstable();
        let [from, to] = cuts.map(|cut| cut.min(count));
        let kept = MediaPlaylist::render_segments(&playlist.segments[from..to], &playlist.segments[from - 1]);
        let mut without = playlist.clone();
        without.segments.drain(from..to);
        let (head, rest) = without.render_around(from, &playlist.segments[to - 1]);
        let behind_version = |text: &str| text.split_once("\n").and_then(|(_, text)| text.split_once("\n")).unwrap().1.to_owned();
        prop_assert_eq!(behind_version(&[head, kept, rest].concat()), behind_version(&playlist.render()));
    }

    #[test]
    fn a_playlist_cut_or_bent_anywhere_does_not_panic(playlist in media_playlist(), at: prop::sample::Index, byte: u8) {
        let mut bytes = playlist.render().into_bytes();
        let at = at.index(bytes.len());
        crate::fuzz::hls_media(&bytes[..at]);
        bytes[at] = byte;
        crate::fuzz::hls_media(&bytes);
        crate::fuzz::hls_multivariant(&bytes);
    }

    #[test]
    fn no_text_injects_a_line(text in "\\PC{0,20}|[\"\n\r,#=]{0,20}") {
        let segment = Segment { uri: format!("a{text}"), title: Some(text.clone()), map: Some(Map::new(text)), ..Segment::default() };
        let rendered = MediaPlaylist { segments: vec![segment], ..MediaPlaylist::default() }.render();
        prop_assert_eq!(MediaPlaylist::parse(&rendered).map(|p| p.segments.len()), Ok(1));
    }
}
