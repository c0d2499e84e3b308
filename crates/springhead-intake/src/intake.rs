//! The machine: one track's units in, repaired ones out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use springhead_codec::{Sap, video};
use springhead_core::{
    AccessUnit, Codec, Limits, MediaKind, MonoTime, Rope, Rounding, TickDelta, Ticks, Timescale, Timestamp, Track,
    UnitFlags,
};

use crate::audio::{SampleClock, Sound, SoundTime, adts_header};
use crate::messages::MessageClock;
use crate::order::{Arrived, Order};
use crate::repair::Fault;
use crate::slices::{Slices, Taken};
use crate::timeline::{Judged, Stamp, Timeline};
use crate::video::{Configuration, OpenGroup, PictureClock};
use crate::{IntakeSnapshot, IntakeStats, Place, RawUnit, Repair, SourceClock};

/// The most bytes of messages without a picture that wait for the next one.
const MESSAGE_BYTES: usize = 64 << 10;

/// What comes out, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// A unit of which everything holds that [`AccessUnit`] promises.
    Unit(AccessUnit),
    /// The track from the next unit on.
    Track(Arc<Track>),
    /// Timestamps start anew with the next unit, which is a random access point.
    Timeline,
    /// Something was repaired or dropped; for events. [`IntakeStats`] has counted it.
    Repair(Repair),
}

/// The intake of one track.
///
/// Inputs are [`handle_unit`](Self::handle_unit), [`handle_track`](Self::handle_track),
/// [`handle_timeout`](Self::handle_timeout) and [`flush`](Self::flush). After each, drain
/// [`poll_output`](Self::poll_output) until it gives nothing; [`poll_timeout`](Self::poll_timeout) says when to come back
/// though nothing came in. Time is what [`RawUnit::arrival`] and `handle_timeout` say.
///
/// What holds of the units that come out: `dts` rises strictly until a [`Output::Timeline`]; the first of a timeline is a
/// random access point; `dts` is the stamp converted by itself, or on the exact grid of the frame rate or of the samples,
/// so that no rounding adds up; the payload is neither empty nor copied.
///
/// At most [`Limits::reorder_units`] units, of [`Limits::reorder_bytes`] in all, wait for a missing sequence number, for
/// [`Limits::reorder_wait`] at most; at most two for a stamp far away to be confirmed or contradicted, one picture for the
/// next where slices come apart, and 64 KiB of messages for a picture.
///
/// See the crate's front page for an example.
#[derive(Debug)]
pub struct Intake {
    track: Arc<Track>,
    clock: SourceClock,
    limits: Limits,
    received: u64,
    last_place: Place,
    /// The latest instant that was heard of.
    now: MonoTime,
    order: Order,
    slices: Slices<Parsed>,
    timeline: Timeline<Parsed>,
    medium: Medium,
    /// No random access point was seen on this timeline.
    gated: bool,
    /// A timeline was begun, and its first unit is still to come.
    anew: bool,
    out: VecDeque<Output>,
    last_dts: Option<Timestamp>,
    stats: IntakeStats,
}

#[derive(Debug)]
enum Medium {
    Video { configuration: Box<Configuration>, clock: Box<PictureClock>, group: OpenGroup, messages: Rope },
    Audio { sound: Sound, next: Option<(Arc<Track>, Sound)>, clock: SampleClock },
    Messages(MessageClock),
}

/// A unit that can be read, before its time is known.
#[derive(PartialEq, Eq, Debug)]
struct Parsed {
    at: Place,
    payload: Rope,
    flags: UnitFlags,
    offset: TickDelta,
    /// How long a unit of sound lasts, in ticks of the track.
    duration: Ticks,
    arrival: MonoTime,
    /// What configures a decoder and came with it.
    sets: Vec<Bytes>,
    /// Whether its first slice is the first of a picture.
    begins: bool,
}

impl Parsed {
    /// Takes in more slices of the same picture, as far as a unit may be long.
    fn join(&mut self, piece: Self, most_bytes: usize) -> bool {
        if self.payload.len() + piece.payload.len() > most_bytes {
            return false;
        }
        let disposable = (self.flags & piece.flags).contains(UnitFlags::DISPOSABLE);
        self.flags |= piece.flags;
        self.flags.set(UnitFlags::DISPOSABLE, disposable);
        self.payload.append(&piece.payload);
        self.arrival = piece.arrival;
        self.sets.extend(piece.sets);
        true
    }
}

impl Intake {
    /// The intake of `track`, whose units are stamped by `clock`. The track is in force from the first unit on.
    pub fn new(track: Arc<Track>, clock: SourceClock, limits: Limits) -> Self {
        let max_offset = clock.scale.ticks(limits.max_jump, Rounding::Ceil);
        let (medium, step) = match track.codec {
            codec if codec.kind() == MediaKind::Video => {
                let configuration = Box::new(Configuration::new(&track));
                let pictures = Box::new(PictureClock::new(&track, clock, max_offset));
                let group = OpenGroup::default();
                let medium = Medium::Video { configuration, clock: pictures, group, messages: Rope::new() };
                (medium, guessed_step(&track, clock))
            }
            codec if codec.kind() == MediaKind::Metadata => (Medium::Messages(MessageClock::new(clock)), 1),
            _ => {
                let samples = SampleClock::new(&track, clock.scale);
                let step = samples.unit().rescale(track.timescale, clock.scale, Rounding::Ceil).0 as i64;
                (Medium::Audio { sound: Sound::of(&track), next: None, clock: samples }, step)
            }
        };
        let mut intake = Self {
            clock,
            limits,
            received: 0,
            last_place: Place { unit: 0, dts: 0, sequence: None },
            now: MonoTime(0),
            order: Order::new(limits),
            slices: Slices::new(limits.nal_units),
            timeline: Timeline::new(clock, &limits, step),
            medium,
            gated: true,
            anew: false,
            out: VecDeque::new(),
            last_dts: None,
            stats: IntakeStats::default(),
            track,
        };
        intake.note_rate();
        intake
    }

    /// Takes one unit in; its arrival is the present.
    pub fn handle_unit(&mut self, raw: RawUnit) {
        let at = Place { unit: self.received, dts: raw.dts, sequence: raw.sequence };
        self.received += 1;
        self.last_place = at;
        self.stats.received += 1;
        self.stats.received_bytes = self.stats.received_bytes.saturating_add(raw.payload.len() as u64);
        self.now = self.now.max(raw.arrival);
        if let Some(repair) = self.refuse(&raw, at) {
            self.repair(repair);
            self.order.handle_timeout(raw.arrival);
        } else if let Some(unit) = self.order.push(Arrived { raw, at, lost_before: false }) {
            self.take(unit);
            return;
        }
        self.take_ordered();
    }

    /// What is wrong with a unit that no order and no neighbour could mend.
    fn refuse(&self, raw: &RawUnit, at: Place) -> Option<Repair> {
        let limit = match self.medium {
            Medium::Video { .. } => self.limits.unit_bytes,
            Medium::Audio { .. } | Medium::Messages(_) => self.limits.audio_unit_bytes.min(self.limits.unit_bytes),
        };
        let bytes = raw.payload.len();
        if bytes > limit {
            return Some(Repair::Oversized { at, bytes, limit });
        }
        let stated = raw.checksum?;
        let computed = stated.of_same_kind(&raw.payload);
        (stated != computed).then_some(Repair::Checksum { at, stated, computed })
    }

    /// Takes a decoder configuration that came out of band. It takes effect at the next random access point; one that says
    /// what is in force already changes nothing (N-16). Its id, and for video its timescale, stay those of the track.
    pub fn handle_track(&mut self, track: Arc<Track>) {
        let at = self.last_place;
        if track.codec != self.track.codec {
            self.repair(Repair::Configuration { at, fault: Fault::OtherCodec });
            return;
        }
        match &mut self.medium {
            Medium::Video { configuration, .. } => {
                if let Err(error) = configuration.replace(&track) {
                    self.repair(Repair::Configuration { at, fault: error.into() });
                }
            }
            Medium::Audio { next, .. } => {
                let track = Track { id: self.track.id, ..Arc::unwrap_or_clone(track) };
                *next = (track != *self.track).then(|| (Arc::new(track.clone()), Sound::of(&track)));
            }
            // There is nothing to configure.
            Medium::Messages(_) => {}
        }
    }

    /// Gives up missing units whose time is over.
    pub fn handle_timeout(&mut self, now: MonoTime) {
        self.now = self.now.max(now);
        self.order.handle_timeout(now);
        self.take_ordered();
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do: only while a unit waits for a missing sequence
    /// number.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        self.order.poll_timeout()
    }

    /// The next thing to come out.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// The end of the input: what waits comes out as it is.
    pub fn flush(&mut self) {
        self.order.flush();
        self.take_ordered();
        if let Some(held) = self.slices.flush() {
            self.judge(held);
        }
        self.timeline.flush();
        self.take_all_judged();
    }

    /// What was counted so far.
    pub fn stats(&self) -> &IntakeStats {
        &self.stats
    }

    /// What was counted, and what waits, at `now`.
    pub fn snapshot(&self, now: MonoTime) -> IntakeSnapshot {
        let oldest_wait = self.order.oldest().map_or(Duration::ZERO, |arrival| now.saturating_since(arrival));
        IntakeSnapshot { at: now, track: self.track.id, stats: self.stats, oldest_wait }
    }

    /// The track in force.
    pub fn track(&self) -> &Arc<Track> {
        &self.track
    }

    fn repair(&mut self, repair: Repair) {
        self.stats.count(&repair);
        self.out.push_back(Output::Repair(repair));
    }

    fn note_rate(&mut self) {
        if let Medium::Video { clock, .. } = &self.medium {
            self.stats.frame_rate = clock.grid().rate();
        }
    }

    /// Takes what comes out of the reorder window.
    fn take_ordered(&mut self) {
        let (units, bytes) = self.order.waiting();
        self.stats.note_waiting(units, bytes);
        while let Some(repair) = self.order.poll_repair() {
            self.repair(repair);
        }
        while let Some(arrived) = self.order.poll_unit() {
            self.take(arrived);
        }
    }

    /// Takes a unit in its turn.
    fn take(&mut self, arrived: Arrived) {
        let at = arrived.at;
        match self.parse(arrived) {
            // Sound has no slices.
            Ok(Some(parsed)) if self.is_video() => self.take_parsed(parsed),
            Ok(Some(message)) if matches!(self.medium, Medium::Messages(_)) => self.emit_message(message),
            Ok(Some(parsed)) => self.judge(parsed),
            Ok(None) => self.repair(Repair::Empty { at }),
            Err(fault) => self.repair(Repair::Malformed { at, fault }),
        }
    }

    /// Puts the slices of a picture together, if the source sends them apart.
    fn take_parsed(&mut self, parsed: Parsed) {
        let (at, begins, most) = (parsed.at, parsed.begins, self.limits.unit_bytes);
        match self.slices.push(parsed, at.dts, begins, |held, piece| held.join(piece, most)) {
            Taken::Picture(whole) => whole.into_iter().for_each(|whole| self.judge(whole)),
            Taken::Joined => self.repair(Repair::Slice { at }),
            Taken::Torn => {
                // What refers to a torn picture is not right either.
                self.gated = true;
                self.repair(Repair::Malformed { at, fault: Fault::Slice });
            }
        }
    }

    fn judge(&mut self, parsed: Parsed) {
        let (stamp, arrival) = (parsed.at.dts, parsed.arrival);
        match self.timeline.push(parsed, stamp, arrival) {
            Some(judged) => self.take_judged(judged),
            None => self.take_all_judged(),
        }
    }

    fn take_all_judged(&mut self) {
        while let Some(judged) = self.timeline.poll() {
            self.take_judged(judged);
        }
    }

    fn take_judged(&mut self, judged: Judged<Parsed>) {
        match judged {
            Judged::Anew => self.start_anew(),
            Judged::Unit { unit, at, stamp } => self.admit(unit, at, stamp),
        }
    }

    /// Reads a unit; none if there is nothing to make a sample of.
    fn parse(&mut self, Arrived { raw, at, lost_before }: Arrived) -> Result<Option<Parsed>, Fault> {
        let mut parsed = Parsed {
            at,
            payload: Rope::new(),
            flags: if lost_before { UnitFlags::GAP_BEFORE } else { UnitFlags::empty() },
            offset: raw.composition_offset,
            duration: Ticks::ZERO,
            arrival: raw.arrival,
            sets: Vec::new(),
            begins: true,
        };
        if raw.payload.is_empty() {
            return Ok(None);
        }
        match &mut self.medium {
            Medium::Video { configuration, messages, .. } => {
                let (codec, config) = (self.track.codec, configuration.current());
                let unit = video::unit(codec, &raw.payload, raw.framing, config, &self.limits)?;
                if !unit.has_picture {
                    let kept = configuration.update(&unit.configuration);
                    if messages.len() + unit.payload.len() <= MESSAGE_BYTES {
                        messages.append(&unit.payload);
                    }
                    kept.err().into_iter().for_each(|error| {
                        let repair = Repair::Configuration { at, fault: error.into() };
                        self.stats.count(&repair);
                        self.out.push_back(Output::Repair(repair));
                    });
                    return Ok(None);
                }
                parsed.payload = std::mem::take(messages);
                parsed.payload.append(&unit.payload);
                parsed.begins = unit.new_picture;
                parsed.flags.set(UnitFlags::RANDOM_ACCESS, unit.sap.is_some());
                parsed.flags.set(UnitFlags::OPEN, unit.sap == Some(Sap::Type3));
                parsed.flags.set(UnitFlags::LEADING, unit.leading);
                parsed.flags.set(UnitFlags::DISPOSABLE, unit.disposable);
                parsed.sets = unit.configuration;
            }
            Medium::Audio { sound, next, .. } => {
                let header = if self.track.codec == Codec::Aac { adts_header(&raw.payload)? } else { None };
                let mut payload = raw.payload;
                payload.advance(header.unwrap_or(0));
                parsed.duration = next.as_ref().map_or(&*sound, |(_, sound)| sound).duration(&payload)?;
                if header.is_some() {
                    self.repair(Repair::AdtsHeader { at });
                }
                parsed.offset = TickDelta(0);
                parsed.payload = payload.into();
                parsed.flags |= UnitFlags::RANDOM_ACCESS;
            }
            Medium::Messages(_) => {
                parsed.offset = TickDelta(0);
                parsed.payload = raw.payload.into();
                parsed.flags |= UnitFlags::RANDOM_ACCESS;
            }
        }
        Ok(Some(parsed))
    }

    /// The media that messages go with started anew: so do their stamps. For tracks of messages, which cannot tell by
    /// themselves, as minutes may lie between two; of no meaning to others.
    pub fn handle_timeline(&mut self) {
        if let Medium::Messages(clock) = &mut self.medium {
            *clock = MessageClock::new(self.clock);
        }
    }

    /// Where the media is that messages go with: their stamps are taken for the nearest. For tracks of messages, of which the
    /// first may come long after their clock has wrapped; of no meaning to others.
    pub fn handle_position(&mut self, at: Timestamp, scale: Timescale) {
        if let Medium::Messages(clock) = &mut self.medium {
            clock.set_near(at.rescale(scale, self.clock.scale, Rounding::Nearest));
        }
    }

    /// The decode time of the unit that came out last, in ticks of the track.
    pub fn position(&self) -> Option<Timestamp> {
        self.last_dts
    }

    /// Messages are neither judged nor repaired: they have no pace, and each stands for itself.
    fn emit_message(&mut self, message: Parsed) {
        let Medium::Messages(clock) = &mut self.medium else { return };
        let dts = clock.place(message.at.dts, self.clock.scale, self.track.timescale);
        self.emit(message, dts, TickDelta(0), Ticks::ZERO, None);
    }

    fn start_anew(&mut self) {
        match &mut self.medium {
            Medium::Video { clock, .. } => clock.restart(),
            Medium::Audio { clock, .. } => clock.restart(),
            Medium::Messages(_) => {}
        }
        self.anew = true;
        self.gated = true;
    }

    /// Lets a unit of known time through the gate, and out.
    fn admit(&mut self, mut unit: Parsed, stamped: i64, stamp: Stamp) {
        let at = unit.at;
        if self.anew {
            self.anew = false;
            self.repair(Repair::NewTimeline { at, after: self.last_dts });
            // Nothing to set apart from when nothing came out yet.
            if self.stats.emitted > 0 {
                self.out.push_back(Output::Timeline);
            }
        }
        self.change_track(&unit);
        if self.gated && !unit.flags.contains(UnitFlags::RANDOM_ACCESS) {
            self.repair(Repair::BeforeRandomAccess { at });
            return;
        }
        let enters = std::mem::take(&mut self.gated);
        match stamp {
            Stamp::Rogue => self.repair(Repair::Rogue { at }),
            Stamp::Back(by) if self.is_video() => self.repair(Repair::Backwards { at, by: Ticks(by) }),
            Stamp::Same if self.is_video() => self.repair(Repair::SameTime { at }),
            Stamp::Follows | Stamp::Back(_) | Stamp::Same => {}
        }
        match &mut self.medium {
            Medium::Video { clock, group, .. } => {
                let time = clock.place(stamped, unit.offset, stamp);
                let pts = time.dts + time.composition_offset;
                let leads_unseen = group.judge(&mut unit.flags, pts, enters, self.track.codec);
                if time.pushed {
                    self.repair(Repair::Backwards { at, by: Ticks::ZERO });
                }
                if time.offset_repaired {
                    self.repair(Repair::CompositionOffset { at });
                }
                self.note_rate();
                if leads_unseen {
                    self.repair(Repair::BeforeRandomAccess { at });
                    return;
                }
                self.emit(unit, time.dts, time.composition_offset, time.duration, time.gap);
            }
            Medium::Audio { clock, .. } => {
                let duration = unit.duration;
                match clock.place(stamped, duration, stamp != Stamp::Rogue) {
                    SoundTime::At(dts, hole) => self.emit(unit, dts, TickDelta(0), duration, hole),
                    SoundTime::Overlap => self.repair(Repair::Overlap { at }),
                }
            }
            Medium::Messages(_) => {}
        }
    }

    fn is_video(&self) -> bool {
        matches!(self.medium, Medium::Video { .. })
    }

    /// Brings a new configuration into force where a unit allows it.
    fn change_track(&mut self, unit: &Parsed) {
        let random_access = unit.flags.contains(UnitFlags::RANDOM_ACCESS);
        let changed = match &mut self.medium {
            Medium::Video { configuration, .. } => {
                let kept = configuration.update(&unit.sets);
                kept.and_then(|()| if random_access { configuration.activate(&self.track) } else { Ok(None) })
            }
            Medium::Audio { sound, next, .. } => Ok(next.take().map(|(track, of_track)| {
                *sound = of_track;
                track
            })),
            Medium::Messages(_) => Ok(None),
        };
        match changed {
            Ok(None) => {}
            Ok(Some(track)) => {
                match &mut self.medium {
                    Medium::Video { clock, .. } => clock.reconfigure(&track, self.clock),
                    Medium::Audio { clock, .. } => clock.reconfigure(&track),
                    Medium::Messages(_) => {}
                }
                self.track = Arc::clone(&track);
                self.stats.new_tracks += 1;
                self.out.push_back(Output::Track(track));
                self.note_rate();
            }
            Err(error) => self.repair(Repair::Configuration { at: unit.at, fault: error.into() }),
        }
    }

    fn emit(&mut self, unit: Parsed, dts: Timestamp, offset: TickDelta, duration: Ticks, gap: Option<Ticks>) {
        let mut flags = unit.flags;
        if let Some(missing) = gap {
            flags |= UnitFlags::GAP_BEFORE;
            self.repair(Repair::Gap { at: unit.at, missing });
        }
        self.last_dts = Some(dts);
        self.stats.emitted += 1;
        self.stats.note_wait(self.now.0.saturating_sub(unit.arrival.0));
        self.stats.random_access += u64::from(flags.contains(UnitFlags::RANDOM_ACCESS));
        self.out.push_back(Output::Unit(AccessUnit {
            track: self.track.id,
            dts,
            composition_offset: offset,
            duration,
            flags,
            arrival: unit.arrival,
            payload: unit.payload,
        }));
    }
}

/// How long a picture lasts, in ticks of the source clock: what the bitstream says, or a twenty-fifth of a second.
fn guessed_step(track: &Track, clock: SourceClock) -> i64 {
    let rate = track.video().and_then(|video| video.frame_rate).filter(|rate| rate.num > 0);
    let (num, den) = rate.map_or((25, 1), |rate| (u64::from(rate.num), u64::from(rate.den)));
    (u64::from(clock.scale.hz()) * den).div_ceil(num) as i64
}

#[cfg(test)]
mod tests;
