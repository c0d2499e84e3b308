//! One rendition's knife: samples into chunks, chunks into parts, parts into segments.
//!
//! The knife is told where segments end; where chunks and parts end it decides itself, from decode times alone. It never
//! waits for a unit to learn that a part is full: when the units' duration is known, the part is closed with the last unit
//! that fits. What that leaves is that the last duration of a chunk is an estimate. If the next unit shows it to have been
//! off, that unit's decode time stays where the estimate put it, so that `tfdt` is always the sum of what came before (B-07), and its
//! composition offset takes up the difference, so that presentation times are always the encoder's.

use std::sync::Arc;

use springhead_core::{
    AccessUnit, MediaSequence, PartIndex, Rope, Rounding, Ticks, Timescale, Timestamp, Track, UnitFlags, WallTime,
};
use springhead_manifest::Seconds;
use springhead_mux::fmp4;

use crate::events::Inband;
use crate::kind::Kind;
use crate::segment::{Chunk, Init, Key, Made, OpenSegment, Part, Period, STRETCH, Segment, printed};
use crate::{Numbering, PackagerConfig};

/// What a rendition is cut by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutBy<'a> {
    pub(crate) config: &'a PackagerConfig,
    /// The part target, once it has been promised.
    pub(crate) part_target: Option<Seconds>,
}

/// The spans that a rendition is cut by, in ticks of its track. Fixed when the cutter is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spans {
    pub(crate) part: Ticks,
    chunk: Ticks,
    even: Option<Even>,
}

/// How a segment's span is shared out: as so many parts, all alike to a unit. Without that, four parts of sound and a sliver
/// of two units would make two seconds, one request in five for next to nothing; and hls.js 1.7 overlooks a last part that
/// comes while it still appends the one before, and stands still for ten seconds.
#[derive(Clone, Copy, Debug)]
struct Even {
    segment: Ticks,
    parts: u64,
    unit: Ticks,
}

impl Even {
    /// How long the part is that begins `since` the segment's beginning; the last goes on to the boundary.
    fn span(self, since: Ticks) -> Option<Ticks> {
        let [segment, parts, unit] = [self.segment.0, self.parts, self.unit.0].map(|value| u128::from(value.max(1)));
        // The nearest place to where it begins, and one more; by whole units.
        let next = (u128::from(since.0) * parts * 2 + segment) / (segment * 2) + 1;
        let end = (next < parts).then(|| Ticks(((next * segment).div_ceil(parts * unit) * unit) as u64))?;
        Some(end.saturating_sub(since).max(self.unit))
    }
}

impl Spans {
    /// The part is the most whole units that do not go over the wish by more than a hundredth, so that a third of a
    /// second is ten pictures at 30 a second, though 0.333 is a little less than that.
    /// What was promised is kept to, whatever the track.
    pub(crate) fn new(cut: &CutBy<'_>, track: &Track) -> Self {
        let scale = track.timescale;
        let wish = |span| scale.ticks(span, Rounding::Nearest);
        let unit = nominal_unit(track);
        let promised =
            cut.part_target.map(|target| Ticks(target.micros()).rescale(Timescale::MICROS, scale, Rounding::Floor));
        let whole = |wish: Ticks| {
            let generous = u128::from(wish.0) * 101 / 100;
            let most = promised.map_or(generous, |promised| generous.min(u128::from(promised.0)));
            match unit {
                Some((num, den)) => {
                    let units = (most * u128::from(den) / u128::from(num)).max(1);
                    Ticks((units * u128::from(num)).div_ceil(u128::from(den)) as u64)
                }
                None => Ticks(u128::from(wish.0).min(most) as u64),
            }
        };
        let part = whole(wish(cut.config.part));
        let segment = wish(cut.config.segment);
        // Pictures have a unit that divides most segments, and parts of less than 85 % of the target are not allowed where
        // not every one of them is independent.
        let shared = Kind::of(track) == Kind::Audio && segment > part && part > Ticks::ZERO;
        // A boundary lies on the nearest unit, which may be half of one later.
        let unit = track.audio().filter(|_| shared).map(|audio| Ticks(u64::from(audio.unit_ticks.max(1))));
        let even = unit.map(|unit| Even { segment, parts: (segment.0 + unit.0 / 2).div_ceil(part.0), unit });
        Self { part, chunk: whole(wish(cut.config.chunk)), even }
    }
}

/// How long one unit of the track lasts, in ticks as a fraction, when its configuration tells.
fn nominal_unit(track: &Track) -> Option<(u64, u64)> {
    match Kind::of(track) {
        Kind::Audio => track.audio().map(|audio| (u64::from(audio.unit_ticks.max(1)), 1)),
        Kind::Video => {
            let rate = track.video()?.frame_rate?;
            let num = u64::from(track.timescale.hz()) * u64::from(rate.den);
            (rate.num > 0 && num > 0).then_some((num, u64::from(rate.num)))
        }
    }
}

#[derive(Debug)]
struct Pending {
    decode: Timestamp,
    pts: Timestamp,
    duration: Ticks,
    flags: UnitFlags,
    payload: Rope,
}

impl Pending {
    fn end(&self) -> Timestamp {
        self.decode + self.duration
    }

    fn is_key(&self) -> bool {
        self.flags.contains(UnitFlags::RANDOM_ACCESS)
    }
}

#[derive(Debug)]
struct Open {
    msn: MediaSequence,
    discontinuity: bool,
    start: Timestamp,
    decode_start: Timestamp,
    program_date_time: WallTime,
    independent: bool,
    open_group: bool,
    units: u32,
    parts: Vec<Arc<Part>>,
}

/// The numbers that go on from one period of a rendition to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    /// `sequence_number` of the next chunk's `mfhd`; may wrap (ISO/IEC 14496-12 §8.8.5).
    pub(crate) chunk: u32,
    /// The number of the next part.
    pub(crate) part: u64,
    /// The number of the first init section.
    pub(crate) init: u32,
}

#[derive(Debug)]
pub(crate) struct Cutter {
    pub(crate) init: Arc<Init>,
    /// Whether chunks and parts are numbered by when they begin instead of being counted.
    by_epoch: bool,
    pub(crate) period: Arc<Period>,
    spans: Spans,
    numbers: Numbers,
    /// Where the next sample is decoded: the end of all that came before, none before the first.
    next_decode: Option<Timestamp>,
    /// Where the segment before ended though no unit came there: the next one begins here, whenever its units come.
    resume: Option<Timestamp>,
    /// When the first picture is shown that leads to the open group of pictures with which the next segment begins.
    led_from: Option<Timestamp>,
    open: Option<Open>,
    part_start: Timestamp,
    part_chunks: Vec<Chunk>,
    part_keys: Vec<Key>,
    chunk: Vec<Pending>,
    /// Messages that go into the chunks that hold their time.
    pub(crate) inband: Inband,
}

/// How far a unit may reach over the end of a part and still belong to it: clocks of milliseconds put every other picture
/// half a tick late. What reaches over is cut from the duration and given to the next.
pub(crate) fn slack(unit: &AccessUnit) -> Ticks {
    Ticks(unit.duration.0 / 4)
}

/// Why a unit could not be packaged. It is left out and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unfit;

/// What a segment is opened with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) msn: MediaSequence,
    pub(crate) discontinuity: bool,
}

impl Cutter {
    pub(crate) fn new(init: Arc<Init>, period: Arc<Period>, cut: &CutBy<'_>, numbers: Numbers) -> Self {
        let spans = Spans::new(cut, &init.track);
        Self {
            init,
            by_epoch: cut.config.numbering == Numbering::Epoch,
            period,
            spans,
            numbers,
            next_decode: None,
            resume: None,
            led_from: None,
            open: None,
            part_start: Timestamp::ZERO,
            part_chunks: Vec::new(),
            part_keys: Vec::new(),
            chunk: Vec::new(),
            inband: Inband::default(),
        }
    }

    pub(crate) fn scale(&self) -> Timescale {
        self.init.track.timescale
    }

    pub(crate) fn numbers(&self) -> Numbers {
        self.numbers
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The decode time from the open segment's start to `at`.
    pub(crate) fn elapsed(&self, at: Timestamp) -> Ticks {
        self.open.as_ref().map_or(Ticks::ZERO, |open| at.saturating_since(open.decode_start))
    }

    /// The presentation time from the open segment's start to `at`.
    pub(crate) fn shown(&self, at: Timestamp) -> Ticks {
        self.open.as_ref().map_or(Ticks::ZERO, |open| at.saturating_since(open.start))
    }

    /// Where the open part ends at the latest.
    fn part_end(&self) -> Timestamp {
        let most = self.part_start + self.spans.part;
        let even = self.spans.even.zip(self.open.as_ref());
        let span = even.and_then(|(even, open)| even.span(self.part_start.saturating_since(open.decode_start)));
        span.map_or(most, |span| most.min(self.part_start + span))
    }

    /// The decode time up to which samples are here.
    pub(crate) fn frontier(&self) -> Option<Timestamp> {
        self.chunk.last().map(Pending::end).or(self.next_decode)
    }

    /// Takes one unit into the open segment, or into a new one. Tells whether a chunk became complete.
    pub(crate) fn append(&mut self, unit: &AccessUnit, opening: Opening) -> Result<bool, Unfit> {
        let offset_fits = |decode: Timestamp| i32::try_from(unit.pts().delta_since(decode).0).is_ok();
        if unit.dts < Timestamp::ZERO || !offset_fits(unit.dts) {
            return Err(Unfit);
        }
        let mut completed = self.settle(unit.dts);
        // A key picture is a chunk by itself, so that it can be addressed alone (EXT-X-I-FRAMES-ONLY).
        let is_key = unit.is_random_access() && Kind::of(&self.init.track) == Kind::Video;
        completed |= is_key && self.close_chunk();
        let decode = self.chunk.last().map(Pending::end).or(self.next_decode).unwrap_or(unit.dts);
        if !offset_fits(decode) {
            return Err(Unfit);
        }
        if self.open.is_none() {
            let led_from = self.led_from.take().filter(|_| unit.is_open());
            let start = led_from.or(self.resume.take()).map_or(unit.pts(), |resume| resume.min(unit.pts()));
            // What leads to an open group fills the time before it, and is decoded behind it.
            let decode_start = if led_from.is_some() { decode } else { decode - unit.pts().saturating_since(start) };
            self.open = Some(Open {
                msn: opening.msn,
                discontinuity: opening.discontinuity,
                start,
                decode_start,
                // What is printed of durations is decode time, and dates go by what is printed.
                program_date_time: self.period.wall_at(decode_start, self.scale()),
                independent: unit.is_random_access(),
                open_group: unit.is_open(),
                units: 0,
                parts: Vec::new(),
            });
            self.part_start = decode;
            if self.by_epoch {
                self.numbers.part = self.millis_at(decode);
            }
        // A unit whose duration is not known fits if it begins within the part.
        } else if decode >= self.part_end() || decode + unit.duration > self.part_end() + slack(unit) {
            completed |= self.close_part();
        }
        if let Some(open) = &mut self.open {
            open.units += 1;
            // With B-frames a picture that is decoded later may be shown earlier.
            if open.parts.is_empty() && self.part_chunks.is_empty() {
                open.start = open.start.min(unit.pts());
            }
        }
        let part_end = self.part_end();
        let end = (unit.dts + unit.duration).min(part_end).max(decode + Ticks(1));
        self.chunk.push(Pending {
            decode,
            pts: unit.pts(),
            duration: if unit.duration > Ticks::ZERO { end.saturating_since(decode) } else { Ticks::ZERO },
            flags: unit.flags,
            payload: unit.payload.clone(),
        });
        if unit.duration > Ticks::ZERO {
            let end_of_next = end + unit.duration;
            let chunk_start = self.chunk.first().map_or(decode, |first| first.decode);
            if end_of_next > part_end + slack(unit) {
                completed |= self.close_part();
            } else if is_key || end_of_next > chunk_start + self.spans.chunk + slack(unit) {
                completed |= self.close_chunk();
            }
        }
        Ok(completed)
    }

    /// Gives the last sample of the open chunk its true duration now that the next decode time is known. A hole longer
    /// than the part has room for ends the part; the samples after it catch up.
    fn settle(&mut self, next_dts: Timestamp) -> bool {
        let limit = self.part_end();
        let Some(last) = self.chunk.last_mut() else { return false };
        let latest = limit.max(last.decode + Ticks(1));
        last.duration = next_dts.clamp(last.decode + Ticks(1), latest).saturating_since(last.decode);
        if next_dts > latest { self.close_part() } else { false }
    }

    fn close_chunk(&mut self) -> bool {
        let (Some(first), Some(last)) = (self.chunk.first(), self.chunk.last()) else { return false };
        let (start, end) = (first.decode, last.end());
        let opens_segment = self.part_chunks.is_empty() && self.open.as_ref().is_some_and(|open| open.parts.is_empty());
        if self.by_epoch {
            self.numbers.chunk = self.millis_at(start) as u32;
        }
        let presented_from = self.init.presented_from;
        let samples: Vec<fmp4::Sample<'_>> = self
            .chunk
            .iter()
            .map(|sample| fmp4::Sample {
                duration: u32::try_from(sample.duration.0).unwrap_or(u32::MAX),
                composition_offset: i32::try_from((sample.pts + presented_from).delta_since(sample.decode).0)
                    .unwrap_or(0),
                sync: sample.is_key(),
                disposable: sample.flags.contains(UnitFlags::DISPOSABLE),
                payload: &sample.payload,
            })
            .collect();
        let header = fmp4::ChunkHeader {
            track: self.init.track.id,
            sequence_number: self.numbers.chunk,
            base_decode_time: u64::try_from(start.0).unwrap_or(0),
            styp: opens_segment.then_some(fmp4::Styp::Segment),
            prft: Some(fmp4::Prft {
                wall: self.period.wall_at(start, self.scale()),
                media_time: u64::try_from(start.0).unwrap_or(0),
            }),
        };
        let independent = samples.iter().any(|sample| sample.sync);
        // Only a chunk of 4 GiB could fail, and units are bounded far below; such a chunk is left out whole.
        let events = self.inband.take_before(end, self.init.track.timescale);
        if let Ok(body) = fmp4::chunk_with_events(&header, &events, &samples) {
            self.numbers.chunk = self.numbers.chunk.wrapping_add(1);
            if let Some(key) =
                self.chunk.first().filter(|first| Kind::of(&self.init.track) == Kind::Video && first.is_key())
            {
                let offset = self.part_chunks.iter().map(|chunk| chunk.body.len() as u64).sum();
                self.part_keys.push(Key { offset, len: body.len() as u64, at: key.pts });
            }
            self.part_chunks.push(Chunk { body, independent });
        }
        self.next_decode = Some(end);
        self.chunk.clear();
        true
    }

    /// A media time on the encoder's clock, in milliseconds since 1970.
    fn millis_at(&self, at: Timestamp) -> u64 {
        u64::try_from(self.period.wall_at(at, self.scale()).unix_millis()).unwrap_or(0)
    }

    fn close_part(&mut self) -> bool {
        self.close_chunk();
        let (Some(end), Some(open)) = (self.next_decode, self.open.as_mut()) else { return false };
        if self.part_chunks.is_empty() {
            return false;
        }
        let mut body = Rope::new();
        self.part_chunks.iter().for_each(|chunk| body.append(&chunk.body));
        open.parts.push(Arc::new(Part {
            index: PartIndex(open.parts.len() as u32),
            number: self.numbers.part,
            duration: printed(self.part_start, end, self.init.track.timescale) + STRETCH,
            independent: self.part_chunks.iter().any(|chunk| chunk.independent),
            keys: std::mem::take(&mut self.part_keys),
            body,
        }));
        self.numbers.part = if self.by_epoch { self.millis_at(end) } else { self.numbers.part + 1 };
        self.part_chunks.clear();
        self.part_start = end;
        true
    }

    /// Media is missing up to `end` and said to be (EXT-X-GAP): what comes next is decoded at its own time.
    pub(crate) fn skip(&mut self, end: Timestamp) {
        self.next_decode = None;
        self.resume = Some(end);
    }

    /// Ends the open segment before `next`, a unit that starts the next one. When none is near `boundary`, where the
    /// leader cut, the segment lasts until there; without both it lasts as long as what came.
    pub(crate) fn close_segment(&mut self, next: Option<&AccessUnit>, boundary: Option<Timestamp>) -> Option<Segment> {
        let far = |unit: &&AccessUnit| boundary.is_some_and(|at| unit.pts() > at + unit.duration);
        let next = next.filter(|unit| !far(unit));
        if let Some(next) = next {
            self.settle(next.dts);
        }
        self.close_part();
        let open = self.open.take()?;
        let mut end = self.next_decode?;
        let by_decode = end.saturating_since(open.decode_start);
        let ticks = match (next, boundary) {
            // The pictures that lead to it come behind it, so what is shown is told by what was decoded.
            (Some(next), _) if next.is_open() => {
                self.led_from = Some(open.start + by_decode);
                by_decode
            }
            (Some(next), _) => next.pts().checked_since(open.start).unwrap_or(by_decode),
            (None, Some(at)) => {
                let ticks = at.saturating_since(open.start).max(by_decode);
                end = open.decode_start + ticks;
                self.resume = Some(open.start + ticks);
                ticks
            }
            (None, None) => by_decode,
        };
        Some(Segment {
            msn: open.msn,
            period: self.period.clone(),
            discontinuity: open.discontinuity,
            init: self.init.clone(),
            start: open.start,
            ticks: Ticks(ticks.0.max(1)),
            duration: printed(open.decode_start, end, self.scale()),
            program_date_time: open.program_date_time,
            independent: open.independent,
            open_group: open.open_group,
            units: open.units,
            len: open.parts.iter().map(|part| part.body.len() as u64).sum(),
            parts: open.parts,
            made: Made::default(),
        })
    }

    /// The longest part that can come.
    pub(crate) fn part_span(&self) -> Ticks {
        self.spans.part
    }

    /// The longest chunk that can come.
    pub(crate) fn chunk_span(&self) -> Ticks {
        self.spans.chunk
    }

    /// Whether any of what comes before `at` belongs to the part that is complete next.
    pub(crate) fn reaches_into_next_part(&self, at: Timestamp) -> bool {
        let begun = !self.chunk.is_empty() || !self.part_chunks.is_empty();
        // Half a picture of thirty a second: what is nearer is the same instant, rounded otherwise.
        let grain = Ticks(u64::from(self.scale().hz()) / 60);
        begun || self.next_decode.is_none_or(|end| end + grain < at)
    }

    /// How much the open part has room for; a whole part where none is open.
    pub(crate) fn room(&self) -> Ticks {
        let left = self.frontier().zip(self.open.as_ref());
        let left = left.map(|(frontier, _)| self.part_end().saturating_since(frontier));
        left.filter(|left| *left > Ticks::ZERO).unwrap_or(self.spans.part)
    }

    /// The open segment as it can be served now.
    pub(crate) fn view(&self) -> Option<OpenSegment> {
        let open = self.open.as_ref()?;
        Some(OpenSegment {
            msn: open.msn,
            period: self.period.clone(),
            discontinuity: open.discontinuity,
            init: self.init.clone(),
            start: open.start,
            program_date_time: open.program_date_time,
            parts: open.parts.clone(),
            tail: self.part_chunks.clone(),
        })
    }

    pub(crate) fn open_parts(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.parts.len())
    }

    /// The longest part that can come, as printed: rounded up, so that no rounded part goes over it (L-02).
    pub(crate) fn part_target(&self) -> Seconds {
        let micros = self.spans.part.rescale(self.scale(), Timescale::MICROS, Rounding::Ceil);
        Seconds::from_micros(micros.0) + STRETCH
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use springhead_testkit::{Source, SourceOptions, VIDEO};

    use super::*;

    fn cutter(options: SourceOptions, config: &PackagerConfig) -> (Cutter, Vec<AccessUnit>) {
        let source = Source::new(options);
        let track = source.tracks().track(VIDEO).expect("there are pictures").clone();
        let presented_from = Ticks::ZERO;
        let body = fmp4::init_section(&track, presented_from).expect("the track can be described");
        let period = Period {
            id: springhead_core::DiscontinuitySequence(0),
            start: Duration::ZERO,
            wall: WallTime(0),
            zero: Timestamp::ZERO,
            zero_scale: track.timescale,
            from: Timestamp::ZERO,
            follows: crate::segment::Follows::Anew,
        };
        let init = Arc::new(Init { id: 0, track, presented_from, body, in_transport_streams: true });
        let cutter = Cutter::new(
            init,
            Arc::new(period),
            &CutBy { config, part_target: None },
            Numbers { chunk: 1, part: 0, init: 0 },
        );
        (cutter, source.until(Duration::from_secs(2)))
    }

    fn silent() -> SourceOptions {
        SourceOptions { audio_rate: None, ..SourceOptions::default() }
    }

    const OPENING: Opening = Opening { msn: MediaSequence(0), discontinuity: false };

    #[test]
    fn a_unit_that_no_sample_can_hold_is_refused_and_changes_nothing() {
        let (mut cutter, units) = cutter(silent(), &PackagerConfig::default());
        let early = AccessUnit { dts: Timestamp(-1), ..units[0].clone() };
        let far = AccessUnit { composition_offset: springhead_core::TickDelta(1 << 40), ..units[0].clone() };
        assert_eq!((cutter.append(&early, OPENING), cutter.append(&far, OPENING)), (Err(Unfit), Err(Unfit)));
        assert!(!cutter.is_open() && cutter.frontier().is_none());
    }

    #[test]
    fn a_part_is_complete_with_its_last_picture_and_does_not_wait_for_the_next() {
        let (mut cutter, units) = cutter(silent(), &PackagerConfig::default());
        for unit in &units[..14] {
            cutter.append(unit, OPENING).expect("the unit fits");
        }
        assert_eq!(cutter.open_parts(), 0);
        cutter.append(&units[14], OPENING).expect("the unit fits");
        assert_eq!(cutter.open_parts(), 1);
    }

    #[test]
    fn a_picture_that_begins_where_a_part_ends_is_of_the_next_though_no_duration_is_known() {
        let (mut cutter, mut units) = cutter(silent(), &PackagerConfig::default());
        units.iter_mut().for_each(|unit| unit.duration = Ticks::ZERO);
        for unit in &units[..16] {
            cutter.append(unit, OPENING).expect("the unit fits");
        }
        assert_eq!(cutter.open_parts(), 1);
        let segment = cutter.close_segment(Some(&units[16]), None).expect("a segment is open");
        let chunks = fmp4::read::chunks(&segment.body().to_bytes()).expect("what was written can be read");
        let durations: Vec<u32> =
            chunks.iter().flat_map(|chunk| &chunk.samples).map(|sample| sample.duration).collect();
        assert_eq!(durations, [3000; 16]);
    }

    #[test]
    fn a_third_of_a_second_is_ten_pictures_at_thirty_a_second() {
        let config = PackagerConfig { part: Duration::from_millis(333), ..PackagerConfig::default() };
        let (cutter, _) = cutter(silent(), &config);
        assert_eq!(cutter.part_target(), Seconds::from_micros(333_339));
    }

    #[test]
    fn what_the_decode_time_cannot_take_up_the_composition_offset_does() {
        let (mut cutter, mut units) = cutter(silent(), &PackagerConfig::default());
        // Pictures that come 10 ms late after the chunk before was closed by estimate.
        units[3..].iter_mut().for_each(|unit| unit.dts += Ticks(900));
        for unit in &units[..12] {
            cutter.append(unit, OPENING).expect("the unit fits");
        }
        let segment = cutter.close_segment(None, None).expect("a segment is open");
        let chunks = fmp4::read::chunks(&segment.body().to_bytes()).expect("what was written can be read");
        let mut decode = 0;
        let mut shown = Vec::new();
        for chunk in chunks {
            assert_eq!(chunk.base_decode_time, decode);
            for sample in chunk.samples {
                shown.push(Timestamp(decode as i64 + sample.composition_offset));
                decode += u64::from(sample.duration);
            }
        }
        assert_eq!(shown, units[..12].iter().map(AccessUnit::pts).collect::<Vec<_>>());
    }

    #[test]
    fn a_segment_that_begins_with_an_open_group_begins_when_its_first_leading_picture_is_shown() {
        let (mut cutter, mut units) = cutter(silent(), &PackagerConfig::default());
        let (picture, delay) = (units[1].dts.delta_since(units[0].dts), units[0].composition_offset);
        units[30].flags = springhead_core::UnitFlags::RANDOM_ACCESS | springhead_core::UnitFlags::OPEN;
        units[30].composition_offset = springhead_core::TickDelta(delay.0 + 2 * picture.0);
        for unit in &mut units[31..33] {
            unit.flags = springhead_core::UnitFlags::LEADING;
            unit.composition_offset = springhead_core::TickDelta(delay.0 - picture.0);
        }
        let mut segments = Vec::new();
        let last = units.pop().expect("two seconds of pictures");
        for unit in &units {
            if unit.is_open() {
                segments.extend(cutter.close_segment(Some(unit), None));
            }
            cutter.append(unit, OPENING).expect("the unit fits");
        }
        segments.extend(cutter.close_segment(Some(&last), None));
        let told: Vec<_> =
            segments.iter().map(|segment| (segment.start.0, segment.ticks.0, segment.open_group)).collect();
        let (first, open) = (units[0].pts(), units[31].pts());
        let ticks = |from: Timestamp, to: Timestamp| to.saturating_since(from).0;
        assert_eq!(told, [(first.0, ticks(first, open), false), (open.0, ticks(open, last.pts()), true)]);
    }

    #[test]
    fn a_segment_of_an_even_pace_tells_its_rate_and_one_of_any_other_does_not() {
        let (mut cutter, units) = cutter(silent(), &PackagerConfig::default());
        for unit in &units[..30] {
            cutter.append(unit, OPENING).expect("the unit fits");
        }
        let mut segment = cutter.close_segment(Some(&units[30]), None).expect("a segment is open");
        assert_eq!(segment.units, 30);
        for (ticks, rate) in [
            (90_000, Some((30, 1))),
            (90_090, Some((30_000, 1001))),
            (90_020, Some((30, 1))),
            (70_000, None),
            (0, None),
        ] {
            segment.ticks = Ticks(ticks);
            assert_eq!(segment.frame_rate().map(|rate| (rate.num, rate.den)), rate, "{ticks}");
        }
    }
}
