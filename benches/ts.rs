//! What does it cost to cut pictures into transport packets?
//!
//! | part | question | rivals in the same run |
//! |---|---|---|
//! | `cold` | payload bytes a second, where the pictures are in no cache | a copy of the same pictures, their bytes in packets and nothing else, arcly-stream |
//! | `hot` | the same with two groups of pictures, over and over | the same |
//!
//! Pictures of 30 a second at 8 and at 60 Mbit/s, in groups of 60 whose key picture has eight times the bytes of the
//! others; a segment is a group. Rounds alternate, and the median of the ratios of each round is shown. A copy and the
//! writer fill one buffer again and again; arcly-stream makes its own, for which the allocator has the last one again.
//!
//! ```text
//! cargo bench -p springhead-benches --bench ts
//! ```
#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use arcly_stream::packager::{MpegTsMuxer, Muxer};
use arcly_stream::{CodecId, MediaFrame};
use bytes::Bytes;
use springhead_codec::avc::{self, DecoderConfig};
use springhead_core::{AccessUnit, MonoTime, TickDelta, Ticks, Timescale, Timestamp, Track, TrackId, UnitFlags};
use springhead_mux::ts::{PACKET_BYTES, Writer, WriterOptions};

const GROUP: usize = 60;
const RATE: usize = 30;
const ROUNDS: usize = 15;

/// Pictures, as samples and as byte streams of as many bytes.
struct Pictures {
    track: Arc<Track>,
    units: Vec<AccessUnit>,
    frames: Vec<MediaFrame>,
    bytes: usize,
}

impl Pictures {
    /// As many groups as have `total` bytes, at a rate of so many bits a second.
    fn new(bits: usize, total: usize) -> Self {
        let sps = Bytes::from_static(b"\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8");
        let config = DecoderConfig::from_parameter_sets([sps], [Bytes::from_static(b"\x68\xce\x0f\xc8")]);
        let track = config.and_then(|config| avc::track(TrackId(1), Timescale::MPEG, &config));
        let track = Arc::new(track.expect("parameter sets of a real encoder"));
        let others = bits / 8 / RATE * GROUP / (GROUP + 7);
        let (mut units, mut frames, mut bytes) = (Vec::new(), Vec::new(), 0);
        for n in (0..).take_while(|n| n % GROUP != 0 || *n < 2 * GROUP || n * bits / 8 / RATE < total) {
            let key = n % GROUP == 0;
            // Of the others some have half as much more and some half as much.
            let size = if key { others * 8 } else { others / 2 + others * (n % 7) / 6 };
            let mut sample: Vec<u8> = (0..size).map(|at| (at * 31 + n) as u8 | 4).collect();
            sample[..4].copy_from_slice(&(size as u32 - 4).to_be_bytes());
            sample[4] = if key { 0x65 } else { 0x41 };
            let mut stream = sample.clone();
            stream[..4].copy_from_slice(&[0, 0, 0, 1]);
            bytes += size;
            let millis = (n * 1000 / RATE) as i64;
            frames.push(MediaFrame::new_video(millis, millis, stream.into(), CodecId::H264, key));
            units.push(AccessUnit {
                track: TrackId(1),
                dts: Timestamp(n as i64 * 3000),
                composition_offset: TickDelta(0),
                duration: Ticks(3000),
                flags: if key { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
                arrival: MonoTime(0),
                payload: Bytes::from(sample).into(),
            });
        }
        Self { track, units, frames, bytes }
    }

    /// A buffer for a segment, of which every page has been touched.
    fn buffer(&self) -> Vec<u8> {
        vec![1; self.bytes * GROUP / self.units.len() * 5 / 4]
    }
}

/// Payload bytes a nanosecond.
fn speed(bytes: usize, run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    bytes as f64 / start.elapsed().as_nanos() as f64
}

fn copied(pictures: &Pictures, buffer: &mut Vec<u8>) {
    for group in pictures.units.chunks(GROUP) {
        buffer.clear();
        for unit in group {
            unit.payload.slices().iter().for_each(|slice| buffer.extend_from_slice(slice));
        }
        black_box(&*buffer);
    }
}

/// Headers and bodies of packets and nothing else, into a buffer that is as long as it has to be: what a writer of whole
/// packets cannot do without.
fn packets_alone(pictures: &Pictures, buffer: &mut [u8]) {
    for group in pictures.units.chunks(GROUP) {
        let (packets, _) = buffer.as_chunks_mut::<PACKET_BYTES>();
        let slices = group.iter().flat_map(|unit| unit.payload.slices());
        let bodies = slices.flat_map(|slice| slice.as_chunks::<{ PACKET_BYTES - 4 }>().0);
        for ((number, packet), body) in packets.iter_mut().enumerate().zip(bodies) {
            packet[..4].copy_from_slice(&[0x47, 0x01, 0x00, 0x10 | number as u8 & 0x0f]);
            packet[4..].copy_from_slice(body);
        }
        black_box(&*buffer);
    }
}

fn written(pictures: &Pictures, buffer: &mut Vec<u8>) {
    let tracks = std::slice::from_ref(&pictures.track);
    let mut writer = Writer::new(tracks, WriterOptions::default()).expect("a track that can be carried");
    for group in pictures.units.chunks(GROUP) {
        buffer.clear();
        for unit in group {
            writer.write(unit, buffer).expect("a unit that can be carried");
        }
        writer.finish_segment(buffer);
        black_box(&*buffer);
    }
}

fn written_by_arcly(pictures: &Pictures) {
    let mut muxer = MpegTsMuxer::new();
    for group in pictures.frames.chunks(GROUP) {
        muxer.start_segment().expect("a segment");
        for frame in group {
            muxer.write(frame).expect("a frame that can be carried");
        }
        black_box(muxer.finish_segment().expect("a segment"));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    for megabits in [8, 60] {
        for (name, total, cold) in [("cold", 192 << 20, true), ("hot", 0, false)] {
            let pictures = Pictures::new(megabits * 1_000_000, total);
            let (mut to_copy, mut to_write) = (pictures.buffer(), pictures.buffer());
            let repeats = if cold { 1 } else { 20 };
            let bytes = pictures.bytes * repeats;
            let mut bare = pictures.buffer();
            let (mut speeds, mut of_copy, mut of_bare, mut of_arcly) = (vec![], vec![], vec![], vec![]);
            for _ in 0..ROUNDS {
                let copy = speed(bytes, || (0..repeats).for_each(|_| copied(&pictures, &mut to_copy)));
                let ours = speed(bytes, || (0..repeats).for_each(|_| written(&pictures, &mut to_write)));
                let alone = speed(bytes, || (0..repeats).for_each(|_| packets_alone(&pictures, &mut bare)));
                let arcly = speed(bytes, || (0..repeats).for_each(|_| written_by_arcly(&pictures)));
                speeds.push(ours);
                of_copy.push(ours / copy);
                of_bare.push(ours / alone);
                of_arcly.push(ours / arcly);
            }
            println!(
                "{megabits:2} Mbit/s {name:4}: {:.2} GB/s, {:.2} of a copy, {:.2} of packets alone, {:.2} times \
                 arcly-stream 0.8.3",
                median(speeds),
                median(of_copy),
                median(of_bare),
                median(of_arcly)
            );
        }
    }
}
