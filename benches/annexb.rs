//! How fast are NAL units found in a byte stream?
//!
//! | group | question | rival in the same run |
//! |---|---|---|
//! | `annexb-hot` | 256 KiB that lie in a cache, one access unit of a large picture | `memmem` for the start code alone; reading each byte once |
//! | `annexb-cold` | 300 MiB, from memory | the same |
//!
//! The bytes are those of an encoder as far as a scanner can tell: evenly distributed, emulation prevention in place, a NAL unit
//! of 1400 bytes or of 30 KB each. Reading each byte once, eight at a time, is what memory allows.
#![allow(missing_docs, reason = "criterion generates the entry points")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use memchr::memmem::Finder;
use springhead_codec::nal::{self, Framing, emulation};

/// A byte stream of about `len` bytes, in NAL units of about `nal` bytes.
fn stream(len: usize, nal: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut stream = Vec::with_capacity(len + nal);
    while stream.len() < len {
        let payload: Vec<u8> = (0..nal / 8).flat_map(|_| next().to_le_bytes()).collect();
        stream.extend([0, 0, 0, 1, 0x41]);
        stream.extend_from_slice(&emulation::insert(&payload));
    }
    stream
}

fn scan(stream: &[u8]) -> usize {
    nal::units(stream, Framing::AnnexB)
        .map(|range| range.expect("a stream of NAL units").end)
        .fold(0, usize::wrapping_add)
}

fn memmem(stream: &[u8]) -> usize {
    Finder::new(&[0, 0, 1]).find_iter(stream).fold(0, usize::wrapping_add)
}

fn read(stream: &[u8]) -> u64 {
    let (words, rest) = stream.as_chunks::<8>();
    words.iter().fold(rest.len() as u64, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)))
}

fn annexb(c: &mut Criterion) {
    for (name, len, nals) in [("annexb-hot", 256 << 10, [1400, 30_000]), ("annexb-cold", 300 << 20, [1400, 30_000])] {
        let mut group = c.benchmark_group(name);
        group.sample_size(10).measurement_time(Duration::from_secs(3)).sampling_mode(SamplingMode::Flat);
        for nal in nals {
            let stream = stream(len, nal);
            group.throughput(Throughput::Bytes(stream.len() as u64));
            group.bench_function(format!("{nal}/springhead"), |b| b.iter(|| scan(black_box(&stream))));
            group.bench_function(format!("{nal}/memmem"), |b| b.iter(|| memmem(black_box(&stream))));
            group.bench_function(format!("{nal}/read"), |b| b.iter(|| read(black_box(&stream))));
        }
        group.finish();
    }
}

criterion_group!(benches, annexb);
criterion_main!(benches);
