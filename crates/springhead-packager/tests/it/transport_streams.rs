//! What transport streams are made of where there is more than one picture and one sound.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_core::{AccessUnit, Codec, MediaSequence, Track, TrackId, TrackSet};
use springhead_manifest::hls::{MediaPlaylist, MultivariantPlaylist};
use springhead_mux::ts::{Content, Event, Reader, ReaderOptions};
use springhead_packager::{PackagerConfig, Presentation};
use springhead_testkit::{AUDIO, Source, VIDEO};

use crate::broadcast::{Broadcast, on_timeline, small};

/// A third track, that sounds as the second does.
const SECOND_SOUND: TrackId = TrackId(3);

/// Ten seconds of a source whose set of tracks is changed first. What is of the sound is sent for every track of it.
fn broadcast(change: impl Fn(&TrackSet) -> Vec<Track>) -> Broadcast {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    send(&mut broadcast, 0, change);
    broadcast
}

fn send(broadcast: &mut Broadcast, timeline: u64, change: impl Fn(&TrackSet) -> Vec<Track>) {
    let source = Source::new(small());
    let tracks = source.tracks();
    let changed = change(&tracks).into_iter().map(Arc::new).collect();
    let tracks = on_timeline(&Arc::new(TrackSet { tracks: changed, ..(*tracks).clone() }), timeline);
    let of_tracks = |unit: AccessUnit| {
        let also = (unit.track == AUDIO).then(|| AccessUnit { track: SECOND_SOUND, ..unit.clone() });
        [Some(unit), also]
    };
    let units = source.until(Duration::from_secs(10)).into_iter().flat_map(of_tracks).flatten();
    broadcast.send(units.filter(|unit| tracks.track(unit.track).is_some()).collect::<Vec<_>>(), &tracks);
}

fn two_sounds(tracks: &TrackSet) -> Vec<Track> {
    let [pictures, sound] = [VIDEO, AUDIO].map(|id| (**tracks.track(id).unwrap()).clone());
    let second = Track { id: SECOND_SOUND, language: Some("fr".into()), ..sound.clone() };
    vec![pictures, sound, second]
}

/// A codec that transport streams do not carry, in pictures or sound that otherwise stay what they are.
fn as_av1(pictures: Track) -> Track {
    Track { codec: Codec::Av1, config: Bytes::from_static(&[0x81, 0, 0x0c, 0]), ..pictures }
}

fn as_flac(sound: Track) -> Track {
    // STREAMINFO of 48 kHz, two channels, 16 bits, in the last metadata block.
    let mut config = vec![0x80, 0, 0, 34, 0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xb8, 0x02, 0xf0];
    config.resize(4 + 34, 0);
    Track { codec: Codec::Flac, config: config.into(), ..sound }
}

fn multivariant(now: &Presentation) -> MultivariantPlaylist {
    let playlist = now.multivariant_of_transport_streams().expect("something is carried");
    MultivariantPlaylist::parse(&playlist.text()).unwrap()
}

fn media(now: &Presentation, rendition: &str) -> MediaPlaylist {
    let rendition = now.rendition(rendition).unwrap();
    let playlist = now.playlist_of_transport_streams(rendition).expect("it is carried");
    MediaPlaylist::parse(&playlist.text()).unwrap()
}

/// The codecs that units of a segment are of, and how many there are of each.
fn carried(now: &Presentation, rendition: &str, msn: MediaSequence) -> Vec<(Codec, usize)> {
    let stream = now.transport_stream(now.rendition(rendition).unwrap(), msn).expect("it can be made");
    let mut reader = Reader::new(ReaderOptions::default());
    reader.handle_bytes(&stream.to_bytes());
    reader.finish();
    assert_eq!(reader.stats().faults(), 0);
    let mut found: Vec<(Codec, usize)> = Vec::new();
    while let Some(event) = reader.poll_event() {
        let Event::Unit(unit) = event else { continue };
        let Content::Of(codec) = unit.content else { panic!("{unit:?}") };
        match found.iter_mut().find(|(known, _)| *known == codec) {
            Some((_, count)) => *count += 1,
            None => found.push((codec, 1)),
        }
    }
    found.sort_by_key(|(codec, _)| *codec != Codec::Avc);
    found
}

#[test]
fn the_first_sound_is_in_the_pictures_and_others_are_a_choice() {
    let broadcast = broadcast(two_sounds);
    let now = broadcast.last();
    let all = multivariant(now);
    let sounds: Vec<_> = all.renditions.iter().map(|sound| (sound.uri.as_deref(), sound.default)).collect();
    assert_eq!(sounds, [(None, true), (Some("a3/ts.m3u8"), false)]);
    assert_eq!(all.variants[0].uri, "v1/ts.m3u8");
    assert_eq!(all.variants[0].audio.as_deref(), Some("audio"));
    let msn = now.rendition("v1").unwrap().segments[0].msn;
    let [(Codec::Avc, pictures), (Codec::Aac, frames)] = carried(now, "v1", msn)[..] else { panic!() };
    assert_eq!(pictures, now.rendition("v1").unwrap().segments[0].units as usize);
    assert_eq!(frames, now.rendition("a2").unwrap().segments[0].units as usize);
    assert_eq!(carried(now, "a3", msn), [(Codec::Aac, frames)]);
}

#[test]
fn sound_that_is_not_carried_gives_way_to_sound_that_is() {
    let broadcast = broadcast(|tracks| {
        let [pictures, sound, second] = <[Track; 3]>::try_from(two_sounds(tracks)).unwrap();
        vec![pictures, as_flac(sound), second]
    });
    let now = broadcast.last();
    let all = multivariant(now);
    assert_eq!(
        (all.renditions.len(), all.variants[0].codecs.as_slice()),
        (0, &["avc1.4d001f".into(), "mp4a.40.2".into()][..])
    );
    let msn = now.rendition("v1").unwrap().segments[0].msn;
    assert_eq!(carried(now, "v1", msn).len(), 2);
    assert!(now.playlist_of_transport_streams(now.rendition("a2").unwrap()).is_none());
    assert!(now.transport_stream(now.rendition("a2").unwrap(), msn).is_none());
}

#[test]
fn pictures_that_are_not_carried_leave_the_sound_and_nothing_is_left_of_them_alone() {
    let with_sound = broadcast(|tracks| {
        let [pictures, sound] = [VIDEO, AUDIO].map(|id| (**tracks.track(id).unwrap()).clone());
        vec![as_av1(pictures), sound]
    });
    let all = multivariant(with_sound.last());
    assert_eq!(all.variants.iter().map(|variant| &*variant.uri).collect::<Vec<_>>(), ["a2/ts.m3u8"]);
    let alone = broadcast(|tracks| vec![as_av1((**tracks.track(VIDEO).unwrap()).clone())]);
    assert!(alone.last().multivariant_of_transport_streams().is_none());
}

#[test]
fn a_codec_that_comes_to_be_carried_leaves_gaps_where_it_was_not() {
    let mut broadcast = broadcast(|tracks| {
        let [pictures, sound] = [VIDEO, AUDIO].map(|id| (**tracks.track(id).unwrap()).clone());
        vec![as_av1(pictures), sound]
    });
    send(&mut broadcast, 1, |tracks| [VIDEO, AUDIO].map(|id| (**tracks.track(id).unwrap()).clone()).to_vec());
    let now = broadcast.last();
    let playlist = media(now, "v1");
    let v1 = now.rendition("v1").unwrap();
    let carried = v1.segments.iter().map(|segment| segment.init.track.codec == Codec::Avc);
    for (listed, carried) in playlist.segments.iter().zip(carried.clone()) {
        let number = MediaSequence(listed.uri.split(['-', '.']).nth(1).unwrap().parse().unwrap());
        assert_eq!((listed.gap, now.transport_stream(v1, number).is_some()), (!carried, carried), "{}", listed.uri);
    }
    assert!(carried.clone().any(|carried| carried) && carried.clone().any(|carried| !carried));
}
