//! One segment by itself.

use std::sync::Arc;

use springhead_core::{AccessUnit, Codec, Ticks, Track};

use super::clock::Clock;
use super::{Writer, WriterOptions};
use crate::ts::WriteError;

/// Writes one segment of a program by itself: whoever writes the one before it need not be known.
///
/// What a [`Writer`] writes of `units`, but that the packets of every PID are a multiple of sixteen: its first PES packet is
/// spread over as many packets more as are missing, and the tables are repeated at the end. So continuity counters begin at
/// zero in every segment, and go on from segment to segment in whatever order they are written. So does the clock, which is
/// told before the last unit of its own track ends and no later, though sound that goes with late pictures reaches beyond.
/// The same arguments give the same bytes. It adds at most fifteen packets for each PID.
///
/// Units are in the order of their decode times across all tracks. Tracks of splices are refused, as there is nothing that
/// their sections could be spread over; playlists tell of splices themselves.
///
/// # Errors
/// Those of [`Writer::new`] and [`Writer::write`]; nothing of the segment is of use then.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::aac;
/// use springhead_core::{AccessUnit, MonoTime, TickDelta, Ticks, Timestamp, TrackId, UnitFlags};
/// use springhead_mux::ts::{self, PACKET_BYTES, WriterOptions};
///
/// let track = aac::track(TrackId(1), &Bytes::from_static(&[0x11, 0x90]))?;
/// let frame = |n: i64| AccessUnit {
///     track: TrackId(1),
///     dts: Timestamp(1024 * n),
///     composition_offset: TickDelta(0),
///     duration: Ticks(1024),
///     flags: UnitFlags::RANDOM_ACCESS,
///     arrival: MonoTime(0),
///     payload: Bytes::from_static(&[0x21; 300]).into(),
/// };
/// let units: Vec<_> = (0..100).map(frame).collect();
/// let segment = ts::segment(&[track.into()], &units, &WriterOptions::default())?;
/// let of_sound = segment.chunks(PACKET_BYTES).filter(|packet| packet[1] & 0x1f == 1 && packet[2] == 0 && packet[3] & 0x10 != 0);
/// assert_eq!(of_sound.count() % 16, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn segment(tracks: &[Arc<Track>], units: &[AccessUnit], options: &WriterOptions) -> Result<Vec<u8>, WriteError> {
    if let Some(splices) = tracks.iter().find(|track| track.codec == Codec::Scte35) {
        let why = "a segment by itself has no splices";
        return Err(WriteError::Codec { track: splices.id, codec: splices.codec, why });
    }
    let bytes: usize = units.iter().map(|unit| unit.payload.len()).sum();
    let mut out = Vec::with_capacity(bytes + bytes / 16 + (64 << 10));
    let mut writer = Writer::new(tracks, options.clone())?;
    writer.clock_ends = writer.end_of_clock(units);
    let mut counted = writer.clone();
    write_all(&mut counted, units, &mut out)?;

    for (stream, counted) in writer.streams.iter_mut().zip(&counted.streams) {
        stream.counter.more = counted.counter.missing();
    }
    out.clear();
    write_all(&mut writer, units, &mut out)?;
    // Both tables are one packet each, unless there are more tracks than a section of one packet describes.
    for _ in 0..writer.pat.missing() {
        writer.pat.put_section(&mut out, &writer.pat_section);
    }
    for _ in 0..16 {
        if writer.pmt.missing() == 0 {
            break;
        }
        writer.pmt.put_section(&mut out, &writer.pmt_section);
    }
    Ok(out)
}

impl Writer {
    /// Just before the last of `units` that the clock is told with ends, which is where the next segment begins.
    fn end_of_clock(&self, units: &[AccessUnit]) -> Option<Clock> {
        let stream = &self.streams[self.clock?];
        let last = units.iter().rev().find(|unit| unit.track == stream.track.id)?;
        let end = last.dts + Ticks(stream.duration(last));
        Some(Clock::of(end, stream.track.timescale, self.offset).plus(-1))
    }
}

fn write_all(writer: &mut Writer, units: &[AccessUnit], out: &mut Vec<u8>) -> Result<(), WriteError> {
    units.iter().try_for_each(|unit| writer.write(unit, out))?;
    writer.finish_segment(out);
    Ok(())
}
