//! SegmentTimeline.

use std::sync::Arc;

use super::DashError;
use super::xml::{Attributes, Number, Scope, XmlWriter};

/// `SegmentTimeline`, when each segment begins and how long it lasts (ISO/IEC 23009-1 §5.3.9.6), in the ticks of the
/// template's `@timescale`.
///
/// ```
/// use springhead_manifest::dash::SegmentTimeline;
/// let timeline = SegmentTimeline::from_segments([(900, 180), (1080, 180), (1260, 90)]);
/// assert_eq!(timeline.s.len(), 2);
/// assert_eq!((timeline.s[0].t, timeline.s[0].d, timeline.s[0].r), (Some(900), 180, 1));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SegmentTimeline {
    /// The runs of segments, in order. Shared, as every Representation of a set may take them from it.
    pub s: Arc<[S]>,
}

/// `S`, a run of segments of equal duration.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct S {
    /// `@t`, when the first one begins. None: where the run before ends, or at 0.
    pub t: Option<u64>,
    /// `@d`, how long each lasts.
    pub d: u64,
    /// `@r`, how many follow the first; negative: up to the next `S@t`, or to the end of the Period.
    pub r: i32,
    /// `@k`, how many chunks of equal duration each segment has.
    pub k: Option<u64>,
}

/// A run with its beginning worked out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Run {
    /// When the first segment begins.
    pub start: u64,
    /// How long each lasts.
    pub duration: u64,
    /// How many there are. None: as many as fit up to the next run or the end of the Period.
    pub count: Option<u64>,
}

impl Run {
    /// When the last segment ends, saturating; none for a run of no stated length.
    pub fn end(&self) -> Option<u64> {
        self.count.map(|count| self.start.saturating_add(self.duration.saturating_mul(count)))
    }
}

impl SegmentTimeline {
    /// The shortest timeline that states exactly these beginnings and durations: equal neighbours become one run, and
    /// `S@t` stands on the first and wherever a segment does not begin where the one before it ends.
    pub fn from_segments(segments: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut s: Vec<S> = Vec::new();
        let mut end = None;
        for (t, d) in segments {
            let joins = end == Some(t);
            end = t.checked_add(d);
            match s.last_mut() {
                Some(run) if joins && run.d == d && run.r < i32::MAX => run.r += 1,
                _ => s.push(S { t: (!joins).then_some(t), d, r: 0, k: None }),
            }
        }
        Self { s: s.into() }
    }

    /// The runs, each with its beginning. Takes as long as there are `S`, whatever they repeat.
    pub fn runs(&self) -> impl Iterator<Item = Run> {
        let mut end = 0u64;
        self.s.iter().map(move |s| {
            let count = u64::try_from(s.r).ok().map(|r| r + 1);
            let run = Run { start: s.t.unwrap_or(end), duration: s.d, count };
            // Behind a run of no stated length the next one has to say when it begins.
            end = run.end().unwrap_or(run.start);
            run
        })
    }

    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        let s = scope.all("S", |s| {
            Ok(S {
                t: s.parsed("t")?,
                d: s.required("d", s.parsed("d")?)?,
                r: s.parsed("r")?.unwrap_or(0),
                k: s.parsed("k")?,
            })
        })?;
        Ok(Self { s: s.into() })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        out.element(Attributes::of("SegmentTimeline"), |out| {
            // A run is a line of some thirty bytes as a rule, of which an MPD may have thousands.
            out.reserve(32 * self.s.len());
            for s in self.s.iter() {
                let (t, k) = (s.t.map(Number::from), s.k.map(Number::from));
                let r = (s.r != 0).then_some(Number::from(s.r));
                out.numbers("S", [("t", t), ("d", Some(s.d.into())), ("r", r), ("k", k)]);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expand(timeline: &SegmentTimeline) -> Vec<(u64, u64)> {
        let each = |run: Run| (0..run.count.unwrap()).map(move |n| (run.start + n * run.duration, run.duration));
        timeline.runs().flat_map(each).collect()
    }

    #[test]
    fn a_gap_or_an_overlap_is_stated_and_not_smoothed_over() {
        let segments = [(0, 10), (10, 10), (21, 10), (30, 10), (40, 11)];
        let timeline = SegmentTimeline::from_segments(segments);
        let starts: Vec<_> = timeline.s.iter().map(|s| s.t).collect();
        assert_eq!(starts, [Some(0), Some(21), Some(30), None]);
        assert_eq!(expand(&timeline), segments);
    }

    #[test]
    fn a_timeline_that_ends_at_the_last_tick_does_not_overflow() {
        let timeline = SegmentTimeline::from_segments([(u64::MAX - 1, 1), (u64::MAX, 1), (u64::MAX, 1)]);
        assert_eq!(timeline.s.len(), 2);
        assert!(timeline.runs().all(|run| run.end() == Some(u64::MAX)));
    }

    proptest! {
        #[test]
        fn runs_state_every_segment_exactly(
            first in 0u64..1 << 40,
            steps in prop::collection::vec((1u64..5, prop::bool::weighted(0.1)), 0..50),
        ) {
            let mut at = first;
            let segments: Vec<_> = steps.into_iter().map(|(d, gap)| {
                let t = at + u64::from(gap);
                at = t + d;
                (t, d)
            }).collect();
            let timeline = SegmentTimeline::from_segments(segments.clone());
            prop_assert_eq!(expand(&timeline), segments);
            let unequal = timeline.s.windows(2).all(|w| w[1].t.is_some() || w[0].d != w[1].d);
            prop_assert!(unequal, "equal neighbours are one run");
        }
    }
}
