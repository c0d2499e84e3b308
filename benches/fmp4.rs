//! What does it cost to make a chunk of CMAF of access units that are in memory?
//!
//! | rows | question | rival in the same run |
//! |---|---|---|
//! | `15` | a chunk of 15 pictures: boxes, and the chain of payloads | mp4-atom |
//! | `1` | the same where each picture is a chunk of its own | mp4-atom |
//!
//! The rival encodes the same boxes, and its payloads are chained as ours are, so nobody copies media; what the chain alone
//! takes in a round is taken from both, which leaves the boxes. It is given the size of its `moof` where it would have to encode twice to know the data offset.
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::hint::black_box;

use bytes::Bytes;
use mp4_atom::{Encode, Mfhd, Moof, Tfdt, Tfhd, Traf, Trun, TrunEntry, TrunSamples};
use springhead_benches::turns;
use springhead_core::{Rope, TrackId};
use springhead_mux::fmp4::{ChunkHeader, Sample, chunk, read};

/// The payloads of a part, none of them of the same size. They are static, as counting references costs both the same, and
/// many times what the boxes do.
fn payloads(count: usize) -> Vec<Rope> {
    static MEDIA: [u8; 8192] = [0x55; 8192];
    (0..count).map(|n| Rope::from(Bytes::from_static(&MEDIA[..4000 + 16 * n]))).collect()
}

/// The access units of a part, the first of them a random access point, with B pictures between P pictures.
fn samples(payloads: &[Rope]) -> Vec<Sample<'_>> {
    payloads
        .iter()
        .enumerate()
        .map(|(n, payload)| Sample {
            duration: 3000,
            composition_offset: [6000, 12_000, 3000][n % 3],
            sync: n == 0,
            disposable: n % 3 == 2,
            payload,
        })
        .collect()
}

const HEADER: ChunkHeader =
    ChunkHeader { track: TrackId(1), sequence_number: 77, base_decode_time: 1 << 40, styp: None, prft: None };

/// The same chunk by mp4-atom: its boxes in one buffer, and the payloads behind it.
fn by_mp4_atom(samples: &[Sample<'_>], moof_size: usize) -> Rope {
    let one = samples.len() == 1;
    let entries = samples.iter().map(|sample| TrunEntry {
        duration: None,
        size: (!one).then_some(sample.payload.len() as u32),
        flags: (!one).then_some(sample.flags().0),
        cts: Some(sample.composition_offset.into()),
    });
    let trun = Trun { data_offset: Some(moof_size as i32 + 8), samples: TrunSamples::Explicit(entries.collect()) };
    let tfhd = Tfhd {
        track_id: 1,
        default_sample_duration: Some(3000),
        default_sample_size: one.then(|| samples[0].payload.len() as u32),
        default_sample_flags: one.then(|| samples[0].flags().0),
        default_base_is_moof: true,
        ..Tfhd::default()
    };
    let tfdt = Some(Tfdt { base_media_decode_time: HEADER.base_decode_time });
    let traf = Traf { tfhd, tfdt, trun: vec![trun], ..Traf::default() };
    let moof = Moof { mfhd: Mfhd { sequence_number: HEADER.sequence_number }, traf: vec![traf] };
    let mut out = Vec::with_capacity(moof_size + 8);
    moof.encode(&mut out).expect("a chunk like ours");
    let media: usize = samples.iter().map(|sample| sample.payload.len()).sum();
    out.extend_from_slice(&(media as u32 + 8).to_be_bytes());
    out.extend_from_slice(b"mdat");
    chain(Bytes::from(out), samples)
}

/// The payloads behind a header, as both chain them.
fn chain(header: Bytes, samples: &[Sample<'_>]) -> Rope {
    let mut chain = Vec::with_capacity(1 + samples.len());
    chain.push(header);
    samples.iter().for_each(|sample| chain.extend_from_slice(sample.payload.slices()));
    Rope::from(chain)
}

fn main() {
    println!("\n| | Springhead | mp4-atom 0.17 | chain alone | boxes, ratio |\n|---|---:|---:|---:|---:|");
    for count in [15, 1] {
        if !turns::asked_for(&format!("fmp4 {count}")) {
            continue;
        }
        let payloads = payloads(count);
        let samples = samples(&payloads);
        let ours = chunk(&HEADER, &samples).expect("samples with content");
        let moof_size = ours.slices()[0].len() - 8;
        let theirs = by_mp4_atom(&samples, moof_size);
        assert_eq!(ours.len(), theirs.len(), "both write as much");
        assert!(read::chunks(&ours.to_bytes()) == read::chunks(&theirs.to_bytes()), "both say the same");
        let given = payloads.iter().flat_map(|payload| payload.slices());
        let copied: usize = ours.slices()[1..]
            .iter()
            .zip(given)
            .filter(|(written, given)| written.as_ptr() != given.as_ptr())
            .map(|(written, _)| written.len())
            .sum();
        assert_eq!(copied, 0, "bytes of payload copied");

        let (samples, header) = (&samples, Bytes::from_static(&[0x55; 100]));
        let rounds = turns::take([
            turns::call(|| chunk(&HEADER, black_box(samples))),
            turns::call(|| by_mp4_atom(black_box(samples), moof_size)),
            turns::call(|| chain(header.clone(), black_box(samples))),
        ]);
        println!(
            "| {count} picture{} | {:.0} | {:.0} | {:.0} | {:.2} |",
            if count == 1 { "" } else { "s" },
            rounds.median(|[ours, ..]| ours),
            rounds.median(|[_, theirs, _]| theirs),
            rounds.median(|[.., chain]| chain),
            rounds.median(|[ours, theirs, chain]| (ours - chain) / (theirs - chain)),
        );
    }
}
