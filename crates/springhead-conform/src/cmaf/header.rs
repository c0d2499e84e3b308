//! Rules on the init section, the CMAF header.

use bytes::Bytes;
use springhead_codec::avc;
use springhead_mux::fmp4::read::{BoxRef, InitSection};

use super::boxes::{children, field, find, is, top, version_and_flags};
use super::{codecs, is_cmaf};
use crate::Finding;
use crate::finding::{Report, rules};

pub(super) struct Header<'a> {
    pub(super) section: &'a InitSection,
    bytes: &'a [u8],
}

rules! {
    for Header<'_>:
    structure => "B-02", "ISO/IEC 23000-19 §7.3.1", Error,
        "ftyp, then moov with one track where it is CMAF, no samples, and trex",
        "players refuse the track, or wait for samples that are not there";
    brand => "B-02", "ISO/IEC 23000-19 §7.2", Warning,
        "ftyp has a brand of CMAF", "what serves one set of segments over HLS and DASH cannot tell that it may; players do not mind";
    durations => "B-03", "ISO/IEC 23000-19 §7.5", Error,
        "durations are zero, there is no mehd, and a picture has a size", "players take the stream for one of that length";
    edit_list => "B-08", "ISO/IEC 23000-19 §7.5.13, §7.7.2", Error,
        "an edit list only says where the presentation begins, and none is there with the brand cmf2",
        "players pass it over and shift the track against the others";
    sample_entry => "B-15", "ISO/IEC 14496-15 §5.4, §8.4", Warning,
        "parameter sets are in the sample entry", "AVPlayer refuses hev1 and avc3";
    configuration => "B-16", "ISO/IEC 14496-15 §5.3.3", Error,
        "avcC can be read, fits its parameter sets and has NAL unit lengths of four bytes", "decoders do not start";
    codecs::language => "B-03", "ISO/IEC 14496-12 §8.4.2", Warning,
        "mdhd names a language by three letters", "players show no language, or a wrong one";
    codecs::hevc => "B-17", "ISO/IEC 14496-15 §8.3.3", Error,
        "hvcC has complete arrays of the parameter sets for hvc1, and NAL unit lengths of four bytes", "decoders do not start";
    codecs::av1 => "B-18", "AV1 in ISOBMFF §2.3", Error,
        "av1C is of version 1 and has the sequence header", "decoders do not start";
    codecs::vp9 => "B-19", "VP codec in ISOBMFF", Error,
        "vpcC is of version 1", "decoders do not start";
    codecs::aac => "B-20", "ISO/IEC 14496-14 §6.7", Error,
        "esds has an AudioSpecificConfig that can be read", "decoders do not start, or play at half the speed";
    codecs::opus => "B-21", "Opus in ISOBMFF §4.3", Error,
        "dOps is of version 0, has channels, and the sample entry 48 kHz", "decoders do not start";
    codecs::flac => "B-22", "FLAC in ISOBMFF §3.3", Error,
        "dfLa begins with STREAMINFO", "decoders do not start";
    codecs::ac3 => "B-23", "ETSI TS 102 366 Annex F", Error,
        "dac3 and dec3 are there", "decoders do not start";
    codecs::picture => "B-24", "ISO/IEC 14496-12 §12.1", Error,
        "the size and the colours of the sample entry are those of the parameter set", "players show the picture in a wrong size or colour";
}

pub(super) fn check(bytes: &[u8], section: &InitSection) -> Vec<Finding> {
    run(&Header { section, bytes })
}

impl<'a> Header<'a> {
    fn moov(&self) -> Option<BoxRef<'a>> {
        top(self.bytes).find(|one| is(one, b"moov"))
    }

    pub(super) fn traks(&self) -> impl Iterator<Item = BoxRef<'a>> + use<'a> {
        let moov = self.moov();
        moov.into_iter().flat_map(|moov| children(&moov)).filter(|child| is(child, b"trak"))
    }
}

fn structure(header: &Header<'_>, report: &mut Report<'_>) {
    let section = header.section;
    if !top(header.bytes).next().is_some_and(|first| is(&first, b"ftyp")) {
        report.at("ftyp", "it is not the first box");
    }
    let tracks = section.tracks.len();
    if is_cmaf(section) && tracks != 1 {
        report.at("moov", format_args!("{tracks} tracks"));
    }
    for track in &section.tracks {
        if track.table_samples > 0 {
            report.at(format_args!("track {}", track.id), format_args!("{} samples in its table", track.table_samples));
        }
        if track.defaults.is_none() {
            report.at(format_args!("track {}", track.id), "no trex");
        }
    }
}

fn brand(header: &Header<'_>, report: &mut Report<'_>) {
    if !is_cmaf(header.section) {
        report.at(
            "ftyp",
            format_args!("neither of the brands cmfc and cmf2, for {} tracks", header.section.tracks.len()),
        );
    }
}

/// The duration of a header box whose creation and modification times, and `between` bytes after them, come before it.
fn duration(one: &BoxRef<'_>, between: usize) -> Option<u64> {
    match version_and_flags(one)?.0 {
        0 => field(one, 4 + 8 + between).map(u64::from),
        _ => {
            let at = 4 + 16 + between;
            Some(u64::from(field(one, at)?) << 32 | u64::from(field(one, at + 4)?))
        }
    }
}

fn durations(header: &Header<'_>, report: &mut Report<'_>) {
    // All ones stand for a duration that is not known (ISO/IEC 14496-12 §8.2.2.3).
    let stated = |duration: &u64| ![0, u64::from(u32::MAX), u64::MAX].contains(duration);
    let Some(moov) = header.moov() else { return };
    let mvhd = find(&moov, &[b"mvhd"]).and_then(|mvhd| duration(&mvhd, 4));
    if let Some(duration) = mvhd.filter(stated) {
        report.at("mvhd", format_args!("a duration of {duration}"));
    }
    if find(&moov, &[b"mvex", b"mehd"]).is_some() {
        report.at("mehd", "it states the length of the whole");
    }
    for trak in header.traks() {
        let tkhd = find(&trak, &[b"tkhd"]).and_then(|tkhd| duration(&tkhd, 8));
        let mdhd = find(&trak, &[b"mdia", b"mdhd"]).and_then(|mdhd| duration(&mdhd, 4));
        for (name, duration) in [("tkhd", tkhd), ("mdhd", mdhd)] {
            if let Some(duration) = duration.filter(stated) {
                report.at(name, format_args!("a duration of {duration}"));
            }
        }
    }
    for track in header.section.tracks.iter().filter(|track| track.handler.0 == *b"vide") {
        if track.display_size.0 == 0 || track.display_size.1 == 0 {
            report.at(format_args!("track {}", track.id), "a picture of no size");
        }
    }
}

fn edit_list(header: &Header<'_>, report: &mut Report<'_>) {
    // Edit lists of any kind are right in MP4; it is CMAF that restricts them.
    if !is_cmaf(header.section) {
        return;
    }
    for track in header.section.tracks.iter().filter(|track| !track.edits.is_empty()) {
        let place = format_args!("track {}", track.id);
        if header.section.brands.has(b"cmf2") && track.handler.0 == *b"vide" {
            report.at(place, "a picture track of brand cmf2 with an edit list");
        }
        match &track.edits[..] {
            [edit] if edit.is_offset() => {}
            [edit] => report.at(place, format_args!("an edit of {} ticks from {} on", edit.duration, edit.media_time)),
            edits => report.at(place, format_args!("{} edits", edits.len())),
        }
    }
}

fn sample_entry(header: &Header<'_>, report: &mut Report<'_>) {
    for track in &header.section.tracks {
        if matches!(&track.format.0, b"avc3" | b"hev1") {
            report.at(format_args!("track {}", track.id), format_args!("the sample entry {}", track.format));
        }
    }
}

fn configuration(header: &Header<'_>, report: &mut Report<'_>) {
    for track in &header.section.tracks {
        let place = format_args!("track {}", track.id);
        if track.format.0 == *b"avc1" {
            avc_configuration(&track.config, place, report);
        }
    }
}

fn avc_configuration(record: &Bytes, place: impl std::fmt::Display, report: &mut Report<'_>) {
    let config = match avc::DecoderConfig::parse(record) {
        Ok(config) => config,
        Err(error) => return report.at(place, error),
    };
    if config.length_size != 4 {
        report.at(&place, format_args!("NAL unit lengths of {} bytes", config.length_size));
    }
    if config.pps.is_empty() {
        report.at(&place, "no picture parameter set");
    }
    // Profile, compatibility and level are those of the parameter set (§5.3.3.1.2).
    let set = config.sps.first().and_then(|sps| sps.get(1..4));
    if record.get(1..4) != set {
        report.at(&place, "profile, compatibility and level are not those of the sequence parameter set");
    }
}
