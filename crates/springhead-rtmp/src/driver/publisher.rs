//! One publish: media messages into a publish session of the engine.

use std::collections::BTreeMap;

use bytes::Bytes;
use springhead_core::{BroadcastKey, MediaKind, MonoTime, TrackId};
use springhead_engine::{PublishSession, SourceClock, TrackDescription};
use tracing::{info, warn};

use super::mapping::{Mapped, Mapping, Slot};
use crate::session::{Status, StatusCode};

/// The most names of codecs that are told apart; a publisher that sends more is not worth another line.
const NAMES: usize = 8;

/// What a publish has left out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LeftOut {
    /// Messages in codecs that are not taken.
    pub(super) unsupported: u64,
    /// Messages and configurations that cannot be read.
    pub(super) unreadable: u64,
    /// Units before their configuration.
    pub(super) orphans: u64,
}

pub(super) struct Publisher {
    pub(super) key: BroadcastKey,
    pub(super) session: PublishSession,
    pub(super) left_out: LeftOut,
    mapping: Mapping,
    tracks: BTreeMap<Slot, TrackId>,
    /// Unsupported codecs that the peer has been told of.
    told: Vec<String>,
}

impl Publisher {
    pub(super) fn new(key: BroadcastKey, session: PublishSession) -> Self {
        Self {
            key,
            session,
            left_out: LeftOut::default(),
            mapping: Mapping::default(),
            tracks: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// Takes a video message. What it returns is for the peer.
    pub(super) fn video(&mut self, timestamp: u32, body: &Bytes, now: MonoTime) -> Vec<Status> {
        let mapped = self.mapping.video(timestamp, body, now);
        mapped.into_iter().filter_map(|mapped| self.take(mapped)).collect()
    }

    /// Takes an audio message. What it returns is for the peer.
    pub(super) fn audio(&mut self, timestamp: u32, body: &Bytes, now: MonoTime) -> Vec<Status> {
        let mapped = self.mapping.audio(timestamp, body, now);
        mapped.into_iter().filter_map(|mapped| self.take(mapped)).collect()
    }

    fn take(&mut self, mapped: Mapped) -> Option<Status> {
        match mapped {
            Mapped::Track(slot, track) => {
                let codec = track.codec_string.clone();
                match self.session.set_track(number_of(slot), TrackDescription { track, clock: SourceClock::RTMP }) {
                    Ok(id) => {
                        info!(key = %self.key, track = %id, %codec, "track");
                        self.tracks.insert(slot, id);
                    }
                    Err(error) => {
                        warn!(key = %self.key, %codec, %error, "track refused");
                        self.left_out.unreadable += 1;
                    }
                }
            }
            Mapped::Unit(slot, unit) => match self.tracks.get(&slot) {
                Some(track) => self.session.handle_unit(*track, unit),
                None => self.left_out.orphans += 1,
            },
            Mapped::Orphan(_) => self.left_out.orphans += 1,
            Mapped::Unreadable(why) => {
                if self.left_out.unreadable == 0 {
                    warn!(key = %self.key, why, "a message cannot be read; others will be counted only");
                }
                self.left_out.unreadable += 1;
            }
            Mapped::Unsupported(codec) => {
                self.left_out.unsupported += 1;
                if self.told.len() < NAMES && !self.told.contains(&codec) {
                    warn!(key = %self.key, codec, "the publisher sends a codec that is not taken");
                    let description = format!("{codec} is not taken here: H.264 and AAC are, and what connect lists");
                    self.told.push(codec);
                    return Some(Status::new(StatusCode::UnsupportedCodec, description));
                }
            }
        }
        None
    }
}

/// The number of a slot, which a track keeps for the whole session.
fn number_of(slot: Slot) -> u32 {
    let kind = match slot.kind {
        MediaKind::Video => 0,
        MediaKind::Audio => 1,
        MediaKind::Metadata => 2,
    };
    u32::from(slot.track) << 2 | kind
}
