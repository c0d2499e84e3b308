//! Who reads a broadcast.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use springhead_core::Now;
use springhead_fanout::ReaderStats;

/// What is known of one reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderReport {
    /// By which protocol.
    pub protocol: &'static str,
    /// From where.
    pub remote: Option<SocketAddr>,
    /// When it came.
    pub since: Now,
    /// What became of the units since its start, as of the last one that it took.
    pub stats: ReaderStats,
}

/// The readers of one broadcast who came through [`Engine::play`](crate::Engine::play).
#[derive(Debug, Default)]
pub(crate) struct Audience(Mutex<Seats>);

#[derive(Debug, Default)]
struct Seats {
    /// By where the account lies, as long as it does.
    there: HashMap<usize, Weak<Account>>,
    /// What became of the units of those who have gone.
    gone: ReaderStats,
}

/// What one reader's session writes and others read.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) protocol: &'static str,
    pub(crate) remote: Option<SocketAddr>,
    since: Now,
    /// In the order of the fields of [`ReaderStats`]. Each is a figure of its own, on which nothing else depends.
    stats: [AtomicU64; 5],
}

impl Account {
    pub(crate) fn update(&self, stats: &ReaderStats) {
        let ReaderStats { received, skipped, spared, breaks, overtaken } = *stats;
        let figures = [received, skipped, spared, breaks, overtaken];
        self.stats.iter().zip(figures).for_each(|(place, figure)| place.store(figure, Ordering::Relaxed));
    }

    fn stats(&self) -> ReaderStats {
        let [received, skipped, spared, breaks, overtaken] =
            [0, 1, 2, 3, 4].map(|at: usize| self.stats[at].load(Ordering::Relaxed));
        ReaderStats { received, skipped, spared, breaks, overtaken }
    }
}

impl Audience {
    /// Somebody comes.
    pub(crate) fn enter(&self, protocol: &'static str, remote: Option<SocketAddr>, since: Now) -> Arc<Account> {
        let account = Arc::new(Account { protocol, remote, since, stats: Default::default() });
        self.seats().there.insert(place(&account), Arc::downgrade(&account));
        account
    }

    /// Somebody goes.
    pub(crate) fn leave(&self, account: &Arc<Account>) {
        let mut seats = self.seats();
        seats.gone = sum(seats.gone, account.stats());
        seats.there.remove(&place(account));
    }

    /// Those who are there, in no order.
    pub(crate) fn reports(&self) -> Vec<ReaderReport> {
        let there: Vec<_> = self.seats().there.values().filter_map(Weak::upgrade).collect();
        let report = |account: Arc<Account>| {
            let Account { protocol, remote, since, .. } = *account;
            ReaderReport { protocol, remote, since, stats: account.stats() }
        };
        there.into_iter().map(report).collect()
    }

    /// What became of the units of all readers that there ever were.
    pub(crate) fn total(&self) -> ReaderStats {
        let seats = self.seats();
        seats.there.values().filter_map(Weak::upgrade).fold(seats.gone, |total, account| sum(total, account.stats()))
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn place(account: &Arc<Account>) -> usize {
    Arc::as_ptr(account).addr()
}

fn sum(one: ReaderStats, other: ReaderStats) -> ReaderStats {
    ReaderStats {
        received: one.received + other.received,
        skipped: one.skipped + other.skipped,
        spared: one.spared + other.spared,
        breaks: one.breaks + other.breaks,
        overtaken: one.overtaken + other.overtaken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_those_who_left_were_given_is_not_forgotten() {
        let audience = Audience::default();
        let [one, other] = ["rtmp", "srt"].map(|protocol| audience.enter(protocol, None, Now::default()));
        one.update(&ReaderStats { received: 5, skipped: 2, spared: 1, breaks: 1, overtaken: 0 });
        other.update(&ReaderStats { received: 7, overtaken: 1, ..ReaderStats::default() });
        audience.leave(&one);
        assert_eq!(
            audience.reports().iter().map(|report| (report.protocol, report.stats.received)).collect::<Vec<_>>(),
            [("srt", 7)]
        );
        assert_eq!(audience.total(), ReaderStats { received: 12, skipped: 2, spared: 1, breaks: 1, overtaken: 1 });
    }
}
