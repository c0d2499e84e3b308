//! Producer reference time (ISO/IEC 14496-12 §8.16.5).

use springhead_core::{TrackId, WallTime};

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// The time of day that belongs to an instant of media time, for players that measure or hold a latency. Of flags 24: the
/// time of day is at a small and constant distance from that of the scene.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prft {
    /// The time of day. Written with the 32-bit fraction of NTP, so it comes back within a nanosecond.
    pub wall: WallTime,
    /// The decode time of the first sample of the next `moof`, in ticks of the track's timescale.
    pub media_time: u64,
}

impl Prft {
    /// Bytes of the box as it is written.
    pub(crate) const LEN: usize = 32;

    const CONSISTENT_REAL_TIME: u32 = 24;

    pub(crate) fn write(&self, track: TrackId, out: &mut BoxWriter) {
        out.full_box(b"prft", 1, Self::CONSISTENT_REAL_TIME, |out| {
            out.u32(track.0);
            out.u64(self.wall.ntp64());
            out.u64(self.media_time);
        });
    }

    /// The track that it refers to, and the time.
    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<(TrackId, Self), ReadError> {
        let (version, _) = fields.version_and_flags()?;
        let (track, ntp) = (TrackId(fields.u32()?), fields.u64()?);
        let media_time = match version {
            0 => u64::from(fields.u32()?),
            1 => fields.u64()?,
            _ => return Err(fields.unsupported("version")),
        };
        Ok((track, Self { wall: from_ntp64(ntp), media_time }))
    }
}

/// The inverse of [`WallTime::ntp64`] within the first NTP era, which ends in 2036.
fn from_ntp64(ntp: u64) -> WallTime {
    const UNIX_EPOCH_IN_NTP: i64 = 2_208_988_800;
    let seconds = (ntp >> 32) as i64 - UNIX_EPOCH_IN_NTP;
    // Rounded up, as the fraction was rounded down when it was made.
    let nanos = ((ntp & 0xffff_ffff) * 1_000_000_000).div_ceil(1 << 32);
    WallTime(seconds * 1_000_000_000 + nanos as i64)
}
