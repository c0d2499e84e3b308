//! Movie fragments in every form that the standard allows, laid out by hand.

use bytes::Bytes;
use proptest::prelude::*;
use springhead_core::{Ticks, TrackId};
use springhead_mux::fmp4::read::{self, InitSection, SampleInfo};
use springhead_mux::fmp4::{SampleFlags, init_section};

use crate::support;

/// What a field says in the boxes of a fragment, where it says it.
#[derive(Clone, Debug)]
struct Fragment {
    base: Base,
    description: Option<u32>,
    duration: Option<u32>,
    size: Option<u32>,
    flags: Option<u32>,
    /// Of version 0 or 1.
    decode_time: Option<(bool, u32)>,
    runs: Vec<Run>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    /// An offset in the file, so far from where the media starts.
    File(u32),
    Moof,
    /// Where the data of the track fragment before ends.
    Follows,
}

#[derive(Clone, Debug)]
struct Run {
    signed: bool,
    /// So far from where the media starts.
    offset: Option<u32>,
    first_flags: Option<u32>,
    /// Whether samples say their duration, size, flags and composition offset.
    says: [bool; 4],
    samples: Vec<[u32; 4]>,
}

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Boxes that say nothing of samples, and that a reader passes over.
fn others() -> Vec<u8> {
    let sidx = words(&[0, 1, 90_000, 0, 0, 0]);
    let emsg = [&words(&[1 << 24, 1000, 0, 0, 1, 1])[..], b"urn:x\0\0event"].concat();
    let uuid = [&[7; 16][..], b"whatever"].concat();
    [boxed(b"sidx", &sidx), boxed(b"emsg", &emsg), boxed(b"uuid", &uuid), boxed(b"free", b"")].concat()
}

impl Fragment {
    /// The `traf`, where the file has `before` bytes before the `moof`, which is `moof` bytes long.
    fn traf(&self, track: u32, before: usize, moof: usize) -> Vec<u8> {
        let media = (before + moof + 8) as u32;
        let (base, mut flags) = match self.base {
            Base::File(offset) => (words(&[0, media + offset]), 1),
            Base::Moof => (Vec::new(), 0x02_0000),
            Base::Follows => (Vec::new(), 0),
        };
        let optional = [(self.description, 2), (self.duration, 8), (self.size, 0x10), (self.flags, 0x20)];
        let mut tfhd = Vec::new();
        for (value, flag) in optional {
            flags |= value.map_or(0, |_| flag);
            tfhd.extend(value.map_or(Vec::new(), |value| words(&[value])));
        }
        let mut traf = boxed(b"tfhd", &[words(&[flags, track]), base, tfhd].concat());
        traf.extend(boxed(b"sgpd", &[words(&[1 << 24]), b"roll".to_vec(), words(&[2, 1]), vec![0, 1]].concat()));
        traf.extend(match self.decode_time {
            None => Vec::new(),
            Some((false, time)) => boxed(b"tfdt", &words(&[0, time])),
            Some((true, time)) => boxed(b"tfdt", &words(&[1 << 24, 1, time])),
        });
        traf.extend(others());
        for run in &self.runs {
            let mut flags = u32::from(run.signed) << 24;
            let mut body = words(&[run.samples.len() as u32]);
            if let Some(offset) = run.offset {
                flags |= 1;
                let base = match self.base {
                    Base::File(offset) => media + offset,
                    Base::Moof | Base::Follows => before as u32,
                };
                body.extend(words(&[(media + offset).wrapping_sub(base)]));
            }
            if let Some(first) = run.first_flags {
                flags |= 4;
                body.extend(words(&[first]));
            }
            for (says, flag) in run.says.iter().zip([0x100, 0x200, 0x400, 0x800]) {
                flags |= if *says { flag } else { 0 };
            }
            for sample in &run.samples {
                let said = sample.iter().zip(run.says).filter(|(_, says)| *says);
                body.extend(said.flat_map(|(value, _)| value.to_be_bytes()));
            }
            traf.extend(boxed(b"trun", &[words(&[flags]), body].concat()));
        }
        traf.extend(boxed(b"sbgp", &[words(&[0]), b"roll".to_vec(), words(&[1, 1, 1])].concat()));
        boxed(b"traf", &traf)
    }

    /// What its samples are, by the defaults of the track, when the data of the fragment before ends at `follows`.
    fn samples(&self, defaults: [u32; 3], before: usize, moof: usize, follows: &mut usize) -> Vec<SampleInfo> {
        let media = before + moof + 8;
        let mut at = match self.base {
            Base::File(offset) => media + offset as usize,
            Base::Moof => before,
            Base::Follows => *follows,
        };
        let mut samples = Vec::new();
        let own = [self.duration, self.size, self.flags];
        let fallback: Vec<u32> = own.iter().zip(defaults).map(|(own, default)| own.unwrap_or(default)).collect();
        for run in &self.runs {
            if let Some(offset) = run.offset {
                at = media + offset as usize;
            }
            for (index, sample) in run.samples.iter().enumerate() {
                let value = |field: usize| if run.says[field] { sample[field] } else { fallback[field] };
                let range = at..at + value(1) as usize;
                at = range.end;
                let offset = if run.says[3] { sample[3] } else { 0 };
                samples.push(SampleInfo {
                    range,
                    duration: value(0),
                    composition_offset: if run.signed { i64::from(offset as i32) } else { offset.into() },
                    flags: SampleFlags(run.first_flags.filter(|_| index == 0).unwrap_or(value(2))),
                });
            }
        }
        *follows = at;
        samples
    }
}

/// A segment of these fragments in one `moof` each list, with whatever may be around them, and what its samples are.
fn segment(moofs: &[Vec<Fragment>], defaults: [u32; 3]) -> (Vec<u8>, Vec<Vec<SampleInfo>>) {
    let (mut file, mut expected) = (boxed(b"styp", b"msdh\0\0\0\0msdh"), Vec::new());
    for (number, fragments) in moofs.iter().enumerate() {
        file.extend(others());
        let before = file.len();
        let moof = |size: usize| {
            let trafs = fragments.iter().zip(1..).flat_map(|(fragment, track)| fragment.traf(track, before, size));
            let mfhd = boxed(b"mfhd", &words(&[0, number as u32]));
            boxed(b"moof", &mfhd.into_iter().chain(others()).chain(trafs).collect::<Vec<u8>>())
        };
        let size = moof(0).len();
        file.extend(moof(size));
        file.extend(boxed(b"mdat", &[0x55; 400]));
        let mut follows = before;
        expected.extend(fragments.iter().map(|fragment| fragment.samples(defaults, before, size, &mut follows)));
    }
    (file, expected)
}

prop_compose! {
    fn run()(
        signed: bool,
        offset in prop::option::of(0u32..40),
        first_flags in prop::option::of(any::<u32>()),
        says: [bool; 4],
        samples in prop::collection::vec((any::<u32>(), 0u32..6, any::<u32>(), any::<u32>()), 0..5),
    ) -> Run {
        let samples = samples.into_iter().map(|(duration, size, flags, offset)| [duration, size, flags, offset]);
        Run { signed, offset, first_flags, says, samples: samples.collect() }
    }
}

prop_compose! {
    fn fragment()(
        base in prop_oneof![(0u32..40).prop_map(Base::File), Just(Base::Moof)],
        description in prop::option::of(any::<u32>()),
        duration in prop::option::of(any::<u32>()),
        size in prop::option::of(0u32..6),
        flags in prop::option::of(any::<u32>()),
        decode_time in prop::option::of(any::<(bool, u32)>()),
        runs in prop::collection::vec(run(), 0..4),
    ) -> Fragment {
        Fragment { base, description, duration, size, flags, decode_time, runs }
    }
}

/// A fragment whose data follows that of the one before, wherever that ends: none of its runs says where it is.
fn following() -> impl Strategy<Value = Fragment> {
    fragment().prop_map(|mut fragment| {
        fragment.base = Base::Follows;
        fragment.runs.iter_mut().for_each(|run| run.offset = None);
        fragment
    })
}

proptest! {
    #[test]
    fn samples_are_where_and_what_the_boxes_say_in_whatever_form(
        moofs in prop::collection::vec(prop::collection::vec(prop_oneof![fragment(), following()], 1..4), 1..4),
        duration: u32,
        size in 0u32..6,
        flags: u32,
    ) {
        let mut init = InitSection::parse(&init_section(&support::video(), Ticks::ZERO).unwrap()).unwrap();
        let template = init.tracks[0].clone();
        let defaults = Some((duration, size, SampleFlags(flags)));
        init.tracks = (1..4).map(|id| read::TrackInfo { id: TrackId(id), defaults, ..template.clone() }).collect();

        let (file, expected) = segment(&moofs, [duration, size, flags]);
        let chunks = init.chunks(&file).unwrap();
        let read: Vec<_> = chunks.iter().map(|chunk| chunk.samples.clone()).collect();
        prop_assert_eq!(read, expected);

        // A decode time that is not said goes on from the one before of the same track.
        let mut ends = [0u64; 4];
        for (chunk, fragment) in chunks.iter().zip(moofs.iter().flatten()) {
            let said = fragment.decode_time.map(|(wide, time)| u64::from(wide) << 32 | u64::from(time));
            let track = chunk.track.0 as usize;
            prop_assert_eq!(chunk.base_decode_time, said.unwrap_or(ends[track]));
            ends[track] = chunk.base_decode_time + chunk.duration();
        }

        // Without the init section its defaults are zero.
        let (file, expected) = segment(&moofs, [0, 0, 0]);
        let read: Vec<_> = read::chunks(&Bytes::from(file)).unwrap().into_iter().map(|chunk| chunk.samples).collect();
        prop_assert_eq!(read, expected);
    }
}
