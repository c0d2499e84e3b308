//! Rules on the decoder configurations of the formats, one function each.

use springhead_codec::{aac, avc};
use springhead_mux::fmp4::read::{BoxIter, BoxRef, MediaEntry, TrackInfo};

use super::boxes::{field, find, is};
use super::header::Header;
use crate::finding::Report;

/// The fields of a sample entry before its boxes (ISO/IEC 14496-12 §12.1.3, §12.2.3).
const VISUAL_FIELDS: usize = 78;
const AUDIO_FIELDS: usize = 28;

/// The first sample entries of the tracks that have one of these formats, each with its configuration box.
fn configurations<'a>(
    header: &Header<'a>,
    formats: &'static [&'static [u8; 4]],
    kind: &'static [u8; 4],
) -> impl Iterator<Item = (String, &'a TrackInfo, Option<BoxRef<'a>>)> + use<'a> {
    let tracks = header.traks().zip(&header.section.tracks);
    let tracks = tracks.filter(move |(_, track)| formats.iter().any(|format| **format == track.format.0));
    tracks.map(move |(trak, track)| {
        let stsd = find(&trak, &[b"mdia", b"minf", b"stbl", b"stsd"]);
        // Version, flags and count come before the entries.
        let entry = stsd.and_then(|stsd| BoxIter::new(stsd.body.get(8..)?).next()?.ok());
        let fields = if track.handler.0 == *b"vide" { VISUAL_FIELDS } else { AUDIO_FIELDS };
        let boxes = entry.and_then(|entry| entry.body.get(fields..));
        let config = boxes.and_then(|boxes| BoxIter::new(boxes).map_while(Result::ok).find(|one| is(one, kind)));
        (format!("track {}", track.id), track, config)
    })
}

pub(super) fn hevc(header: &Header<'_>, report: &mut Report<'_>) {
    for (place, track, config) in configurations(header, &[b"hvc1", b"hev1"], b"hvcC") {
        let Some(record) = config.map(|config| config.body) else {
            report.at(place, "no hvcC");
            continue;
        };
        // The arrays come after 22 fixed bytes and their count.
        let (Some([1, ..]), Some(lengths), Some(count)) = (record.get(..1), record.get(21), record.get(22)) else {
            report.at(place, "hvcC is cut short, or not of version 1");
            continue;
        };
        if lengths & 3 != 3 {
            report.at(&place, format_args!("NAL unit lengths of {} bytes", (lengths & 3) + 1));
        }
        let Some(arrays) = arrays(&record[23..], *count) else {
            report.at(place, "the arrays of hvcC are cut short");
            continue;
        };
        if track.format.0 != *b"hvc1" {
            continue;
        }
        for (kind, name) in [(32, "VPS"), (33, "SPS"), (34, "PPS")] {
            match arrays.iter().find(|(of, _)| *of == kind) {
                None => report.at(&place, format_args!("hvcC has no {name}")),
                Some((_, false)) => report.at(&place, format_args!("hvc1, and the array of {name} is not complete")),
                Some((_, true)) => {}
            }
        }
    }
}

/// The NAL unit type of each array, and whether it is complete (ISO/IEC 14496-15 §8.3.3.1.2).
fn arrays(mut bytes: &[u8], count: u8) -> Option<Vec<(u8, bool)>> {
    let mut arrays = Vec::new();
    for _ in 0..count {
        let [head, high, low, rest @ ..] = bytes else { return None };
        arrays.push((head & 0x3f, head & 0x80 != 0));
        bytes = rest;
        for _ in 0..u16::from_be_bytes([*high, *low]) {
            let length = usize::from(u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]));
            bytes = bytes.get(2 + length..)?;
        }
    }
    Some(arrays)
}

pub(super) fn av1(header: &Header<'_>, report: &mut Report<'_>) {
    for (place, _, config) in configurations(header, &[b"av01"], b"av1C") {
        match config.map(|config| config.body) {
            None => report.at(place, "no av1C"),
            // Marker and version.
            Some([0x81, _, _, _]) => report.warn(place, "no sequence header in av1C"),
            // The header of an OBU of type 1.
            Some([0x81, _, _, _, obu, ..]) if obu >> 3 & 0xf != 1 => {
                report.at(place, "av1C does not begin with a sequence header")
            }
            Some([0x81, _, _, _, ..]) => {}
            Some(_) => report.at(place, "av1C is cut short, or not of version 1"),
        }
    }
}

pub(super) fn vp9(header: &Header<'_>, report: &mut Report<'_>) {
    for (place, _, config) in configurations(header, &[b"vp09", b"vp08"], b"vpcC") {
        match config.map(|config| config.body) {
            None => report.at(place, "no vpcC"),
            // A FullBox of version 1 with eight bytes.
            Some(body) if body.first() != Some(&1) || body.len() < 12 => {
                report.at(place, "vpcC is cut short, or not of version 1")
            }
            Some(_) => {}
        }
    }
}

pub(super) fn aac(header: &Header<'_>, report: &mut Report<'_>) {
    for (place, track, config) in configurations(header, &[b"mp4a"], b"esds") {
        let MediaEntry::Audio(entry) = track.entry else { continue };
        match entry.object_type {
            _ if config.is_none() => report.at(place, "no esds"),
            // MPEG-4 audio needs its configuration; that of MPEG-1 and -2 is in the stream.
            Some(0x40) => {
                if let Err(error) = aac::AudioSpecificConfig::parse(&track.config) {
                    report.at(place, error);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn opus(header: &Header<'_>, report: &mut Report<'_>) {
    for (place, track, config) in configurations(header, &[b"Opus"], b"dOps") {
        match config.map(|config| config.body) {
            None => report.at(place, "no dOps"),
            // Version 0, the channels, pre-skip, rate, gain and mapping family.
            Some(body) if body.first() != Some(&0) || body.len() < 11 => {
                report.at(place, "dOps is cut short, or not of version 0")
            }
            Some(body) if body[1] == 0 => report.at(place, "dOps has no channels"),
            Some(_) if !matches!(track.entry, MediaEntry::Audio(entry) if entry.sample_rate == 48_000) => {
                report.at(place, "its sample entry is not of 48 kHz");
            }
            Some(_) => {}
        }
    }
}

pub(super) fn flac(header: &Header<'_>, report: &mut Report<'_>) {
    for (place, _, config) in configurations(header, &[b"fLaC"], b"dfLa") {
        // Version and flags, then metadata blocks of which STREAMINFO, 34 bytes of type 0, is the first.
        match config.map(|config| config.body) {
            None => report.at(place, "no dfLa"),
            Some([0, _, _, _, kind, 0, 0, 34, rest @ ..]) if kind & 0x7f == 0 && rest.len() >= 34 => {}
            Some(_) => report.at(place, "dfLa does not begin with STREAMINFO"),
        }
    }
}

pub(super) fn ac3(header: &Header<'_>, report: &mut Report<'_>) {
    for (formats, kind, least) in [(&[b"ac-3"], b"dac3", 3), (&[b"ec-3"], b"dec3", 5)]
        as [(&'static [&'static [u8; 4]], &'static [u8; 4], usize); 2]
    {
        for (place, _, config) in configurations(header, formats, kind) {
            let name = std::str::from_utf8(kind).unwrap_or_default();
            match config {
                None => report.at(place, format_args!("no {name}")),
                Some(config) if config.body.len() < least => report.at(place, format_args!("{name} is cut short")),
                Some(_) => {}
            }
        }
    }
}

pub(super) fn picture(header: &Header<'_>, report: &mut Report<'_>) {
    for (place, track, config) in configurations(header, &[b"avc1"], b"avcC") {
        let record =
            config.and_then(|config| avc::DecoderConfig::parse(&bytes::Bytes::copy_from_slice(config.body)).ok());
        let sps = record.and_then(|record| avc::Sps::parse(record.sps.first()?).ok());
        let (Some(sps), MediaEntry::Video(entry)) = (sps, track.entry) else { continue };
        if (sps.width(), sps.height()) != (entry.width.into(), entry.height.into()) {
            let message = format_args!(
                "{}x{} in the sample entry, {}x{} coded",
                entry.width,
                entry.height,
                sps.width(),
                sps.height()
            );
            report.at(&place, message);
        }
        let colours = entry.cicp.zip(sps.cicp()).filter(|(boxed, coded)| boxed != coded);
        if colours.is_some() {
            report.at(&place, "colr does not say what the sequence parameter set says");
        }
    }
}

pub(super) fn language(header: &Header<'_>, report: &mut Report<'_>) {
    for (trak, track) in header.traks().zip(&header.section.tracks) {
        let mdhd = find(&trak, &[b"mdia", b"mdhd"]);
        // Behind the times, which have 32 or 64 bits.
        let word = mdhd.and_then(|mdhd| field(&mdhd, if mdhd.body.first() == Some(&1) { 32 } else { 20 }));
        let Some(code) = word.map(|word| word >> 16) else { continue };
        let letters = [code >> 10 & 31, code >> 5 & 31, code & 31];
        if code != 0x7fff && letters.iter().any(|letter| !(1..=26).contains(letter)) {
            report.at(format_args!("track {}", track.id), "the language of mdhd is no code of three letters");
        }
    }
}
