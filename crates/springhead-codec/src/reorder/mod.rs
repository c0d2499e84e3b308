//! Decode times for pictures of which only presentation times are known, as RTP carries them (RFC 3550 §5.1).
//!
//! A file or a transport stream orders pictures by when they are decoded, and needs that time of each. A protocol that
//! sends pictures in decoding order with the times at which they are shown leaves it to the receiver. Nothing here knows a
//! codec: what it takes from the bitstream is how far pictures are reordered (`max_num_reorder_frames` of ITU-T H.264
//! §E.2.1, `sps_max_num_reorder_pics` of ITU-T H.265 §7.4.3.2.1, `dpb_max_num_reorder_pics` of ITU-T H.266 §7.4.3.4).

#[cfg(all(test, feature = "avc"))]
mod tests;

use springhead_core::Timescale;

/// The most pictures that precede one in decoding order and follow it in output order, in any of the standards.
pub const MAX_DEPTH: u8 = 16;

/// How many of the latest presentation times decide on a decode time.
const KEPT: usize = MAX_DEPTH as usize + 1;

/// The most levels of a pyramid whose leading pictures are reckoned with: groups of 64 pictures.
const MOST_LEVELS: usize = 6;

/// Times beyond this are taken for it, so that no sum of two overflows.
const FARTHEST: i64 = 1 << 61;

/// The rate that is supposed as long as nothing tells of one.
const GUESSED_RATE: i64 = 25;

/// The place of a picture in output order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// The picture order count, relative to the picture that began the coded video sequence.
    pub count: i32,
    /// By how much the counts of neighbours in output order differ: 2 for the frames of ITU-T H.264, whose fields count by
    /// themselves, 1 for pictures of ITU-T H.265 and H.266.
    pub per_picture: u8,
}

/// One picture, in decoding order. The two fields of a frame are one picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Picture {
    /// When it is shown, in ticks, with no wrap in it. Beyond ±2⁶¹ it is taken for that.
    pub pts: i64,
    /// How many pictures at most precede one in decoding order and follow it in output order, as the parameter sets in
    /// force state it; above [`MAX_DEPTH`] it is taken for that.
    pub depth: u8,
    /// It begins a coded video sequence: every picture before it in decoding order is shown before it, as with an IDR
    /// picture.
    pub begins_sequence: bool,
    /// Pictures that come after it and are given to the clock may be shown before it, as with an access point of type 2.
    /// It matters for the first picture only.
    pub leading_follow: bool,
    /// Its place in output order, where the codec can tell.
    pub order: Option<Order>,
    /// How long a picture lasts, in ticks, where the bitstream or the session states it; 0 states nothing.
    pub duration: u32,
}

/// The times of one picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// When it is decoded: after the one before, and not after it is shown.
    pub dts: i64,
    /// When it is shown: the time that came in, or `dts` where that is later.
    pub pts: i64,
    /// What came in contradicts what came before, so that one of the times is not what it would be.
    pub nudged: bool,
}

/// Gives each picture a decode time as soon as it comes, and waits for no other.
///
/// With the depth d, the n-th picture is decoded when the picture that is the (n − d)-th in output order is shown. At that
/// point all pictures up to that one have come, so its time is known: it is the (d + 1)-th latest of the presentation times
/// so far. The first d pictures are decoded before any is shown: their times lie a picture's duration apart before the
/// first presentation time. The duration is the one that is stated; else it is measured by the picture orders, from the
/// second picture on; else it is the shortest distance of two presentation times so far, or a twenty-fifth of a second if
/// that is shorter. A wrong guess moves no time but those of the first d pictures.
///
/// What always holds: decode times rise strictly, none is later than its presentation time, and a presentation time is
/// never moved to earlier. Where the depth grows with a sequence, the times of as many pictures as it grows by are spread
/// evenly over what is left until the next presentation time; where it shrinks, decoding time advances by as many pictures at once. A
/// presentation time that is not later than a decode time already given is moved behind it and counted; if it is reordering
/// that the stated depth does not account for, the depth that is found to be needed is in force as long as the same depth
/// is stated. A picture that was lost leaves a gap and nothing else.
///
/// A caller for which time begins anew uses a new clock. Where leading pictures follow the first picture, that is decoded
/// earlier by as many pictures as a pyramid of the depth has between two of its references, because so many of them may
/// come.
///
/// ```
/// use springhead_codec::reorder::{DecodeClock, Picture};
/// use springhead_core::Timescale;
/// let mut clock = DecodeClock::new(Timescale::MILLIS);
/// // I0 P3 B1 B2 P6 B4 B5
/// let times = [0, 120, 40, 80, 240, 160, 200].map(|pts| {
///     clock.push(Picture { pts, depth: 1, begins_sequence: pts == 0, duration: 40, ..Picture::default() }).dts
/// });
/// assert_eq!(times, [-40, 0, 40, 80, 120, 160, 200]);
/// assert_eq!(clock.nudged(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct DecodeClock {
    guess: i64,
    /// The latest presentation times, ascending.
    latest: Vec<i64>,
    last: Option<i64>,
    stated: u8,
    needed: u8,
    shortest: Option<i64>,
    measured: Option<i64>,
    sequence: Option<Sequence>,
    /// Leading pictures of the first picture may still come.
    led: bool,
    nudged: u64,
}

/// What a coded video sequence began with, or what came first.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    pts: i64,
    order: Option<Order>,
    highest: Option<i32>,
}

impl DecodeClock {
    /// A clock of that many ticks a second.
    pub fn new(timescale: Timescale) -> Self {
        Self {
            guess: (i64::from(timescale.hz()) / GUESSED_RATE).max(1),
            latest: Vec::with_capacity(KEPT + 1),
            last: None,
            stated: 0,
            needed: 0,
            shortest: None,
            measured: None,
            sequence: None,
            led: false,
            nudged: 0,
        }
    }

    /// The times of the next picture in decoding order.
    pub fn push(&mut self, picture: Picture) -> Times {
        let pts = picture.pts.clamp(-FARTHEST, FARTHEST);
        if picture.begins_sequence {
            // Nothing before it is shown after it: a time that says so was wrong, and so is what was learnt from it.
            let sound = self.latest.partition_point(|&time| time < pts);
            if sound < self.latest.len() {
                self.latest.truncate(sound);
                self.needed = 0;
            }
        }
        let earliest = self.last.map_or(i64::MIN, |last| last + 1);
        let depth = self.depth(&picture, pts, pts < earliest);
        self.begin_or_measure(&picture, pts);
        let repeated = self.latest.binary_search(&pts).is_ok();
        self.keep(pts);

        let shown = self.latest.partition_point(|&time| time < earliest);
        let pending = &self.latest[shown..];
        let missing = (depth + 1).saturating_sub(pending.len());
        let dts = match (pending.get(pending.len().wrapping_sub(depth + 1)), pending.first(), self.last) {
            (Some(&next), _, _) => next,
            (None, Some(&next), None) => {
                self.led = picture.leading_follow;
                let leading = if self.led { (1 << depth.min(MOST_LEVELS)) - 1 } else { 0 };
                next - self.ahead(missing + leading, &picture)
            }
            (None, Some(&next), Some(last)) if self.led => {
                let spaced = last + self.ahead(1, &picture);
                if spaced < next { spaced } else { earliest }
            }
            // What is shown up to the first picture of the sequence is all here, so that the time until then is free.
            (None, Some(&next), Some(last)) if self.sequence.is_some_and(|sequence| next <= sequence.pts) => {
                let spaced = next - self.ahead(missing, &picture);
                if spaced > last { spaced } else { earliest.max(last + (next - last) / (missing as i64 + 1)) }
            }
            // Of what comes later another picture may be shown first.
            _ => earliest,
        };
        self.led &= missing > 0;
        self.last = Some(dts);
        let nudged = repeated || dts > pts;
        self.nudged += u64::from(nudged);
        Times { dts, pts: pts.max(dts), nudged }
    }

    /// How many pictures were nudged.
    pub fn nudged(&self) -> u64 {
        self.nudged
    }

    /// The depth in force at a picture, which may come too late for the depth that was.
    fn depth(&mut self, picture: &Picture, pts: i64, late: bool) -> usize {
        let stated = picture.depth.min(MAX_DEPTH);
        if stated != self.stated {
            (self.stated, self.needed) = (stated, 0);
        }
        if late && !picture.begins_sequence && self.is_reordered(picture, pts) {
            let before = self.latest.len() - self.latest.partition_point(|&time| time <= pts);
            self.needed = self.needed.max((before as u8).min(MAX_DEPTH));
        }
        usize::from(stated.max(self.needed))
    }

    /// Whether a picture that comes late may do so because of its place in output order; if not, time has jumped.
    fn is_reordered(&self, picture: &Picture, pts: i64) -> bool {
        let Some(sequence) = self.sequence else { return false };
        match (picture.order, sequence.highest) {
            (Some(order), Some(highest)) => order.count < highest,
            _ => pts > sequence.pts,
        }
    }

    /// Takes from the picture orders how long a picture lasts.
    fn begin_or_measure(&mut self, picture: &Picture, pts: i64) {
        let count = picture.order.map(|order| order.count);
        match &mut self.sequence {
            Some(sequence) if !picture.begins_sequence => {
                if let (Some(first), Some(order)) = (sequence.order, picture.order) {
                    let apart = i64::from(order.count) - i64::from(first.count);
                    let ticks = (i128::from(pts) - i128::from(sequence.pts)) * i128::from(order.per_picture);
                    let each = if apart == 0 { 0 } else { ticks / i128::from(apart) };
                    self.measured = i64::try_from(each).ok().filter(|&each| each > 0).or(self.measured);
                }
                sequence.highest = sequence.highest.max(count);
            }
            sequence => *sequence = Some(Sequence { pts, order: picture.order, highest: count }),
        }
    }

    /// Puts a presentation time among the latest.
    fn keep(&mut self, pts: i64) {
        let at = self.latest.partition_point(|&time| time <= pts);
        let before = at.checked_sub(1).map(|before| pts - self.latest[before]);
        let after = self.latest.get(at).map(|after| after - pts);
        let shortest = [self.shortest, before, after].into_iter().flatten().filter(|&apart| apart > 0).min();
        self.shortest = shortest;
        self.latest.insert(at, pts);
        if self.latest.len() > KEPT {
            self.latest.remove(0);
        }
    }

    /// How long `count` pictures last.
    fn ahead(&self, count: usize, picture: &Picture) -> i64 {
        let stated = Some(i64::from(picture.duration)).filter(|&stated| stated > 0);
        let guessed = || self.shortest.map_or(self.guess, |shortest| shortest.min(self.guess));
        let each = stated.or(self.measured).unwrap_or_else(guessed);
        // Bounded, so that the sum of eighty of them and the farthest time does not overflow.
        each.min(1 << 54) * count as i64
    }
}
