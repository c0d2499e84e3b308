//! The codec strings of a corpus of files, held against those that ffmpeg prints, and against what the players of a browser
//! make of the manifests in which the packager prints them.

mod corpus;
mod differences;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use springhead::core::{
    AccessUnit, Generation, MonoTime, Now, Rope, TickDelta, Ticks, TimelineId, Timestamp, Track, TrackSet, UnitFlags,
};
use springhead::mux::fmp4::read::{self, Movie};
use springhead::packager::{Packager, PackagerConfig, Presentation};

use self::corpus::{FILES, Muxer, Printer, Version};
use self::differences::DIFFERENCES;
use crate::tools::{Tool, ffmpegs, have, results, run, scripts};

#[test]
fn codec_strings_are_those_of_ffmpeg_and_those_that_players_take() {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    let [older, newer] = &ffmpegs()[..] else { return };
    let corpus = results().join("codec-strings");
    corpus::encode(newer, &corpus);
    for (version, ffmpeg) in [(Version::Older, older), (Version::Newer, newer)] {
        corpus::package(ffmpeg, version, &corpus);
    }
    let ours: Vec<Vec<String>> = FILES.iter().map(|file| package(file, &corpus)).collect();
    let wrong = [wrong_in_fragments(&ours, &corpus), wrong_by_ffmpeg(&ours, &corpus), wrong_by_players(&ours, &corpus)];
    assert!(wrong.iter().all(Vec::is_empty), "{}", wrong.concat().join("\n"));
}

/// The strings of a file, pictures first, after the packager has printed them in both manifests, which are left in the
/// file's folder.
fn package(file: &corpus::File, corpus: &Path) -> Vec<String> {
    let path = file.path(corpus);
    let bytes = Bytes::from(std::fs::read(&path).expect("ffmpeg wrote it"));
    let tracks = read::tracks(&bytes).unwrap_or_else(|error| panic!("{}: {error}", file.name));
    let strings = strings(&tracks);
    let presentation = presentation(&bytes, tracks);
    let [multivariant, mpd] = [presentation.multivariant(), presentation.mpd()].map(|manifest| manifest.text());
    for (name, manifest) in [("index.m3u8", &multivariant), ("manifest.mpd", &mpd)] {
        assert_eq!(codecs(manifest), strings, "{} in {manifest}", file.name);
        std::fs::write(path.with_file_name(name), manifest).expect("the target directory is writable");
    }
    strings
}

fn strings(tracks: &[Track]) -> Vec<String> {
    tracks.iter().map(|track| track.codec_string.to_string()).collect()
}

/// A movie as the packager presents it, once it has ended.
fn presentation(bytes: &Bytes, tracks: Vec<Track>) -> Arc<Presentation> {
    let set = Arc::new(TrackSet::new(Generation(0), TimelineId(0), tracks.into_iter().map(Arc::new).collect()));
    let mut packager = Packager::new(PackagerConfig::default()).expect("the defaults are valid");
    let now = Now::default();
    let movie = Movie::parse(bytes).expect("ffmpeg wrote it");
    for sample in movie.samples_by_time().expect("it has tables") {
        let sample = sample.expect("its tables are whole");
        let unit = AccessUnit {
            track: sample.track,
            dts: Timestamp(sample.decode_time.try_into().expect("a movie of a second")),
            composition_offset: TickDelta(sample.composition_offset.into()),
            duration: Ticks(sample.duration.into()),
            flags: if sample.is_sync() { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
            arrival: MonoTime(0),
            payload: Rope::from(bytes.slice(sample.range)),
        };
        packager.handle_unit(&unit, &set, now);
    }
    packager.handle_end(now);
    packager.poll_snapshot(now).expect("it has segments")
}

/// The strings in a manifest: `CODECS` of the variants, `codecs` of the representations.
fn codecs(manifest: &str) -> Vec<String> {
    let lines = manifest.lines().filter(|line| !line.starts_with("#EXT-X-I-FRAME-STREAM-INF"));
    let values = lines.filter_map(|line| {
        let (_, value) = line.split_once("CODECS=\"").or_else(|| line.split_once(" codecs=\""))?;
        value.split_once('"').map(|(value, _)| value)
    });
    values.flat_map(|value| value.split(',')).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// Where another string is read from the init sections that ffmpeg makes of a file than from the file.
fn wrong_in_fragments(ours: &[Vec<String>], corpus: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, ours) in FILES.iter().zip(ours) {
        for version in [Version::Older, Version::Newer] {
            let tracks = (0..ours.len()).map(|stream| read::tracks(&file.init_section(corpus, version, stream)));
            let read = tracks.collect::<Result<Vec<_>, _>>().map(|tracks| strings(&tracks.concat()));
            if read.as_ref() != Ok(ours) {
                wrong.push(format!("{}: in the fragments of {version:?} {read:?} and not {ours:?}", file.name));
            }
        }
    }
    wrong
}

/// Where a string is not ffmpeg's, and no difference says so; and differences that are none.
fn wrong_by_ffmpeg(ours: &[Vec<String>], corpus: &Path) -> Vec<String> {
    let (mut wrong, mut met) = (Vec::new(), BTreeSet::new());
    let printers = [Version::Older, Version::Newer].map(|version| Muxer::ALL.map(|muxer| Printer { version, muxer }));
    for printer in printers.into_iter().flatten() {
        for (file, ours) in FILES.iter().zip(ours) {
            let mut want = Vec::new();
            for string in ours {
                let known = DIFFERENCES.iter().position(|known| known.is_of(printer, string));
                let theirs = known.map_or(string.clone(), |index| (DIFFERENCES[index].theirs)(string));
                met.extend(known.filter(|_| theirs != *string));
                want.push(theirs);
            }
            // A playlist has all or none.
            if want.iter().any(String::is_empty) {
                want.clear();
            }
            let theirs = file.printed(corpus, printer);
            if theirs != want {
                wrong.push(format!("{}: {printer:?} prints {theirs:?} and not {want:?}", file.name));
            }
        }
    }
    let unmet = DIFFERENCES.iter().enumerate().filter(|(index, _)| !met.contains(index)).map(|(_, known)| known);
    wrong.extend(
        unmet.map(|known| format!("{} is printed by {:?}: no longer is it that {}", known.ours, known.by, known.why)),
    );
    wrong
}

/// The codecs of Chromium: how their strings begin, a type that it takes if it has the codec at all, one that is malformed, and
/// whether every build has the codec.
struct Family {
    ours: &'static str,
    known_good: &'static str,
    malformed: Option<&'static str>,
    is_in_every_build: bool,
}

const fn family(ours: &'static str, known_good: &'static str) -> Family {
    Family { ours, known_good, malformed: None, is_in_every_build: true }
}

const FAMILIES: [Family; 10] = [
    Family { malformed: Some("video/mp4; codecs=\"avc1.64\""), ..family("avc1.", "video/mp4; codecs=\"avc1.42E01E\"") },
    Family {
        malformed: Some("video/mp4; codecs=\"av01.0.4M.08\""),
        ..family("av01.", "video/mp4; codecs=\"av01.0.04M.08\"")
    },
    Family {
        malformed: Some("video/mp4; codecs=\"vp09.00.10\""),
        ..family("vp09.", "video/mp4; codecs=\"vp09.00.10.08\"")
    },
    family("mp4a.40.2", "audio/mp4; codecs=\"mp4a.40.2\""),
    family("opus", "audio/mp4; codecs=\"opus\""),
    family("flac", "audio/mp4; codecs=\"flac\""),
    // Open builds have no decoder of it, and all can tell whether a string of it is well formed.
    Family {
        malformed: Some("video/mp4; codecs=\"hvc1.1.6.93\""),
        is_in_every_build: false,
        ..family("hvc1.", "video/mp4; codecs=\"hvc1.1.6.L93.B0\"")
    },
    // It has MP3, but takes it in `audio/mpeg` only.
    Family { is_in_every_build: false, ..family("mp4a.40.34", "audio/mp4; codecs=\"mp4a.6B\"") },
    Family { is_in_every_build: false, ..family("ac-3", "audio/mp4; codecs=\"mp4a.A5\"") },
    Family { is_in_every_build: false, ..family("ec-3", "audio/mp4; codecs=\"mp4a.A6\"") },
];

impl Family {
    fn of(string: &str) -> &'static Self {
        // `mp4a.40.2` is not the beginning of `mp4a.40.34`.
        FAMILIES.iter().find(|family| string.starts_with(family.ours)).unwrap_or_else(|| panic!("{string}"))
    }
}

/// The type by which a player asks for a string.
fn mime_type(string: &str) -> String {
    let kind = Family::of(string).known_good.split('/').next().expect("a type");
    format!("{kind}/mp4; codecs=\"{string}\"")
}

/// Where Chromium, hls.js or Shaka Player makes something else of a string than it should.
fn wrong_by_players(ours: &[Vec<String>], corpus: &Path) -> Vec<String> {
    let strings: BTreeSet<&String> = ours.iter().flatten().collect();
    let controls = FAMILIES.iter().flat_map(|family| family.malformed.into_iter().chain([family.known_good]));
    let types: BTreeSet<String> =
        strings.iter().map(|string| mime_type(string)).chain(controls.map(str::to_owned)).collect();
    let names: Vec<&str> = FILES.iter().map(|file| file.name).collect();
    let report = ask(corpus, &json!({ "types": types, "files": names }));

    let mut wrong = Vec::new();
    let mut expect = |what: &str, got: &Value, want: Value| {
        if *got != want {
            wrong.push(format!("{what}: {got} and not {want}"));
        }
    };
    let answer = |mime_type: &str| &report["types"][mime_type];
    let has = |family: &Family| answer(family.known_good)["supported"] == true;
    for family in &FAMILIES {
        if family.is_in_every_build {
            expect(family.known_good, answer(family.known_good), json!({ "supported": true, "malformed": false }));
        }
        if let Some(malformed) = family.malformed {
            expect(malformed, answer(malformed), json!({ "supported": false, "malformed": true }));
        }
    }
    for string in strings {
        let supported = has(Family::of(string));
        expect(string, answer(&mime_type(string)), json!({ "supported": supported, "malformed": false }));
    }
    for (name, ours) in names.into_iter().zip(ours) {
        let of_kind = |kind| ours.iter().find(|string| mime_type(string).starts_with(kind)).map(String::as_str);
        let [video, audio] = [of_kind("video"), of_kind("audio")];
        let is_mp3 = audio == Some("mp4a.40.34");
        let all = |is_played: &dyn Fn(&Family) -> bool| ours.iter().all(|string| is_played(Family::of(string)));
        let (is_played, is_played_but_for_mp3) = (all(&has), all(&|family| has(family) || family.ours == "mp4a.40.34"));

        // What it cannot have in MP4 it makes `audio/mpeg` of, and leaves the string out.
        let by_hls_js = |mp3| json!([[video, if is_mp3 { mp3 } else { audio }]]);
        let incompatible = json!("manifestIncompatibleCodecsError");
        let as_is = if is_played_but_for_mp3 { by_hls_js(None) } else { incompatible };
        expect(&format!("{name} in hls.js"), &report["asIs"][name]["hls"], as_is);
        let every = &report["withEveryDecoder"][name];
        expect(&format!("{name} in hls.js with every decoder"), &every["hls"], by_hls_js(Some("mp3")));

        let by_shaka = json!([[video, audio]]);
        // CONTENT_UNSUPPORTED_BY_BROWSER
        let as_is = if is_played { by_shaka.clone() } else { json!(4032) };
        expect(&format!("{name} in Shaka Player"), &report["asIs"][name]["dash"], as_is);
        expect(&format!("{name} in Shaka Player with every decoder"), &every["dash"], by_shaka);
    }
    wrong
}

/// Asks all at once of one browser.
fn ask(corpus: &Path, questions: &Value) -> Value {
    let path = corpus.join("questions.json");
    std::fs::write(&path, questions.to_string()).expect("the target directory is writable");
    let json = corpus.join("report.json");
    let script = scripts().join("accepts.mjs");
    let arguments =
        [script.as_os_str(), "--questions".as_ref(), path.as_os_str(), "--folder".as_ref(), corpus.as_os_str()];
    run("node", arguments.into_iter().chain(["--json".as_ref(), json.as_os_str()]));
    serde_json::from_slice(&std::fs::read(&json).expect("the script wrote its report")).expect("the report is JSON")
}
