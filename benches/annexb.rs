//! How fast are NAL units found in a byte stream?
//!
//! | rows | question | rival in the same run |
//! |---|---|---|
//! | `hot` | 256 KiB that lie in a cache, one access unit of a large picture | `memmem` for the start code alone; reading each byte once |
//! | `cold` | 300 MiB, from memory | the same |
//!
//! The bytes are those of an encoder as far as a scanner can tell: evenly distributed, emulation prevention in place, a NAL unit
//! of 1400 bytes or of 30 KB each. Reading each byte once, eight at a time, is what memory allows.
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::hint::black_box;

use memchr::memmem::Finder;
use springhead_benches::turns;
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

fn main() {
    println!("\n| | GiB/s | of memmem | of reading |\n|---|---:|---:|---:|");
    for (memory, len, what) in [("hot", 256 << 10, "256 KiB over and over"), ("cold", 300 << 20, "300 MiB")] {
        for (nal, size) in [(1400, "1400"), (30_000, "30 000")] {
            if !turns::asked_for(&format!("annexb {memory} {nal}")) {
                continue;
            }
            let stream = &stream(len, nal);
            let rounds = turns::take([
                turns::call(|| scan(black_box(stream))),
                turns::call(|| memmem(black_box(stream))),
                turns::call(|| read(black_box(stream))),
            ]);
            println!(
                "| {size} bytes, {what} | {:.1} | {:.2} | {:.2} |",
                stream.len() as f64 * 1e9 / rounds.median(|[ours, ..]| ours) / (1u64 << 30) as f64,
                rounds.median(|[ours, memmem, _]| memmem / ours),
                rounds.median(|[ours, _, read]| read / ours),
            );
        }
    }
}
