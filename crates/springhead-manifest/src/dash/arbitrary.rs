//! Arbitrary MPDs that the schema allows, for properties.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use springhead_core::{FrameRate, WallTime};

use super::*;
use crate::Seconds;

/// What an attribute or an element's content may hold, markup included; no white space at the ends.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9é&<>\"'#]([a-zA-Z0-9 é&<>\"'#]{0,8}[a-z])?"
}

fn uri() -> impl Strategy<Value = String> {
    "(https://[a-z]{1,6}\\.example/)?[a-z0-9]{1,6}(/[a-z0-9]{1,4})?(\\?a=1&b=2)?"
}

fn urn() -> impl Strategy<Value = String> {
    "urn:[a-z]{2,6}:[a-z0-9:]{1,12}"
}

fn span() -> impl Strategy<Value = Span> {
    any::<u32>().prop_map(|micros| Span::from_micros(u64::from(micros) * 1_000))
}

fn seconds() -> impl Strategy<Value = Seconds> {
    any::<u32>().prop_map(|micros| Seconds::from_micros(micros.into()))
}

fn date() -> impl Strategy<Value = WallTime> {
    (0i64..4_000_000_000_000).prop_map(|millis| WallTime(millis * 1_000_000))
}

fn descriptor() -> impl Strategy<Value = Descriptor> {
    (urn(), of(text()), of(text())).prop_map(|(scheme_id_uri, value, id)| Descriptor { scheme_id_uri, value, id })
}

fn descriptors() -> impl Strategy<Value = Vec<Descriptor>> {
    vec(descriptor(), 0..2)
}

fn frame_rate() -> impl Strategy<Value = FrameRate> {
    (1u32..=240_000, prop_oneof![Just(1), Just(1001), 2u32..]).prop_map(|(num, den)| FrameRate { num, den })
}

fn ratio() -> impl Strategy<Value = Ratio> {
    any::<(u32, u32)>().prop_map(|(a, b)| Ratio(a, b))
}

fn timeline() -> impl Strategy<Value = SegmentTimeline> {
    let s = (of(any::<u64>()), any::<u64>(), -1i32..100, of(any::<u64>())).prop_map(|(t, d, r, k)| S { t, d, r, k });
    vec(s, 0..4).prop_map(|s| SegmentTimeline { s: s.into() })
}

fn template() -> impl Strategy<Value = SegmentTemplate> {
    let numbers = (of(1u32..), of(any::<u64>()), of(any::<u32>()), of(any::<u32>()), of(any::<u32>()));
    let names = (of(Just("init-$RepresentationID$.mp4")), of(Just("$RepresentationID$/$Number%05d$.m4s")));
    let offset = of(prop_oneof![seconds(), Just(AVAILABLE_AT_ONCE)]);
    (numbers, names, offset, of(any::<bool>()), of(timeline())).prop_map(
        |(numbers, names, offset, complete, timeline)| SegmentTemplate {
            timescale: numbers.0,
            presentation_time_offset: numbers.1,
            start_number: numbers.2.map(u64::from),
            end_number: numbers.3.map(u64::from),
            duration: numbers.4.map(u64::from),
            initialization: names.0.map(str::to_owned),
            media: names.1.map(str::to_owned),
            availability_time_offset: offset,
            availability_time_complete: complete,
            timeline,
        },
    )
}

fn producer_reference_time() -> impl Strategy<Value = ProducerReferenceTime> {
    let type_ = prop_oneof![
        Just(ReferenceTimeType::Encoder),
        Just(ReferenceTimeType::Captured),
        Just(ReferenceTimeType::Application)
    ];
    (any::<u32>(), any::<bool>(), type_, of(text()), date(), any::<u64>(), of(descriptor())).prop_map(
        |(id, inband, type_, application_scheme, wall_clock_time, presentation_time, utc_timing)| {
            ProducerReferenceTime {
                id,
                inband,
                type_,
                application_scheme,
                wall_clock_time,
                presentation_time,
                utc_timing,
            }
        },
    )
}

fn resync() -> impl Strategy<Value = Resync> {
    (0u8..=6, of(any::<u32>()), of(seconds()), of(seconds()), any::<bool>())
        .prop_map(|(type_, d_t, d_imax, d_imin, marker)| Resync { type_, d_t, d_imax, d_imin, marker })
}

fn base() -> impl Strategy<Value = RepresentationBase> {
    let picture = (of(any::<u32>()), of(any::<u32>()), of(ratio()), of(frame_rate()));
    let coding = (of(any::<u32>()), of(Just("video/mp4")), of("avc1\\.[0-9a-f]{6}(,mp4a\\.40\\.2)?"), of(0u8..=6));
    let events = (urn(), of(text()), of(any::<u32>()))
        .prop_map(|(scheme_id_uri, value, timescale)| InbandEventStream { scheme_id_uri, value, timescale });
    let properties = (descriptors(), descriptors(), descriptors(), vec(events, 0..2));
    let rest = (vec(text(), 0..2), vec(producer_reference_time(), 0..2), vec(resync(), 0..2));
    (picture, coding, properties, rest).prop_map(|(picture, coding, properties, rest)| RepresentationBase {
        width: picture.0,
        height: picture.1,
        sar: picture.2,
        frame_rate: picture.3,
        audio_sampling_rate: coding.0,
        mime_type: coding.1.map(str::to_owned),
        codecs: coding.2,
        start_with_sap: coding.3,
        audio_channel_configurations: properties.0,
        essential_properties: properties.1,
        supplemental_properties: properties.2,
        inband_event_streams: properties.3,
        labels: rest.0,
        producer_reference_times: rest.1,
        resyncs: rest.2,
    })
}

fn base_url() -> impl Strategy<Value = BaseUrl> {
    (uri(), of(text()), of(seconds()), of(any::<bool>())).prop_map(|(url, service_location, offset, complete)| {
        BaseUrl { url, service_location, availability_time_offset: offset, availability_time_complete: complete }
    })
}

fn representation() -> impl Strategy<Value = Representation> {
    ("[a-z0-9_-]{1,8}", any::<u32>(), base(), vec(base_url(), 0..2), of(template())).prop_map(
        |(id, bandwidth, base, base_urls, segment_template)| Representation {
            id,
            bandwidth,
            base,
            base_urls,
            segment_template,
        },
    )
}

fn adaptation_set() -> impl Strategy<Value = AdaptationSet> {
    let kind = prop_oneof![Just(ContentType::Video), Just(ContentType::Audio), Just(ContentType::Text)];
    let attributes = (of(any::<u32>()), of(kind), of("[a-z]{2,3}(-[A-Z]{2})?"), of(ratio()), any::<bool>());
    let most = (of(any::<u32>()), of(any::<u32>()), of(frame_rate()));
    let lists = (descriptors(), descriptors(), vec(base_url(), 0..2), vec(representation(), 0..3));
    (attributes, most, base(), lists, of(template())).prop_map(|(attributes, most, base, lists, segment_template)| {
        AdaptationSet {
            id: attributes.0,
            content_type: attributes.1,
            lang: attributes.2,
            par: attributes.3,
            segment_alignment: attributes.4,
            max_width: most.0,
            max_height: most.1,
            max_frame_rate: most.2,
            base,
            accessibility: lists.0,
            roles: lists.1,
            base_urls: lists.2,
            segment_template,
            representations: lists.3,
        }
    })
}

fn event_stream() -> impl Strategy<Value = EventStream> {
    let content = prop_oneof![
        Just(EventContent::Empty),
        text().prop_map(EventContent::Text),
        vec(any::<u8>(), 0..20).prop_map(EventContent::Splice),
    ];
    let numbers = any::<(Option<u64>, Option<u64>, Option<u32>)>();
    let event =
        (numbers, of(text()), content).prop_map(|((presentation_time, duration, id), message_data, content)| Event {
            presentation_time,
            duration,
            id,
            message_data,
            content,
        });
    (urn(), of(text()), of(any::<u32>()), of(any::<u64>()), vec(event, 0..3)).prop_map(
        |(scheme_id_uri, value, timescale, presentation_time_offset, events)| EventStream {
            scheme_id_uri,
            value,
            timescale,
            presentation_time_offset,
            events,
        },
    )
}

fn period() -> impl Strategy<Value = Period> {
    let begin = (of(text()), of(span()), of(span()), vec(base_url(), 0..2));
    (begin, vec(event_stream(), 0..2), vec(adaptation_set(), 0..3), descriptors()).prop_map(
        |((id, start, duration, base_urls), event_streams, adaptation_sets, supplemental_properties)| Period {
            id,
            start,
            duration,
            base_urls,
            event_streams,
            adaptation_sets,
            supplemental_properties,
        },
    )
}

fn service_description() -> impl Strategy<Value = ServiceDescription> {
    let latency = any::<(Option<u32>, Option<u32>, Option<u32>, Option<u32>)>()
        .prop_map(|(reference_id, target, min, max)| Latency { reference_id, target, min, max });
    let rate = any::<(Option<u16>, Option<u16>)>().prop_map(|(min, max)| PlaybackRate {
        min: min.map(|r| Permille(r.into())),
        max: max.map(|r| Permille(r.into())),
    });
    (of(any::<u32>()), descriptors(), of(latency), of(rate))
        .prop_map(|(id, scope, latency, playback_rate)| ServiceDescription { id, scope, latency, playback_rate })
}

fn program_information() -> impl Strategy<Value = ProgramInformation> {
    (of("[a-z]{2}"), of(text()), of(text()), of(text()))
        .prop_map(|(lang, title, source, copyright)| ProgramInformation { lang, title, source, copyright })
}

fn leap_second_information() -> impl Strategy<Value = LeapSecondInformation> {
    (any::<i64>(), of(any::<i64>()), of(date())).prop_map(|(offset, next, time)| LeapSecondInformation {
        availability_start_leap_offset: offset,
        next_availability_start_leap_offset: next,
        next_leap_change_time: time,
    })
}

pub(super) fn mpd() -> impl Strategy<Value = Mpd> {
    let head = (of(text()), vec(urn(), 1..3), any::<bool>(), of(date()), of(date()), of(date()));
    let spans = (of(span()), of(span()), span(), of(span()), of(span()), of(span()));
    let patch = (uri(), of(seconds())).prop_map(|(url, ttl)| PatchLocation { url, ttl });
    let lists = (
        vec(program_information(), 0..2),
        vec(base_url(), 0..2),
        vec(uri(), 0..2),
        vec(patch, 0..2),
        vec(service_description(), 0..2),
        vec(period(), 1..3),
        descriptors(),
        of(leap_second_information()),
    );
    (head, spans, lists).prop_map(|(head, spans, lists)| Mpd {
        id: head.0,
        profiles: head.1,
        type_: if head.2 { PresentationType::Dynamic } else { PresentationType::Static },
        availability_start_time: head.3,
        availability_end_time: head.4,
        publish_time: head.5,
        media_presentation_duration: spans.0,
        minimum_update_period: spans.1,
        min_buffer_time: spans.2,
        time_shift_buffer_depth: spans.3,
        suggested_presentation_delay: spans.4,
        max_segment_duration: spans.5,
        program_information: lists.0,
        base_urls: lists.1,
        locations: lists.2,
        patch_locations: lists.3,
        service_descriptions: lists.4,
        periods: lists.5,
        utc_timings: lists.6,
        leap_second_information: lists.7,
    })
}
