//! The files: what each is made of, and how they are made.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::tools::run;

/// A file: its name, the size and the encoder of its pictures, the encoder of its sound.
pub(super) struct File {
    pub(super) name: &'static str,
    pictures: Option<(&'static str, &'static str)>,
    sound: Option<&'static str>,
}

const fn pictures(name: &'static str, size: &'static str, encoder: &'static str) -> File {
    File { name, pictures: Some((size, encoder)), sound: None }
}

const fn sound(name: &'static str, encoder: &'static str) -> File {
    File { name, pictures: None, sound: Some(encoder) }
}

const fn both(name: &'static str, encoder: &'static str, sound: &'static str) -> File {
    File { name, pictures: Some(("320x180", encoder)), sound: Some(sound) }
}

/// HE-AAC is missing, of which neither ffmpeg has an encoder; and VP8, which neither writes into MP4 and we do not package.
pub(super) const FILES: &[File] = &[
    pictures("avc-baseline", "320x180", "libx264 -profile:v baseline -pix_fmt yuv420p"),
    pictures("avc-constrained-baseline", "320x180", "libopenh264 -pix_fmt yuv420p"),
    pictures("avc-level-1b", "128x96", "libx264 -profile:v baseline -level 1b -pix_fmt yuv420p"),
    pictures("avc-main-reordered", "640x360", "libx264 -preset ultrafast -profile:v main -bf 2 -pix_fmt yuv420p"),
    pictures("avc-main-interlaced", "720x576", "libx264 -profile:v main -x264-params interlaced=1 -pix_fmt yuv420p"),
    pictures("avc-high", "1280x720", "libx264 -preset veryfast -pix_fmt yuv420p"),
    pictures("avc-high-unordered", "320x180", "libx264 -bf 0 -level 3.1 -pix_fmt yuv420p"),
    pictures("avc-high-interlaced", "720x576", "libx264 -preset veryfast -flags +ilme+ildct -pix_fmt yuv420p"),
    pictures("avc-high-gray", "320x180", "libx264 -pix_fmt gray"),
    pictures("avc-level-5.2", "320x180", "libx264 -level 5.2 -pix_fmt yuv420p"),
    pictures("avc-level-6.2", "320x180", "libx264 -level 6.2 -pix_fmt yuv420p"),
    pictures("avc-high-10", "320x180", "libx264 -pix_fmt yuv420p10le"),
    pictures("avc-high-10-intra", "320x180", "libx264 -g 1 -pix_fmt yuv420p10le"),
    pictures("avc-high-422", "320x180", "libx264 -pix_fmt yuv422p10le"),
    pictures("avc-high-444", "320x180", "libx264 -pix_fmt yuv444p"),
    pictures("avc-high-444-lossless", "320x180", "libx264 -qp 0 -pix_fmt yuv420p"),
    pictures("hevc-main", "320x180", "libx265 -x265-params log-level=none -tag:v hvc1 -pix_fmt yuv420p"),
    pictures("hevc-main-720p", "1280x720", "libx265 -x265-params log-level=none -tag:v hvc1 -pix_fmt yuv420p"),
    pictures(
        "hevc-main-in-band",
        "320x180",
        "libx265 -x265-params log-level=none:level-idc=41 -tag:v hev1 -pix_fmt yuv420p",
    ),
    pictures(
        "hevc-main-high-tier",
        "320x180",
        "libx265 -x265-params log-level=none:level-idc=51:high-tier=1:vbv-maxrate=60000:vbv-bufsize=60000 -pix_fmt yuv420p",
    ),
    pictures("hevc-main-interlaced", "320x180", "libx265 -x265-params log-level=none:interlace=tff -pix_fmt yuv420p"),
    pictures("hevc-main-kvazaar", "320x184", "libkvazaar -pix_fmt yuv420p"),
    pictures(
        "hevc-still",
        "320x180",
        "libx265 -x265-params log-level=none -profile:v mainstillpicture -pix_fmt yuv420p",
    ),
    pictures("hevc-main-10", "320x180", "libx265 -x265-params log-level=none -pix_fmt yuv420p10le"),
    pictures(
        "hevc-main-10-pq",
        "320x180",
        "libx265 -x265-params log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -pix_fmt yuv420p10le",
    ),
    pictures("hevc-main-12", "320x180", "libx265 -x265-params log-level=none -pix_fmt yuv420p12le"),
    pictures("hevc-main-422-10", "320x180", "libx265 -x265-params log-level=none -pix_fmt yuv422p10le"),
    pictures("hevc-main-444", "320x180", "libx265 -x265-params log-level=none -pix_fmt yuv444p"),
    pictures("hevc-main-444-12", "320x180", "libx265 -x265-params log-level=none -pix_fmt yuv444p12le"),
    pictures("hevc-gray", "320x180", "libx265 -x265-params log-level=none -pix_fmt gray"),
    pictures("av1-main", "320x180", "libsvtav1 -preset 12 -pix_fmt yuv420p"),
    pictures("av1-main-720p", "1280x720", "libsvtav1 -preset 12 -pix_fmt yuv420p"),
    pictures("av1-main-10", "320x180", "libsvtav1 -preset 12 -pix_fmt yuv420p10le"),
    pictures(
        "av1-main-10-pq",
        "320x180",
        "libsvtav1 -preset 12 -pix_fmt yuv420p10le -vf setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
    ),
    pictures("av1-main-full-range", "64x48", "libaom-av1 -cpu-used 8 -pix_fmt yuv420p -color_range pc"),
    pictures("av1-main-gray", "64x48", "libaom-av1 -cpu-used 8 -pix_fmt gray"),
    pictures("av1-high-444", "64x48", "libaom-av1 -cpu-used 8 -pix_fmt yuv444p"),
    pictures("av1-professional-422", "64x48", "libaom-av1 -cpu-used 8 -pix_fmt yuv422p10le"),
    pictures("av1-professional-12", "64x48", "libaom-av1 -cpu-used 8 -pix_fmt yuv420p12le"),
    pictures("vp9-0", "320x180", "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p"),
    pictures("vp9-0-720p", "1280x720", "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p"),
    pictures("vp9-1", "320x180", "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv444p"),
    pictures("vp9-2", "320x180", "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p10le"),
    pictures(
        "vp9-2-pq",
        "320x180",
        "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p10le \
         -vf setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
    ),
    pictures("vp9-2-12", "320x180", "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p12le"),
    pictures("vp9-3", "320x180", "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv422p10le"),
    sound("aac", "aac -ac 2"),
    sound("aac-22k-mono", "aac -ac 1 -ar 22050"),
    sound("aac-96k-5.1", "aac -ac 6 -ar 96000"),
    sound("aac-7.1", "aac -ac 8"),
    sound("opus", "libopus -ac 2"),
    sound("opus-mono", "libopus -ac 1 -ar 16000"),
    sound("opus-5.1", "libopus -ac 6 -mapping_family 1"),
    sound("flac-16", "flac -ac 2 -ar 44100 -sample_fmt s16"),
    sound("flac-24", "flac -ac 2 -ar 96000 -sample_fmt s32 -bits_per_raw_sample 24"),
    sound("mp3", "libmp3lame -ac 2"),
    sound("mp3-22k", "libmp3lame -ac 2 -ar 22050"),
    sound("ac3", "ac3 -ac 2"),
    sound("ac3-5.1", "ac3 -ac 6"),
    sound("eac3", "eac3 -ac 2"),
    sound("eac3-5.1", "eac3 -ac 6 -ar 44100"),
    both("avc-and-aac", "libx264 -preset veryfast -pix_fmt yuv420p", "aac -ac 2"),
    both("avc-and-ac3", "libx264 -preset veryfast -pix_fmt yuv420p", "ac3 -ac 2"),
    both("hevc-and-eac3", "libx265 -x265-params log-level=none -pix_fmt yuv420p", "eac3 -ac 2"),
    both("av1-and-flac", "libsvtav1 -preset 12 -pix_fmt yuv420p", "flac -ac 2"),
    both("vp9-and-opus", "libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p", "libopus -ac 2"),
];

impl File {
    /// The file, in the folder that all that is made of it is in.
    pub(super) fn path(&self, corpus: &Path) -> PathBuf {
        corpus.join(self.name).join("file.mp4")
    }

    /// What ffmpeg printed of it when it copied the streams, a string for each; none where it knows not all of them.
    pub(super) fn printed(&self, corpus: &Path, printer: Printer) -> Vec<String> {
        let manifest = printer.folder(corpus, self).join(printer.muxer.manifest());
        let text = std::fs::read_to_string(&manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
        super::codecs(&text)
    }

    /// The init section that ffmpeg wrote of a stream of it.
    pub(super) fn init_section(&self, corpus: &Path, version: Version, stream: usize) -> Bytes {
        let folder = Printer { version, muxer: Muxer::Dash }.folder(corpus, self);
        std::fs::read(folder.join(format!("init-stream{stream}.m4s"))).expect("ffmpeg wrote it").into()
    }
}

/// Debian's ffmpeg, or the newer one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Version {
    Older,
    Newer,
}

/// What prints codec strings: a muxer of a version of ffmpeg.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Printer {
    pub(super) version: Version,
    pub(super) muxer: Muxer,
}

impl Printer {
    fn folder(self, corpus: &Path, file: &File) -> PathBuf {
        corpus.join(file.name).join(format!("{:?}-{:?}", self.muxer, self.version))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Muxer {
    Hls,
    Dash,
}

impl Muxer {
    pub(super) const ALL: [Self; 2] = [Self::Hls, Self::Dash];

    fn manifest(self) -> &'static str {
        match self {
            Self::Hls => "multivariant.m3u8",
            Self::Dash => "manifest.mpd",
        }
    }
}

const COMMON: &str = "-nostdin -v error -y";

/// Encodes all files at once, of less than a second each, and empties their folders before.
pub(super) fn encode(ffmpeg: &Path, corpus: &Path) {
    let _ = std::fs::remove_dir_all(corpus);
    let (mut inputs, mut outputs, mut input) = (words(COMMON), Vec::new(), 0);
    for file in FILES {
        if let Some((size, encoder)) = file.pictures {
            inputs.extend(words(&format!("-f lavfi -t 0.8 -i testsrc2=size={size}:rate=10")));
            outputs.extend(words(&format!("-map {input} -c:v {encoder}")));
            input += 1;
        }
        if let Some(encoder) = file.sound {
            inputs.extend(words("-f lavfi -t 0.8 -i sine=frequency=330:sample_rate=48000"));
            outputs.extend(words(&format!("-map {input} -c:a {encoder}")));
            input += 1;
        }
        let path = file.path(corpus);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the target directory is writable");
        // FLAC and some layouts of Opus in MP4 were experiments of older versions.
        outputs.extend(words("-strict experimental"));
        outputs.push(path.display().to_string());
    }
    run(ffmpeg, inputs.into_iter().chain(outputs));
}

/// Has ffmpeg package every file for HLS and DASH without encoding it again.
///
/// Its strings of H.264 and H.265 come from parameter sets in the byte stream format only, so they are brought to it; the
/// streams stay what they are.
pub(super) fn package(ffmpeg: &Path, version: Version, corpus: &Path) {
    let (mut inputs, mut outputs) = (words(COMMON), Vec::new());
    for (input, file) in FILES.iter().enumerate() {
        inputs.extend(["-i".to_owned(), file.path(corpus).display().to_string()]);
        for muxer in Muxer::ALL {
            let folder = Printer { version, muxer }.folder(corpus, file);
            std::fs::create_dir_all(&folder).expect("the target directory is writable");
            outputs.extend(words(&format!("-map {input} -c copy -strict experimental")));
            if file.name.starts_with("avc") {
                outputs.extend(words("-bsf:v h264_mp4toannexb"));
            }
            if file.name.starts_with("hevc") {
                outputs.extend(words("-bsf:v hevc_mp4toannexb -tag:v hvc1"));
            }
            let manifest = folder.join(muxer.manifest());
            match muxer {
                Muxer::Hls => {
                    outputs.extend(words("-f hls -hls_segment_type fmp4 -master_pl_name"));
                    outputs.push(muxer.manifest().to_owned());
                    outputs.push(folder.join("media.m3u8").display().to_string());
                }
                Muxer::Dash => {
                    outputs.extend(words("-f dash -dash_segment_type mp4"));
                    outputs.push(manifest.display().to_string());
                }
            }
        }
    }
    run(ffmpeg, inputs.into_iter().chain(outputs));
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
