//! Captions in pictures, as manifests tell of them.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, Codec, MediaKind, Rope, Track, TrackSet};
use springhead_manifest::hls::{ClosedCaptions, MediaType, MultivariantPlaylist};
use springhead_packager::{PackagerConfig, Presentation};
use springhead_testkit::{Source, VIDEO};

use crate::broadcast::{Broadcast, small};

/// An SEI message registered by ITU-T T.35 with these triplets, as a NAL unit with its length before it.
fn captions(triplets: &[[u8; 3]]) -> Vec<u8> {
    let head = b"\xb5\x00\x31GA94\x03";
    let data = [&head[..], &[0x40 | triplets.len() as u8, 0xff], &triplets.concat(), &[0xff]].concat();
    let nal = [&[6, 4, data.len() as u8], &data[..], &[0x80]].concat();
    [&(nal.len() as u32).to_be_bytes()[..], &nal].concat()
}

/// The same units, with a message before some pictures.
fn with(units: Vec<AccessUnit>, message: impl Fn(u64) -> Option<Vec<u8>>) -> Vec<AccessUnit> {
    let add = |mut unit: AccessUnit| {
        if let Some(message) = message(unit.arrival.0 / 1_000_000_000).filter(|_| unit.track == VIDEO) {
            // In one slice or in several.
            let whole = [&message[..], &unit.payload.to_bytes()].concat();
            unit.payload = match unit.is_disposable() {
                true => Rope::from(bytes::Bytes::from(whole)),
                false => [bytes::Bytes::from(message), unit.payload.to_bytes()].into_iter().collect(),
            };
        }
        unit
    };
    units.into_iter().map(add).collect()
}

/// The source's pictures, said to be of H.265: messages are all that is looked at.
fn as_hevc(tracks: &TrackSet) -> Arc<TrackSet> {
    // `hvcC` of x265, of pictures of 64 by 64.
    const CONFIG: &[u8] = b"\x01\x01\x60\0\0\0\x90\0\0\0\0\0\x1e\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f\0";
    let change = |track: &Arc<Track>| match track.kind() {
        MediaKind::Video => Arc::new(Track {
            codec: Codec::Hevc,
            config: bytes::Bytes::from_static(CONFIG),
            codec_string: "hvc1.1.6.L30.90".into(),
            ..Track::clone(track)
        }),
        _ => track.clone(),
    };
    Arc::new(TrackSet { tracks: tracks.tracks.iter().map(change).collect(), ..tracks.clone() })
}

fn multivariant(snapshot: &Presentation) -> MultivariantPlaylist {
    MultivariantPlaylist::parse(&snapshot.multivariant().text()).unwrap()
}

#[test]
fn captions_are_announced_once_they_are_seen_and_never_taken_back() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let source = Source::new(small());
    let tracks = source.tracks();
    // Nothing for six seconds, then a channel and a service, then another channel for a second, then nothing.
    let message = |second| match second {
        6..9 => Some(captions(&[[0xfc, 0x94, 0x20], [0xff, 0x02, 0x21], [0xfe, b'a', 0]])),
        9 => Some(captions(&[[0xfd, 0x15, 0x25]])),
        _ => None,
    };
    broadcast.send(with(source.until(Duration::from_secs(16)), message), &tracks);
    let seen = broadcast.snapshots.iter().map(|snapshot| {
        let playlist = multivariant(snapshot);
        let of_pictures = playlist.renditions.iter().filter(|one| one.media_type == MediaType::ClosedCaptions);
        let ids: Vec<String> = of_pictures.map(|one| one.instream_id.clone().unwrap()).collect();
        let expected = match ids.is_empty() {
            true => ClosedCaptions::None,
            false => ClosedCaptions::Group("captions".to_owned()),
        };
        assert!(playlist.variants.iter().all(|variant| variant.closed_captions == Some(expected.clone())));
        ids
    });
    let mut seen: Vec<Vec<String>> = seen.collect();
    seen.dedup();
    let expected: [&[&str]; 3] = [&[], &["CC1", "SERVICE1"], &["CC1", "CC3", "SERVICE1"]];
    assert_eq!(seen, expected);
    let mpd = broadcast.first_mpd().1;
    let described: Vec<_> = mpd.periods[0].adaptation_sets.iter().map(|set| set.accessibility.clone()).collect();
    let [pictures, sound] = &described[..] else { panic!("two sets") };
    let told = |at: usize| (pictures[at].scheme_id_uri.as_str(), pictures[at].value.as_deref());
    assert_eq!(told(0), ("urn:scte:dash:cc:cea-608:2015", Some("CC1=und;CC3=und")));
    assert_eq!(told(1), ("urn:scte:dash:cc:cea-708:2015", Some("1=lang:und")));
    assert!(sound.is_empty() && pictures.len() == 2);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn captions_of_another_codec_are_announced_as_well() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let source = Source::new(small());
    let tracks = as_hevc(&source.tracks());
    // The same message in a unit of H.265.
    let message = |_| {
        let avc = captions(&[[0xfc, 0x94, 0x20]]);
        let nal = [&[0x4e, 1], &avc[5..]].concat();
        Some([&(nal.len() as u32).to_be_bytes()[..], &nal].concat())
    };
    broadcast.send(with(source.until(Duration::from_secs(8)), message), &tracks);
    let playlist = multivariant(broadcast.last());
    let channel = playlist.renditions.iter().find(|one| one.media_type == MediaType::ClosedCaptions);
    assert_eq!(channel.and_then(|one| one.instream_id.as_deref()), Some("CC1"));
    let mpd = broadcast.first_mpd().1;
    let told = &mpd.periods[0].adaptation_sets[0].accessibility;
    assert_eq!(told.iter().map(|one| one.value.as_deref()).collect::<Vec<_>>(), [Some("CC1=und")]);
}
