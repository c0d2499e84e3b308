//! What does it cost to make a transport stream of an MP4 file, as a process?
//!
//! Both read the same file, whose tables are in front, and write what they make to `/dev/null`. User time alone is
//! compared: what the kernel does for them is the same. It is the sum of several runs, as it is told in hundredths of a
//! second, and runs alternate. The file is a few seconds of pictures and sound, over and over, so that there is much to copy and
//! little to encode.
//!
//! Our side is this program, called again with the file: it reads the `moov`, then each track in blocks, and writes packets
//! into a buffer that is emptied whenever it is full. It needs as much memory for a file of any length, but for the tables.
//!
//! ```text
//! cargo bench -p springhead-benches --bench remux
//! ```
#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use springhead_benches::turns;
use springhead_core::{AccessUnit, MonoTime, TickDelta, Ticks, Timestamp, Track, TrackId, UnitFlags};
use springhead_mux::fmp4::read::{BoxIter, Movie, MovieSample};
use springhead_mux::ts::{Writer, WriterOptions};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How often each makes its stream.
const ROUNDS: usize = 9;
/// The two bit rates, and how often the few seconds are repeated.
const FILES: [(u32, u32); 2] = [(8, 40), (60, 12)];
/// As much as the packets that wait to be written may have.
const BUFFER: usize = 256 << 10;

fn main() -> Result<()> {
    // Cargo says `--bench`, we say two files.
    let mut files = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    if let (Some(from), Some(to)) = (files.next(), files.next()) {
        return remux(Path::new(&from), Path::new(&to));
    }
    if !turns::asked_for("remux") {
        return Ok(());
    }
    for (megabits, repeats) in FILES {
        let file = movie(megabits, repeats)?;
        let gigabytes = std::fs::metadata(&file)?.len() as f64 / 1e9;
        let us = std::env::current_exe()?;
        let path = file.to_str().ok_or("a path in UTF-8")?;
        let by_ffmpeg = |to: &str| {
            let copy = ["-v", "error", "-nostdin", "-i", path, "-c", "copy", "-f", "mpegts", "-y", to];
            user_seconds(Path::new("ffmpeg"), &copy)
        };
        same(&file, |to| user_seconds(&us, &[path, to]), by_ffmpeg)?;
        let (mut ours, mut of_ffmpeg) = (0.0, 0.0);
        for _ in 0..ROUNDS {
            ours += user_seconds(&us, &[path, "/dev/null"])?;
            of_ffmpeg += by_ffmpeg("/dev/null")?;
        }
        let each = |seconds: f64| seconds / ROUNDS as f64 / gigabytes;
        println!(
            "{megabits:2} Mbit/s: {:.3} s of user time for a gigabyte, {:.3} s of ffmpeg, 1/{:.1}",
            each(ours),
            each(of_ffmpeg),
            of_ffmpeg / ours
        );
        std::fs::remove_file(file)?;
    }
    Ok(())
}

/// A file of that bit rate, with its tables in front.
fn movie(megabits: u32, repeats: u32) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("springhead-remux-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (few, many) = (folder.join("few.mp4"), folder.join(format!("{megabits}.mp4")));
    let run = |arguments: String, output: &Path| -> Result<()> {
        let words = arguments.split_whitespace().map(str::to_owned).chain([output.display().to_string()]);
        let status = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(words).status()?;
        status.success().then_some(()).ok_or_else(|| format!("ffmpeg: {status}").into())
    };
    // Noise, as nothing else takes so many bits.
    run(
        format!(
            "-f lavfi -i testsrc2=size=1280x720:rate=30,noise=alls=60:allf=t -f lavfi -i sine=sample_rate=48000 -t 10 \
             -c:v libx264 -preset ultrafast -b:v {megabits}M -minrate {megabits}M -maxrate {megabits}M \
             -bufsize {megabits}M -g 60 -pix_fmt yuv420p -c:a aac -b:a 128k"
        ),
        &few,
    )?;
    run(format!("-stream_loop {} -i {} -c copy -movflags +faststart", repeats - 1, few.display()), &many)?;
    std::fs::remove_file(few)?;
    Ok(many)
}

/// Both make the same of the file: ffprobe lists as many pictures and as many frames of sound.
fn same(file: &Path, ours: impl Fn(&str) -> Result<f64>, theirs: impl Fn(&str) -> Result<f64>) -> Result<()> {
    let stream = file.with_extension("ts");
    let name = stream.to_str().ok_or("a path in UTF-8")?;
    let listed = |kind: &str| -> Result<usize> {
        let entries = ["-v", "error", "-select_streams", kind, "-show_entries", "packet=pts", "-of", "csv=p=0", name];
        let output = String::from_utf8(Command::new("ffprobe").args(entries).output()?.stdout)?;
        // What else is said of a packet is behind a comma, or on a line of its own.
        Ok(output.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).count())
    };
    ours(name)?;
    let of_ours = (listed("v")?, listed("a")?);
    theirs(name)?;
    let of_theirs = (listed("v")?, listed("a")?);
    std::fs::remove_file(stream)?;
    match of_ours == of_theirs && of_ours.0 > 0 {
        true => Ok(()),
        false => Err(format!("{of_ours:?} pictures and frames of sound are ours, {of_theirs:?} ffmpeg's").into()),
    }
}

/// Runs a program to its end. The user time that it took, as the kernel tells of children that were waited for.
fn user_seconds(program: &Path, arguments: &[&str]) -> Result<f64> {
    let before = children()?;
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("{}: {status}", program.display()).into());
    }
    Ok(children()? - before)
}

/// User time of all children, in seconds: the field `cutime` of `/proc/self/stat`, in hundredths (proc(5)).
fn children() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    // The name is the second field, and `cutime` the sixteenth.
    let ticks = fields.split_whitespace().nth(13).ok_or("no cutime")?;
    Ok(ticks.parse::<f64>()? / 100.0)
}

/// Writes the transport stream of a movie.
fn remux(from: &Path, to: &Path) -> Result<()> {
    let file = File::open(from)?;
    let bytes = usize::try_from(file.metadata()?.len())?;
    let front = front(&file)?;
    let movie = Movie::parse_part(&front, bytes)?;
    let tracks: Vec<Arc<Track>> =
        springhead_mux::fmp4::read::tracks(&Bytes::from(front.clone()))?.into_iter().map(Arc::new).collect();
    let mut blocks: Vec<Block> = tracks.iter().map(|track| Block::new(track)).collect();
    let mut writer = Writer::new(&tracks, WriterOptions::default())?;
    let mut stream = File::create(to)?;
    let mut buffer = Vec::with_capacity(2 * BUFFER);
    for sample in movie.samples_by_time()? {
        let sample = sample?;
        let Some(block) = blocks.iter_mut().find(|block| block.track == sample.track) else { continue };
        let unit = AccessUnit {
            track: sample.track,
            dts: Timestamp(i64::try_from(sample.decode_time)?),
            composition_offset: TickDelta(sample.composition_offset.into()),
            duration: Ticks(sample.duration.into()),
            flags: if sample.is_sync() { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
            arrival: MonoTime(0),
            payload: block.read(&file, bytes, &sample)?.into(),
        };
        writer.write(&unit, &mut buffer)?;
        if buffer.len() >= BUFFER {
            stream.write_all(&buffer)?;
            buffer.clear();
        }
    }
    writer.finish_segment(&mut buffer);
    stream.write_all(&buffer)?;
    Ok(())
}

/// What is in front of the media: `ftyp` and `moov`.
fn front(file: &File) -> Result<Vec<u8>> {
    let mut front = vec![0; 8 << 20];
    let read = file.read_at(&mut front, 0)?;
    front.truncate(read);
    let moov = BoxIter::new(&front).map_while(std::result::Result::ok).find(|top| top.header.kind.0 == *b"moov");
    let end = moov.map(|moov| moov.header.offset + moov.header.len).ok_or("no moov in front")?;
    front.truncate(end);
    Ok(front)
}

/// A stretch of the file that holds samples of a track.
struct Block {
    track: TrackId,
    /// How much is read at a time.
    size: usize,
    at: usize,
    bytes: Bytes,
    room: BytesMut,
}

impl Block {
    fn new(track: &Track) -> Self {
        // Samples of sound are small, and lie between pictures.
        let size = if track.video().is_some() { 1 << 20 } else { 32 << 10 };
        Self { track: track.id, size, at: 0, bytes: Bytes::new(), room: BytesMut::new() }
    }

    fn read(&mut self, file: &File, end: usize, sample: &MovieSample) -> Result<Bytes> {
        let range = &sample.range;
        if range.start < self.at || range.end > self.at + self.bytes.len() {
            // The last block is free again, and is read into.
            self.bytes = Bytes::new();
            let size = self.size.max(range.len()).min(end - range.start);
            self.room.clear();
            self.room.resize(size, 0);
            file.read_exact_at(&mut self.room, range.start as u64)?;
            self.bytes = self.room.split().freeze();
            self.at = range.start;
        }
        Ok(self.bytes.slice(range.start - self.at..range.end - self.at))
    }
}
