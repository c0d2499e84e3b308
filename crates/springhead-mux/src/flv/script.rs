//! Script tags.

use bytes::{Bytes, BytesMut};

use super::CodecId;
use super::amf0::{self, Amf0Error, Amf0Limits, Value};
use crate::FourCc;

/// What `onMetaData` says of a file or a stream (FLV 10.1 §E.5, Enhanced RTMP v2 "Enhancing onMetaData"). It is the word of
/// an encoder: what configurations and frames say counts before it.
///
/// Each kind of track is a list of numbers with what is said of that track. Track 0 is what the properties at the top say;
/// the others come from `videoTrackIdInfoMap` and `audioTrackIdInfoMap`, where an encoder may leave out what they share with
/// track 0. They are in order of their numbers, no number comes twice, and track 0 is there only if something is said of it.
///
/// ```
/// use springhead_core::Codec;
/// use springhead_mux::flv::{CodecId, Metadata, VideoInfo};
/// let video = VideoInfo { codec: CodecId::of(Codec::Hevc), width: Some(1920.0), ..VideoInfo::default() };
/// let metadata = Metadata { video: vec![(0, video)], ..Metadata::default() };
/// assert_eq!(Metadata::parse(&metadata.to_bytes(), Default::default())?, Some(metadata));
/// # Ok::<(), springhead_mux::flv::amf0::Amf0Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Metadata {
    /// Seconds (`duration`); zero of what is live.
    pub duration: Option<f64>,
    /// What made the stream (`encoder`).
    pub encoder: Option<String>,
    /// What is said of the video tracks.
    pub video: Vec<(u8, VideoInfo)>,
    /// What is said of the audio tracks.
    pub audio: Vec<(u8, AudioInfo)>,
}

/// What `onMetaData` says of a video track.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct VideoInfo {
    /// `videocodecid`.
    pub codec: Option<CodecId>,
    /// `width`, in pixels.
    pub width: Option<f64>,
    /// `height`, in pixels.
    pub height: Option<f64>,
    /// `framerate`, pictures a second.
    pub frame_rate: Option<f64>,
    /// `videodatarate`, in kilobits a second.
    pub data_rate: Option<f64>,
}

/// What `onMetaData` says of an audio track.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct AudioInfo {
    /// `audiocodecid`.
    pub codec: Option<CodecId>,
    /// `audiosamplerate` or `samplerate`, in hertz.
    pub sample_rate: Option<f64>,
    /// `channels`.
    pub channels: Option<f64>,
    /// `stereo`.
    pub stereo: Option<bool>,
    /// `audiodatarate`, in kilobits a second.
    pub data_rate: Option<f64>,
}

const NAME: &str = "onMetaData";
const VIDEO_TRACKS: &str = "videoTrackIdInfoMap";
const AUDIO_TRACKS: &str = "audioTrackIdInfoMap";

impl Metadata {
    /// Reads the body of a script tag, or of a data message of RTMP; none when it calls another method. Properties of other
    /// types than theirs are as if they were not there.
    ///
    /// # Errors
    /// Those of [`amf0::read`]: of this tag only.
    pub fn parse(body: &[u8], limits: Amf0Limits) -> Result<Option<Self>, Amf0Error> {
        let values = amf0::read(body, limits)?;
        let metadata = values.iter().zip(values.iter().skip(1)).find(|(name, _)| name.as_str() == Some(NAME));
        Ok(metadata.map(|(_, metadata)| Self::from_value(metadata)))
    }

    /// What the argument of `onMetaData` says.
    pub fn from_value(metadata: &Value) -> Self {
        Self {
            duration: number(metadata, "duration"),
            encoder: metadata.get("encoder").and_then(Value::as_str).map(str::to_owned),
            video: tracks(metadata, VIDEO_TRACKS, VideoInfo::from_value),
            audio: tracks(metadata, AUDIO_TRACKS, AudioInfo::from_value),
        }
    }

    /// The body of a script tag.
    pub fn to_bytes(&self) -> Bytes {
        let mut properties = Properties::default();
        properties.number("duration", self.duration);
        if let Some((_, video)) = self.video.iter().find(|(track, _)| *track == 0) {
            video.write(&mut properties);
        }
        if let Some((_, audio)) = self.audio.iter().find(|(track, _)| *track == 0) {
            audio.write(&mut properties);
        }
        properties.push("encoder", self.encoder.as_deref().map(Value::from));
        properties.tracks(VIDEO_TRACKS, &self.video, VideoInfo::write);
        properties.tracks(AUDIO_TRACKS, &self.audio, AudioInfo::write);
        let mut body = BytesMut::new();
        amf0::write(&Value::from(NAME), &mut body);
        amf0::write(&Value::EcmaArray(properties.0), &mut body);
        body.freeze()
    }
}

impl VideoInfo {
    fn from_value(object: &Value) -> Self {
        Self {
            codec: codec(object, "videocodecid", CodecId::Video),
            width: number(object, "width"),
            height: number(object, "height"),
            frame_rate: number(object, "framerate"),
            data_rate: number(object, "videodatarate"),
        }
    }

    fn write(&self, to: &mut Properties) {
        to.number("width", self.width);
        to.number("height", self.height);
        to.number("videodatarate", self.data_rate);
        to.number("framerate", self.frame_rate);
        to.number("videocodecid", self.codec.map(codec_number));
    }
}

impl AudioInfo {
    fn from_value(object: &Value) -> Self {
        let stereo = match object.get("stereo") {
            Some(Value::Boolean(stereo)) => Some(*stereo),
            _ => None,
        };
        Self {
            codec: codec(object, "audiocodecid", CodecId::Sound),
            sample_rate: number(object, "audiosamplerate").or_else(|| number(object, "samplerate")),
            channels: number(object, "channels").or_else(|| number(object, "audiochannels")),
            stereo,
            data_rate: number(object, "audiodatarate"),
        }
    }

    fn write(&self, to: &mut Properties) {
        to.number("audiodatarate", self.data_rate);
        to.number("audiosamplerate", self.sample_rate);
        to.number("channels", self.channels);
        to.push("stereo", self.stereo.map(Value::Boolean));
        to.number("audiocodecid", self.codec.map(codec_number));
    }
}

/// What is to be written of an object.
#[derive(Default)]
struct Properties(Vec<(String, Value)>);

impl Properties {
    fn push(&mut self, name: &str, value: Option<Value>) {
        self.0.extend(value.map(|value| (name.to_owned(), value)));
    }

    fn number(&mut self, name: &str, number: Option<f64>) {
        self.push(name, number.map(Value::Number));
    }

    fn tracks<T>(&mut self, name: &str, tracks: &[(u8, T)], write: fn(&T, &mut Self)) {
        let others = tracks.iter().filter(|(number, _)| *number != 0);
        let each = others.map(|(number, info)| {
            let mut properties = Self::default();
            write(info, &mut properties);
            (number.to_string(), Value::Object(properties.0))
        });
        let each: Vec<_> = each.collect();
        self.push(name, (!each.is_empty()).then_some(Value::Object(each)));
    }
}

fn number(object: &Value, name: &str) -> Option<f64> {
    match object.get(name) {
        Some(Value::Number(number)) if number.is_finite() => Some(*number),
        _ => None,
    }
}

/// A codec is a number of the old form, a FourCC as a number, or, of some encoders, as a string.
fn codec(object: &Value, name: &str, old: fn(u8) -> CodecId) -> Option<CodecId> {
    match object.get(name)? {
        Value::Number(number) if number.fract() == 0.0 && (0.0..=15.0).contains(number) => Some(old(*number as u8)),
        Value::Number(number) if (16_777_216.0..=f64::from(u32::MAX)).contains(number) => {
            Some(CodecId::FourCc(FourCc((*number as u32).to_be_bytes())))
        }
        Value::String(code) => Some(CodecId::FourCc(FourCc(code.as_bytes().try_into().ok()?))),
        _ => None,
    }
}

fn codec_number(codec: CodecId) -> f64 {
    match codec {
        CodecId::Video(id) | CodecId::Sound(id) => f64::from(id),
        CodecId::FourCc(code) => f64::from(u32::from_be_bytes(code.0)),
    }
}

fn tracks<T: PartialEq + Default>(metadata: &Value, map: &str, read: fn(&Value) -> T) -> Vec<(u8, T)> {
    let top = read(metadata);
    let mut tracks = Vec::new();
    if top != T::default() {
        tracks.push((0, top));
    }
    if let Some(Value::Object(others) | Value::EcmaArray(others)) = metadata.get(map) {
        let others = others.iter().filter_map(|(number, info)| Some((number.parse::<u8>().ok()?, read(info))));
        tracks.extend(others.filter(|(number, _)| *number != 0));
    }
    // The sort is stable: of a number that comes twice, the first stays.
    tracks.sort_by_key(|(number, _)| *number);
    tracks.dedup_by_key(|(number, _)| *number);
    tracks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn another_method_is_none_and_what_cannot_be_read_is_refused() {
        let limits = Amf0Limits::default();
        assert_eq!(Metadata::parse(b"\x02\0\x0aonCuePoint\x05", limits), Ok(None));
        assert_eq!(Metadata::parse(b"\x02\0\x0aonMetaData", limits), Ok(None));
        assert_eq!(Metadata::parse(b"\x02\0\x0aonMeta", limits), Err(Amf0Error::Truncated { at: 3 }));
    }

    #[test]
    fn properties_of_other_types_and_values_that_mean_nothing_are_left_out() {
        let value = Value::object([
            ("width", Value::from("1920")),
            ("framerate", Value::Number(f64::NAN)),
            ("videocodecid", Value::Number(300.0)),
            ("audiocodecid", Value::from("aac")),
            ("stereo", Value::Number(1.0)),
        ]);
        assert_eq!(Metadata::from_value(&value), Metadata::default());
    }

    #[test]
    fn codecs_are_numbers_of_either_form_or_strings() {
        let of = |value| Metadata::from_value(&Value::object([("videocodecid", value)])).video[0].1.codec;
        assert_eq!(of(Value::Number(7.0)), Some(CodecId::AVC));
        assert_eq!(of(Value::Number(1_635_135_537.0)), Some(CodecId::FourCc(FourCc(*b"av01"))));
        assert_eq!(of(Value::from("avc1")), Some(CodecId::FourCc(FourCc(*b"avc1"))));
    }

    #[test]
    fn tracks_of_the_maps_are_in_order_and_the_first_of_a_number_counts() {
        let width = |width: f64| Value::object([("width", Value::Number(width))]);
        let map = [("7", width(7.0)), ("1", width(1.0)), ("0", width(0.0)), ("7", width(8.0)), ("256", width(9.0))];
        let value = Value::object([("width", Value::Number(640.0)), (VIDEO_TRACKS, Value::object(map))]);
        let read = Metadata::from_value(&value);
        let widths: Vec<_> = read.video.iter().map(|(number, info)| (*number, info.width)).collect();
        assert_eq!(widths, [(0, Some(640.0)), (1, Some(1.0)), (7, Some(7.0))]);
        assert_eq!(read.audio, []);
    }

    fn some_number() -> impl Strategy<Value = Option<f64>> {
        prop::option::of(any::<i32>().prop_map(|number| f64::from(number) / 8.0))
    }

    fn codec_id(old: fn(u8) -> CodecId) -> impl Strategy<Value = CodecId> {
        let fourcc = any::<[u8; 3]>().prop_map(|[a, b, c]| CodecId::FourCc(FourCc([b'v', a, b, c])));
        prop_oneof![(0u8..16).prop_map(old), fourcc]
    }

    prop_compose! {
        fn video_info()(
            codec in codec_id(CodecId::Video), width in some_number(), height in some_number(),
            frame_rate in some_number(), data_rate in some_number(),
        ) -> VideoInfo {
            VideoInfo { codec: Some(codec), width, height, frame_rate, data_rate }
        }
    }

    prop_compose! {
        fn audio_info()(
            codec in codec_id(CodecId::Sound), sample_rate in some_number(), channels in some_number(),
            stereo: Option<bool>, data_rate in some_number(),
        ) -> AudioInfo {
            AudioInfo { codec: Some(codec), sample_rate, channels, stereo, data_rate }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            duration in some_number(),
            encoder in prop::option::of(".{0,20}"),
            video in prop::collection::btree_map(any::<u8>(), video_info(), 0..4),
            audio in prop::collection::btree_map(any::<u8>(), audio_info(), 0..4),
        ) {
            let metadata = Metadata {
                duration,
                encoder,
                video: video.into_iter().collect(),
                audio: audio.into_iter().collect(),
            };
            prop_assert_eq!(Metadata::parse(&metadata.to_bytes(), Amf0Limits::default()), Ok(Some(metadata)));
        }
    }
}
