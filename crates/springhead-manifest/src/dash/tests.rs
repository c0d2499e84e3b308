//! The MPD as a whole: what is refused, what goes round, what the schema says.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use springhead_core::{FrameRate, WallTime};

use super::arbitrary::mpd;
use super::*;
use crate::{Seconds, golden};

const HEAD: &str = "<MPD profiles='urn:a:b' minBufferTime='PT1S'";

fn refused(text: &str) -> DashErrorKind {
    Mpd::parse(text).expect_err(text).kind
}

#[test]
fn what_is_no_mpd_is_refused() {
    use DashErrorKind::*;
    for text in ["", "   ", "MPD", "<!-- MPD -->", "<Period/>", "<mpd/>", "<?xml version='1.0'?>"] {
        assert_eq!(refused(text), NotAnMpd, "{text:?}");
    }
    for text in [
        "<MPD",
        "<MPD>",
        "<MPD></Period>",
        "<MPD><Period></MPD>",
        "<MPD/><MPD/>",
        "<MPD a='1' a='2'/>",
        "<MPD a=1/>",
        "<MPD a='&bomb;'/>",
        "<MPD>&bomb;</MPD>",
        "<MPD a='&#xD800;'/>",
        "<MPD a='&#1;'/>",
        "<MPD>&#xFFFE;</MPD>",
        "<MPD>\u{0}</MPD>",
        "<!-- \u{c} --><MPD/>",
        "<MPD><\u{0}Period/></MPD>",
        "<MPD><#Period/></MPD>",
        "<MPD><1:x/></MPD>",
        "<p:MPD><p:/></p:MPD>",
        "<p:MPD><p:1/></p:MPD>",
        "<MPD><p:q:r/></MPD>",
        "<MPD 1='a'/>",
    ] {
        assert!(matches!(refused(text), Xml(_)), "{text:?}: {:?}", refused(text));
    }
    assert_eq!(refused(&" ".repeat(MAX_MPD_BYTES + 1)), TooLong);
}

#[test]
fn entities_are_neither_declared_nor_expanded() {
    let bomb =
        "<?xml version=\"1.0\"?><!DOCTYPE MPD [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><MPD>&b;</MPD>";
    assert_eq!(refused(bomb), DashErrorKind::DocType);
}

#[test]
fn depth_width_and_number_are_bounded() {
    let deep = "<MPD>".repeat(MAX_DEPTH + 1);
    assert_eq!(refused(&deep), DashErrorKind::TooDeep);
    let foreign = format!("<MPD>{}", "<x:y>".repeat(MAX_DEPTH));
    assert_eq!(refused(&foreign), DashErrorKind::TooDeep);
    let many = format!("{HEAD}>{}</MPD>", "<Period/>".repeat(MAX_ELEMENTS));
    assert_eq!(refused(&many), DashErrorKind::TooMany);
    let attributes: String = (0..65).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(refused(&format!("<MPD{attributes}/>")), DashErrorKind::TooMany);
}

#[test]
fn a_missing_or_unreadable_value_is_named_with_its_element() {
    use DashErrorKind::*;
    let body = |body: &str| format!("{HEAD}><Period>{body}</Period></MPD>");
    let bad = |element, attribute| BadAttribute { element, attribute };
    for (text, kind) in [
        (format!("{HEAD}/>"), MissingElement { parent: "MPD", element: "Period" }),
        (
            "<MPD minBufferTime='PT1S'><Period/></MPD>".into(),
            MissingAttribute { element: "MPD", attribute: "profiles" },
        ),
        (
            "<MPD profiles='urn:a:b'><Period/></MPD>".into(),
            MissingAttribute { element: "MPD", attribute: "minBufferTime" },
        ),
        (format!("{HEAD} type='live'><Period/></MPD>"), bad("MPD", "type")),
        (format!("{HEAD} minimumUpdatePeriod='P1M'><Period/></MPD>"), bad("MPD", "minimumUpdatePeriod")),
        (format!("{HEAD} publishTime='now'><Period/></MPD>"), bad("MPD", "publishTime")),
        (body("<AdaptationSet id='4294967296'/>"), bad("AdaptationSet", "id")),
        (body("<AdaptationSet contentType='sound'/>"), bad("AdaptationSet", "contentType")),
        (body("<AdaptationSet frameRate='30/0'/>"), bad("AdaptationSet", "frameRate")),
        (body("<AdaptationSet startWithSAP='7'/>"), bad("AdaptationSet", "startWithSAP")),
        (
            body("<AdaptationSet><Role/></AdaptationSet>"),
            MissingAttribute { element: "Role", attribute: "schemeIdUri" },
        ),
        (
            body("<AdaptationSet><Representation id='a'/></AdaptationSet>"),
            MissingAttribute { element: "Representation", attribute: "bandwidth" },
        ),
        (body("<AdaptationSet><SegmentTemplate timescale='0'/></AdaptationSet>"), bad("SegmentTemplate", "timescale")),
        (
            body("<AdaptationSet><SegmentTemplate/><SegmentTemplate/></AdaptationSet>"),
            DuplicateElement { parent: "AdaptationSet", element: "SegmentTemplate" },
        ),
        (
            body(
                "<AdaptationSet><SegmentTemplate><SegmentTimeline><S d='-1'/></SegmentTimeline></SegmentTemplate></AdaptationSet>",
            ),
            bad("S", "d"),
        ),
    ] {
        assert_eq!(refused(&text), kind, "{text}");
    }
    let text = body("<AdaptationSet id='x'/>");
    assert_eq!(Mpd::parse(&text).unwrap_err().position, text.find("<Adap").unwrap() as u64);
}

#[test]
fn other_vocabularies_are_passed_over_with_their_content() {
    let text = "<m:MPD xmlns:m='urn:mpeg:dash:schema:mpd:2011' xmlns:c='urn:x' profiles='urn:a:b, urn:c:d' minBufferTime='PT1S' c:id='7'>\
        <c:Period/><c:wrap><m:Period id='hidden'/></c:wrap><Period id='none'/><m:Period id='one'><m:New/></m:Period>\
        <m:Location> a&amp;b&#x26;<![CDATA[<c>]]> </m:Location></m:MPD>";
    let mpd = Mpd::parse(text).unwrap();
    assert_eq!(mpd.profiles, ["urn:a:b", "urn:c:d"]);
    assert_eq!(mpd.id, None);
    assert_eq!(mpd.periods, [Period { id: Some("one".into()), ..Period::default() }]);
    assert_eq!(mpd.locations, ["a&b&<c>"]);
}

#[test]
fn a_representation_takes_from_its_set_what_it_does_not_state() {
    let set = AdaptationSet {
        segment_template: Some(SegmentTemplate {
            timescale: Some(90_000),
            media: Some("$Number$".into()),
            start_number: Some(7),
            ..SegmentTemplate::default()
        }),
        ..AdaptationSet::default()
    };
    let own = SegmentTemplate { start_number: Some(9), ..SegmentTemplate::default() };
    let representation = Representation { segment_template: Some(own), ..Representation::default() };
    let template = set.template_of(&representation).unwrap();
    assert_eq!(
        (template.timescale(), template.start_number(), template.media.as_deref()),
        (90_000, 9, Some("$Number$"))
    );
    assert_eq!(set.template_of(&Representation::default()), set.segment_template);
    let none = SegmentTemplate::default();
    assert_eq!((none.timescale(), none.start_number(), none.presentation_time_offset()), (1, 1, 0));
}

fn at(millis: i64) -> WallTime {
    WallTime((1_790_000_000_000 + millis) * 1_000_000)
}

/// A live low-latency presentation of one picture and one sound.
pub(super) fn low_latency() -> Mpd {
    let clock = Descriptor::new("urn:mpeg:dash:utc:http-iso:2014", "/time");
    let template = |timescale, segments: &[(u64, u64)]| SegmentTemplate {
        timescale: Some(timescale),
        presentation_time_offset: Some(0),
        start_number: Some(41),
        initialization: Some("$RepresentationID$/init.mp4".into()),
        media: Some("$RepresentationID$/$Time$.m4s".into()),
        availability_time_offset: Some(Seconds::from_millis(1500)),
        availability_time_complete: Some(false),
        timeline: Some(SegmentTimeline::from_segments(segments.iter().copied())),
        ..SegmentTemplate::default()
    };
    let time = |id, presentation_time| ProducerReferenceTime {
        id,
        inband: true,
        wall_clock_time: at(80_000),
        presentation_time,
        utc_timing: Some(clock.clone()),
        ..ProducerReferenceTime::default()
    };
    let resync = Resync { type_: 2, d_t: Some(45_000), marker: true, ..Resync::default() };
    let video = AdaptationSet {
        id: Some(1),
        content_type: Some(ContentType::Video),
        par: Some(Ratio(16, 9)),
        segment_alignment: true,
        base: RepresentationBase {
            mime_type: Some("video/mp4".into()),
            start_with_sap: Some(1),
            producer_reference_times: vec![time(0, 7_200_000)],
            ..RepresentationBase::default()
        },
        roles: vec![Descriptor::role("main")],
        representations: vec![Representation {
            id: "v".into(),
            bandwidth: 4_000_000,
            base: RepresentationBase {
                codecs: Some("avc1.64001f".into()),
                width: Some(1280),
                height: Some(720),
                sar: Some(Ratio(1, 1)),
                frame_rate: Some(FrameRate { num: 30_000, den: 1001 }),
                resyncs: vec![resync],
                ..RepresentationBase::default()
            },
            segment_template: Some(template(
                90_000,
                &[(7_200_000, 180_180), (7_380_180, 180_180), (7_560_360, 90_090)],
            )),
            ..Representation::default()
        }],
        ..AdaptationSet::default()
    };
    let audio = AdaptationSet {
        id: Some(2),
        content_type: Some(ContentType::Audio),
        lang: Some("en".into()),
        segment_alignment: true,
        base: RepresentationBase {
            mime_type: Some("audio/mp4".into()),
            start_with_sap: Some(1),
            audio_channel_configurations: vec![Descriptor::new(
                "urn:mpeg:dash:23003:3:audio_channel_configuration:2011",
                "2",
            )],
            producer_reference_times: vec![time(1, 3_840_000)],
            ..RepresentationBase::default()
        },
        roles: vec![Descriptor::role("main")],
        representations: vec![Representation {
            id: "a".into(),
            bandwidth: 128_000,
            base: RepresentationBase {
                codecs: Some("mp4a.40.2".into()),
                audio_sampling_rate: Some(48_000),
                ..RepresentationBase::default()
            },
            segment_template: Some(template(48_000, &[(3_840_000, 96_256), (3_936_256, 95_232)])),
            ..Representation::default()
        }],
        ..AdaptationSet::default()
    };
    Mpd {
        id: Some("live/cam".into()),
        profiles: vec![
            "urn:mpeg:dash:profile:isoff-live:2011".into(),
            "http://www.dashif.org/guidelines/low-latency-live-v5".into(),
        ],
        type_: PresentationType::Dynamic,
        availability_start_time: Some(at(0)),
        publish_time: Some(at(85_000)),
        minimum_update_period: Some(Span::from_secs(2)),
        min_buffer_time: Span::from_secs(1),
        time_shift_buffer_depth: Some(Span::from_secs(60)),
        suggested_presentation_delay: Some(Span::from_secs(6)),
        max_segment_duration: Some(Span::from_millis(2_002)),
        service_descriptions: vec![ServiceDescription {
            id: Some(0),
            latency: Some(Latency { reference_id: Some(0), target: Some(2000), min: Some(1000), max: Some(6000) }),
            playback_rate: Some(PlaybackRate { min: Some(Permille(960)), max: Some(Permille(1040)) }),
            ..ServiceDescription::default()
        }],
        periods: vec![Period {
            id: Some("0".into()),
            start: Some(Span::ZERO),
            adaptation_sets: vec![video, audio],
            ..Period::default()
        }],
        utc_timings: vec![clock],
        leap_second_information: Some(LeapSecondInformation {
            availability_start_leap_offset: 27,
            next_availability_start_leap_offset: None,
            next_leap_change_time: None,
        }),
        ..Mpd::default()
    }
}

/// The same presentation after its end.
fn on_demand() -> Mpd {
    let mut mpd = Mpd {
        type_: PresentationType::Static,
        availability_start_time: None,
        publish_time: None,
        minimum_update_period: None,
        time_shift_buffer_depth: None,
        suggested_presentation_delay: None,
        media_presentation_duration: Some(Span::from_micros(85_005_000)),
        program_information: vec![ProgramInformation {
            lang: Some("en".into()),
            title: Some("Tom & Jerry <live>".into()),
            ..ProgramInformation::default()
        }],
        base_urls: vec![BaseUrl::new("cam/")],
        service_descriptions: Vec::new(),
        utc_timings: Vec::new(),
        leap_second_information: None,
        ..low_latency()
    };
    for set in &mut mpd.periods[0].adaptation_sets {
        set.base.producer_reference_times.clear();
        let template = set.representations[0].segment_template.as_mut().unwrap();
        template.availability_time_offset = None;
        template.availability_time_complete = None;
    }
    mpd
}

#[test]
fn a_low_latency_mpd_prints_as_the_golden_file() {
    golden::check("low-latency.mpd", &low_latency().render());
    assert_eq!(Mpd::parse(&low_latency().render()), Ok(low_latency()));
}

#[test]
fn a_static_mpd_prints_as_the_golden_file() {
    golden::check("static.mpd", &on_demand().render());
    assert_eq!(Mpd::parse(&on_demand().render()), Ok(on_demand()));
}

#[test]
fn every_mpd_is_valid_by_the_schema() {
    let mut runner = TestRunner::deterministic();
    let arbitrary = (0..100).map(|_| mpd().new_tree(&mut runner).unwrap().current());
    schema::check("DASH-MPD.xsd", [low_latency(), on_demand()].into_iter().chain(arbitrary).map(|mpd| mpd.render()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_mpd_goes_round(mpd in mpd()) {
        let text = mpd.render();
        prop_assert_eq!(Mpd::parse(&text), Ok(mpd), "{}", text);
    }

    #[test]
    fn all_that_xml_can_say_goes_round(text in "[!-\u{2ff}]([\t\n\r -\u{d7ff}\u{e000}-\u{fffd}]{0,8}[!-\u{2ff}])?") {
        let mpd = Mpd {
            profiles: vec!["urn:a:b".into()],
            id: Some(format!("\r\n\t {text} ")),
            locations: vec![text],
            periods: vec![Period::default()],
            ..Mpd::default()
        };
        let written = mpd.render();
        prop_assert_eq!(Mpd::parse(&written), Ok(mpd), "{}", written);
    }

    #[test]
    fn an_mpd_cut_or_bent_anywhere_does_not_panic(mpd in mpd(), at: prop::sample::Index, byte: u8) {
        let mut bytes = mpd.render().into_bytes();
        let at = at.index(bytes.len());
        crate::fuzz::mpd(&bytes[..at]);
        bytes[at] = byte;
        crate::fuzz::mpd(&bytes);
    }

    #[test]
    fn no_text_injects_an_element(text in "\\PC{0,20}|[\"'<>&/\n\r\t\u{0}= ]{0,20}") {
        let mpd = Mpd {
            profiles: vec!["urn:a:b".into()],
            id: Some(text.clone()),
            locations: vec![text],
            periods: vec![Period::default()],
            ..Mpd::default()
        };
        let read = Mpd::parse(&mpd.render()).map(|mpd| (mpd.periods.len(), mpd.locations.len()));
        prop_assert_eq!(read, Ok((1, 1)));
    }
}
