//! HLS for players that have no fragmented MP4: segments that are MPEG-2 transport streams (rfc8216bis §3.1.1), made of the
//! CMAF segments when they are asked for.
//!
//! A rendition of pictures has the sound in it: the first rendition of sound that a transport stream can carry. There are no
//! parts, as no player takes parts that are transport streams, and no init sections, as tables and parameter sets are in each
//! segment. Splices are told in the playlist as anywhere. AV1, VP9 and FLAC have no carriage that players agree on: pictures
//! of those are not there, and sound of those is left out.

use std::sync::Arc;

use bytes::Bytes;
use springhead_core::time::rescale;
use springhead_core::{
    AccessUnit, MediaKind, MediaSequence, MonoTime, Rope, Rounding, TickDelta, Ticks, Timescale, Timestamp, Track,
    UnitFlags,
};
use springhead_manifest::hls::{MediaPlaylist, MultivariantPlaylist, ServerControl, Variant};
use springhead_mux::fmp4::read;
use springhead_mux::ts::{self, PACKET_BYTES, WriterOptions};

use crate::hls;
use crate::presentation::{Bandwidth, Presentation, Rendition, with_query};
use crate::segment::{Init, Segment};

/// What the media playlist of a rendition is called.
const PLAYLIST: &str = "ts.m3u8";

/// Whether a transport stream carries the track.
pub(crate) fn carries(track: &Arc<Track>) -> bool {
    ts::Writer::new(std::slice::from_ref(track), WriterOptions::default()).is_ok()
}

/// Whether a rendition is there as transport streams, by what is made of it now.
fn is_carried(rendition: &Rendition) -> bool {
    rendition.init.as_ref().or(rendition.inits.last()).is_some_and(|init| init.in_transport_streams)
}

/// The renditions of sound, in the order in which one is chosen to go with pictures.
fn sound(presentation: &Presentation) -> Vec<&Arc<Rendition>> {
    presentation.in_order().into_iter().filter(|rendition| rendition.kind() == MediaKind::Audio).collect()
}

/// What the segment of that number is made of: of pictures with the segment of sound that goes with them. None while that is
/// not complete. `sound` is that of the presentation.
///
/// The same whenever it is asked: which renditions have a segment of a number does not change once they have it.
fn members<'a>(
    presentation: &Presentation,
    rendition: &'a Rendition,
    sound: &[&'a Arc<Rendition>],
    msn: MediaSequence,
) -> Option<Vec<&'a Arc<Segment>>> {
    let own = rendition.segment(msn)?;
    if rendition.kind() == MediaKind::Audio {
        return Some(vec![own]);
    }
    for audio in sound {
        match audio.segment(msn) {
            Some(segment) if segment.init.in_transport_streams => return Some(vec![own, segment]),
            Some(_) => {}
            None if audio.current && is_carried(audio) && audio.live_msn() <= msn && !presentation.ended => {
                return None;
            }
            None => {}
        }
    }
    Some(vec![own])
}

/// The listed segments of `rendition` that are complete with their sound.
fn listed<'a>(presentation: &'a Presentation, rendition: &'a Rendition) -> impl Iterator<Item = Vec<&'a Arc<Segment>>> {
    let sound = sound(presentation);
    let listed = rendition.listed(presentation).iter();
    listed.map_while(move |segment| members(presentation, rendition, &sound, segment.msn))
}

/// The number of the segment that the playlist of `rendition` lists next.
pub(crate) fn next(presentation: &Presentation, rendition: &Rendition) -> MediaSequence {
    let last = listed(presentation, rendition).last();
    let first = rendition.listed(presentation).first().map_or(rendition.next_msn, |first| first.msn);
    last.map_or(first, |members| members[0].msn.next())
}

/// The media playlist of `rendition`; none where a transport stream cannot carry it. A `query` without its question mark is
/// carried on to every URI.
pub(crate) fn media(presentation: &Presentation, rendition: &Rendition, query: &str) -> Option<MediaPlaylist> {
    let segments = listed(presentation, rendition).map(|members| {
        let segment = members[0];
        springhead_manifest::hls::Segment {
            uri: with_query(presentation.transport_stream_name(segment.period.id, segment.msn), query),
            duration: segment.duration,
            discontinuity: segment.discontinuity,
            program_date_time: Some(hls::date(segment.program_date_time, &segment.init)),
            gap: segment.is_gap() || !segment.init.in_transport_streams,
            ..springhead_manifest::hls::Segment::default()
        }
    });
    is_carried(rendition).then(|| MediaPlaylist {
        server_control: presentation.has_live_edge().then(|| ServerControl {
            can_block_reload: true,
            hold_back: Some(presentation.timing.hold_back()),
            ..ServerControl::default()
        }),
        segments: segments.collect(),
        date_ranges: presentation.date_ranges(),
        ..hls::head(presentation, rendition)
    })
}

/// The multivariant playlist; none where nothing can be carried. Where there is more sound than that in the pictures, it is a
/// choice of renditions, of which the first has no URI, as it is in the pictures (§4.4.6.1).
pub(crate) fn multivariant(presentation: &Presentation, query: &str) -> Option<MultivariantPlaylist> {
    let (mut videos, mut audios) = hls::playable(presentation);
    videos.retain(|video| is_carried(video));
    audios.retain(|audio| is_carried(audio));
    let uri = |rendition: &Rendition| with_query(format!("{}/{PLAYLIST}", rendition.name), query);
    let of_rates = |rates: Bandwidth, variant: Variant| Variant {
        bandwidth: rates.peak.max(1),
        average_bandwidth: (rates.average > 0).then_some(rates.average),
        ..variant
    };
    let rates = |rendition: &Rendition| bandwidth(presentation, rendition);
    if videos.is_empty() {
        let variants = audios.iter().map(|audio| of_rates(rates(audio), hls::variant(audio, None, uri(audio))));
        let variants: Vec<_> = variants.collect();
        return (!variants.is_empty()).then(|| MultivariantPlaylist { variants, ..MultivariantPlaylist::default() });
    }
    let choice = audios.len() > 1;
    let heaviest = audios.iter().skip(1).map(|audio| rates(audio)).max_by_key(|rates| rates.peak).unwrap_or_default();
    let variants = videos.iter().map(|video| {
        let within = rates(video);
        let both = Bandwidth { peak: within.peak + heaviest.peak, average: within.average + heaviest.average };
        let variant = of_rates(both, hls::variant(video, audios.first().copied(), uri(video)));
        let audio = variant.audio.filter(|_| choice);
        Variant { audio, closed_captions: Some(hls::in_pictures(presentation)), ..variant }
    });
    let sound = audios.iter().enumerate().filter(|_| choice);
    let sound = sound.map(|(at, audio)| hls::sound(&audios, at, (at > 0).then(|| uri(audio))));
    Some(MultivariantPlaylist {
        renditions: sound.chain(hls::captions(presentation)).collect(),
        variants: variants.collect(),
        ..MultivariantPlaylist::default()
    })
}

/// The rates of what the playlist of `rendition` lists: no less than what is sent, as nothing is made before it is asked for.
fn bandwidth(presentation: &Presentation, rendition: &Rendition) -> Bandwidth {
    let rate = |bits: u64, micros: u64| {
        (u128::from(bits) * 1_000_000).checked_div(u128::from(micros)).map_or(0, |rate| rate as u64)
    };
    let sizes = listed(presentation, rendition).filter(|members| !members[0].is_gap());
    let sizes: Vec<_> = sizes.map(|members| (bytes_at_most(&members) * 8, members[0].duration.micros())).collect();
    // A last segment much shorter than the others says little of the rate.
    let longest = sizes.iter().map(|(_, micros)| *micros).max().unwrap_or(0);
    let whole = sizes.iter().filter(|(_, micros)| micros * 2 >= longest);
    let peak = whole.map(|&(bits, micros)| rate(bits, micros)).max().unwrap_or(0);
    let (bits, micros) = sizes.iter().fold((0, 0), |(bits, micros), size| (bits + size.0, micros + size.1));
    let average = rate(bits, micros);
    Bandwidth { peak: peak.max(average), average }
}

/// How many bytes the transport stream of these segments has at most: their own, what is around each PES packet, the tables
/// and clock references, and the packets that make up the sixteen of each PID ([`ts::segment`]).
fn bytes_at_most(members: &[&Arc<Segment>]) -> u64 {
    /// A PES header, an adaptation field with a clock reference, and an access unit delimiter or a header of ADTS or Opus.
    const AROUND_A_UNIT: u64 = 48;
    const CONTENT: u64 = PACKET_BYTES as u64 - 4;
    let options = WriterOptions::default();
    let longest = members.iter().map(|segment| segment.duration.micros()).max().unwrap_or(0);
    let times = |interval: std::time::Duration| longest / (interval.as_micros() as u64).max(1) + 1;
    let of_one = |segment: &&Arc<Segment>| {
        let units = u64::from(segment.units);
        let last_packets = match segment.init.track.kind() {
            MediaKind::Audio => units.min(2 * times(options.audio_span) + units / options.audio_frames as u64),
            _ => units,
        };
        (segment.len + units * AROUND_A_UNIT).div_ceil(CONTENT) + last_packets + 15
    };
    let tables = 2 * times(options.table_interval - options.pcr_interval) + 2 * 15;
    let packets: u64 = members.iter().map(of_one).sum::<u64>() + tables + times(options.pcr_interval);
    packets * PACKET_BYTES as u64
}

/// The transport stream of a segment by its number, made once and kept with it: however many ask for it, and however slowly
/// they take it, there is one. None where it is not complete with its sound, where its media is missing,
/// or where it cannot be carried.
pub(crate) fn segment(presentation: &Presentation, rendition: &Rendition, msn: MediaSequence) -> Option<Rope> {
    let members = members(presentation, rendition, &sound(presentation), msn)?;
    let own = members[0];
    if own.is_gap() || !own.init.in_transport_streams {
        return None;
    }
    let written = own.made.transport_stream.get_or_init(|| written(&members));
    (!written.is_empty()).then(|| written.clone())
}

/// Segments of one number as a transport stream; of no bytes if that cannot be made.
fn written(members: &[&Arc<Segment>]) -> Rope {
    let tracks: Vec<_> = members.iter().map(|segment| segment.init.track.clone()).collect();
    let mut units: Vec<_> = members.iter().flat_map(|segment| units(segment)).collect();
    let scale = |unit: &AccessUnit| tracks.iter().find(|track| track.id == unit.track).map(|track| track.timescale);
    units.sort_by_key(|unit| {
        rescale(unit.dts.0, scale(unit).unwrap_or(Timescale::NANOS), Timescale::NANOS, Rounding::Floor)
    });
    ts::segment(&tracks, &units, &WriterOptions::default())
        .map_or_else(|_| Rope::new(), |bytes| Bytes::from(bytes).into())
}

/// The access units of a segment, in media time as it is presented.
fn units(segment: &Segment) -> Vec<AccessUnit> {
    let body = segment.body().to_bytes();
    let Init { track, presented_from, .. } = &*segment.init;
    // What was written here is read here.
    let chunks = read::chunks(&body).unwrap_or_default();
    let of_chunk = |chunk: &read::Chunk| {
        let mut decoded = Timestamp(i64::try_from(chunk.base_decode_time).unwrap_or(i64::MAX)) - *presented_from;
        let units = chunk.samples.iter().map(|sample| {
            let dts = decoded;
            decoded += Ticks(sample.duration.into());
            AccessUnit {
                track: track.id,
                dts,
                composition_offset: TickDelta(sample.composition_offset),
                duration: Ticks(sample.duration.into()),
                flags: if sample.is_sync() { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
                arrival: MonoTime(0),
                payload: sample.payload(&body).into(),
            }
        });
        units.collect::<Vec<_>>()
    };
    chunks.iter().flat_map(of_chunk).collect()
}
