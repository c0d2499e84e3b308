//! FLV of Enhanced RTMP as the newer ffmpeg writes it, written again by us in every form that says the same, is read and
//! decoded by it as its own.

use std::path::{Path, PathBuf};

use springhead::core::Codec;
use springhead::mux::flv::{
    AudioMessage, AudioPacket, AudioTag, CodecId, FileHeader, Metadata, Reader, Tag, TagKind, VideoMessage,
    VideoPacket, VideoTag, file_header, tag,
};

use crate::tools::{Tool, ffmpegs, have, results, run};

/// Every codec that the newer ffmpeg writes into FLV: what encodes it, pictures first.
const CODECS: [&str; 11] = [
    "libx264 -preset veryfast -bf 2",
    "libx265 -preset ultrafast -x265-params log-level=none:bframes=2",
    "libvvenc -preset faster",
    "libsvtav1 -preset 12",
    "libvpx-vp9 -cpu-used 8",
    "aac",
    "libopus",
    "flac",
    "libmp3lame",
    "ac3",
    "eac3",
];
const PICTURES: usize = 5;

/// A second of every codec, a track each.
fn source(ffmpeg: &Path) -> PathBuf {
    let path = results().join("enhanced.flv");
    let mut arguments = "-nostdin -v error -y -f lavfi -i testsrc2=size=64x48:rate=25 \
         -f lavfi -i sine=frequency=330:sample_rate=48000"
        .to_owned();
    for at in 0..CODECS.len() {
        arguments += if at < PICTURES { " -map 0" } else { " -map 1" };
    }
    for (at, codec) in CODECS.iter().enumerate() {
        let (name, options) = codec.split_once(' ').unwrap_or((codec, ""));
        let options = options.split_whitespace().map(|option| match option.strip_prefix('-') {
            Some(option) => format!(" -{option}:{at}"),
            None => format!(" {option}"),
        });
        arguments += &format!(" -c:{at} {name}{}", options.collect::<String>());
    }
    arguments += " -pix_fmt yuv420p -pix_fmt:2 yuv420p10le -t 1 -f flv";
    let arguments = arguments.split_whitespace().map(str::to_owned);
    run(ffmpeg, arguments.chain([path.display().to_string()]));
    path
}

/// A file in the making, whose messages wait for the next if `together`.
struct File {
    bytes: Vec<u8>,
    /// Whether tracks share messages where ffmpeg can read it: it passes over what follows the first configuration of a
    /// message, and gives pictures of a codec without composition times that of the track before.
    together: bool,
    /// Whether every codec is named by its FourCC, and times have nanoseconds.
    extended: bool,
    video: (u32, Vec<VideoMessage>),
    audio: (u32, Vec<AudioMessage>),
}

impl File {
    fn written(source: &[u8], together: bool, extended: bool) -> Vec<u8> {
        let bytes = file_header(FileHeader { audio: true, video: true }).to_vec();
        let mut file = Self { bytes, together, extended, video: (0, Vec::new()), audio: (0, Vec::new()) };
        let mut reader = Reader::new(1 << 20);
        reader.handle_bytes(source);
        while let Some(tag) = reader.next_tag().expect("ffmpeg writes FLV") {
            file.take(&tag);
        }
        file.end_video();
        file.end_audio();
        file.bytes
    }

    fn take(&mut self, read: &Tag) {
        let at = read.header.timestamp;
        match read.header.kind {
            TagKind::Video => {
                let VideoTag::Tracks(messages) = VideoTag::parse(&read.body).expect("a message") else { return };
                self.end_audio();
                for message in messages {
                    let message = self.extend_video(message);
                    let mut joined = self.video.1.clone();
                    joined.push(message.clone());
                    let has_times = |message: &VideoMessage| message.codec().is_some_and(Codec::has_nal_units);
                    let is_coded = matches!(message.packet, VideoPacket::CodedFrames { .. })
                        && joined.iter().all(|other| has_times(other) == has_times(&message));
                    let fits = self.together
                        && is_coded
                        && at == self.video.0
                        && VideoTag::Tracks(joined.clone()).to_rope().is_ok();
                    let another = joined.iter().rev().skip(1).all(|other| other.track != message.track);
                    if !(fits && another) {
                        self.end_video();
                        joined = vec![message];
                    }
                    self.video = (at, joined);
                }
            }
            TagKind::Audio => {
                let AudioTag::Tracks(messages) = AudioTag::parse(&read.body).expect("a message") else { return };
                self.end_video();
                for message in messages {
                    let message = self.extend_audio(message);
                    let mut joined = self.audio.1.clone();
                    joined.push(message.clone());
                    let is_coded = matches!(message.packet, AudioPacket::CodedFrames(_));
                    let fits = self.together
                        && is_coded
                        && at == self.audio.0
                        && AudioTag::Tracks(joined.clone()).to_rope().is_ok();
                    let another = joined.iter().rev().skip(1).all(|other| other.track != message.track);
                    if !(fits && another) {
                        self.end_audio();
                        joined = vec![message];
                    }
                    self.audio = (at, joined);
                }
            }
            TagKind::Script => {
                let metadata = Metadata::parse(&read.body, Default::default()).expect("AMF").expect("onMetaData");
                self.push(TagKind::Script, at, &metadata.to_bytes().into());
            }
            TagKind::Other(code) => panic!("a tag of type {code}"),
        }
    }

    fn extend_video(&self, message: VideoMessage) -> VideoMessage {
        if !self.extended {
            return message;
        }
        let id = message.codec().and_then(CodecId::fourcc_of).expect("every codec has one");
        let nanos = if matches!(message.packet, VideoPacket::CodedFrames { .. }) { 400_000 } else { 0 };
        VideoMessage { id, nanos, ..message }
    }

    fn extend_audio(&self, message: AudioMessage) -> AudioMessage {
        if !self.extended {
            return message;
        }
        let id = message.codec().and_then(CodecId::fourcc_of).expect("every codec has one");
        let nanos = if matches!(message.packet, AudioPacket::CodedFrames(_)) { 400_000 } else { 0 };
        AudioMessage { id, stereo: None, nanos, ..message }
    }

    fn end_video(&mut self) {
        let (at, messages) = std::mem::take(&mut self.video);
        if !messages.is_empty() {
            self.push(TagKind::Video, at, &VideoTag::Tracks(messages).to_rope().expect("it says what it may"));
        }
    }

    fn end_audio(&mut self) {
        let (at, messages) = std::mem::take(&mut self.audio);
        if !messages.is_empty() {
            self.push(TagKind::Audio, at, &AudioTag::Tracks(messages).to_rope().expect("it says what it may"));
        }
    }

    fn push(&mut self, kind: TagKind, at: u32, body: &springhead::core::Rope) {
        self.bytes.extend(tag(kind, at, body).expect("it fits a tag").to_bytes());
    }
}

/// What ffmpeg makes of each stream: its packets as they are, and all that comes out when they are decoded without
/// tolerating anything. Streams are named by codec, as their order in the file does not matter.
fn streams(ffmpeg: &Path, path: &Path) -> Vec<(String, Vec<String>)> {
    let mut streams = Vec::new();
    for copy in [&["-c", "copy", "-f", "framecrc"][..], &["-fps_mode", "passthrough", "-f", "framemd5"]] {
        let before = ["-nostdin", "-v", "error", "-xerror", "-err_detect", "explode", "-copyts", "-i"];
        let path = path.to_str().expect("a path in UTF-8");
        // Decoded streams are all raw, so their codecs are asked of the packets.
        let names = run(ffmpeg, before.into_iter().chain([path, "-map", "0", "-c", "copy", "-f", "framecrc", "-"]));
        let listing =
            run(ffmpeg, before.into_iter().chain([path, "-map", "0"]).chain(copy.iter().copied()).chain(["-"]));
        let names = names.lines().filter_map(|line| line.strip_prefix("#codec_id ")?.split_once(": "));
        streams.extend(names.map(|(number, name)| {
            let of_stream = listing.lines().filter_map(|line| line.split_once(','));
            // Nothing is not sound: ffmpeg makes empty packets of messages without any.
            let of_stream = of_stream.filter(|(stream, rest)| *stream == number && !rest.contains(" 0, 0x00000000"));
            (name.to_owned(), of_stream.map(|(_, rest)| rest.to_owned()).collect())
        }));
    }
    streams.sort();
    streams
}

#[test]
fn every_codec_in_every_form_is_read_by_ffmpeg_as_its_own() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let [_, ffmpeg] = &ffmpegs()[..] else { return };
    let source = source(ffmpeg);
    let expected = streams(ffmpeg, &source);
    assert_eq!(expected.len(), 2 * CODECS.len());
    assert!(expected.iter().all(|(_, packets)| packets.len() >= 25), "{expected:?}");
    let bytes = std::fs::read(&source).expect("it was written");
    for (name, together, extended) in
        [("same", false, false), ("extended", false, true), ("together", true, false), ("all", true, true)]
    {
        let path = results().join(format!("enhanced-{name}.flv"));
        std::fs::write(&path, File::written(&bytes, together, extended)).expect("the target directory is writable");
        for ((name, want), (_, got)) in expected.iter().zip(streams(ffmpeg, &path)) {
            assert_eq!(got.len(), want.len(), "{name} of {}", path.display());
            let differs = got.iter().zip(want).find(|(got, want)| got != want);
            assert_eq!(differs, None, "{name} of {}", path.display());
        }
    }
}
