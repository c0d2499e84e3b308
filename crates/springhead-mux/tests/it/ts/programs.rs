//! Streams of several programs, and programs that change.

use springhead_core::Codec;
use springhead_mux::ts::{
    Content, Event, Pid, Program, ReaderOptions, ReaderStats, Unit, Writer, WriterOptions, psi::Pat,
};

use super::support::{events, key, track, unit};

/// A program of one track, with that number and PIDs from there on.
fn program(number: u16, first_pid: u16, codec: Codec) -> Vec<[u8; 188]> {
    let video = track(1, codec);
    let options = WriterOptions {
        program_number: number,
        first_pid: Pid::new(first_pid).unwrap(),
        pmt_pid: Pid::new(first_pid + 0x80).unwrap(),
        ..WriterOptions::default()
    };
    let mut writer = Writer::new(std::slice::from_ref(&video), options).unwrap();
    let mut out = Vec::new();
    for n in 0..20 {
        let body = vec![number as u8; 500];
        writer.write(&if n == 0 { key } else { unit }(&video, n * 3000, &body), &mut out).unwrap();
    }
    out.as_chunks().0.to_vec()
}

/// An association table in sections of one program each, one packet a section.
fn association(version: u8, programs: &[(u16, u16)], counter: &mut u8) -> Vec<[u8; 188]> {
    let sections = programs.iter().enumerate().map(|(n, (number, pid))| {
        let pat = Pat {
            transport_stream_id: 1,
            version,
            current: true,
            section: n as u8,
            last_section: programs.len() as u8 - 1,
            programs: vec![(*number, Pid::new(*pid).unwrap())],
        };
        let mut packet = vec![0x47, 0x40, 0, 0x10 | *counter & 0x0f, 0];
        *counter += 1;
        packet.extend(pat.to_bytes());
        packet.resize(188, 0xff);
        packet.try_into().unwrap()
    });
    sections.collect()
}

fn without_association(packets: &[[u8; 188]]) -> Vec<[u8; 188]> {
    packets.iter().filter(|packet| packet[1..3] != [0x40, 0]).copied().collect()
}

fn read(stream: &[[u8; 188]], program: Option<u16>) -> (Vec<Vec<u16>>, Vec<Program>, Vec<Unit>, ReaderStats) {
    let (events, stats) = events(&stream.concat(), 700, ReaderOptions { program, ..ReaderOptions::default() });
    let (mut lists, mut programs, mut units) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Programs(list) => lists.push(list),
            Event::Program(program) => programs.push(program),
            Event::Unit(unit) => units.push(unit),
            _ => {}
        }
    }
    (lists, programs, units, stats)
}

#[test]
fn of_several_programs_the_first_or_the_one_that_is_asked_for_is_read() {
    let (one, two) = (program(1, 0x100, Codec::Avc), program(2, 0x200, Codec::Hevc));
    // Their packets in turn, behind a table of two sections.
    let mut stream = association(0, &[(0, 0x10), (1, 0x180), (2, 0x280)], &mut 0);
    let (one, two) = (without_association(&one), without_association(&two));
    stream.extend(one.iter().zip(&two).flat_map(|(one, two)| [*one, *two]));
    let both = one.len().min(two.len());
    stream.extend(one[both..].iter().chain(&two[both..]));
    for (asked, number, codec) in [(None, 1, Codec::Avc), (Some(2), 2, Codec::Hevc)] {
        let (lists, programs, units, stats) = read(&stream, asked);
        assert_eq!(lists, [[1, 2]]);
        assert_eq!(programs.iter().map(|program| program.number).collect::<Vec<_>>(), [number]);
        assert_eq!(programs[0].streams[0].content, Content::Of(codec));
        assert!(units.len() == 20 && units.iter().all(|unit| unit.payload.ends_with(&[number as u8; 500])));
        assert_eq!(stats.faults(), 0);
    }
    let (lists, programs, units, _) = read(&stream, Some(9));
    assert_eq!((lists.len(), programs.len(), units.len()), (1, 0, 0));
}

#[test]
fn a_program_that_moves_to_other_pids_is_followed_and_one_that_goes_gives_way() {
    let mut counter = 0;
    let (one, moved, other) =
        (program(1, 0x100, Codec::Avc), program(1, 0x300, Codec::Avc), program(5, 0x400, Codec::Hevc));
    let stream = [
        association(0, &[(1, 0x180)], &mut counter),
        without_association(&one),
        association(1, &[(1, 0x380), (5, 0x480)], &mut counter),
        without_association(&moved),
        association(2, &[(5, 0x480)], &mut counter),
        without_association(&other),
    ]
    .concat();
    let (lists, programs, units, stats) = read(&stream, None);
    assert_eq!(lists, [vec![1], vec![1, 5], vec![5]]);
    let maps: Vec<_> = programs.iter().map(|program| (program.number, program.streams[0].pid.value())).collect();
    assert_eq!(maps, [(1, 0x100), (1, 0x300), (5, 0x400)]);
    assert_eq!((units.len(), stats.damaged_units), (60, 0));
}

#[test]
fn streams_that_stay_in_a_new_map_lose_nothing() {
    let [video, audio] = [track(1, Codec::Avc), track(2, Codec::Aac)];
    let mut writer = Writer::new(std::slice::from_ref(&video), WriterOptions::default()).unwrap();
    let mut out = Vec::new();
    for n in 0..60 {
        match n {
            20 => writer.set_tracks(&[video.clone(), audio.clone()], &mut out).unwrap(),
            40 => writer.set_tracks(std::slice::from_ref(&video), &mut out).unwrap(),
            _ => {}
        }
        // Without a length, so that each is open when the next table comes.
        writer.write(&if n == 0 { key } else { unit }(&video, n * 3000, &[0x41; 70_000]), &mut out).unwrap();
        if (20..40).contains(&n) {
            writer.write(&unit(&audio, n * 1600, &[0x21; 100]), &mut out).unwrap();
        }
    }
    let (_, programs, units, stats) = read(out.as_chunks().0, None);
    assert_eq!(programs.iter().map(|program| program.streams.len()).collect::<Vec<_>>(), [1, 2, 1]);
    let of = |codec| units.iter().filter(|unit| unit.content == Content::Of(codec)).count();
    assert_eq!((of(Codec::Avc), of(Codec::Aac)), (60, 20));
    assert_eq!(stats.faults(), 0);
}

#[test]
fn the_clock_is_given_as_it_is_and_its_discontinuity_with_the_unit_behind_it() {
    let video = track(1, Codec::Avc);
    let mut writer = Writer::new(std::slice::from_ref(&video), WriterOptions::default()).unwrap();
    let mut out = Vec::new();
    writer.write(&key(&video, 0, &[0x65, 1]), &mut out).unwrap();
    writer.discontinuity(&mut out);
    writer.write(&key(&video, -900_000, &[0x65, 1]), &mut out).unwrap();
    let (events, _) = events(&out, 188, ReaderOptions::default());
    let clock = events.iter().filter_map(|event| match event {
        Event::Clock { pcr, discontinuity } => Some((pcr.ticks(), *discontinuity)),
        _ => None,
    });
    assert_eq!(clock.collect::<Vec<_>>(), [(270_000_000 - 13_500_000, false), ((300 << 33) - 13_500_000, true)]);
    let units = events.iter().filter_map(|event| match event {
        Event::Unit(unit) => Some((unit.pts, unit.discontinuity, unit.random_access)),
        _ => None,
    });
    assert_eq!(units.collect::<Vec<_>>(), [(Some(900_000), false, true), (Some(0), true, true)]);
}
