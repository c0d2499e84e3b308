//! Answers that are wrong, and what each player makes of them: a model that cannot fail shows nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use springhead::core::{MonoTime, Now};
use springhead::packager::PackagerConfig;
use springhead_testkit::player::{Answer, Asked, Fault, Flavour, Phase, Reaction, Resource, State};

use super::assert_content;
use crate::studio::{Evening, Studio, Tampered, pictures};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// When answers go wrong: fifteen seconds after the broadcast began, which the virtual clock's first second precedes. No
/// delta update is asked for by then.
const WRONG: MonoTime = MonoTime(16_000_000_000);

/// A player who comes after ten seconds and watches for twenty, with answers that a test changes.
fn before(flavour: Flavour, tamper: impl FnMut(&Asked<'_>, Answer, Now) -> Answer) -> State {
    before_for(flavour, seconds(20), tamper)
}

fn before_for(flavour: Flavour, span: Duration, tamper: impl FnMut(&Asked<'_>, Answer, Now) -> Answer) -> State {
    let sent = seconds(10) + span;
    let studio = |clock: &_| Tampered(Studio::new(PackagerConfig::default(), clock).sends(pictures(), sent), tamper);
    let mut evening = Evening::after(seconds(10), studio);
    let player = evening.admit(flavour);
    evening.watch(span);
    evening.state(player)
}

/// The same with manifests whose text is changed from [`WRONG`] on.
fn with_text(flavour: Flavour, mut edit: impl FnMut(String) -> String) -> State {
    before(flavour, |asked, answer, now| match answer {
        Answer::Whole(200, body) if is_manifest(asked) && now.mono >= WRONG => {
            Answer::Whole(200, edit(text(&body)).into())
        }
        answer => answer,
    })
}

/// The same with manifests whose text is changed from the start.
fn with_text_always(flavour: Flavour, mut edit: impl FnMut(String) -> String) -> State {
    before(flavour, |asked, answer, _| match answer {
        Answer::Whole(200, body) if is_manifest(asked) => Answer::Whole(200, edit(text(&body)).into()),
        answer => answer,
    })
}

fn text(body: &Bytes) -> String {
    String::from_utf8(body.to_vec()).expect("manifests are UTF-8")
}

fn is_manifest(asked: &Asked<'_>) -> bool {
    asked.path.contains(".m3u8") || asked.path.contains(".mpd")
}

fn is_media(asked: &Asked<'_>) -> bool {
    asked.path.contains(".m4s")
}

fn blocks(asked: &Asked<'_>) -> bool {
    asked.path.contains("_HLS_msn=")
}

/// `text` with every value of an attribute, or of what stands before the next comma or line end, replaced.
fn with_value(text: &str, name: &str, value: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(name) {
        out += before;
        out += name;
        out += value;
        rest = &after[after.find([',', '\n']).unwrap_or(after.len())..];
    }
    out + rest
}

/// Leaves out the lines that begin with a tag.
fn without_lines(text: &str, tags: &[&str]) -> String {
    let kept = text.lines().filter(|line| !tags.iter().any(|tag| line.starts_with(tag)));
    kept.map(|line| format!("{line}\n")).collect()
}

fn code(state: &State) -> Option<&'static str> {
    state.fatal().map(|error| error.code)
}

/// Answers blocking reloads with the playlist as it was at [`WRONG`].
fn unchanged() -> impl FnMut(&Asked<'_>, Answer, Now) -> Answer {
    let mut last: BTreeMap<String, Answer> = BTreeMap::new();
    move |asked, answer, now| {
        let Some((path, _)) = asked.path.split_once("/index.m3u8") else { return answer };
        match last.get(path) {
            Some(old) if now.mono >= WRONG => old.clone(),
            _ => {
                if matches!(&answer, Answer::Whole(200, body) if !text(body).contains("EXT-X-SKIP")) {
                    last.insert(path.to_owned(), answer.clone());
                }
                answer
            }
        }
    }
}

#[test]
fn a_blocked_reload_that_is_answered_unchanged_is_a_miss_to_hls_js_which_then_polls_at_half_the_target_duration() {
    let state = before(Flavour::hls_js(), unchanged());
    assert!(state.errors.iter().any(|error| error.fault == Fault::Unanswered), "{:?}", state.errors);
    assert_eq!(state.fatal(), None);
    let pictures: Vec<_> =
        state.requests.iter().filter(|r| r.path.contains("/v1/index.m3u8") && r.at > WRONG + seconds(4)).collect();
    assert!(pictures.iter().all(|request| !request.path.contains("_HLS_msn")), "{pictures:?}");
    let pauses = pictures.windows(2).map(|pair| pair[1].at.saturating_since(pair[0].at).as_millis());
    assert!(
        pauses.clone().count() > 3 && pauses.clone().all(|pause| pause == 2020),
        "{:?}",
        pauses.collect::<Vec<_>>()
    );
    assert_eq!(state.phase, Phase::Stalled);
}

#[test]
fn a_blocked_reload_that_is_answered_unchanged_stops_av_player() {
    assert_eq!(code(&before(Flavour::av_player(), unchanged())), Some("-15410"));
}

#[test]
fn a_blocked_reload_without_a_first_byte_is_tried_three_times_for_ten_seconds_each_by_hls_js() {
    let state = before_for(Flavour::hls_js(), seconds(45), |asked, answer, now| {
        if blocks(asked) && now.mono >= WRONG { Answer::Wait(MonoTime(u64::MAX)) } else { answer }
    });
    let errors: Vec<_> = state.errors.iter().filter(|error| error.code == "levelLoadTimeOut").collect();
    let last = state.fatal().expect("it gives up");
    assert!(errors.len() >= 3 && last.code == "levelLoadTimeOut", "{errors:?}");
    let between = last.at.saturating_since(errors[0].at);
    assert_eq!(between.as_millis(), 22_000, "two pauses of a second and two waits of ten");
}

#[test]
fn a_tag_that_stands_twice_stops_hls_js() {
    for tag in ["#EXT-X-TARGETDURATION:4\n", "#EXT-X-VERSION:9\n"] {
        let state = with_text(Flavour::hls_js(), |text| text.replace(tag, &tag.repeat(2)));
        assert_eq!(code(&state), Some("levelParsingError"), "{tag}");
    }
}

/// The first part of the pictures that is asked for from [`WRONG`] on is empty.
fn hole() -> impl FnMut(&Asked<'_>, Answer, Now) -> Answer {
    let mut missing = None;
    move |asked, answer, now| {
        let picked = now.mono >= WRONG && asked.path.contains("/v1/") && is_media(asked);
        if picked && missing.is_none() && matches!(answer, Answer::Whole(200, _)) {
            missing = Some(asked.path.to_owned());
        }
        if missing.as_deref() == Some(asked.path) { Answer::Whole(200, Bytes::new()) } else { answer }
    }
}

#[test]
fn hls_js_stands_before_a_hole_and_shaka_steps_over_it() {
    let state = before(Flavour::hls_js(), hole());
    assert_eq!((state.phase, state.jumps, code(&state)), (Phase::Stalled, 0, None));
    assert!(state.errors.iter().any(|error| matches!(error.fault, Fault::Hole { .. })), "{:?}", state.errors);
    let state = before(Flavour::shaka_hls(), hole());
    assert_eq!((state.phase, state.jumps), (Phase::Playing, 1), "{:?}", state.stalls);
}

#[test]
fn without_part_hold_back_shaka_stops_and_hls_js_goes_by_hold_back() {
    let without = |text: String| with_value(&text, "PART-HOLD-BACK=", "").replace(",PART-HOLD-BACK=", "");
    let state = with_text_always(Flavour::shaka_hls(), without);
    assert_eq!(code(&state), Some("4023 HLS_REQUIRED_ATTRIBUTE_MISSING"));
    let state = with_text_always(Flavour::hls_js(), without);
    assert_content(&state);
    // Three target durations, or as much of them as there was.
    assert!(state.latency.is_some_and(|latency| latency > seconds(9)), "{:?}", state.latency);
}

/// The number of the first part of the pictures that is loaded.
fn first_part(state: &State) -> u64 {
    let part = |path: &str| path.strip_prefix("/live/cam/v1/part-0-")?.strip_suffix(".m4s")?.parse().ok();
    state.requests.iter().find_map(|request| part(&request.path)).expect("it loads a part")
}

#[test]
fn shaka_begins_at_the_first_part_of_a_segment_whatever_its_mark_and_hls_js_at_a_part_that_is_marked() {
    // Four parts are a segment; every other one keeps its mark.
    let half_marked = |text: String| {
        let lines = text.lines().map(|line| {
            let number = line.split_once("part-0-").and_then(|(_, rest)| rest.split_once('.')?.0.parse::<u64>().ok());
            let kept = number.is_none_or(|number| number % 8 == 4);
            if kept { format!("{line}\n") } else { line.replace(",INDEPENDENT=YES", "") + "\n" }
        });
        lines.collect()
    };
    assert_eq!(first_part(&with_text_always(Flavour::shaka_hls(), half_marked)), 16);
    assert_eq!(first_part(&with_text_always(Flavour::hls_js(), |text| text)), 16);
    assert_eq!(first_part(&with_text_always(Flavour::hls_js(), half_marked)), 12);
}

#[test]
fn only_those_who_do_so_load_what_is_hinted_at_and_a_hint_without_an_end_is_asked_for_up_to_2_to_the_53rd() {
    let hinted =
        |state: &State| state.requests.iter().filter(|r| r.resource == Resource::Hint).cloned().collect::<Vec<_>>();
    let open = |text: String| {
        let lines = text.lines().map(|line| match line.starts_with("#EXT-X-PRELOAD-HINT") {
            true => format!("{line},BYTERANGE-START=0\n"),
            false => format!("{line}\n"),
        });
        lines.collect()
    };
    for flavour in [Flavour::shaka_hls(), Flavour::av_player()] {
        let state = with_text_always(flavour, open);
        assert_content(&state);
        let hinted = hinted(&state);
        assert!(hinted.len() > 50 && hinted.iter().all(|r| r.range == Some((0, 9_007_199_254_740_991))), "{hinted:?}");
    }
    assert_eq!(hinted(&with_text_always(Flavour::hls_js(), open)), []);
}

#[test]
fn a_hint_that_does_not_come_true_is_no_error() {
    for flavour in [Flavour::shaka_hls(), Flavour::av_player()] {
        let state = before(flavour, |asked, answer, _| match answer {
            Answer::Wait(_) if is_media(asked) => Answer::Whole(404, Bytes::new()),
            answer => answer,
        });
        assert_content(&state);
    }
}

#[test]
fn av_player_reports_each_broken_promise_by_its_number_and_stops() {
    type Edit = fn(String) -> String;
    let cases: [(&str, &str, Edit); 8] = [
        ("a part above PART-TARGET", "-12642", |text| with_value(&text, "#EXT-X-PART:DURATION=", "0.513000")),
        ("another PART-TARGET", "-12642", |text| with_value(&text, "PART-TARGET=", "0.600000")),
        ("another PART-HOLD-BACK", "-12642", |text| with_value(&text, "PART-HOLD-BACK=", "2.000000")),
        ("another TARGETDURATION", "-12642", |text| with_value(&text, "#EXT-X-TARGETDURATION:", "5")),
        ("a segment above TARGETDURATION", "-12642", |text| with_value(&text, "#EXTINF:", "4.600000")),
        ("no PART-HOLD-BACK", "-12642", |text| {
            with_value(&text, ",PART-HOLD-BACK=", "").replace(",PART-HOLD-BACK=", "")
        }),
        ("a lower MEDIA-SEQUENCE", "-12642", |text| text.replace("#EXT-X-MEDIA-SEQUENCE:", "#EXT-X-MEDIA-SEQUENCE:-")),
        ("a segment of no time", "-16240", |text| with_value(&text, "#EXTINF:", "0.000000")),
    ];
    for (what, number, edit) in cases {
        let state = with_text(Flavour::av_player(), edit);
        assert_eq!((code(&state), state.phase), (Some(number), Phase::Stopped), "{what}: {:?}", state.errors);
        let last = state.errors.last().expect("there is one").at;
        assert!(state.requests.iter().all(|request| request.at <= last), "{what}: it asks for nothing more");
    }
}

#[test]
fn av_player_reports_each_failing_request_by_its_number_and_stops() {
    let failing = |status: u16, of: fn(&Asked<'_>) -> bool| {
        before(Flavour::av_player(), move |asked, answer, now| {
            if of(asked) && now.mono >= WRONG { Answer::Whole(status, Bytes::new()) } else { answer }
        })
    };
    assert_eq!(code(&failing(403, is_media)), Some("-12660"));
    assert_eq!(code(&failing(503, blocks)), Some("-16849"));
    assert_eq!(code(&failing(404, blocks)), Some("-12938"));
    assert_eq!(code(&failing(500, blocks)), Some("-15416"));
    let silent = |of: fn(&Asked<'_>) -> bool| {
        before(Flavour::av_player(), move |asked, answer, now| {
            if of(asked) && now.mono >= WRONG { Answer::Wait(MonoTime(u64::MAX)) } else { answer }
        })
    };
    assert_eq!(code(&silent(blocks)), Some("-15416"));
    // What is only hinted at may take its time; a listed segment may not.
    let never = before(Flavour { loads_hints: false, ..Flavour::av_player() }, |asked, answer, now| {
        if is_media(asked) && now.mono >= WRONG { Answer::Wait(MonoTime(u64::MAX)) } else { answer }
    });
    assert_eq!(code(&never), Some("-12889"));
    let lost = before(
        Flavour::av_player(),
        |asked, answer, now| {
            if blocks(asked) && now.mono >= WRONG { Answer::Lost } else { answer }
        },
    );
    assert_eq!(code(&lost), Some("-15416"));
}

/// A playlist of plain segments: no part, and no blocking reload.
fn plain(text: String) -> String {
    without_lines(&text, &["#EXT-X-PART", "#EXT-X-PRELOAD-HINT"]).replace("CAN-BLOCK-RELOAD=YES,", "")
}

#[test]
fn without_blocking_reload_av_player_falls_back_to_plain_hls_without_a_word() {
    let state = with_text_always(Flavour::av_player(), plain);
    assert_content(&state);
    assert!(!state.low_latency);
    // Three target durations, or as much of them as there was.
    assert!(state.latency.is_some_and(|latency| latency > seconds(9)), "{:?}", state.latency);
}

#[test]
fn a_playlist_that_does_not_change_for_two_target_durations_stops_av_player() {
    let mut stale = unchanged();
    let state = before(Flavour::av_player(), |asked, answer, now| match stale(asked, answer, now) {
        Answer::Whole(200, body) if is_manifest(asked) => Answer::Whole(200, plain(text(&body)).into()),
        answer => answer,
    });
    assert_eq!(code(&state), Some("-12888"));
}

#[test]
fn media_that_is_refused_stops_every_player_after_as_many_tries_as_it_has() {
    let refused = |flavour| {
        let mut picked = None;
        let state = before(flavour, |asked, answer, now| {
            let answered = matches!(answer, Answer::Whole(200, _) | Answer::Growing(..)) && asked.given == 0;
            if now.mono >= WRONG && is_media(asked) && answered && picked.is_none() {
                picked = Some(asked.path.to_owned());
            }
            if picked.as_deref() == Some(asked.path) { Answer::Whole(404, Bytes::new()) } else { answer }
        });
        let path = picked.expect("it asks for media");
        (code(&state), state.requests.iter().filter(|r| r.path == path && r.resource == Resource::Media).count())
    };
    assert_eq!(refused(Flavour::hls_js()), (Some("fragLoadError"), 1));
    assert_eq!(refused(Flavour::shaka_dash()), (Some("1001 BAD_HTTP_STATUS"), 2));
    assert_eq!(refused(Flavour::dash_js()), (Some("27 DOWNLOAD_ERROR_ID_CONTENT"), 16));
    assert_eq!(refused(Flavour::av_player()), (Some("-12938"), 1));
}

/// Answers with the first version of each playlist from [`WRONG`] on, as a server does that was put back.
fn put_back() -> impl FnMut(&Asked<'_>, Answer, Now) -> Answer {
    let mut first: BTreeMap<String, Answer> = BTreeMap::new();
    move |asked, answer, now| {
        let Some((path, _)) = asked.path.split_once("/index.m3u8") else { return answer };
        match &answer {
            Answer::Whole(200, _) => {
                let first = first.entry(path.to_owned()).or_insert(answer.clone());
                if now.mono >= WRONG { first.clone() } else { answer }
            }
            _ => answer,
        }
    }
}

#[test]
fn sequence_numbers_that_go_back_are_reported_by_hls_js_and_stop_av_player() {
    let state = before(Flavour::hls_js(), put_back());
    let back = state.errors.iter().find(|error| error.fault == Fault::SequenceWentBack);
    assert_eq!(back.map(|error| error.code), Some("levelParsingError"));
    assert_eq!(state.phase, Phase::Stalled);
    assert_eq!(code(&before(Flavour::av_player(), put_back())), Some("-12642"));
}

#[test]
fn a_delta_update_that_does_not_apply_makes_players_ask_for_whole_playlists_from_then_on() {
    // What is older than six target durations is skipped, so there is something to skip after half a minute.
    let useless = |asked: &Asked<'_>, answer, _| match answer {
        Answer::Whole(200, body) if is_manifest(asked) => {
            Answer::Whole(200, with_value(&text(&body), "SKIPPED-SEGMENTS=", "900").into())
        }
        answer => answer,
    };
    for flavour in [Flavour::hls_js(), Flavour::shaka_hls()] {
        let state = before_for(flavour, seconds(30), useless);
        let useless: Vec<_> = state.errors.iter().map(|error| (&error.fault, error.reaction)).collect();
        assert_eq!(useless, [(&Fault::UselessDelta, Reaction::Retries); 2], "{}: pictures and sound", state.name);
        let last = state.errors[1].at;
        assert!(state.requests.iter().all(|request| request.at <= last || !request.path.contains("_HLS_skip")));
        assert_eq!((state.phase, state.stalls.len()), (Phase::Playing, 0), "{}", state.name);
    }
    assert_eq!(code(&before_for(Flavour::av_player(), seconds(30), useless)), Some("-12642"));
}

#[test]
fn manifests_that_fail_for_five_seconds_stop_all_but_shaka() {
    for flavour in Flavour::ALL {
        let state = before(flavour, |asked, answer, now| {
            let fails = (WRONG..WRONG + seconds(5)).contains(&now.mono) && is_manifest(asked);
            if fails { Answer::Whole(500, Bytes::new()) } else { answer }
        });
        let expected = match flavour.name {
            "hls.js" => Some("levelLoadError"),
            "AVPlayer" => Some("-15416"),
            "dash.js" => Some("25 DOWNLOAD_ERROR_ID_MANIFEST"),
            _ => None,
        };
        assert_eq!(code(&state), expected, "{} {:?}", state.name, state.errors);
        if expected.is_none() {
            assert!(!state.errors.is_empty() && state.phase == Phase::Playing, "{} {:?}", state.name, state.errors);
        }
    }
}

#[test]
fn each_dash_player_goes_by_its_own_sign_of_low_latency() {
    let complete = |text: String| text.replace(" availabilityTimeComplete=\"false\"", "");
    let state = with_text_always(Flavour::dash_js(), complete);
    assert!(
        !state.low_latency && state.latency.is_some_and(|latency| latency > Duration::from_millis(1100)),
        "{:?}",
        state.latency
    );
    assert!(with_text_always(Flavour::shaka_dash(), complete).low_latency);
    let no_offset = |text: String| text.replace(" availabilityTimeOffset=", " x=");
    assert!(!with_text_always(Flavour::shaka_dash(), no_offset).low_latency);
}

#[test]
fn dash_players_run_dry_before_an_mpd_that_is_never_new() {
    for flavour in [Flavour::dash_js(), Flavour::shaka_dash()] {
        let mut old = None;
        let state = before(flavour, |asked, answer, now| match asked.path.contains(".mpd") {
            true if now.mono >= WRONG => old.clone().unwrap_or(answer),
            true => old.insert(answer).clone(),
            false => answer,
        });
        assert_eq!((state.phase, state.fatal()), (Phase::Stalled, None));
    }
}

#[test]
fn a_period_that_moves_is_noticed() {
    for flavour in [Flavour::dash_js(), Flavour::shaka_dash()] {
        // Times count from 1969: this is three years later.
        let state = with_text(flavour, |text| text.replace("start=\"PT18", "start=\"PT19"));
        let moved = state.errors.iter().find(|error| error.fault == Fault::PeriodMoved);
        assert_eq!(moved.map(|error| error.reaction), Some(Reaction::PlaysOn), "{:?}", state.errors);
    }
}

#[test]
fn dash_players_go_by_the_servers_clock() {
    let early = |flavour, by: Duration| {
        before(flavour, move |asked, answer, now| match asked.path {
            "/time" => Answer::Whole(200, (now.wall + by).to_string().into()),
            _ => answer,
        })
    };
    for flavour in [Flavour::dash_js(), Flavour::shaka_dash()] {
        assert_content(&early(flavour, Duration::ZERO));
        let state = early(flavour, seconds(30));
        assert!(state.phase != Phase::Playing || !state.stalls.is_empty(), "{state:?}");
    }
}

#[test]
fn media_that_is_no_media_and_manifests_that_are_none_stop_every_player() {
    for flavour in Flavour::ALL {
        let state = before(flavour, |asked, answer, now| match answer {
            Answer::Whole(200, _) | Answer::Growing(..) if is_media(asked) && now.mono >= WRONG => {
                Answer::Whole(200, Bytes::from_static(b"\0\0\0\x10moof\0\0\0\x08traf\0\0\0\x08mdat"))
            }
            answer => answer,
        });
        assert!(
            matches!(state.fatal().map(|error| &error.fault), Some(Fault::Media(_))),
            "{} {:?}",
            state.name,
            state.errors
        );
        let state = with_text(flavour, |_| "<html>busy</html>".to_owned());
        assert!(matches!(state.fatal().map(|error| &error.fault), Some(Fault::Syntax { .. })), "{}", state.name);
    }
}
