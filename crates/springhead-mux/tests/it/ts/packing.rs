//! Access units that do not lie one in a PES packet.

use std::collections::BTreeSet;

use proptest::prelude::*;
use springhead_core::{Codec, Limits};
use springhead_mux::ts::{Event, ReaderOptions, Unit, Writer, WriterOptions};

use super::support::{events, key, read, track, unit};

/// A PES packet to be: what it holds, its time, and whether an access unit at which decoding can begin is the first in it.
struct Pes<'a> {
    payload: &'a [u8],
    dts: Option<u64>,
    random_access: bool,
    counted: bool,
}

impl Pes<'_> {
    /// The packet, not aligned to anything as far as it says.
    fn bytes(&self) -> Vec<u8> {
        let time = self.dts.map(|dts| {
            let [.., d, e] = (dts << 1 | 1).to_be_bytes();
            let middle = ((dts >> 15 & 0x7fff) as u16) << 1 | 1;
            [&[0x21 | (dts >> 29) as u8 & 0x0e][..], &middle.to_be_bytes(), &[d, e]].concat()
        });
        let time = time.unwrap_or_default();
        let counted = u16::try_from(3 + time.len() + self.payload.len()).ok().filter(|_| self.counted);
        let flags = if time.is_empty() { 0 } else { 0x80 };
        let header = [&[0, 0, 1, 0xe0][..], &counted.unwrap_or(0).to_be_bytes(), &[0x80, flags, time.len() as u8]];
        [&header.concat(), &time[..], self.payload].concat()
    }
}

/// Access units of that many bytes each, at 30 a second; the tables that come before them, and what a reader makes of them as
/// they are written.
fn written(codec: Codec, sizes: &[usize]) -> (Vec<[u8; 188]>, Vec<Unit>) {
    let [coded, predicted]: [&[u8]; 2] = match codec {
        Codec::Avc => [&[0x65, 0x88, 0x84], &[0x41, 0x9a, 0x23]],
        Codec::Hevc => [&[0x28, 0x01, 0xac], &[0x02, 0x01, 0xd0]],
        _ => [&[0x00, 0x41, 0xc4], &[0x00, 0x01, 0x80]],
    };
    let video = track(1, codec);
    let mut writer = Writer::new(std::slice::from_ref(&video), WriterOptions::default()).unwrap();
    let mut out = Vec::new();
    for (n, size) in sizes.iter().enumerate() {
        let is_key = n % 5 == 0;
        let body = [if is_key { coded } else { predicted }, &vec![0x55; *size], &[n as u8 | 1]].concat();
        let made = if is_key { key } else { unit }(&video, n as i64 * 3000, &body);
        writer.write(&made, &mut out).unwrap();
    }
    let packets: &[[u8; 188]] = out.as_chunks().0;
    let tables = packets.iter().take_while(|packet| packet[1] & 0x1f != 1).copied().collect();
    (tables, read(&out, 1000).1)
}

/// The tables and PES packets, cut into transport packets of the PID that those tables tell.
fn stream(tables: &[[u8; 188]], pid: u16, packets: &[Pes<'_>]) -> Vec<[u8; 188]> {
    let mut out = tables.to_vec();
    let mut counter = 0;
    for pes in packets {
        let bytes = pes.bytes();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let first = rest.len() == bytes.len();
            let most = if first { 182 } else { 184 };
            let taken = rest.len().min(most);
            let mut packet = vec![0x47, (pid >> 8) as u8 | if first { 0x40 } else { 0 }, pid as u8];
            if first || taken < 184 {
                let field = 184 - taken - 1;
                packet.extend([0x30 | counter, field as u8]);
                packet.extend((0..field).map(|at| match at {
                    0 if first && pes.random_access => 0x40,
                    0 => 0,
                    _ => 0xff,
                }));
            } else {
                packet.push(0x10 | counter);
            }
            packet.extend_from_slice(&rest[..taken]);
            out.push(packet.try_into().unwrap());
            counter = (counter + 1) & 15;
            rest = &rest[taken..];
        }
    }
    out
}

/// Each NAL unit of access units in a PES packet of its own, all with the time of the first.
fn by_nal_units(units: &[Unit]) -> Vec<Pes<'_>> {
    let nals = units.iter().flat_map(|unit| {
        let payload = &unit.payload[..];
        let mut starts: Vec<_> = (0..payload.len()).filter(|at| payload[*at..].starts_with(&[0, 0, 0, 1])).collect();
        starts.push(payload.len());
        let nals: Vec<_> = starts.windows(2).map(|nal| (&payload[nal[0]..nal[1]], unit)).collect();
        nals
    });
    nals.map(|(payload, unit)| Pes { payload, dts: unit.dts, random_access: unit.random_access, counted: true })
        .collect()
}

fn numbers(units: &[Unit]) -> Vec<u64> {
    units.iter().map(|unit| (unit.dts.unwrap() - 900_000) / 3000).collect()
}

#[test]
fn what_is_lost_of_pictures_that_are_cut_apart_costs_those_alone() {
    let (tables, units) = written(Codec::Avc, &[500; 12]);
    let whole = stream(&tables, units[0].pid.value(), &by_nal_units(&units));
    let starts: Vec<_> = (0..whole.len()).filter(|at| whole[*at][1] & 0x5f == 0x41).collect();
    let (_, found, stats) = read(&whole.concat(), 999);
    assert_eq!((numbers(&found), stats.faults()), ((0..12).collect(), 0));
    assert!(found.iter().zip(&units).all(|(found, unit)| found.payload == unit.payload));
    // The seventh picture has two packets, behind six of which two have sets.
    let delimiter = starts[6 * 2 + 2 * 2];
    for (lost, expected) in [
        (delimiter + 2, vec![0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]),
        // The picture before it may have gone on in it, and the one that it begins has lost its beginning.
        (delimiter, vec![0, 1, 2, 3, 4, 7, 8, 9, 10, 11]),
    ] {
        let mut packets = whole.clone();
        packets.remove(lost);
        let (_, found, stats) = read(&packets.concat(), 999);
        assert_eq!((numbers(&found), stats.continuity_errors, stats.damaged_units), (expected, 1, 1));
        let told: Vec<_> = found.into_iter().filter(|unit| unit.loss_before).collect();
        assert_eq!(numbers(&told), [7]);
    }
}

#[test]
fn a_picture_of_many_packets_is_held_to_the_limit() {
    let (tables, units) = written(Codec::Hevc, &[500, 500, 3000, 500, 500]);
    let all: Vec<u8> = units.iter().flat_map(|unit| unit.payload.to_vec()).collect();
    let untimed = |payload| Pes { payload, dts: None, random_access: false, counted: true };
    let packets: Vec<_> = all.chunks(700).map(untimed).collect();
    let limits = Limits { unit_bytes: 2000, ..Limits::default() };
    let (events, stats) =
        events(&stream(&tables, units[0].pid.value(), &packets).concat(), 999, ReaderOptions { limits, program: None });
    let found = events.into_iter().filter_map(|event| match event {
        Event::Unit(unit) => Some((unit.payload.len(), unit.loss_before)),
        _ => None,
    });
    let length = |n: usize| units[n].payload.len();
    let expected = [(length(0), false), (length(1), false), (length(3), true), (length(4), false)];
    assert_eq!((found.collect::<Vec<_>>(), stats.oversized_units), (expected.to_vec(), 1));
}

proptest! {
    #[test]
    fn pictures_come_out_of_any_pes_packets_as_they_went_in(
        codec in prop::sample::select(vec![Codec::Avc, Codec::Hevc, Codec::Vvc]),
        sizes in prop::collection::vec(10usize..600, 1..20),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..30),
        counted: bool,
        piece in 1usize..1500,
    ) {
        let (tables, units) = written(codec, &sizes);
        let all: Vec<u8> = units.iter().flat_map(|unit| unit.payload.to_vec()).collect();
        let starts: Vec<_> = units.iter().scan(0, |at, unit| Some(std::mem::replace(at, *at + unit.payload.len()))).collect();
        // The first picture is cut within a NAL unit, so that none is taken to end with its packet. Of the others some are cut
        // where one begins.
        let cut = |(at, aligned): &(prop::sample::Index, bool)| match aligned {
            true => starts[at.index(starts.len())],
            false => at.index(all.len()),
        };
        let mut cuts: BTreeSet<_> = cuts.iter().map(cut).filter(|cut| *cut > 12).collect();
        cuts.extend([0, 12, all.len()]);
        let cuts: Vec<_> = cuts.into_iter().collect();
        let mut timed = BTreeSet::new();
        let mut packet = |cut: &[usize]| {
            // An access unit begins with its start code, which the zero before it is no part of.
            let first = starts.iter().position(|start| (cut[0]..cut[1]).contains(&(start + 1)));
            timed.extend(first);
            let dts = first.and_then(|n| units[n].dts);
            let random_access = first.is_some_and(|n| units[n].random_access);
            Pes { payload: &all[cut[0]..cut[1]], dts, random_access, counted }
        };
        let packets: Vec<_> = cuts.windows(2).map(&mut packet).collect();
        let (_, found, stats) = read(&stream(&tables, units[0].pid.value(), &packets).concat(), piece);
        prop_assert_eq!((found.len(), stats.faults()), (units.len(), 0));
        for (n, (found, unit)) in found.iter().zip(&units).enumerate() {
            prop_assert!(found.payload == unit.payload && !found.loss_before && !found.discontinuity);
            let timed = timed.contains(&n);
            prop_assert_eq!(found.pts, unit.pts.filter(|_| timed));
            prop_assert!(found.dts == unit.dts || !timed && found.dts.is_none());
            prop_assert_eq!(found.random_access, unit.random_access && timed);
        }
    }
}
