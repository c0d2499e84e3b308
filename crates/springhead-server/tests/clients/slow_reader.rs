//! A reader that is too slow loses whole tails of groups or what nothing refers to, is told, and decodes without one error
//! (T11).
//!
//! The pictures are those of x264 with its usual B-frames: three in a row, the middle one referred to, and several
//! references. The engine is one within the test, whose clock goes by the recording's own times, so that half a minute
//! takes no time. What each reader got is decoded by ffmpeg, which may say nothing at all; and every picture has to be the
//! very one that comes out when nothing is missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use springhead::codec::aac::{self, AudioSpecificConfig};
use springhead::codec::avc::{self, ByteStream, DecoderConfig};
use springhead::codec::nal::Framing;
use springhead::core::{AccessUnit, MediaKind, MonoTime, Now, TickDelta, Timescale, TrackId, TrackSet, WallTime};
use springhead::engine::{
    ApplicationPolicy, Capacity, Clock, Credentials, Engine, EngineConfig, Event, Hooks, LagPolicy, PlayRequest,
    PlaySession, PublishRequest, RawUnit, ReaderStats, Received, SourceClock, Start, TrackDescription,
};
use springhead::mux::flv::{AudioPacket, AudioTag, Reader, TagKind, VideoPacket, VideoTag};

use crate::tools::{Tool, ffmpegs, have, results, run};

const SECONDS: u32 = 40;
const RATE: u32 = 30;
/// When the stalled readers take nothing, in the middle of a group.
const STALL: (Duration, Duration) = (Duration::from_millis(8_700), Duration::from_millis(18_700));

/// `SECONDS` of pictures in closed groups of two seconds, with sound; made once per run.
fn recording() -> &'static Path {
    static RECORDING: OnceLock<PathBuf> = OnceLock::new();
    RECORDING.get_or_init(|| {
        let path = results().join("pyramid.flv");
        // Moved into place when it is whole, so that another run never reads half of it.
        let made = results().join(format!("pyramid-{}.flv", std::process::id()));
        let arguments = format!(
            "-nostdin -v error -y -f lavfi -i testsrc2=size=320x180:rate={RATE} \
             -f lavfi -i sine=frequency=330:beep_factor=4:sample_rate=48000 \
             -c:v libx264 -preset medium -profile:v high -pix_fmt yuv420p \
             -x264-params keyint=60:min-keyint=60:scenecut=0:open-gop=0:bframes=3:b-adapt=0:b-pyramid=normal:ref=4 \
             -c:a aac -ac 2 -b:a 96k -t {SECONDS} -f flv"
        );
        let arguments = arguments.split_whitespace().map(str::to_owned);
        run("ffmpeg", arguments.chain([made.display().to_string()]));
        std::fs::rename(&made, &path).expect("both are in the target directory");
        path
    })
}

/// Goes by the recording's time.
#[derive(Debug, Default)]
struct RecordingClock(AtomicU64);

impl Clock for RecordingClock {
    fn now(&self) -> Now {
        let nanos = self.0.load(Ordering::Relaxed);
        Now { mono: MonoTime(nanos), wall: WallTime(nanos as i64) }
    }
}

/// When somebody takes less than there is.
#[derive(Clone, Copy)]
enum Habit {
    /// Never.
    Eager,
    /// Takes nothing during the stall, and then three units for two that are published until it has caught up.
    Stalls,
    /// Takes so many units for ten that are published, from the beginning of the stall to its end.
    Lags(u32),
}

/// A reader, and what it got.
struct Viewer {
    name: &'static str,
    habit: Habit,
    session: PlaySession,
    /// Tenths of a unit that it may take.
    credit: u32,
    has_caught_up: bool,
    got: Vec<Received>,
}

impl Viewer {
    /// A unit was published at `at`.
    fn take(&mut self, at: Duration) {
        let (begin, end) = STALL;
        let is_within = begin <= at && at < end;
        match self.habit {
            Habit::Stalls if is_within => self.has_caught_up = false,
            Habit::Stalls if !self.has_caught_up => self.take_some(15),
            Habit::Lags(tenths) if is_within => self.take_some(tenths),
            _ => self.take_all(),
        }
    }

    fn take_some(&mut self, credit: u32) {
        self.credit += credit;
        while self.credit >= 10 {
            self.credit -= 10;
            if !self.take_one() {
                (self.has_caught_up, self.credit) = (true, 0);
            }
        }
    }

    fn take_all(&mut self) {
        while self.take_one() {}
    }

    fn take_one(&mut self) -> bool {
        let received = self.session.recv().now_or_never().and_then(Result::ok);
        let is_some = received.is_some();
        self.got.extend(received);
        is_some
    }

    fn units(&self, kind: MediaKind) -> impl Iterator<Item = &Received> {
        let track = self.session.tracks().and_then(|tracks| tracks.first(kind)).expect("it got both").id;
        self.got.iter().filter(move |received| received.unit.track == track)
    }

    fn stats(&self) -> ReaderStats {
        self.session.stats()
    }

    /// What it got is what it was told of.
    fn assert_is_told_of(&self, published: usize) {
        let stats = self.stats();
        let name = self.name;
        assert_eq!(stats.received, self.got.len() as u64, "{name}");
        assert_eq!(stats.received + stats.skipped, published as u64, "{name}: {stats:?}");
        assert_eq!(self.got.iter().map(|received| received.skipped).sum::<u64>(), stats.skipped, "{name}: {stats:?}");
        assert!(self.has_caught_up, "{name} had the time to catch up");
        for resumed in self.got.iter().filter(|received| received.resumed) {
            assert!(resumed.unit.is_random_access(), "{name} resumes at {:?}", resumed.unit.dts);
        }
    }

    fn resumed(&self, kind: MediaKind) -> usize {
        self.units(kind).filter(|received| received.resumed).count()
    }

    /// Between two pictures it misses disposable ones only, or is told at a random access point that it misses more.
    fn assert_misses_whole_tails(&self, all: &Viewer) {
        let places: BTreeMap<_, _> = all.units(MediaKind::Video).zip(0..).map(|(it, at)| (it.unit.dts, at)).collect();
        let pictures: Vec<&AccessUnit> = all.units(MediaKind::Video).map(|received| &received.unit).collect();
        let mut next: usize = 0;
        for received in self.units(MediaKind::Video) {
            let at = places[&received.unit.dts];
            let is_spared = pictures[next..at].iter().all(|unit| unit.is_disposable());
            assert!(received.resumed || is_spared, "{}: pictures {next} to {at} are missing", self.name);
            next = at + 1;
        }
        assert_eq!(next, pictures.len(), "{} caught up", self.name);
    }

    fn assert_has_all_sound(&self, all: &Viewer) {
        let sound = |viewer: &Viewer| viewer.units(MediaKind::Audio).map(|it| it.unit.clone()).collect::<Vec<_>>();
        assert!(sound(self) == sound(all), "{} misses sound", self.name);
    }
}

/// Publishes the recording to an engine whose ring holds that much, at its own pace, and has everybody read. The first reads
/// all; the others do as they are told.
fn publish(cache: Capacity, readers: &[(&'static str, LagPolicy, Habit)]) -> Vec<Viewer> {
    let policy = ApplicationPolicy { cache, ..ApplicationPolicy::default() };
    let clock = Arc::new(RecordingClock::default());
    let config = EngineConfig { default: Some(policy), ..EngineConfig::default() };
    let engine = Engine::new(config, Hooks::default(), clock.clone());
    let mut events = engine.events();
    let (key, credentials) = ("live/cam".parse().expect("a name"), Credentials::default());
    let request = PublishRequest { key, credentials, protocol: "test", remote: None };
    let mut session = engine.publish(request.clone()).now_or_never().expect("nobody is asked").expect("it is free");
    let eager = ("who reads all", LagPolicy::archive(), Habit::Eager);
    let enter = |(name, lag, habit)| {
        let PublishRequest { key, credentials, protocol, remote } = request.clone();
        let request = PlayRequest { key, credentials, protocol, remote, start: Start::RandomAccess };
        let session = engine.play(request).now_or_never().expect("nobody is asked").expect("it is there").under(lag);
        Viewer { name, habit, session, credit: 0, has_caught_up: true, got: Vec::new() }
    };
    let mut viewers: Vec<Viewer> = std::iter::once(eager).chain(readers.iter().copied()).map(enter).collect();

    let mut reader = Reader::new(1 << 20);
    reader.handle_bytes(&std::fs::read(recording()).expect("the recording was made"));
    let mut framing = None;
    let mut tracks: [Option<TrackId>; 2] = [None; 2];
    while let Some(tag) = reader.next_tag().expect("ffmpeg writes FLV") {
        let at = Duration::from_millis(tag.header.timestamp.into());
        clock.0.store(at.as_nanos() as u64, Ordering::Relaxed);
        let arrival = clock.now().mono;
        let unit = |offset: i32, framing, payload| RawUnit {
            dts: tag.header.timestamp.into(),
            composition_offset: TickDelta(offset.into()),
            sequence: None,
            framing,
            payload,
            checksum: None,
            arrival,
        };
        let mut describe = |slot: usize, track| {
            let description = TrackDescription { track, clock: SourceClock::RTMP };
            tracks[slot] = Some(session.set_track(slot as u32, description).expect("both are taken"));
        };
        let (slot, raw) = match tag.header.kind {
            TagKind::Video => {
                let VideoTag::Tracks(mut messages) = VideoTag::parse(&tag.body).expect("ffmpeg writes AVC") else {
                    continue;
                };
                match messages.remove(0).packet {
                    VideoPacket::SequenceStart(record) => {
                        let config = DecoderConfig::parse(&record).expect("x264 writes parameter sets");
                        framing = Some(Framing::LengthPrefixed(config.length_size));
                        describe(0, avc::track(TrackId(0), Timescale::MPEG, &config).expect("they can be read"));
                        continue;
                    }
                    VideoPacket::CodedFrames { composition_time, payload, .. } => {
                        let framing = framing.expect("the configuration comes first");
                        (0, unit(composition_time, framing, payload.to_bytes()))
                    }
                    _ => continue,
                }
            }
            TagKind::Audio => {
                let AudioTag::Tracks(mut messages) = AudioTag::parse(&tag.body).expect("ffmpeg writes AAC") else {
                    continue;
                };
                match messages.remove(0).packet {
                    AudioPacket::SequenceStart(config) => {
                        describe(1, aac::track(TrackId(0), &config).expect("it can be read"));
                        continue;
                    }
                    AudioPacket::CodedFrames(payload) => (1, unit(0, Framing::LengthPrefixed(4), payload.to_bytes())),
                    _ => continue,
                }
            }
            _ => continue,
        };
        session.handle_unit(tracks[slot].expect("the configuration comes first"), raw);
        viewers.iter_mut().for_each(|viewer| viewer.take(at));
    }
    session.finish();
    viewers.iter_mut().for_each(Viewer::take_all);

    let flags: usize = viewers.iter().map(|viewer| viewer.got.iter().filter(|received| received.resumed).count()).sum();
    let mut told = 0;
    while let Some(Some(event)) = events.recv().now_or_never() {
        told += usize::from(matches!(event, Event::ReaderResumed { .. }));
        assert!(!matches!(event, Event::Dropped { .. } | Event::Repaired { .. } | Event::Missed { .. }), "{event:?}");
    }
    assert_eq!(told, flags, "whoever looks after the server is told as often as the readers");
    let stats = viewers[0].stats();
    assert_eq!((stats.skipped, viewers[0].units(MediaKind::Video).count()), (0, (SECONDS * RATE) as usize));
    viewers
}

/// What a decoder says that is to decode `input` without tolerating anything: the hash of each picture or piece of sound,
/// in the order of display.
fn decoded(ffmpeg: &Path, format: &str, input: &Path) -> Vec<String> {
    let mut command = Command::new(ffmpeg);
    command.args(["-nostdin", "-v", "error", "-xerror", "-err_detect", "explode", "-f", format, "-i"]).arg(input);
    command.args(["-fps_mode", "passthrough", "-f", "framemd5", "-"]).stdin(Stdio::null());
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{command:?}: {}\n{said}", output.status);
    let output = String::from_utf8(output.stdout).expect("text");
    let hashes = output.lines().filter(|line| line.starts_with("0,"));
    hashes.filter_map(|line| line.rsplit(',').next()).map(|hash| hash.trim().to_owned()).collect()
}

/// A file of the pictures as a byte stream, with the parameter sets before each random access point.
fn write_pictures(viewer: &Viewer, tracks: &TrackSet, path: &Path) {
    let track = tracks.first(MediaKind::Video).expect("there are pictures");
    let config = DecoderConfig::parse(&track.config).expect("it was read before");
    let sets: Vec<Bytes> = config.sps.iter().chain(&config.pps).cloned().collect();
    let mut file = Vec::new();
    for Received { unit, .. } in viewer.units(MediaKind::Video) {
        let parameter_sets = if unit.is_random_access() { &sets[..] } else { &[] };
        let stream = avc::to_annexb(&unit.payload, ByteStream { delimiter: true, parameter_sets });
        file.extend(stream.expect("units fall into NAL units").to_bytes());
    }
    std::fs::write(path, file).expect("the target directory is writable");
}

/// A file of the sound with headers of ADTS.
fn write_sound(viewer: &Viewer, tracks: &TrackSet, path: &Path) {
    let track = tracks.first(MediaKind::Audio).expect("there is sound");
    let config = AudioSpecificConfig::parse(&track.config).expect("it was read before");
    let mut file = Vec::new();
    for Received { unit, .. } in viewer.units(MediaKind::Audio) {
        let header = aac::adts::Header::for_payload(&config, unit.payload.len()).expect("AAC LC in stereo");
        file.extend(header.to_bytes());
        file.extend(unit.payload.to_bytes());
    }
    std::fs::write(path, file).expect("the target directory is writable");
}

/// Every picture and every piece of sound that each of them got is decoded without an error, and is what it is to who got
/// all of it.
fn assert_decodes(viewers: &[Viewer]) {
    let all = &viewers[0];
    let tracks = all.session.tracks().expect("it got something").clone();
    let mut times: Vec<_> = all.units(MediaKind::Video).map(|received| received.unit.pts()).collect();
    times.sort_unstable();
    let names = |which: &str| results().join(format!("slow-{}-{which}", std::process::id()));
    let (pictures, sound) = (names("pictures.264"), names("sound.aac"));
    for ffmpeg in ffmpegs() {
        let mut whole = Vec::new();
        for viewer in viewers {
            write_pictures(viewer, &tracks, &pictures);
            let got = decoded(&ffmpeg, "h264", &pictures);
            if whole.is_empty() {
                whole.clone_from(&got);
                assert_eq!(whole.len(), times.len());
            }
            let mut shown: Vec<_> = viewer.units(MediaKind::Video).map(|received| received.unit.pts()).collect();
            shown.sort_unstable();
            assert_eq!(got.len(), shown.len(), "{} by {}", viewer.name, ffmpeg.display());
            let want = shown.iter().map(|time| &whole[times.binary_search(time).expect("it was published")]);
            let differs = want.zip(&got).position(|(want, got)| want != got);
            assert_eq!(differs, None, "first differing picture of {} by {}", viewer.name, ffmpeg.display());
            write_sound(viewer, &tracks, &sound);
            let count = viewer.units(MediaKind::Audio).count();
            assert_eq!(decoded(&ffmpeg, "aac", &sound).len(), count, "{}", viewer.name);
        }
    }
    for path in [pictures, sound] {
        std::fs::remove_file(path).expect("it was written");
    }
}

/// Publishes to one who reads all, and to the slow ones behind; what holds of each of these whatever its policy is asserted.
fn watch(cache: Capacity, readers: &[(&'static str, LagPolicy, Habit)]) -> Vec<Viewer> {
    let viewers = publish(cache, readers);
    assert_decodes(&viewers);
    let (all, slow) = viewers.split_first().expect("one reads all");
    for viewer in slow {
        viewer.assert_is_told_of(all.got.len());
        viewer.assert_misses_whole_tails(all);
    }
    viewers
}

#[test]
fn a_slow_reader_that_stalled_loses_whole_tails_keeps_all_sound_is_told_and_decodes_without_an_error() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let readers = [
        ("live", LagPolicy::live(), Habit::Stalls),
        ("lowest latency", LagPolicy::lowest_latency(), Habit::Stalls),
        ("archive", LagPolicy::archive(), Habit::Stalls),
    ];
    let viewers = watch(Capacity::default(), &readers);
    let (all, readers) = viewers.split_first().expect("one reads all");
    for viewer in readers {
        viewer.assert_has_all_sound(all);
        assert_eq!(viewer.resumed(MediaKind::Audio), 0);
        let stats = viewer.stats();
        crate::tools::say(&format!("{}: {stats:?}", viewer.name));
        assert_eq!((stats.breaks, stats.overtaken), (viewer.resumed(MediaKind::Video) as u64, 0), "{}", viewer.name);
        assert_eq!(stats.breaks > 0, viewer.name != "archive", "{}: {stats:?}", viewer.name);
        assert_eq!(stats.skipped > 0, viewer.name != "archive", "{}: {stats:?}", viewer.name);
    }
}

#[test]
fn a_slow_reader_that_is_overtaken_resumes_at_a_random_access_point_is_told_and_decodes_without_an_error() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    // Two groups of pictures and a half.
    let cache = Capacity { units: 400, ..Capacity::default() };
    let readers = [("archive", LagPolicy::archive(), Habit::Stalls), ("live", LagPolicy::live(), Habit::Stalls)];
    let viewers = watch(cache, &readers);
    for viewer in &viewers[1..] {
        let stats = viewer.stats();
        crate::tools::say(&format!("{} in a small cache: {stats:?}", viewer.name));
        assert_eq!(stats.overtaken, 1, "{}: {stats:?}", viewer.name);
        assert!(viewer.resumed(MediaKind::Video) >= 1 && viewer.resumed(MediaKind::Audio) == 1, "{}", viewer.name);
    }
}

#[test]
fn a_slow_reader_that_gets_hardly_more_than_the_sound_keeps_all_of_it_and_decodes_without_an_error() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let readers =
        [("live", LagPolicy::live(), Habit::Lags(7)), ("lowest latency", LagPolicy::lowest_latency(), Habit::Lags(7))];
    let viewers = watch(Capacity::default(), &readers);
    let (all, readers) = viewers.split_first().expect("one reads all");
    for viewer in readers {
        viewer.assert_has_all_sound(all);
        let stats = viewer.stats();
        crate::tools::say(&format!("{} with little room: {stats:?}", viewer.name));
        assert_eq!(stats.breaks, viewer.resumed(MediaKind::Video) as u64, "{}", viewer.name);
        assert!(stats.breaks > 0 && stats.spared > 0, "{}: {stats:?}", viewer.name);
    }
}

#[test]
fn a_slow_reader_that_lags_a_little_does_without_disposable_pictures_alone_and_decodes_without_an_error() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let viewers = watch(Capacity::default(), &[("live", LagPolicy::live(), Habit::Lags(9))]);
    let [all, viewer] = &viewers[..] else { panic!("there are two") };
    viewer.assert_has_all_sound(all);
    let stats = viewer.stats();
    crate::tools::say(&format!("a little late: {stats:?}"));
    assert!(stats.spared > 0, "{stats:?}");
    assert_eq!((stats.skipped, stats.breaks, stats.overtaken), (stats.spared, 0, 0));
    assert!(viewer.got.iter().all(|received| !received.resumed));
}
