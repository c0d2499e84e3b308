//! Durations by their percentiles, in fixed memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets per doubling: the 5 bits below a value's highest one are kept, so a value is known to 1/32 of itself.
const SUB_BITS: u32 = 5;
const SUB_BUCKETS: usize = 1 << SUB_BITS;
/// Values below [`SUB_BUCKETS`] have a bucket each; every doubling above up to 2^64 has [`SUB_BUCKETS`].
const BUCKETS: usize = (64 - SUB_BITS as usize + 1) * SUB_BUCKETS;

/// A log-linear histogram of durations, which many record into without a lock.
///
/// 15 KiB, whatever is recorded. A duration is kept in nanoseconds to a relative precision of 1/32, from 1 ns to 584
/// years; a longer one counts as that. Recording is three additions and two comparisons, each atomic by itself and
/// `Relaxed`; a [`snapshot`](Self::snapshot) taken meanwhile may be a record apart between its parts.
///
/// ```
/// use std::time::Duration;
/// let latency = springhead_analytics::Histogram::new();
/// (1..=100).for_each(|n| latency.record(Duration::from_nanos(n)));
/// let seen = latency.snapshot();
/// assert_eq!((seen.count(), seen.max()), (100, Some(Duration::from_nanos(100))));
/// assert_eq!(seen.percentile(50), Some(Duration::from_nanos(50)));
/// ```
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU64]>,
    /// The sum in nanoseconds, modulo 2^64.
    sum: AtomicU64,
    min: AtomicU64,
    max: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
            min: AtomicU64::new(u64::MAX),
            max: AtomicU64::new(0),
        }
    }

    /// Takes in one duration.
    pub fn record(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket_of(nanos)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
        self.min.fetch_min(nanos, Ordering::Relaxed);
        self.max.fetch_max(nanos, Ordering::Relaxed);
    }

    /// All that was recorded up to now.
    pub fn snapshot(&self) -> Distribution {
        Distribution {
            buckets: self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect(),
            sum: self.sum.load(Ordering::Relaxed),
            min: self.min.load(Ordering::Relaxed),
            max: self.max.load(Ordering::Relaxed),
        }
    }
}

/// What a [`Histogram`] held at one time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distribution {
    buckets: Box<[u64]>,
    sum: u64,
    min: u64,
    max: u64,
}

impl Distribution {
    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The sum of all durations, modulo 2^64 ns: what a Prometheus histogram's `_sum` is, exact where it does not wrap.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum)
    }

    /// The shortest, exactly.
    pub fn min(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_nanos(self.min))
    }

    /// The longest, exactly.
    pub fn max(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_nanos(self.max))
    }

    /// The duration that `percent` of all do not exceed; see [`per_mille`](Self::per_mille).
    pub fn percentile(&self, percent: u8) -> Option<Duration> {
        self.per_mille(u16::from(percent) * 10)
    }

    /// The duration that `per_mille` thousandths of all do not exceed: never below the true one, and above it by at most
    /// 1/32. None when nothing was recorded. More than 1000 counts as 1000.
    pub fn per_mille(&self, per_mille: u16) -> Option<Duration> {
        let count = u128::from(self.count());
        if count == 0 {
            return None;
        }
        let rank = (count * u128::from(per_mille.min(1000))).div_ceil(1000).max(1);
        let mut seen = 0u128;
        let bucket = self.buckets.iter().position(|n| {
            seen += u128::from(*n);
            seen >= rank
        });
        let top = bucket.map_or(self.max, top_of);
        Some(Duration::from_nanos(top.clamp(self.min.min(self.max), self.max)))
    }

    /// The median.
    pub fn p50(&self) -> Option<Duration> {
        self.percentile(50)
    }

    /// The 95th percentile.
    pub fn p95(&self) -> Option<Duration> {
        self.percentile(95)
    }

    /// The 99th percentile.
    pub fn p99(&self) -> Option<Duration> {
        self.percentile(99)
    }

    /// Adds all that another one holds.
    pub fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(mine, theirs)| *mine += theirs);
        self.sum = self.sum.wrapping_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

fn bucket_of(value: u64) -> usize {
    if value < SUB_BUCKETS as u64 {
        return value as usize;
    }
    let doublings = value.ilog2() - SUB_BITS;
    let sub = (value >> doublings) as usize - SUB_BUCKETS;
    (doublings as usize + 1) * SUB_BUCKETS + sub
}

/// The largest value that falls into the bucket.
fn top_of(bucket: usize) -> u64 {
    let (row, sub) = (bucket / SUB_BUCKETS, bucket % SUB_BUCKETS);
    if row == 0 {
        return sub as u64;
    }
    let doublings = row as u32 - 1;
    let bottom = ((SUB_BUCKETS + sub) as u64) << doublings;
    bottom + ((1 << doublings) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nanos(n: u64) -> Option<Duration> {
        Some(Duration::from_nanos(n))
    }

    #[test]
    fn an_empty_histogram_claims_nothing() {
        let empty = Histogram::new().snapshot();
        assert_eq!((empty.count(), empty.min(), empty.max(), empty.p50(), empty.p99()), (0, None, None, None, None));
    }

    #[test]
    fn a_duration_beyond_the_range_counts_as_the_longest() {
        let histogram = Histogram::new();
        histogram.record(Duration::MAX);
        assert_eq!(histogram.snapshot().p50(), nanos(u64::MAX));
    }

    #[test]
    fn the_percentiles_of_a_known_distribution_are_right_to_a_32nd() {
        let histogram = Histogram::new();
        (1..=1000).for_each(|n| histogram.record(Duration::from_micros(n)));
        let seen = histogram.snapshot();
        assert_eq!((seen.count(), seen.sum()), (1000, Duration::from_micros(500_500)));
        assert_eq!((seen.min(), seen.max()), (nanos(1_000), nanos(1_000_000)));
        assert_eq!(seen.p50(), nanos(507_903));
        assert_eq!(seen.p95(), nanos(950_271));
        assert_eq!(seen.p99(), nanos(999_423));
        assert_eq!(seen.percentile(100), nanos(1_000_000));
    }

    #[test]
    fn merging_is_recording_both() {
        let (a, b, both) = (Histogram::new(), Histogram::new(), Histogram::new());
        for n in [3, 70, 900, 12_345] {
            a.record(Duration::from_nanos(n));
            b.record(Duration::from_nanos(n * n));
            both.record(Duration::from_nanos(n));
            both.record(Duration::from_nanos(n * n));
        }
        let mut merged = a.snapshot();
        merged.merge(&b.snapshot());
        assert_eq!(merged, both.snapshot());
    }

    proptest! {
        #[test]
        fn a_value_lies_in_its_bucket_and_the_top_is_at_most_a_32nd_above(value in any::<u64>(), shift in 0..64u32) {
            let value = value >> shift;
            let bucket = bucket_of(value);
            prop_assert!(bucket < BUCKETS);
            let top = top_of(bucket);
            prop_assert!(top >= value && top - value <= value / 32);
            prop_assert!(bucket == 0 || top_of(bucket - 1) < value);
        }
    }
}
