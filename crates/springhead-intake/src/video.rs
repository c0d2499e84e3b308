//! Pictures: parameter sets, the start gate, decode and presentation times.

use std::sync::Arc;

use bytes::Bytes;
use springhead_codec::video::{VideoConfig, VideoError};
use springhead_core::{Codec, TickDelta, Ticks, Timestamp, Track, UnitFlags};

use crate::SourceClock;
use crate::grid::Grid;
use crate::timeline::Stamp;

/// The decoder configuration in force, and one that waits for a random access point (N-15).
#[derive(Debug)]
pub(crate) struct Configuration {
    codec: Codec,
    current: Option<VideoConfig>,
    next: Option<(VideoConfig, Option<Arc<Track>>)>,
}

impl Configuration {
    /// Of a track whose record may be beyond reading: then the first one in band takes its place.
    pub(crate) fn new(track: &Track) -> Self {
        Self { codec: track.codec, current: VideoConfig::parse(track.codec, &track.config).ok(), next: None }
    }

    /// The configuration in force.
    pub(crate) fn current(&self) -> Option<&VideoConfig> {
        self.current.as_ref()
    }

    /// A new record out of band.
    pub(crate) fn replace(&mut self, track: &Arc<Track>) -> Result<(), VideoError> {
        let config = VideoConfig::parse(track.codec, &track.config)?;
        let says_the_same = self.current.as_ref().is_some_and(|current| current.says_the_same(&config));
        self.next = (!says_the_same).then(|| (config, Some(Arc::clone(track))));
        Ok(())
    }

    /// What was found in band.
    pub(crate) fn update(&mut self, found: &[Bytes]) -> Result<(), VideoError> {
        if found.is_empty() {
            return Ok(());
        }
        let base = self.next.as_ref().map(|(config, _)| config).or(self.current.as_ref());
        let config = match base {
            Some(base) => base.updated(found)?,
            None => VideoConfig::from_found(self.codec, found)?,
        };
        if base != Some(&config) {
            self.next = Some((config, None));
        }
        Ok(())
    }

    /// The track from this random access point on, if it is another one.
    pub(crate) fn activate(&mut self, track: &Track) -> Result<Option<Arc<Track>>, VideoError> {
        let Some((config, announced)) = self.next.take() else { return Ok(None) };
        let new = match announced {
            Some(announced) => Arc::unwrap_or_clone(announced),
            None => config.track(track.id, track.timescale, track.video().and_then(|video| video.frame_rate))?,
        };
        let new = Track { id: track.id, timescale: track.timescale, language: track.language.clone(), ..new };
        self.current = Some(config);
        Ok((new != *track).then(|| Arc::new(new)))
    }
}

/// The open group of pictures that is coming, as far as its leading pictures matter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OpenGroup {
    /// When the picture is shown with which it began, until one comes that is shown later.
    leads_to: Option<Timestamp>,
    /// Nothing came out before that picture.
    entered: bool,
}

impl OpenGroup {
    /// Marks a leading picture. Says whether it cannot be decoded, as the group was entered at its beginning.
    ///
    /// H.264 does not mark what leads, so there it is all that comes behind the beginning and is shown before it: more than
    /// may refer to what came earlier, and never less.
    pub(crate) fn judge(&mut self, flags: &mut UnitFlags, pts: Timestamp, enters: bool, codec: Codec) -> bool {
        if flags.contains(UnitFlags::RANDOM_ACCESS) {
            let leads_to = flags.contains(UnitFlags::OPEN).then_some(pts);
            *self = Self { leads_to, entered: enters };
            return false;
        }
        match self.leads_to {
            Some(shown) if pts < shown => {
                if codec == Codec::Avc {
                    *flags |= UnitFlags::LEADING;
                }
            }
            _ => *self = Self::default(),
        }
        self.entered && flags.contains(UnitFlags::LEADING)
    }
}

/// How many pictures with a negative composition offset make it a habit of the source, and within how many.
const HABIT: u32 = 3;
const HABIT_WITHIN: u32 = 64;

/// When a picture is decoded and shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PictureTime {
    pub(crate) dts: Timestamp,
    pub(crate) composition_offset: TickDelta,
    pub(crate) duration: Ticks,
    pub(crate) gap: Option<Ticks>,
    /// The presentation time had to be changed (N-06).
    pub(crate) offset_repaired: bool,
    /// The decode time had to be changed though its stamp was in order.
    pub(crate) pushed: bool,
}

/// Places pictures on the track's clock.
#[derive(Debug)]
pub(crate) struct PictureClock {
    grid: Grid,
    /// The largest believable composition offset, in ticks of the source.
    max_offset: u64,
    last: Option<i64>,
    negative: Negative,
}

/// What is thought of presentation before decoding: a shift of the whole source is carried on, a single picture's is not.
#[derive(Clone, Copy, Debug)]
enum Negative {
    Unseen,
    Suspected { pictures: u32, within: u32 },
    Habit,
}

impl PictureClock {
    pub(crate) fn new(track: &Track, clock: SourceClock, max_offset: Ticks) -> Self {
        let stated = track.video().and_then(|video| video.frame_rate);
        Self {
            grid: Grid::new(clock.scale, track.timescale, stated),
            max_offset: max_offset.0,
            last: None,
            negative: Negative::Unseen,
        }
    }

    pub(crate) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// A track of another configuration, whose rate may be another.
    pub(crate) fn reconfigure(&mut self, track: &Track, clock: SourceClock) {
        let stated = track.video().and_then(|video| video.frame_rate);
        if stated.is_some() && stated != self.grid.rate() {
            self.grid = Grid::new(clock.scale, track.timescale, stated);
        }
    }

    pub(crate) fn restart(&mut self) {
        self.grid.restart();
        self.last = None;
        self.negative = Negative::Unseen;
    }

    pub(crate) fn place(&mut self, at: i64, offset: TickDelta, stamp: Stamp) -> PictureTime {
        // A stamp that does not rise says nothing of the pace.
        let slot = match stamp {
            Stamp::Follows | Stamp::Rogue => self.grid.place(at),
            Stamp::Same | Stamp::Back(_) => self.grid.off_grid(at),
        };
        let mut dts = slot.dts;
        let earliest = self.last.map(|last| last.saturating_add(1));
        let pushed = earliest.is_some_and(|earliest| dts < earliest);
        if let Some(earliest) = earliest {
            dts = dts.max(earliest);
        }
        let absurd = offset.0.unsigned_abs() > self.max_offset;
        let negative = offset.0 < 0 && !absurd && !self.allows_negative();
        self.age();
        let first = self.last.is_none();
        self.last = Some(dts);
        let offset_repaired = absurd || (negative && !first);
        let pts = match () {
            () if offset_repaired => dts,
            () if offset.0 == 0 => dts,
            () if offset.0 > 0 => self.grid.presentation(at.saturating_add(offset.0)).max(dts),
            () => {
                self.negative = Negative::Habit;
                self.grid.presentation(at.saturating_add(offset.0))
            }
        };
        PictureTime {
            dts: Timestamp(dts),
            composition_offset: TickDelta(pts.saturating_sub(dts)),
            duration: Ticks(slot.duration),
            gap: slot.gap.map(Ticks),
            offset_repaired,
            pushed: pushed && matches!(stamp, Stamp::Follows),
        }
    }

    /// Whether one more picture with a negative offset shows that the source is like that.
    fn allows_negative(&mut self) -> bool {
        let (pictures, within) = match self.negative {
            Negative::Habit => return true,
            Negative::Unseen => (1, 0),
            Negative::Suspected { pictures, within } => (pictures + 1, within),
        };
        self.negative = if pictures > HABIT { Negative::Habit } else { Negative::Suspected { pictures, within } };
        pictures > HABIT
    }

    fn age(&mut self) {
        if let Negative::Suspected { pictures, within } = self.negative {
            self.negative = match within + 1 {
                HABIT_WITHIN => Negative::Unseen,
                within => Negative::Suspected { pictures, within },
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn clock() -> PictureClock {
        PictureClock::new(&fixtures::video(), SourceClock::RTMP, Ticks(5000))
    }

    fn offsets(clock: &mut PictureClock, given: &[i64]) -> Vec<(i64, bool)> {
        let placed = given.iter().enumerate().map(|(n, offset)| {
            let time = clock.place(n as i64 * 40, TickDelta(*offset), Stamp::Follows);
            (time.composition_offset.0, time.offset_repaired)
        });
        placed.collect()
    }

    #[test]
    fn a_single_picture_shown_before_it_is_decoded_is_shown_when_it_is_decoded() {
        assert_eq!(offsets(&mut clock(), &[0, 80, -40, 0]), [(0, false), (7200, false), (0, true), (0, false)]);
    }

    #[test]
    fn an_absurd_offset_is_not_believed() {
        assert_eq!(offsets(&mut clock(), &[8_000_000, -8_000_000]), [(0, true), (0, true)]);
    }

    #[test]
    fn a_source_shifted_as_a_whole_keeps_its_negative_offsets() {
        assert_eq!(offsets(&mut clock(), &[-40, 40, -40]), [(-3600, false), (3600, false), (-3600, false)]);
        let mut late = clock();
        let placed = offsets(&mut late, &[0, -40, -40, -40, -40, -40]);
        assert_eq!(placed[1..], [(0, true), (0, true), (0, true), (-3600, false), (-3600, false)]);
    }

    #[test]
    fn rare_negative_offsets_never_become_a_habit() {
        let given: Vec<i64> = (0..1000).map(|n| if n % 40 == 39 { -40 } else { 0 }).collect();
        assert!(offsets(&mut clock(), &given).iter().all(|(offset, _)| *offset == 0));
    }

    #[test]
    fn time_borrowed_by_jitter_is_given_back_by_the_next_picture() {
        let mut clock = clock();
        let mut place = |at, stamp| clock.place(at, TickDelta(0), stamp).dts.0;
        let placed = [
            place(0, Stamp::Follows),
            place(40, Stamp::Follows),
            place(30, Stamp::Back(10)),
            place(40, Stamp::Same),
            place(80, Stamp::Follows),
        ];
        assert_eq!(placed, [0, 3600, 3601, 3602, 7200]);
    }
}
