//! What does it cost to cut pictures into transport packets?
//!
//! | rows | question | rivals in the same run |
//! |---|---|---|
//! | `cold` | payload bytes a second, where the pictures are in no cache | a copy of the same pictures, their bytes in packets and nothing else, arcly-stream |
//! | `hot` | the same with two groups of pictures, over and over | the same |
//!
//! Pictures of 30 a second at 8 and at 60 Mbit/s, in groups of 60 whose key picture has eight times the bytes of the
//! others; a segment is a group. A copy and the writer fill one buffer each, again and again; arcly-stream makes its own, for which the allocator has the last one again.
//!
//! ```text
//! cargo bench -p springhead-benches --bench ts
//! ```
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::hint::black_box;
use std::sync::Arc;

use arcly_stream::packager::{MpegTsMuxer, Muxer};
use arcly_stream::{CodecId, MediaFrame};
use bytes::Bytes;
use springhead_benches::{encoded, turns};
use springhead_core::{AccessUnit, MonoTime, TickDelta, Ticks, Timestamp, Track, TrackId, UnitFlags};
use springhead_mux::ts::{PACKET_BYTES, Writer, WriterOptions};

const GROUP: usize = 60;
const RATE: usize = 30;

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
        let track = encoded();
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

fn main() {
    println!("\n| | GB/s | of a copy | of packets alone | of arcly-stream 0.8.3 |\n|---|---:|---:|---:|---:|");
    for megabits in [8, 60] {
        for (memory, total, what) in
            [("cold", 192 << 20, "pictures in no cache"), ("hot", 0, "two groups over and over")]
        {
            if !turns::asked_for(&format!("ts {memory} {megabits}")) {
                continue;
            }
            let pictures = &Pictures::new(megabits * 1_000_000, total);
            let (mut to_copy, mut to_write, mut bare) = (pictures.buffer(), pictures.buffer(), pictures.buffer());
            let rounds = turns::take([
                turns::call(|| written(pictures, &mut to_write)),
                turns::call(|| copied(pictures, &mut to_copy)),
                turns::call(|| packets_alone(pictures, &mut bare)),
                turns::call(|| written_by_arcly(pictures)),
            ]);
            println!(
                "| {megabits} Mbit/s, {what} | {:.1} | {:.2} | {:.2} | {:.1} |",
                pictures.bytes as f64 / rounds.median(|[ours, ..]| ours),
                rounds.median(|[ours, copy, ..]| copy / ours),
                rounds.median(|[ours, _, bare, _]| bare / ours),
                rounds.median(|[ours, .., arcly]| arcly / ours),
            );
        }
    }
}
