//! Arbitrary valid playlists, for properties.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use springhead_core::WallTime;

use super::*;
use crate::{Seconds, SignedSeconds};

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 ,=#/._é-]{1,12}"
}

fn uri() -> impl Strategy<Value = String> {
    "[a-z0-9][a-zA-Z0-9/._?=&,-]{0,12}"
}

fn seconds() -> impl Strategy<Value = Seconds> {
    (1u64..20_000_000).prop_map(Seconds::from_micros)
}

fn date() -> impl Strategy<Value = WallTime> {
    (0i64..4_000_000_000_000).prop_map(|millis| WallTime(millis * 1_000_000))
}

fn byterange() -> impl Strategy<Value = ByteRange> {
    (any::<u32>(), of(any::<u32>()))
        .prop_map(|(length, offset)| ByteRange { length: length.into(), offset: offset.map(u64::from) })
}

fn map() -> impl Strategy<Value = Map> {
    let range = (any::<u32>(), any::<u32>()).prop_map(|(n, o)| ByteRange { length: n.into(), offset: Some(o.into()) });
    (uri(), of(range)).prop_map(|(uri, byterange)| Map { uri: uri.into(), byterange })
}

pub(super) fn part() -> impl Strategy<Value = Part> {
    (uri(), seconds(), any::<bool>(), any::<bool>(), of(byterange()))
        .prop_map(|(uri, duration, independent, gap, byterange)| Part { uri, duration, independent, gap, byterange })
}

fn segment() -> impl Strategy<Value = Segment> {
    let tags = (any::<bool>(), of(date()), of(byterange()), prop::bool::weighted(0.1));
    (uri(), seconds(), of(text()), tags, vec(part(), 0..3)).prop_map(|(uri, duration, title, tags, parts)| {
        let (discontinuity, program_date_time, byterange, gap) = tags;
        let (map, bitrate) = (None, None);
        Segment { uri, duration, title, discontinuity, map, program_date_time, byterange, gap, bitrate, parts }
    })
}

fn open() -> impl Strategy<Value = OpenSegment> {
    (any::<bool>(), of(date()), vec(part(), 1..4)).prop_map(|(discontinuity, program_date_time, parts)| OpenSegment {
        discontinuity,
        program_date_time,
        parts,
        ..OpenSegment::default()
    })
}

fn date_range() -> impl Strategy<Value = DateRange> {
    let client = vec(
        (
            "X-[A-Z]{3}",
            prop_oneof![
                text().prop_map(ClientValue::Quoted),
                "0x[0-9A-F]{2,8}|[0-9]{1,3}\\.[0-9]{1,3}".prop_map(ClientValue::Bare),
            ],
        ),
        0..2,
    )
    .prop_filter("an attribute stands once", |list| list.len() < 2 || list[0].0 != list[1].0);
    let splice = of("0x[0-9A-F]{2,20}");
    let dates = (of(date()), of(date()), of(seconds()), of(seconds()));
    (text(), of(text()), dates, vec("PRE|ONCE", 0..2), any::<bool>(), (splice.clone(), splice.clone(), splice), client)
        .prop_map(|(id, class, dates, cue, end_on_next, splices, client_attributes)| DateRange {
            id,
            class,
            start_date: dates.0,
            end_date: dates.1,
            duration: dates.2,
            planned_duration: dates.3,
            cue,
            end_on_next,
            scte35_cmd: splices.0,
            scte35_out: splices.1,
            scte35_in: splices.2,
            client_attributes,
        })
}

fn server_control() -> impl Strategy<Value = ServerControl> {
    (any::<bool>(), of(seconds()), any::<bool>(), of(seconds()), of(seconds()))
        .prop_map(|(can_block_reload, can_skip_until, can_skip_dateranges, hold_back, part_hold_back)| ServerControl {
            can_block_reload,
            can_skip_until,
            can_skip_dateranges,
            hold_back,
            part_hold_back,
        })
        // The empty tag has no attribute list to speak of.
        .prop_filter("says something", |control| *control != ServerControl::default())
}

fn define() -> impl Strategy<Value = Define> {
    prop_oneof![
        ("[a-zA-Z0-9_-]{1,6}", text()).prop_map(|(name, value)| Define::Value { name, value }),
        "[a-zA-Z0-9_-]{1,6}".prop_map(Define::QueryParam),
    ]
}

fn import() -> impl Strategy<Value = Define> {
    "[a-zA-Z0-9_-]{1,6}".prop_map(Define::Import)
}

fn start() -> impl Strategy<Value = Start> {
    (-20_000_000i64..20_000_000, any::<bool>())
        .prop_map(|(micros, precise)| Start { time_offset: SignedSeconds::from_micros(micros), precise })
}

fn hint() -> impl Strategy<Value = PreloadHint> {
    (any::<bool>(), uri(), of(any::<u64>()), of(any::<u64>())).prop_map(|(part, uri, start, length)| PreloadHint {
        hint_type: if part { HintType::Part } else { HintType::Map },
        uri,
        byterange_start: start,
        byterange_length: length,
    })
}

fn report() -> impl Strategy<Value = RenditionReport> {
    (uri(), any::<u64>(), of(any::<u32>())).prop_map(|(uri, last_msn, last_part)| RenditionReport {
        uri,
        last_msn,
        last_part,
    })
}

fn skip() -> impl Strategy<Value = Skip> {
    (any::<u64>(), of(vec(text(), 0..3))).prop_map(|(skipped_segments, recently_removed_dateranges)| Skip {
        skipped_segments,
        recently_removed_dateranges,
    })
}

fn playlist_type() -> impl Strategy<Value = PlaylistType> {
    prop_oneof![Just(PlaylistType::Event), Just(PlaylistType::Vod)]
}

/// A media playlist that may be a delta update. Maps and bit rates begin somewhere and then change now and then.
pub(super) fn media_playlist() -> impl Strategy<Value = MediaPlaylist> {
    let head = (0u64..100, any::<u64>(), of(any::<u64>()), of(playlist_type()), any::<bool>(), any::<bool>());
    let control =
        (of(server_control()), of(seconds()), of(start()), vec(prop_oneof![define(), import()], 0..2), of(skip()));
    let body = (vec(segment(), 0..8), of(open()), vec(date_range(), 0..2));
    let tail = (vec(hint(), 0..3), vec(report(), 0..3), any::<bool>());
    (head, control, body, tail, vec(of((map(), any::<u32>())), 9)).prop_map(|(head, control, body, tail, changes)| {
        let mut playlist = MediaPlaylist {
            target_duration: head.0,
            media_sequence: head.1,
            discontinuity_sequence: head.2,
            playlist_type: head.3,
            independent_segments: head.4,
            i_frames_only: head.5,
            server_control: control.0,
            part_target: control.1,
            start: control.2,
            defines: control.3,
            skip: control.4,
            segments: body.0,
            open: body.1,
            date_ranges: body.2,
            preload_hints: tail.0,
            rendition_reports: tail.1,
            end_list: tail.2,
            version: None,
        };
        apply(&mut playlist, changes);
        playlist.version = Some(playlist.required_version());
        playlist
    })
}

fn apply(playlist: &mut MediaPlaylist, changes: Vec<Option<(Map, u32)>>) {
    let mut current = (None, None);
    let segments = playlist.segments.iter_mut().map(|s| (&mut s.map, &mut s.bitrate));
    let slots = segments.chain(playlist.open.iter_mut().map(|o| (&mut o.map, &mut o.bitrate)));
    for ((map, bitrate), change) in slots.zip(changes) {
        if let Some((map, bitrate)) = change {
            current = (Some(map), Some(u64::from(bitrate)));
        }
        (*map, *bitrate) = current.clone();
    }
}

fn rendition() -> impl Strategy<Value = Rendition> {
    let media_type = prop_oneof![
        Just(MediaType::Audio),
        Just(MediaType::Video),
        Just(MediaType::Subtitles),
        Just(MediaType::ClosedCaptions)
    ];
    let names = (text(), text(), of(uri()), of(text()), of(text()), of(text()));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let sound = (of(text()), of(any::<u64>()), of(any::<u64>()), vec("[a-z.]{1,9}", 0..3), of("[0-9]{1,2}(/JOC)?"));
    (media_type, names, flags, sound).prop_map(|(media_type, names, flags, sound)| Rendition {
        media_type,
        group_id: names.0,
        name: names.1,
        uri: names.2,
        language: names.3,
        assoc_language: names.4,
        stable_rendition_id: names.5,
        default: flags.0,
        autoselect: flags.1,
        forced: flags.2,
        instream_id: sound.0,
        bit_depth: sound.1,
        sample_rate: sound.2,
        characteristics: sound.3,
        channels: sound.4,
    })
}

fn variant() -> impl Strategy<Value = Variant> {
    let range = prop_oneof![Just(VideoRange::Sdr), Just(VideoRange::Hlg), Just(VideoRange::Pq)];
    let captions = prop_oneof![Just(ClosedCaptions::None), text().prop_map(ClosedCaptions::Group)];
    let codecs = vec("[a-z0-9.]{1,9}", 0..3);
    let rates = (any::<u64>(), of(any::<u64>()), of(0u64..240_000), of(any::<(u32, u32)>()));
    let groups = (of(text()), of(text()), of(text()), of(captions));
    let rest = (of("TYPE-[01]|NONE"), of(range), of(text()), of(text()));
    let layout = vec("CH-(STEREO|MONO)(/PROJ-[A-Z]{4})?", 0..2);
    let rest = (rest, of(0u64..100_000), vec("[a-z.]{1,8}:[A-Z]{1,4}(/[A-Z]{1,4})?", 0..3), layout);
    (uri(), rates, codecs.clone(), codecs, groups, rest).prop_map(|(uri, rates, codecs, supplemental, groups, rest)| {
        Variant {
            uri,
            bandwidth: rates.0,
            average_bandwidth: rates.1,
            frame_rate_millis: rates.2,
            resolution: rates.3,
            codecs,
            supplemental_codecs: supplemental,
            audio: groups.0,
            video: groups.1,
            subtitles: groups.2,
            closed_captions: groups.3,
            hdcp_level: rest.0.0,
            video_range: rest.0.1,
            stable_variant_id: rest.0.2,
            pathway_id: rest.0.3,
            score_millis: rest.1,
            allowed_cpc: rest.2,
            req_video_layout: rest.3,
        }
    })
}

fn session_data() -> impl Strategy<Value = SessionDatum> {
    let content = prop_oneof![
        text().prop_map(SessionContent::Value),
        uri().prop_map(SessionContent::Json),
        uri().prop_map(SessionContent::Raw)
    ];
    ("[a-z.]{1,9}", content, of(text())).prop_map(|(data_id, content, language)| SessionDatum {
        data_id,
        content,
        language,
    })
}

fn content_steering() -> impl Strategy<Value = ContentSteering> {
    (uri(), of(text())).prop_map(|(server_uri, pathway_id)| ContentSteering { server_uri, pathway_id })
}

pub(super) fn multivariant_playlist() -> impl Strategy<Value = MultivariantPlaylist> {
    let i_frame = variant().prop_map(|variant| Variant {
        frame_rate_millis: None,
        audio: None,
        subtitles: None,
        closed_captions: None,
        ..variant
    });
    let lists = (vec(define(), 0..2), vec(rendition(), 0..3), vec(variant(), 1..4), vec(i_frame, 0..2));
    let session = (vec(session_data(), 0..2), of(content_steering()));
    (any::<bool>(), of(start()), lists, session).prop_map(|(independent_segments, start, lists, session)| {
        let mut playlist = MultivariantPlaylist {
            version: None,
            independent_segments,
            start,
            defines: lists.0,
            renditions: lists.1,
            variants: lists.2,
            i_frame_variants: lists.3,
            session_data: session.0,
            content_steering: session.1,
        };
        playlist.version = Some(playlist.required_version());
        playlist
    })
}
