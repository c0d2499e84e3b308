//! Players before something that answers them, under virtual time.

use std::time::Duration;

use bytes::Bytes;
use springhead_core::{MonoTime, Now};

use super::{Flavour, Order, Player, RequestId, Response, State};
use crate::VirtualClock;

/// A request as the one who answers sees it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Which player of the audience asks.
    pub player: usize,
    /// Path and query.
    pub path: &'a str,
    /// The first and the last byte asked for.
    pub range: Option<(u64, u64)>,
    /// When the request came.
    pub received: MonoTime,
    /// How many bytes of the body have been given already.
    pub given: usize,
}

/// What a request gets now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status and the whole body.
    Whole(u16, Bytes),
    /// More of a body with status 200, behind what has been given; ask again when something changed, unless it is complete.
    Growing(Bytes, bool),
    /// Nothing: ask again when something changed, and at the latest then.
    Wait(MonoTime),
    /// The connection breaks.
    Lost,
}

/// What players ask: a broadcast behind an origin, or whatever a test wants to give them.
///
/// A closure that answers is an origin where nothing changes by itself.
pub trait Origin {
    /// What a request gets now.
    fn answer(&mut self, asked: &Asked<'_>, now: Now) -> Answer;

    /// When something changes by itself.
    fn poll_timeout(&self) -> Option<MonoTime> {
        None
    }

    /// Lets happen what is due, and says whether a waiting request may get another answer by it.
    fn handle_timeout(&mut self, now: Now) -> bool {
        let _ = now;
        false
    }
}

impl<F: FnMut(&Asked<'_>, Now) -> Answer> Origin for F {
    fn answer(&mut self, asked: &Asked<'_>, now: Now) -> Answer {
        self(asked, now)
    }
}

/// The way between an origin and a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Bytes a second; none for as many as there are.
    pub bytes_per_second: Option<u64>,
    /// How long it takes from a request to the first byte of an answer that is there.
    pub round_trip: Duration,
}

/// Twenty milliseconds, without a limit.
impl Default for Link {
    fn default() -> Self {
        Self { bytes_per_second: None, round_trip: Duration::from_millis(20) }
    }
}

#[derive(Debug)]
struct Seat {
    player: Player,
    link: Link,
    /// When the link has delivered all that was given to it.
    busy_until: MonoTime,
}

/// A request that has not got all of its answer.
#[derive(Debug)]
struct Open {
    seat: usize,
    id: RequestId,
    path: String,
    range: Option<(u64, u64)>,
    received: MonoTime,
    given: usize,
    has_head: bool,
    /// When to ask what it gets.
    due: MonoTime,
}

/// A step of an answer on its way.
#[derive(Debug)]
struct Delivery {
    at: MonoTime,
    seat: usize,
    id: RequestId,
    response: Response,
}

/// Any number of players, each on a link of its own, before one origin.
///
/// ```
/// use std::time::Duration;
/// use springhead_core::Now;
/// use springhead_testkit::VirtualClock;
/// use springhead_testkit::player::{Answer, Asked, Audience, Flavour, Phase};
/// let mut clock = VirtualClock::default();
/// let mut audience = Audience::default();
/// audience.admit(Flavour::shaka_hls(), "/live/cam/index.m3u8", &clock);
/// let mut nothing = |_: &Asked<'_>, _: Now| Answer::Whole(404, Default::default());
/// audience.watch(&mut nothing, Duration::from_secs(10), &mut clock);
/// let state = audience.state(0, &clock);
/// assert_eq!((state.phase, state.requests.len()), (Phase::Stopped, 2));
/// assert_eq!(state.fatal().unwrap().code, "1001 BAD_HTTP_STATUS");
/// ```
#[derive(Debug, Default)]
pub struct Audience {
    seats: Vec<Seat>,
    open: Vec<Open>,
    /// In the order of their times.
    deliveries: Vec<Delivery>,
}

/// How often players and origin may take turns at one instant. Who needs more waits for nothing.
const MOST_TURNS: usize = 10_000;

impl Audience {
    /// One more player, on a link without a limit. Gives its index.
    pub fn admit(&mut self, flavour: Flavour, path: &str, clock: &VirtualClock) -> usize {
        let now = clock.now();
        self.seats.push(Seat { player: Player::new(flavour, path, now), link: Link::default(), busy_until: now.mono });
        self.seats.len() - 1
    }

    /// Puts a player on another link from now on.
    pub fn set_link(&mut self, player: usize, link: Link) {
        self.seats[player].link = link;
    }

    /// The player of that index, to do with what a viewer does.
    pub fn player(&mut self, player: usize) -> &mut Player {
        &mut self.seats[player].player
    }

    /// How a player stands.
    pub fn state(&self, player: usize, clock: &VirtualClock) -> State {
        self.seats[player].player.state(clock.now())
    }

    /// How all stand.
    pub fn states(&self, clock: &VirtualClock) -> Vec<State> {
        (0..self.seats.len()).map(|player| self.state(player, clock)).collect()
    }

    /// Lets everybody watch for so long.
    ///
    /// # Panics
    /// When players and origin do not come to rest at one instant.
    pub fn watch(&mut self, origin: &mut impl Origin, span: Duration, clock: &mut VirtualClock) {
        let end = clock.now().mono + span;
        let mut turns = 0;
        loop {
            let before = clock.now().mono;
            self.turn(origin, clock.now());
            let own = self.deliveries.first().map(|delivery| delivery.at);
            let waiting = self.open.iter().map(|open| open.due);
            let players = self.seats.iter().filter_map(|seat| seat.player.poll_timeout());
            let next = waiting.chain(players).chain(own).chain(origin.poll_timeout()).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            clock.advance_to(next);
            turns = if clock.now().mono == before { turns + 1 } else { 0 };
            assert!(turns < MOST_TURNS, "the players do not come to rest at {before:?}");
        }
        clock.advance_to(end);
        self.seats.iter_mut().for_each(|seat| seat.player.handle_timeout(clock.now()));
    }

    /// Everything that is due now.
    fn turn(&mut self, origin: &mut impl Origin, now: Now) {
        if origin.poll_timeout().is_some_and(|due| due <= now.mono) && origin.handle_timeout(now) {
            let waiting = self.open.iter_mut().filter(|open| open.received <= now.mono);
            waiting.for_each(|open| open.due = now.mono);
        }
        for seat in &mut self.seats {
            if seat.player.poll_timeout().is_some_and(|due| due <= now.mono) {
                seat.player.handle_timeout(now);
            }
        }
        let due = self.deliveries.partition_point(|delivery| delivery.at <= now.mono);
        for Delivery { seat, id, response, .. } in self.deliveries.drain(..due).collect::<Vec<_>>() {
            self.seats[seat].player.handle_response(id, response, now);
        }
        self.take_orders(now);
        self.ask(origin, now);
    }

    fn take_orders(&mut self, now: Now) {
        for (seat, Seat { player, .. }) in self.seats.iter_mut().enumerate() {
            while let Some(order) = player.poll_order() {
                match order {
                    Order::Get(request) => self.open.push(Open {
                        seat,
                        id: request.id,
                        path: request.path,
                        range: request.range,
                        received: now.mono,
                        given: 0,
                        has_head: false,
                        due: now.mono,
                    }),
                    Order::Abort(id) => {
                        self.open.retain(|open| (open.seat, open.id) != (seat, id));
                        self.deliveries.retain(|delivery| (delivery.seat, delivery.id) != (seat, id));
                    }
                }
            }
        }
    }

    /// Asks the origin for whoever may get something.
    fn ask(&mut self, origin: &mut impl Origin, now: Now) {
        for mut open in std::mem::take(&mut self.open) {
            if open.due > now.mono {
                self.open.push(open);
                continue;
            }
            let Open { seat, ref path, range, received, given, .. } = open;
            let answer = origin.answer(&Asked { player: seat, path, range, received, given }, now);
            match answer {
                Answer::Wait(until) => {
                    open.due = until.max(now.mono + Duration::from_nanos(1));
                    self.open.push(open);
                }
                Answer::Whole(status, body) => {
                    self.deliver(&mut open, status, body, now.mono);
                    self.send(&open, Response::End, 0, now.mono);
                }
                Answer::Growing(body, complete) => {
                    self.deliver(&mut open, 200, body, now.mono);
                    if complete {
                        self.send(&open, Response::End, 0, now.mono);
                    } else {
                        // Until something changes.
                        open.due = MonoTime(u64::MAX);
                        self.open.push(open);
                    }
                }
                Answer::Lost => self.send(&open, Response::Lost, 0, now.mono),
            }
        }
    }

    fn deliver(&mut self, open: &mut Open, status: u16, body: Bytes, now: MonoTime) {
        if !std::mem::replace(&mut open.has_head, true) {
            self.send(open, Response::Head { status }, 0, now);
        }
        if !body.is_empty() {
            open.given += body.len();
            let len = body.len() as u64;
            self.send(open, Response::Body(body), len, now);
        }
    }

    /// Puts a step of an answer on the player's link, behind what is on it.
    fn send(&mut self, open: &Open, response: Response, bytes: u64, now: MonoTime) {
        let seat = &mut self.seats[open.seat];
        let takes = seat.link.bytes_per_second.map_or(0, |rate| bytes.saturating_mul(1_000_000_000) / rate.max(1));
        let first = if open.received == now { now + seat.link.round_trip } else { now + seat.link.round_trip / 2 };
        let begins = first.max(seat.busy_until);
        seat.busy_until = begins + Duration::from_nanos(takes);
        let delivery = Delivery { at: seat.busy_until, seat: open.seat, id: open.id, response };
        let place = self.deliveries.partition_point(|other| other.at <= delivery.at);
        self.deliveries.insert(place, delivery);
    }
}
