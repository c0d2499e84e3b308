//! Which programs there are, and what is in the one that is read.

use bytes::Bytes;

use super::super::psi::{Pat, Pmt};
use super::super::stream_type::Content;
use super::super::{Pid, descriptor};

/// The most programs that are listed.
pub(super) const MAX_PROGRAMS: usize = 256;

/// An elementary stream as the program map describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct StreamInfo {
    /// The PID of its packets.
    pub pid: Pid,
    /// `stream_type`.
    pub stream_type: u8,
    /// What it carries.
    pub content: Content,
    /// Its language as an ISO 639-2 code, when that is stated.
    pub language: Option<[u8; 3]>,
    /// All its descriptors.
    pub descriptors: Bytes,
}

/// The program that is read, by its map.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Program {
    /// `program_number`.
    pub number: u16,
    /// `version_number` of the map.
    pub version: u8,
    /// The PID whose packets tell the program's clock.
    pub pcr_pid: Pid,
    /// Its streams, in the order of the map. Those of unknown content are listed, and no units of them come.
    pub streams: Vec<StreamInfo>,
}

impl Program {
    /// Of the streams at most `limit`; the second of a PID that is listed twice is left out. And how many are left out.
    pub(super) fn of(map: Pmt, limit: usize) -> (Self, u64) {
        let mut streams: Vec<StreamInfo> = Vec::new();
        let mut left_out = 0;
        for stream in map.streams {
            if streams.len() >= limit || !stream.pid.is_free() || streams.iter().any(|known| known.pid == stream.pid) {
                left_out += 1;
                continue;
            }
            streams.push(StreamInfo {
                pid: stream.pid,
                stream_type: stream.stream_type,
                content: Content::identify(stream.stream_type, &stream.descriptors, &map.descriptors),
                language: descriptor::language(&stream.descriptors),
                descriptors: stream.descriptors.into(),
            });
        }
        (Self { number: map.program_number, version: map.version, pcr_pid: map.pcr_pid, streams }, left_out)
    }
}

/// An association table of which some sections are here.
#[derive(Clone, Debug, Default)]
pub(super) struct Association {
    /// What makes sections those of one table.
    table: Option<(u16, u8, u8)>,
    sections: Vec<Option<Vec<(u16, Pid)>>>,
}

impl Association {
    /// Takes a section. The programs, when all of the table are here; and how many are left out.
    pub(super) fn push(&mut self, section: Pat) -> Option<(Vec<(u16, Pid)>, u64)> {
        if section.section > section.last_section || !section.current {
            return None;
        }
        let table = (section.transport_stream_id, section.version, section.last_section);
        if self.table != Some(table) {
            self.table = Some(table);
            self.sections = vec![None; usize::from(section.last_section) + 1];
        }
        self.sections[usize::from(section.section)] = Some(section.programs);
        if self.sections.iter().any(Option::is_none) {
            return None;
        }
        // Number 0 is not a program, but where the network is described.
        let all = self.sections.iter().flatten().flatten();
        let mut programs: Vec<(u16, Pid)> =
            all.filter(|(number, pid)| *number != 0 && pid.is_free()).copied().collect();
        let left_out = programs.len().saturating_sub(MAX_PROGRAMS);
        programs.truncate(MAX_PROGRAMS);
        Some((programs, left_out as u64))
    }
}
