//! An hour from stamps as protocols have them, with the wrap of their clock in the middle.

use std::sync::Arc;
use std::time::Duration;

use springhead::core::{
    AccessUnit, FrameRate, Generation, Limits, MediaSequence, Now, TickDelta, Ticks, TimelineId, Timescale, Timestamp,
    TrackId, TrackSet, WallTime,
};
use springhead::intake::{Intake, Output, SourceClock};
use springhead::manifest::Seconds;
use springhead::mux::fmp4::read;
use springhead::packager::{Dvr, Packager, PackagerConfig, Presentation};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO, VirtualClock};

use crate::wire::stamp;

const RATE: FrameRate = FrameRate { num: 30_000, den: 1001 };
const HOUR: Duration = Duration::from_secs(3600);

/// What was published of one segment, with its times counted from the first of its rendition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    msn: MediaSequence,
    ticks: Ticks,
    duration: Seconds,
    date: WallTime,
    discontinuity: bool,
    decode: u64,
    start: Timestamp,
    chunks: usize,
}

/// A publisher whose clock says `first` at its first picture.
struct Publisher {
    clock: SourceClock,
    first: u64,
    intakes: [Intake; 2],
}

impl Publisher {
    fn new(clock: SourceClock, first: u64, tracks: &TrackSet) -> Self {
        let intake = |id: TrackId| Intake::new(tracks.track(id).unwrap().clone(), clock, Limits::default());
        Self { clock, first, intakes: [intake(VIDEO), intake(AUDIO)] }
    }

    /// What comes out of the intake for one unit of the source.
    fn publish(&mut self, unit: &AccessUnit, scale: Timescale) -> Vec<AccessUnit> {
        let raw = stamp(unit, scale, self.clock, self.first);
        let intake = &mut self.intakes[usize::from(unit.track == AUDIO)];
        intake.handle_unit(raw);
        let outputs = std::iter::from_fn(|| intake.poll_output());
        let units = outputs.filter_map(|output| match output {
            Output::Unit(unit) => Some(unit),
            Output::Timeline => panic!("a wrap is no new timeline"),
            _ => None,
        });
        units.collect()
    }
}

/// An hour through intake and packager: the lines of picture and of sound.
fn hour(clock: SourceClock, first: u64) -> [Vec<Line>; 2] {
    let options =
        SourceOptions { frame_rate: RATE, audio_rate: Some(44_100), unit_bytes: 40, ..SourceOptions::default() };
    let source = Source::new(options);
    let tracks = source.tracks();
    let set = Arc::new(TrackSet { generation: Generation(1), timeline: TimelineId(0), ..(*tracks).clone() });
    let mut publisher = Publisher::new(clock, first, &tracks);
    let dvr = Dvr { time: Duration::from_secs(6), bytes: 1, ..Dvr::default() };
    let mut packager = Packager::new(PackagerConfig { dvr, ..PackagerConfig::default() }).unwrap();
    let mut time = VirtualClock::default();
    let start = time.now().mono;
    let mut lines = [Vec::new(), Vec::new()];
    let mut seen = 0;
    for unit in source.take_while(|unit| unit.arrival.0 < HOUR.as_nanos() as u64) {
        time.advance_to(start + Duration::from_nanos(unit.arrival.0));
        let scale = tracks.track(unit.track).unwrap().timescale;
        for unit in publisher.publish(&unit, scale) {
            packager.handle_unit(&unit, &set, time.now());
        }
        if packager.stats().segments > seen {
            seen = packager.stats().segments;
            collect(&mut packager, time.now(), &mut lines);
        }
    }
    packager.handle_end(time.now());
    collect(&mut packager, time.now(), &mut lines);
    assert_eq!((packager.stats().forced_cuts, packager.stats().gap_segments), (0, 0));
    lines
}

fn collect(packager: &mut Packager, now: Now, lines: &mut [Vec<Line>; 2]) {
    let Some(snapshot) = packager.poll_snapshot(now) else { return };
    let Presentation { renditions, .. } = &*snapshot;
    for (rendition, lines) in renditions.iter().zip(lines) {
        let known = lines.last().map(|line| line.msn);
        for segment in rendition.segments.iter().filter(|segment| known.is_none_or(|known| segment.msn > known)) {
            let chunks = read::chunks(&segment.body().to_bytes()).unwrap();
            lines.push(Line {
                msn: segment.msn,
                ticks: segment.ticks,
                duration: segment.duration,
                date: segment.program_date_time,
                discontinuity: segment.discontinuity,
                decode: chunks[0].base_decode_time,
                start: segment.start,
                chunks: chunks.len(),
            });
        }
    }
}

/// The lines with their times counted from the first.
fn from_zero([video, audio]: [Vec<Line>; 2]) -> [Vec<Line>; 2] {
    [video, audio].map(|lines| {
        let (decode, start) = (lines[0].decode, lines[0].start);
        let shifted = lines.into_iter().map(|line| Line {
            decode: line.decode - decode,
            start: Timestamp(0) + TickDelta(line.start.delta_since(start).0),
            ..line
        });
        shifted.collect()
    })
}

fn assert_is_exact(lines: &[Vec<Line>; 2]) {
    let [video, audio] = lines;
    assert_eq!(video.len(), audio.len());
    assert_eq!(video.len(), 1799, "an hour of segments of sixty pictures");
    for line in &video[..video.len() - 1] {
        assert_eq!((line.ticks, line.duration.micros()), (Ticks(60 * 3003), 2_002_000), "segment {}", line.msn);
    }
    for lines in lines {
        assert!(lines.windows(2).all(|pair| pair[0].start + pair[0].ticks == pair[1].start));
        assert!(lines.iter().all(|line| !line.discontinuity));
    }
    assert!(audio.iter().all(|line| line.decode % 1024 == audio[0].decode % 1024), "frames stay whole");
}

/// About half an hour before the wrap, at a whole second, so that instants are rounded as they are after zero.
fn half_an_hour_before(wrap: u64, clock: SourceClock) -> u64 {
    let second = u64::from(clock.scale.hz());
    (wrap / second - 1800) * second
}

#[test]
fn an_hour_of_millisecond_stamps_with_their_32_bit_wrap_in_the_middle_is_the_hour_without_it() {
    let plain = hour(SourceClock::RTMP, 0);
    assert_is_exact(&plain);
    let wrapped = hour(SourceClock::RTMP, half_an_hour_before(1 << 32, SourceClock::RTMP));
    assert!(from_zero(wrapped) == from_zero(plain));
}

#[test]
fn an_hour_of_90_khz_stamps_with_their_33_bit_wrap_in_the_middle_is_the_hour_without_it() {
    let plain = hour(SourceClock::MPEG_TS, 0);
    assert_is_exact(&plain);
    let wrapped = hour(SourceClock::MPEG_TS, half_an_hour_before(1 << 33, SourceClock::MPEG_TS));
    assert!(from_zero(wrapped) == from_zero(plain));
}
