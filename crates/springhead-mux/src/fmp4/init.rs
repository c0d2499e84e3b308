//! The init section: the CMAF header of one track.

use bytes::Bytes;
use springhead_core::{MediaKind, MediaParams, Ticks, Track};

use super::MuxError;
use super::Protection;
use super::boxes::{
    dinf, elng, elst::Edit, ftyp::Brands, hdlr, mdhd::Mdhd, mvhd::Mvhd, nmhd, pssh::Pssh, smhd, stbl, tkhd::Tkhd,
    trex::Trex, vmhd,
};
use super::writer::BoxWriter;
use crate::language;

/// Writes the init section of one track: `ftyp` and `moov` (ISO/IEC 23000-19 §7.3.1).
///
/// The brands are `iso6`, `cmfc`, `dash` and the media profile that the track fits. All durations are zero and the sample
/// tables are empty. The same arguments give the same bytes, so equal configurations have equal init sections.
///
/// `presented_from` is the composition time, in ticks of the track, that is presented at time zero. Where pictures are
/// reordered, composition offsets that are never negative show the first picture that much after it is decoded, and an
/// offset edit takes it back (ISO/IEC 23000-19 §7.5.13), so that `tfdt` tells when a segment is presented. There is no
/// edit list when it is zero.
///
/// # Errors
/// [`MuxError::Config`] when the configuration or the parameters do not go with the codec, [`MuxError::TooLarge`] when
/// the picture has more than 65 535 samples a side or `presented_from` leaves 63 bits, [`MuxError::Codec`] when the codec
/// has no sample entry here.
///
/// ```
/// # use springhead_core::{Ticks, TrackId};
/// # let track = springhead_codec::aac::track(TrackId(2), &bytes::Bytes::from_static(&[0x11, 0x90])).unwrap();
/// use springhead_mux::fmp4::{init_section, read::InitSection};
/// let init = InitSection::parse(&init_section(&track, Ticks(2112))?)?;
/// assert_eq!(init.tracks[0].edits[0].media_time, 2112);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init_section(track: &Track, presented_from: Ticks) -> Result<Bytes, MuxError> {
    write(track, presented_from, None, &[])
}

/// As [`init_section`], of a track whose samples are protected: its sample entry is `encv` or `enca` and says what it was
/// (`sinf`), and the headers of the protection systems are in the `moov`.
///
/// # Errors
/// Those of [`init_section`], and [`MuxError::Protection`] when the parts of `protection` do not go together.
///
/// ```
/// # use springhead_core::{Ticks, TrackId};
/// # let track = springhead_codec::aac::track(TrackId(2), &bytes::Bytes::from_static(&[0x11, 0x90])).unwrap();
/// use springhead_mux::{FourCc, fmp4::{Protection, protected_init_section, read::InitSection}};
/// let protection = Protection {
///     scheme: FourCc(*b"cenc"),
///     scheme_version: 0x0001_0000,
///     is_protected: true,
///     key_id: [7; 16],
///     iv_size: 8,
///     constant_iv: None,
///     pattern: None,
/// };
/// let init = InitSection::parse(&protected_init_section(&track, Ticks::ZERO, &protection, &[])?)?;
/// assert_eq!(init.tracks[0].format, FourCc(*b"mp4a"));
/// assert_eq!(init.tracks[0].protection, Some(protection));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn protected_init_section(
    track: &Track,
    presented_from: Ticks,
    protection: &Protection,
    systems: &[Pssh],
) -> Result<Bytes, MuxError> {
    protection.check().map_err(|why| MuxError::Protection { track: track.id, why })?;
    write(track, presented_from, Some(protection), systems)
}

fn write(
    track: &Track,
    presented_from: Ticks,
    protection: Option<&Protection>,
    systems: &[Pssh],
) -> Result<Bytes, MuxError> {
    if track.id.0 == 0 {
        return Err(MuxError::Config { track: track.id, why: "a track is not numbered zero" });
    }
    let presented_from = i64::try_from(presented_from.0)
        .map_err(|_| MuxError::TooLarge { track: track.id, what: "the time that is presented first" })?;
    let mut out = BoxWriter::with_capacity(1024 + track.config.len());
    Brands::of_track(track).write(b"ftyp", &mut out);
    let mut written = Ok(());
    out.boxed(b"moov", |out| {
        Mvhd { timescale: track.timescale, track: track.id }.write(out);
        out.boxed(b"trak", |out| {
            Tkhd { track: track.id, kind: track.kind(), display_size: display_size(track) }.write(out);
            if presented_from > 0 {
                Edit::offset(presented_from).write_edts(out);
            }
            out.boxed(b"mdia", |out| written = media(track, protection, out));
        });
        Trex::of_kind(track.id, track.kind()).write_mvex(out);
        systems.iter().for_each(|system| system.write(out));
    });
    written?;
    out.finish().ok_or(MuxError::TooLarge { track: track.id, what: "the init section" })
}

fn media(track: &Track, protection: Option<&Protection>, out: &mut BoxWriter) -> Result<(), MuxError> {
    let tag = track.language.as_deref();
    let language = tag.and_then(language::iso_639_2).unwrap_or(Mdhd::UNDETERMINED);
    Mdhd { timescale: track.timescale, language }.write(out);
    hdlr::write(track.kind(), out);
    if let Some(tag) = tag {
        elng::write(tag, out);
    }
    let mut written = Ok(());
    out.boxed(b"minf", |out| {
        match track.kind() {
            MediaKind::Video => vmhd::write(out),
            MediaKind::Audio => smhd::write(out),
            MediaKind::Metadata => nmhd::write(out),
        }
        dinf::write(out);
        written = stbl::write(track, protection, out);
    });
    written
}

/// The size as shown in 16.16 fixed point, at most what fits.
fn display_size(track: &Track) -> (u32, u32) {
    match &track.params {
        MediaParams::Video(video) => {
            let (width, height) = video.display_size();
            (width.min(0xffff) << 16, height.min(0xffff) << 16)
        }
        MediaParams::Audio(_) | MediaParams::Metadata => (0, 0),
    }
}
