//! Movies whose samples are listed in tables: progressive MP4, and QuickTime.

use std::iter::Peekable;

use springhead_core::{Rounding, Timescale, TrackId, time::rescale};

use super::super::boxes::ftyp;
use super::init::{Moov, MovieTrackBox};
use super::{BoxIter, MovieSample, ReadError, Samples, TrackInfo};
use crate::FourCc;
use crate::fmp4::{Brands, Edit, Pssh};

/// A movie that is whole: its `moov`, before or after the media.
///
/// Nothing of its tables is kept: samples are read from them as they are asked for. What is in movie fragments is not
/// among them; [`InitSection::chunks`](super::InitSection::chunks) reads that.
///
/// ```no_run
/// use springhead_mux::fmp4::read::Movie;
/// let file = std::fs::read("recording.mp4")?;
/// let movie = Movie::parse(&file)?;
/// for sample in movie.samples_by_time()? {
///     let sample = sample?;
///     println!("track {} at {}: {} bytes", sample.track, sample.decode_time, file[sample.range].len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Movie<'a> {
    /// How many bytes the file has, in which samples have to lie.
    bytes: usize,
    /// The brands of `ftyp`, which old QuickTime files have not.
    pub brands: Option<Brands>,
    /// Ticks per second of edits.
    pub timescale: Timescale,
    /// The headers of protection systems.
    pub systems: Vec<Pssh>,
    /// Whether there may be movie fragments with further samples (`mvex`).
    pub is_fragmented: bool,
    tracks: Vec<MovieTrackBox<'a>>,
}

impl<'a> Movie<'a> {
    /// Reads the `moov` of a file, wherever it is; boxes that are not known are passed over. What is behind it is not looked
    /// at, so that a file whose end is missing can be read as far as it goes.
    ///
    /// # Errors
    /// [`ReadError::Missing`] when there is no `moov`, or a track lacks what every track has; the other errors as a box
    /// deserves them.
    pub fn parse(input: &'a [u8]) -> Result<Self, ReadError> {
        Self::parse_part(input, input.len())
    }

    /// Reads the `moov` of a file of `bytes` bytes from a part of it that begins with a box, as its front or the `moov`
    /// alone: for files that are not to be in memory as a whole. Samples lie where they are in the file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    ///
    /// ```no_run
    /// use std::io::Read;
    /// use springhead_mux::fmp4::read::Movie;
    /// let file = std::fs::File::open("recording.mp4")?;
    /// let bytes = usize::try_from(file.metadata()?.len())?;
    /// let mut front = Vec::new();
    /// file.take(16 << 20).read_to_end(&mut front)?;
    /// let movie = Movie::parse_part(&front, bytes)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_part(input: &'a [u8], bytes: usize) -> Result<Self, ReadError> {
        let mut brands = None;
        for top in BoxIter::new(input) {
            let top = top?;
            match &top.header.kind.0 {
                b"ftyp" if brands.is_none() => brands = Some(ftyp::Brands::parse(top.fields())?),
                b"moov" => {
                    let Moov { timescale, tracks, systems, is_fragmented } = Moov::parse(&top)?;
                    let (kind, parent, offset) = (FourCc(*b"mvhd"), top.header.kind, top.header.offset);
                    let timescale = timescale.ok_or(ReadError::Missing { kind, parent, offset })?;
                    return Ok(Self { bytes, brands, timescale, systems, is_fragmented, tracks });
                }
                _ => {}
            }
        }
        Err(ReadError::Missing { kind: FourCc(*b"moov"), parent: FourCc(*b"file"), offset: 0 })
    }

    /// The tracks in the order in which they are listed.
    pub fn tracks(&self) -> impl ExactSizeIterator<Item = &TrackInfo> {
        self.tracks.iter().map(|track| &track.info)
    }

    /// The samples of a track in decode order; none of a track that is not there.
    ///
    /// # Errors
    /// When a table is missing, or ends too early to begin.
    pub fn samples(&self, track: TrackId) -> Result<Option<Samples<'a>>, ReadError> {
        let found = self.tracks.iter().find(|known| known.info.id == track);
        found.map(|found| Samples::new(track, self.bytes, &found.stbl)).transpose()
    }

    /// The samples of all tracks, each time the one that is decoded next by the clocks of their media. Ends after the first
    /// error.
    ///
    /// # Errors
    /// As [`samples`](Self::samples).
    pub fn samples_by_time(&self) -> Result<impl Iterator<Item = Result<MovieSample, ReadError>> + use<'a>, ReadError> {
        self.merged(|timescale, sample| {
            // A fraction of seconds with 32 bits, which tells ticks of any two timescales apart as far as it matters here.
            (u128::from(sample.decode_time) << 32) / u128::from(timescale.hz())
        })
    }

    /// The samples of all tracks as they are in the file, so that it is read from front to back. Where the chunks of a track
    /// are out of order, decode order holds within that track.
    ///
    /// # Errors
    /// As [`samples`](Self::samples).
    pub fn samples_by_place(
        &self,
    ) -> Result<impl Iterator<Item = Result<MovieSample, ReadError>> + use<'a>, ReadError> {
        self.merged(|_, sample| sample.range.start as u128)
    }

    /// The tracks' samples, each time that whose key is least, of equal ones that of the track which is listed first.
    fn merged(
        &self,
        key: fn(Timescale, &MovieSample) -> u128,
    ) -> Result<impl Iterator<Item = Result<MovieSample, ReadError>> + use<'a>, ReadError> {
        let tracks = self.tracks.iter().map(|track| {
            let samples = Samples::new(track.info.id, self.bytes, &track.stbl)?;
            Ok((track.info.timescale, samples.peekable()))
        });
        let mut tracks = tracks.collect::<Result<Vec<(Timescale, Peekable<Samples<'a>>)>, ReadError>>()?;
        Ok(std::iter::from_fn(move || {
            let heads = tracks.iter_mut().enumerate().filter_map(|(index, (timescale, samples))| {
                // An error comes at once.
                let key = samples.peek()?.as_ref().map_or(0, |sample| key(*timescale, sample));
                Some((key, index))
            });
            let (_, next) = heads.min()?;
            let sample = tracks[next].1.next()?;
            if sample.is_err() {
                tracks.clear();
            }
            Some(sample)
        }))
    }
}

/// What an edit list comes down to when it is a simple one: perhaps a stretch in which nothing is presented, and then the
/// media from some instant on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shift {
    /// How long nothing is presented, in ticks of the movie.
    pub delay: u64,
    /// The composition time, in ticks of the track, that is presented then.
    pub media_time: u64,
}

impl Shift {
    /// What an edit list comes down to. None when it is not as simple: when it is played at another pace, leaves something
    /// out in the middle, or presents it twice.
    pub fn of(edits: &[Edit]) -> Option<Self> {
        let empty = edits.iter().take_while(|edit| edit.media_time == -1).count();
        let (empty, rest) = edits.split_at(empty);
        let delay = empty.iter().try_fold(0u64, |sum, edit| sum.checked_add(edit.duration))?;
        match rest {
            [] if empty.is_empty() => Some(Self { delay, media_time: 0 }),
            [edit] if edit.rate == Edit::offset(0).rate => {
                Some(Self { delay, media_time: edit.media_time.try_into().ok()? })
            }
            _ => None,
        }
    }

    /// What to add to composition times of a track's media to have presentation times of the movie, in ticks of the track.
    pub fn to_presentation(self, movie: Timescale, track: Timescale) -> i64 {
        let delay = rescale(i64::try_from(self.delay).unwrap_or(i64::MAX), movie, track, Rounding::Nearest);
        delay.saturating_sub_unsigned(self.media_time)
    }
}
