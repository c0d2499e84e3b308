//! Streams that are damaged.

use springhead_core::Codec;
use springhead_mux::ts::{ReaderOptions, ReaderStats, Unit, Writer, WriterOptions};

use super::support::{events, key, read, track, unit};

/// 40 pictures of about five packets each; of each the number is its last byte.
fn stream() -> Vec<[u8; 188]> {
    let video = track(1, Codec::Avc);
    let mut writer = Writer::new(std::slice::from_ref(&video), WriterOptions::default()).unwrap();
    let mut out = Vec::new();
    for n in 0..40u8 {
        let mut body: Vec<u8> =
            (0..800 + u32::from(n)).map(|at| (at * 7 + u32::from(n) * 13) as u8 % 251 + 1).collect();
        body[0] = 0x41;
        body.push(n + 1);
        let unit = if n % 10 == 0 { key } else { unit }(&video, i64::from(n) * 3000, &body);
        writer.write(&unit, &mut out).unwrap();
    }
    out.as_chunks().0.to_vec()
}

fn numbers(units: &[Unit]) -> Vec<u8> {
    units.iter().map(|unit| unit.payload[unit.payload.len() - 1] - 1).collect()
}

fn all_but(lost: &[u8]) -> Vec<u8> {
    (0..40).filter(|n| !lost.contains(n)).collect()
}

/// Where the packets of the nth picture are.
fn picture(packets: &[[u8; 188]], n: usize) -> std::ops::Range<usize> {
    let starts = |(_, packet): &(usize, &[u8; 188])| packet[1] & 0x5f == 0x41;
    let mut starts = packets.iter().enumerate().filter(starts).map(|(at, _)| at).skip(n);
    let from = starts.next().unwrap();
    from..starts.next().unwrap_or(packets.len())
}

/// The stream with something done to it: the units and what was counted.
fn damaged(damage: impl FnOnce(&mut Vec<[u8; 188]>)) -> (Vec<Unit>, ReaderStats) {
    let mut packets = stream();
    damage(&mut packets);
    let (_, units, stats) = read(&packets.concat(), 999);
    (units, stats)
}

#[test]
fn a_packet_that_is_missing_costs_its_picture_alone_and_the_next_says_so() {
    for of_picture in 0..5 {
        let (units, stats) = damaged(|packets| {
            let at = picture(packets, 7).start + of_picture;
            packets.remove(at);
        });
        // Of the first packet's loss the picture before suffers too, as nothing tells that it was whole.
        assert!(stats.continuity_errors == 1 && stats.damaged_units <= 1);
        assert_eq!(numbers(&units), all_but(&[7]));
        let told: Vec<_> = units.iter().filter(|unit| unit.loss_before).collect();
        assert_eq!(told.iter().map(|unit| unit.pts).collect::<Vec<_>>(), [Some(900_000 + 8 * 3000)]);
    }
}

#[test]
fn packets_that_come_twice_are_told_from_fifteen_that_are_missing() {
    let (units, stats) = damaged(|packets| *packets = packets.iter().flat_map(|packet| [*packet; 2]).collect());
    assert_eq!(numbers(&units), all_but(&[]));
    assert_eq!(stats.faults(), 0);
    assert_eq!(stats.duplicates * 2, stats.packets);
    // Of fifteen lost in a row, the counter is that of the packet before.
    let (units, stats) = damaged(|packets| {
        let at = picture(packets, 7).start + 2;
        let of_video = |packet: &[u8; 188]| packet[1] & 0x1f == 1;
        let mut left = 15;
        let mut n = 0;
        packets.retain(|packet| {
            n += 1;
            let lose = n > at && left > 0 && of_video(packet);
            left -= usize::from(lose);
            !lose
        });
    });
    assert_eq!(numbers(&units), all_but(&[7, 8, 9, 10]));
    assert_eq!((stats.duplicates, stats.continuity_errors), (0, 1));
}

#[test]
fn packets_with_errors_scrambled_or_broken_are_dropped_and_counted() {
    for (byte, value, count) in [
        (1, 0x80, (|stats| stats.transport_errors) as fn(ReaderStats) -> u64),
        (3, 0x80, |stats| stats.scrambled_packets),
        (0, 0x40, |stats| stats.sync_errors),
    ] {
        let (units, stats) = damaged(|packets| {
            let at = picture(packets, 7).start + 2;
            packets[at][byte] ^= value;
        });
        assert_eq!(numbers(&units), all_but(&[7]), "byte {byte}");
        assert_eq!((count(stats), stats.resynchronisations), (1, 0));
        assert_eq!(units.iter().filter(|unit| unit.loss_before).count(), 1);
    }
    let (units, stats) = damaged(|packets| {
        let at = picture(packets, 7).start + 2;
        packets[at][3] &= 0x0f;
    });
    assert_eq!((numbers(&units), stats.malformed_packets), (all_but(&[7]), 1));
}

#[test]
fn garbage_between_packets_costs_nothing_but_itself() {
    let packets = stream();
    let at = picture(&packets, 7).start + 2;
    let (before, after) = packets.split_at(at);
    let bytes = [&before.concat()[..], &[0x47, 0x12, 0x13], &vec![0x99; 1000], &after.concat()].concat();
    let (_, units, stats) = read(&bytes, 999);
    assert_eq!(numbers(&units), all_but(&[]));
    assert_eq!((stats.resynchronisations, stats.continuity_errors), (1, 0));
    assert!(stats.garbage_bytes > 800);
}

#[test]
fn packets_of_192_and_of_204_bytes_hold_the_same() {
    for (before, after) in [(4, 0), (0, 16)] {
        let around = |n: usize, count| vec![n as u8; count];
        let packets = stream().into_iter().enumerate();
        let bytes: Vec<u8> =
            packets.flat_map(|(n, packet)| [around(n, before), packet.to_vec(), around(n, after)].concat()).collect();
        let (_, units, _) = read(&bytes, 999);
        assert_eq!(numbers(&units), all_but(&[]), "{before} before, {after} after");
    }
}

#[test]
fn what_comes_before_the_tables_is_passed_over_and_tables_that_stop_change_nothing() {
    let (units, stats) = damaged(|packets| {
        let from = picture(packets, 3).start;
        packets.drain(..from);
    });
    assert_eq!((numbers(&units).last(), stats.continuity_errors), (Some(&39), 0));
    assert!(units.len() >= 30 && stats.other_packets > 0);
    let (units, stats) = damaged(|packets| {
        let mut n = 0;
        packets.retain(|packet| {
            n += 1;
            n <= 2 || packet[1] & 0x1f == 1
        });
    });
    assert_eq!((numbers(&units), stats.faults()), (all_but(&[]), 0));
}

#[test]
fn tables_that_are_damaged_are_counted_and_the_next_ones_serve() {
    let (units, stats) = damaged(|packets| {
        packets[0][12] ^= 1;
        packets[1][12] ^= 1;
    });
    assert_eq!(stats.crc_errors, 1, "without an association table the map is not looked at");
    assert!(numbers(&units).ends_with(&[37, 38, 39]) && units.len() > 30);
}

#[test]
fn pictures_above_the_limit_are_dropped_and_counted() {
    let mut options = ReaderOptions::default();
    options.limits.unit_bytes = 860;
    let (events, stats) = events(&stream().concat(), 999, options);
    // Key pictures have parameter sets; each of them and all above some size are too long.
    assert!(stats.oversized_units > 1);
    let units = events.iter().filter(|event| matches!(event, springhead_mux::ts::Event::Unit(_))).count();
    assert_eq!(units as u64 + stats.oversized_units, 40);
}

#[test]
fn pes_headers_that_break_the_syntax_cost_their_unit() {
    let (units, stats) = damaged(|packets| {
        let at = picture(packets, 7).start;
        let start = 5 + usize::from(packets[at][4]);
        packets[at][start + 2] = 7;
        let at = picture(packets, 9).start;
        let start = 5 + usize::from(packets[at][4]);
        packets[at][start + 7] = 0x40;
    });
    assert_eq!((numbers(&units), stats.malformed_units), (all_but(&[7, 9]), 2));
}

#[test]
fn units_whose_length_promises_more_than_comes_are_dropped() {
    let (units, stats) = damaged(|packets| {
        let at = picture(packets, 7).start;
        let start = 5 + usize::from(packets[at][4]);
        packets[at][start + 4] = 0x70;
    });
    assert_eq!((numbers(&units), stats.damaged_units), (all_but(&[7]), 1));
    assert_eq!(units.iter().filter(|unit| unit.loss_before).count(), 1);
}

#[test]
fn pictures_without_a_length_end_where_the_next_begins() {
    let (units, stats) = damaged(|packets| {
        for n in 0..40 {
            let at = picture(packets, n).start;
            let start = 5 + usize::from(packets[at][4]);
            packets[at][start + 4..start + 6].fill(0);
        }
    });
    assert_eq!((numbers(&units), stats.faults()), (all_but(&[]), 0));
}
