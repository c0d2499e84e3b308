//! Several contents, of which one is shown.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, Now, TimelineId, TrackSet};

use super::{Output, leader};

/// How long a content that is wanted more has to be there before it is shown again, so that a connection that comes and goes
/// does not take viewers along each time.
const SETTLED: Duration = Duration::from_secs(3);
/// How long the content that is shown may send nothing before another is shown.
const SILENT: Duration = Duration::from_secs(2);

/// Shows the first of several contents that is there. It changes from one to another at random access points of the one that
/// comes, each change a new timeline: at once when what was shown is gone, and back when what is wanted more has settled.
#[derive(Debug)]
pub struct Failover {
    contents: Vec<Content>,
    shown: Option<usize>,
    /// The number of the timeline that is given out, and of the content's own that it stands for.
    timeline: Option<(TimelineId, TimelineId)>,
    set: Option<(Arc<TrackSet>, Arc<TrackSet>)>,
    out: VecDeque<Output>,
}

#[derive(Clone, Debug, Default)]
struct Content {
    /// Since when it has been sent without a break.
    since: Option<MonoTime>,
    newest: MonoTime,
}

impl Failover {
    /// A failover among so many contents.
    pub fn new(contents: usize) -> Self {
        Self {
            contents: vec![Content::default(); contents],
            shown: None,
            timeline: None,
            set: None,
            out: VecDeque::new(),
        }
    }

    /// Takes a unit of one content; then drain [`poll_output`](Self::poll_output).
    pub fn handle_unit(&mut self, rank: usize, unit: AccessUnit, tracks: Arc<TrackSet>, now: Now) {
        let Some(content) = self.contents.get_mut(rank) else { return };
        if content.since.is_some() && now.mono.saturating_since(content.newest) >= SILENT {
            content.since = None;
        }
        let since = *content.since.get_or_insert(now.mono);
        content.newest = now.mono;
        if self.shown != Some(rank) {
            let settled = now.mono.saturating_since(since) >= SETTLED;
            let wanted = match self.shown {
                None => true,
                Some(shown) => (rank < shown && settled) || self.is_silent(shown, now.mono),
            };
            let enters = leader(&tracks) == Some(unit.track) && unit.is_random_access();
            // Of several that could be shown, the one that is wanted most.
            let better = (0..rank).any(|better| self.contents[better].since.is_some() && Some(better) != self.shown);
            let in_time = !better || settled;
            if !(wanted && enters && in_time) {
                return;
            }
            self.shown = Some(rank);
            self.timeline = Some((self.timeline.map_or(TimelineId(0), |(last, _)| last.next()), tracks.timeline));
            self.set = None;
        }
        let tracks = self.on_timeline(tracks);
        self.out.push_back(Output::Unit { unit, tracks });
    }

    /// A content is not sent any more, whether it comes back or not.
    pub fn handle_gone(&mut self, rank: usize, _now: Now) {
        let Some(content) = self.contents.get_mut(rank) else { return };
        content.since = None;
        if self.shown == Some(rank) {
            self.shown = None;
            self.out.push_back(Output::Interrupted);
        }
    }

    /// When the content that is shown has been silent for too long; none where there is no other.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        let shown = self.shown?;
        let other = self.contents.iter().enumerate().any(|(rank, content)| rank != shown && content.since.is_some());
        other.then(|| self.contents[shown].newest + SILENT)
    }

    /// Lets go of a content that is silent.
    pub fn handle_timeout(&mut self, now: Now) {
        if let Some(shown) = self.shown.filter(|_| self.poll_timeout().is_some_and(|at| at <= now.mono)) {
            self.handle_gone(shown, now);
        }
    }

    /// What comes next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn is_silent(&self, rank: usize, now: MonoTime) -> bool {
        now.saturating_since(self.contents[rank].newest) >= SILENT
    }

    /// The set as it is given out: on a timeline that no other content has.
    fn on_timeline(&mut self, tracks: Arc<TrackSet>) -> Arc<TrackSet> {
        if let Some((own, given)) = &self.set
            && Arc::ptr_eq(own, &tracks)
        {
            return given.clone();
        }
        let (mut timeline, own) = self.timeline.unwrap_or((TimelineId(0), tracks.timeline));
        if own != tracks.timeline {
            timeline = timeline.next();
        }
        self.timeline = Some((timeline, tracks.timeline));
        let given = Arc::new(TrackSet { timeline, ..(*tracks).clone() });
        self.set = Some((tracks, given.clone()));
        given
    }
}
