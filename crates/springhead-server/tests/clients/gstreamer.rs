//! GStreamer beside ffmpeg, as another that makes files and another that reads what is served.

use std::ops::Range;
use std::path::PathBuf;

use bytes::Bytes;
use springhead::codec::nal::Framing;
use springhead::codec::video::{self, VideoConfig};
use springhead::codec::{aac, sound};
use springhead::core::{Codec, Limits, MediaParams, Rope, Timescale, Track, TrackId};
use springhead::mux::flv::{AudioPacket, AudioTag, Reader, TagKind, VideoPacket, VideoTag};
use springhead::mux::fmp4::read::{self, Movie, Shift};

use crate::tools::{Line, Tool, have, listed, results, run};
use crate::ts;

/// A codec and what makes it.
type Maker = (Codec, &'static str);

const AVC: Maker = (Codec::Avc, "x264enc speed-preset=ultrafast bframes=2 b-adapt=false key-int-max=25 ! h264parse");
/// Two slices a picture, and a PES packet for each NAL unit.
const AVC_BY_NAL_UNITS: Maker = (
    Codec::Avc,
    "x264enc speed-preset=ultrafast bframes=2 b-adapt=false key-int-max=25 sliced-threads=true threads=2 ! h264parse \
     ! video/x-h264,stream-format=byte-stream,alignment=nal",
);
const HEVC: Maker = (Codec::Hevc, "x265enc speed-preset=ultrafast key-int-max=25 ! h265parse");
const HEVC_BY_NAL_UNITS: Maker = (
    Codec::Hevc,
    "x265enc speed-preset=ultrafast key-int-max=25 ! h265parse ! video/x-h265,stream-format=byte-stream,alignment=nal",
);
const AV1: Maker = (Codec::Av1, "av1enc cpu-used=8 usage-profile=realtime keyframe-max-dist=25 ! av1parse");
const VP9: Maker = (Codec::Vp9, "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=25 ! vp9parse");
const AAC: Maker = (Codec::Aac, "voaacenc ! aacparse");
const OPUS: Maker = (Codec::Opus, "opusenc ! opusparse");
const MP3: Maker = (Codec::MpegAudio, "lamemp3enc ! mpegaudioparse");
const AC3: Maker = (Codec::Ac3, "avenc_ac3 ! ac3parse");
/// FLV knows rates up to 44.1 kHz.
const MP3_FOR_FLV: Maker = (Codec::MpegAudio, "audio/x-raw,rate=44100 ! lamemp3enc ! mpegaudioparse");
const A_LAW: Maker = (Codec::PcmA, "audio/x-raw,rate=8000,channels=1 ! alawenc");
const MU_LAW: Maker = (Codec::PcmU, "audio/x-raw,rate=8000,channels=1 ! mulawenc");

/// A name whose ending says the container, what writes it, and what is in it. `mp4mux` takes neither FLAC nor E-AC-3,
/// `mpegtsmux` no E-AC-3, and `flvmux` nothing of Enhanced RTMP; with AC-3 in fragments, `mp4mux` 1.22 writes a `moov` that is
/// longer than it says.
const FILES: [(&str, &str, [Maker; 2]); 18] = [
    ("avc-aac.mp4", "mp4mux", [AVC, AAC]),
    ("hevc-opus.mp4", "mp4mux", [HEVC, OPUS]),
    ("av1-mp3.mp4", "mp4mux", [AV1, MP3]),
    ("vp9-ac3.mp4", "mp4mux", [VP9, AC3]),
    ("avc-aac-fragments.mp4", "mp4mux fragment-duration=500", [AVC, AAC]),
    ("hevc-opus-fragments.mp4", "mp4mux fragment-duration=500", [HEVC, OPUS]),
    ("av1-mp3-fragments.mp4", "mp4mux fragment-duration=500", [AV1, MP3]),
    ("vp9-opus-fragments.mp4", "mp4mux fragment-duration=500", [VP9, OPUS]),
    ("avc-aac.ts", "mpegtsmux", [AVC, AAC]),
    ("hevc-opus.ts", "mpegtsmux", [HEVC, OPUS]),
    ("avc-mp3.ts", "mpegtsmux", [AVC, MP3]),
    ("hevc-ac3.ts", "mpegtsmux", [HEVC, AC3]),
    ("avc-aac-by-nal-units.ts", "mpegtsmux", [AVC_BY_NAL_UNITS, AAC]),
    ("hevc-opus-by-nal-units.ts", "mpegtsmux", [HEVC_BY_NAL_UNITS, OPUS]),
    ("avc-aac.flv", "flvmux", [AVC, AAC]),
    ("avc-mp3.flv", "flvmux", [AVC, MP3_FOR_FLV]),
    ("avc-a-law.flv", "flvmux", [AVC, A_LAW]),
    ("avc-mu-law.flv", "flvmux", [AVC, MU_LAW]),
];
const PICTURES: usize = 50;

/// What was read of one stream.
#[derive(Debug)]
struct Stream {
    codec: Codec,
    /// What its configuration says, where it has one.
    track: Option<Track>,
    units: Vec<Line>,
}

#[test]
fn what_gstreamer_writes_is_read_as_ffprobe_lists_it() {
    if !have(&[Tool::Ffmpeg, Tool::GStreamer]) {
        return;
    }
    for (name, muxer, makers) in FILES {
        let path = made(name, muxer, makers);
        let file = Bytes::from(std::fs::read(&path).expect("it was written"));
        let streams = match path.extension().and_then(|extension| extension.to_str()) {
            Some("mp4") => of_movie(&file),
            Some("ts") => of_transport_stream(&file),
            _ => of_flv(&file),
        };
        assert_eq!(streams.len(), makers.len(), "{name}");
        for (number, (stream, maker)) in streams.iter().zip(makers).enumerate() {
            let codec = maker.0;
            assert_eq!(stream.codec, codec, "{name}");
            let mut packets = listed(&path, number);
            if name.ends_with(".ts") {
                let bare = |line: &mut Line| line.2 -= if codec == Codec::Aac { aac::adts::HEADER_BYTES } else { 0 };
                packets.iter_mut().for_each(bare);
            }
            assert!(packets.len() >= PICTURES, "{codec:?} of {name}: {packets:?}");
            let times = |lines: &[Line]| lines.iter().map(|(pts, dts, _)| (*pts, *dts)).collect::<Vec<_>>();
            assert_eq!(times(&stream.units), times(&packets), "{codec:?} of {name}");
            let bytes = |lines: &[Line]| lines.iter().map(|(_, _, bytes)| bytes).sum::<usize>();
            assert_eq!(bytes(&stream.units), bytes(&packets), "{codec:?} of {name}");
            // A parser of a byte stream may count the first byte of the next start code to the picture before it.
            let slack = usize::from(name.ends_with(".ts"));
            let differs = stream.units.iter().zip(&packets).find(|(unit, packet)| unit.2.abs_diff(packet.2) > slack);
            assert_eq!(differs, None, "{codec:?} of {name}");
            let says = stream.track.as_ref().map(|track| match &track.params {
                MediaParams::Video(video) => (video.width, video.height),
                MediaParams::Audio(audio) => (audio.sample_rate, audio.channels.into()),
                other => panic!("{other:?}"),
            });
            let expected = match codec {
                Codec::PcmA | Codec::PcmU => None,
                Codec::MpegAudio if name.ends_with(".flv") => Some((44_100, 2)),
                Codec::Opus if name.ends_with(".ts") => None,
                _ if number == 0 => Some((320, 180)),
                _ => Some((48_000, 2)),
            };
            assert_eq!(says, expected, "{codec:?} of {name}");
        }
    }
}

/// Two seconds of picture and sound, written by GStreamer.
fn made(name: &str, muxer: &str, [(_, pictures), (_, sound)]: [Maker; 2]) -> PathBuf {
    let path = results().join(format!("gstreamer-{name}"));
    let pipeline = format!(
        "-q -e {muxer} name=muxer ! filesink location={} \
         videotestsrc num-buffers={PICTURES} ! video/x-raw,format=I420,width=320,height=180,framerate=25/1 ! {pictures} \
         ! queue ! muxer. \
         audiotestsrc num-buffers=94 ! audio/x-raw,rate=48000,channels=2 ! audioconvert ! audioresample ! {sound} \
         ! queue ! muxer.",
        path.display()
    );
    run("gst-launch-1.0", pipeline.split_whitespace());
    path
}

fn of_movie(file: &Bytes) -> Vec<Stream> {
    let movie = Movie::parse(file).expect("a movie");
    let chunks = if movie.is_fragmented { read::chunks(file).expect("fragments") } else { Vec::new() };
    let tracks = movie.tracks().map(|info| {
        let shift =
            Shift::of(&info.edits).expect("a simple edit list").to_presentation(movie.timescale, info.timescale);
        let unit = |decode: u64, offset: i64, bytes: usize| {
            let dts = decode as i64 + shift;
            (dts + offset, dts, bytes)
        };
        let samples = movie.samples(info.id).expect("tables").expect("its track").map(|sample| {
            let sample = sample.expect("a sample");
            unit(sample.decode_time, sample.composition_offset.into(), sample.range.len())
        });
        let fragments = chunks.iter().filter(|chunk| chunk.track == info.id).flat_map(|chunk| {
            chunk.samples.iter().scan(chunk.base_decode_time, |decode, sample| {
                let at = *decode;
                *decode += u64::from(sample.duration);
                Some(unit(at, sample.composition_offset, sample.size()))
            })
        });
        let codec = info.codec.expect("a known codec");
        let units: Vec<Line> = samples.chain(fragments).collect();
        let track = match info.to_track() {
            // `mp4mux` 1.22 writes `av1C` as a draft of 2018 had it, a full box with a zero, so the picture has to say it.
            Err(error) if codec == Codec::Av1 => {
                assert_eq!(&info.config[..], &[0; 5], "{error}");
                let first =
                    chunks.iter().find(|chunk| chunk.track == info.id).map(|chunk| chunk.samples[0].range.clone());
                let first = first.unwrap_or_else(|| first_of(&movie, info.id));
                let unit = video::unit(codec, &file.slice(first), Framing::AnnexB, None, &Limits::default());
                let config = VideoConfig::from_found(codec, &unit.expect("a temporal unit").configuration);
                Some(config.expect("a sequence header").track(info.id, info.timescale, None).expect("a track"))
            }
            track => track.expect("a configuration"),
        };
        Stream { codec, track, units }
    });
    tracks.collect()
}

fn first_of(movie: &Movie<'_>, track: TrackId) -> Range<usize> {
    let first = movie.samples(track).expect("tables").expect("its track").next();
    first.expect("a sample").expect("its place").range
}

fn of_transport_stream(file: &Bytes) -> Vec<Stream> {
    let (program, units, stats) = ts::read(file);
    assert_eq!(stats.faults(), 0, "{stats:?}");
    let streams = program.streams.iter().map(|info| {
        let codec = info.content.codec().expect("a known codec");
        let units: Vec<_> = units.iter().filter(|unit| unit.pid == info.pid).collect();
        let time = |time: Option<u64>| time.expect("a time") as i64;
        Stream {
            codec,
            track: (codec != Codec::Opus).then(|| match codec {
                Codec::MpegAudio | Codec::Ac3 => {
                    sound::track_of_unit(TrackId(1), codec, &units[0].payload).expect("a frame")
                }
                _ => ts::track(info.pid, codec, &units),
            }),
            units: units.iter().map(|unit| (time(unit.pts), time(unit.dts), unit.payload.len())).collect(),
        }
    });
    streams.collect()
}

fn of_flv(file: &Bytes) -> Vec<Stream> {
    let mut reader = Reader::new(1 << 20);
    reader.handle_bytes(file);
    let mut streams: Vec<Stream> = Vec::new();
    while let Some(tag) = reader.next_tag().expect("tags") {
        let at = i64::from(tag.header.timestamp);
        match tag.header.kind {
            TagKind::Video => {
                let VideoTag::Tracks(messages) = VideoTag::parse(&tag.body).expect("a message") else { continue };
                for message in messages {
                    let stream = of_codec(&mut streams, message.codec());
                    match message.packet {
                        VideoPacket::SequenceStart(record) => {
                            let config = VideoConfig::parse(stream.codec, &record).expect("a record");
                            stream.track = Some(config.track(TrackId(1), Timescale::MILLIS, None).expect("a track"));
                        }
                        VideoPacket::CodedFrames { composition_time, payload, .. } => {
                            stream.units.push((at + i64::from(composition_time), at, payload.len()));
                        }
                        VideoPacket::SequenceEnd => {}
                        other => panic!("{other:?}"),
                    }
                }
            }
            TagKind::Audio => {
                let AudioTag::Tracks(messages) = AudioTag::parse(&tag.body).expect("a message") else { continue };
                for message in messages {
                    let stream = of_codec(&mut streams, message.codec());
                    match message.packet {
                        AudioPacket::SequenceStart(config) => {
                            stream.track = Some(aac::track(TrackId(2), &config).expect("a configuration"));
                        }
                        AudioPacket::CodedFrames(payload) => {
                            if stream.codec == Codec::MpegAudio && stream.track.is_none() {
                                stream.track = Some(frame(&payload));
                            }
                            stream.units.push((at, at, payload.len()));
                        }
                        other => panic!("{other:?}"),
                    }
                }
            }
            TagKind::Script => {}
            TagKind::Other(code) => panic!("a tag of type {code}"),
        }
    }
    streams
}

fn of_codec(streams: &mut Vec<Stream>, codec: Option<Codec>) -> &mut Stream {
    let codec = codec.expect("a known codec");
    let at = streams.iter().position(|stream| stream.codec == codec).unwrap_or_else(|| {
        streams.push(Stream { codec, track: None, units: Vec::new() });
        streams.len() - 1
    });
    &mut streams[at]
}

fn frame(payload: &Rope) -> Track {
    sound::track_of_unit(TrackId(2), Codec::MpegAudio, &payload.to_bytes()).expect("a frame")
}

/// How many pictures GStreamer decodes of a playlist or an MPD, with its sound.
pub(crate) fn pictures(url: &str) -> usize {
    let pipeline = format!(
        "uridecodebin3 uri={url} name=source source. ! queue ! video/x-raw ! {SINK} \
         source. ! queue ! audio/x-raw ! fakesink sync=false"
    );
    buffers(&pipeline).len()
}

/// The same of pictures alone, with that decoder. GStreamer 1.22 guesses a frame rate from each chunk, differently from one
/// that has a single picture, and its decoders of AV1 and VP9 begin anew with every guess and wait for a key picture. With
/// fragments of ffmpeg it is the same. So `demuxer` is followed by one rate for all.
pub(crate) fn pictures_at(rate: usize, demuxer: &str, (media, decoder): (&str, &str), url: &str) -> usize {
    buffers(&format!(
        "souphttpsrc location={url} ! {demuxer} ! qtdemux ! capssetter caps={media},framerate={rate}/1 ! {decoder} ! {SINK}"
    ))
    .len()
}

/// How many milliseconds of sound GStreamer decodes of a playlist or an MPD.
pub(crate) fn millis_of_sound(url: &str) -> usize {
    let pipeline = format!(
        "uridecodebin3 uri={url} name=source source. ! queue ! video/x-raw ! fakesink sync=false source. ! queue \
         ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=8000,channels=1 ! {SINK}"
    );
    buffers(&pipeline).iter().sum::<usize>() / 2 / 8
}

const SINK: &str = "fakesink name=counted silent=false sync=false";

/// The bytes of each buffer that arrives in [`SINK`].
fn buffers(pipeline: &str) -> Vec<usize> {
    let output = run("gst-launch-1.0", ["-v"].into_iter().chain(pipeline.split_whitespace()));
    let bytes =
        |line: &str| line.split_once("chain   ******* (counted:sink) (")?.1.split_once(" bytes")?.0.parse().ok();
    output.lines().filter_map(bytes).collect()
}
