//! One chunk: a movie fragment and the media it describes.

use springhead_core::{Rope, TrackId};

use super::boxes::{mfhd::Mfhd, tfdt::Tfdt, tfhd::Tfhd, trun::Trun};
use super::writer::BoxWriter;
use super::{Emsg, FragmentProtection, MuxError, Prft, SampleFlags, Styp};

/// One access unit as the sample that it becomes. Spans are in ticks of the track's timescale.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// How long it lasts: the decode time of the next sample minus its own, exactly.
    pub duration: u32,
    /// Presentation minus decode time.
    pub composition_offset: i32,
    /// Whether decoding can start here; true for every sample of audio.
    pub sync: bool,
    /// Whether no other sample depends on this one.
    pub disposable: bool,
    /// The coded bytes. Not empty.
    pub payload: &'a Rope,
}

impl Sample<'_> {
    /// The flags that the sample is given.
    pub fn flags(&self) -> SampleFlags {
        SampleFlags::new(self.sync, self.disposable)
    }
}

/// What a chunk says besides its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkHeader {
    /// The track, as its init section numbers it.
    pub track: TrackId,
    /// Rises from chunk to chunk of a track (`mfhd`, ISO/IEC 14496-12 §8.8.5).
    pub sequence_number: u32,
    /// The decode time of the first sample in ticks of the track's timescale (`tfdt`, §8.8.12). Equals that of the chunk
    /// before plus the durations of its samples.
    pub base_decode_time: u64,
    /// What the chunk starts, if it starts something that can be addressed: then it begins with a segment type box.
    pub styp: Option<Styp>,
    /// The wall clock time to tell with it.
    pub prft: Option<Prft>,
}

/// Writes one chunk: `[styp] [prft] moof mdat`, in one track fragment of one run.
///
/// The rope is one slice with all boxes up to the header of `mdat`, then the slices of the payloads as they are. The
/// data offset is relative to the `moof` (`default-base-is-moof`), so chunks can be concatenated and addressed at will.
/// What is equal in all samples is written once, in `tfhd`. Composition offsets are signed (`trun` version 1) where one is
/// negative; that does not go with an edit list (ISO/IEC 23000-19 §7.5.13).
///
/// # Errors
/// [`MuxError::NoSamples`], [`MuxError::EmptySample`], and [`MuxError::TooLarge`] when the payloads together leave 32 bits.
pub fn chunk(header: &ChunkHeader, samples: &[Sample<'_>]) -> Result<Rope, MuxError> {
    write(header, &[], samples, None)
}

/// Writes one chunk as [`chunk()`] does, with event messages in it: `[styp] [prft] [emsg…] moof mdat`, which is where CMAF has
/// them (ISO/IEC 23000-19 §7.3.2.4).
///
/// ```
/// use bytes::Bytes;
/// use springhead_core::{Rope, Timescale, TrackId};
/// use springhead_mux::fmp4::{self, ChunkHeader, Emsg, EventTime, Sample};
///
/// let event = Emsg {
///     scheme_id_uri: "https://aomedia.org/emsg/ID3".to_owned(),
///     value: String::new(),
///     timescale: Timescale::MPEG,
///     time: EventTime::At(90_000),
///     duration: Emsg::UNKNOWN_DURATION,
///     id: 1,
///     message: Bytes::from_static(b"ID3\x04\0\0\0\0\0\0"),
/// };
/// let payload = Rope::from(Bytes::from_static(b"\0\0\0\x02\x65\x88"));
/// let header = ChunkHeader { track: TrackId(1), sequence_number: 7, base_decode_time: 90_000, styp: None, prft: None };
/// let sample = Sample { duration: 3000, composition_offset: 0, sync: true, disposable: false, payload: &payload };
/// let chunk = fmp4::chunk_with_events(&header, &[event.clone()], &[sample])?;
/// assert_eq!(fmp4::read::chunks(&chunk.to_bytes())?[0].events, [event]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As of [`chunk()`]; [`MuxError::TooLarge`] also where an event outgrows the 32 bits of its box.
pub fn chunk_with_events(header: &ChunkHeader, events: &[Emsg], samples: &[Sample<'_>]) -> Result<Rope, MuxError> {
    write(header, events, samples, None)
}

/// As [`chunk()`], of samples that are protected: what they need is in the track fragment (`saiz`, `saio`, `senc`), with an
/// offset relative to the `moof`, and the headers of protection systems are in the `moof` (`pssh`). The payloads are
/// encrypted already.
///
/// # Errors
/// Those of [`chunk()`], and [`MuxError::Protection`] when the information is not that of so many samples, or not of the
/// sizes that it says.
pub fn protected_chunk(
    header: &ChunkHeader,
    samples: &[Sample<'_>],
    protection: &FragmentProtection,
) -> Result<Rope, MuxError> {
    if let Some(information) = &protection.samples {
        information.check(header.track, samples.len())?;
    }
    write(header, &[], samples, Some(protection))
}

/// Bytes of the `moof` besides its run and the header of the track fragment, and of the header of the `mdat`.
const MOOF: usize = 8 + Mfhd::LEN + 8 + Tfdt::LEN;
const MDAT_HEADER: usize = 8;

fn write(
    header: &ChunkHeader,
    events: &[Emsg],
    samples: &[Sample<'_>],
    protection: Option<&FragmentProtection>,
) -> Result<Rope, MuxError> {
    let track = header.track;
    if samples.is_empty() {
        return Err(MuxError::NoSamples { track });
    }
    let run = Trun::new(track, samples)?;
    let tfhd = Tfhd::of_run(track, &run);
    let events_len: usize = events.iter().map(Emsg::len_hint).sum();
    let before = header.styp.map_or(0, |_| Styp::LEN) + header.prft.map_or(0, |_| Prft::LEN) + events_len;
    // To the byte, where there is neither an event nor protection: what is full becomes shared bytes as it is.
    let mut out = BoxWriter::with_capacity(before + MOOF + tfhd.len() + run.len() + MDAT_HEADER);
    if let Some(styp) = header.styp {
        styp.write(&mut out);
    }
    if let Some(prft) = header.prft {
        prft.write(track, &mut out);
    }
    events.iter().for_each(|event| event.write(&mut out));
    let moof = out.len();
    let mut data_offset = 0;
    out.boxed(b"moof", |out| {
        Mfhd { sequence_number: header.sequence_number }.write(out);
        out.boxed(b"traf", |out| {
            tfhd.write(out);
            Tfdt { base_decode_time: header.base_decode_time }.write(out);
            data_offset = run.write(out);
            if let Some(information) = protection.and_then(|protection| protection.samples.as_ref()) {
                information.write(moof, out);
            }
        });
        protection.iter().flat_map(|protection| &protection.systems).for_each(|system| system.write(out));
    });
    let too_large = |what| MuxError::TooLarge { track, what };
    let to_payload = i32::try_from(out.len() - moof + MDAT_HEADER).map_err(|_| too_large("the movie fragment"))?;
    out.patch_i32(data_offset, to_payload);
    out.u32(u32::try_from(run.payload + MDAT_HEADER as u64).map_err(|_| too_large("the media data"))?);
    out.bytes(b"mdat");

    let mut slices = Vec::with_capacity(1 + run.slices);
    slices.push(out.finish().ok_or(too_large("the movie fragment"))?);
    samples.iter().for_each(|sample| slices.extend_from_slice(sample.payload.slices()));
    Ok(Rope::from(slices))
}
