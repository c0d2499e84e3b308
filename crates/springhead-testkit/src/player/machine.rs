//! The machine.

use std::time::Duration;

use springhead_core::{MonoTime, Now};

use super::dash::Dash;
use super::deck::Deck;
use super::desk::Arrival;
use super::hls::Hls;
use super::playback::Phase;
use super::{Flavour, Order, Protocol, Reaction, RequestId, Response, State};

/// A model of a player: what it asks for and when, what it gets out of the answers, and what it makes of them.
///
/// Inputs are [`handle_response`](Self::handle_response), [`handle_timeout`](Self::handle_timeout) and what a viewer does,
/// [`switch_to`](Self::switch_to), [`seek_back`](Self::seek_back) and [`seek_to_live`](Self::seek_to_live); after each,
/// drain [`poll_order`](Self::poll_order) and heed [`poll_timeout`](Self::poll_timeout). [`state`](Self::state) can be
/// looked at whenever one likes. What always holds: the same inputs at the same times give the same orders, no answer makes
/// it panic, and after an error that is fatal to it, it asks for nothing.
///
/// ```
/// use springhead_core::{MonoTime, Now};
/// use springhead_testkit::player::{Flavour, Order, Phase, Player, Response};
/// let now = Now::default();
/// let mut player = Player::new(Flavour::hls_js(), "/live/cam/index.m3u8", now);
/// let Some(Order::Get(request)) = player.poll_order() else { panic!("a player asks for something first") };
/// assert_eq!(request.path, "/live/cam/index.m3u8");
/// player.handle_response(request.id, Response::Head { status: 404 }, now);
/// assert_eq!((player.state(now).phase, player.poll_order()), (Phase::Stopped, None));
/// assert_eq!(player.state(now).fatal().unwrap().code, "manifestLoadError");
/// ```
#[derive(Debug)]
pub struct Player {
    deck: Deck,
    language: Language,
    begun: MonoTime,
}

#[derive(Debug)]
enum Language {
    Hls(Box<Hls>),
    Dash(Box<Dash>),
}

impl Player {
    /// A player of that flavour, which begins with the manifest at `path`.
    pub fn new(flavour: Flavour, path: &str, now: Now) -> Self {
        let mut deck = Deck::new(flavour);
        let language = match flavour.protocol {
            Protocol::Hls => Language::Hls(Box::new(Hls::new(path, &mut deck, now.mono))),
            Protocol::Dash => Language::Dash(Box::new(Dash::new(path, &mut deck, now.mono))),
        };
        Self { deck, language, begun: now.mono }
    }

    /// Takes a step of the answer to a request. Answers to what was aborted are passed over.
    pub fn handle_response(&mut self, id: RequestId, response: Response, now: Now) {
        self.deck.playback.advance(now.mono);
        let flavour = self.deck.flavour;
        if let Some(arrival) = self.deck.desk.handle_response(id, response, &flavour, now.mono) {
            self.take(arrival, now);
        }
        self.drive(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.deck.playback.advance(now.mono);
        let flavour = self.deck.flavour;
        while !self.deck.stopped()
            && let Some(arrival) = self.deck.desk.handle_timeout(&flavour, now.mono)
        {
            self.take(arrival, now);
        }
        self.drive(now);
    }

    fn take(&mut self, arrival: Arrival, now: Now) {
        let (deck, mono) = (&mut self.deck, now.mono);
        let (ticket, result) = match arrival {
            Arrival::Again(fault) => return deck.report(fault, Reaction::Retries, mono),
            Arrival::Some(ticket, bytes) => {
                return match &mut self.language {
                    Language::Hls(_) => {}
                    Language::Dash(dash) => dash.some_arrived(ticket, &bytes, deck, mono),
                };
            }
            Arrival::Done(ticket, bytes) => (ticket, Ok(bytes)),
            Arrival::Failed(ticket, fault) => (ticket, Err(fault)),
        };
        match &mut self.language {
            Language::Hls(hls) => hls.arrived(ticket, result, deck, mono),
            Language::Dash(dash) => dash.arrived(ticket, result, deck, now),
        }
    }

    fn drive(&mut self, now: Now) {
        if self.deck.stopped() {
            return;
        }
        match &mut self.language {
            Language::Hls(hls) => hls.drive(&mut self.deck, now),
            Language::Dash(dash) => dash.drive(&mut self.deck, now),
        }
        self.deck.look_for_holes(now.mono);
    }

    /// A viewer, or an algorithm, wants another rendition of the pictures: the variant, or the Representation, of that index
    /// in its manifest. What is buffered is played first.
    pub fn switch_to(&mut self, index: usize, now: Now) {
        match &mut self.language {
            Language::Hls(hls) => hls.switch_to(index, &mut self.deck, now.mono),
            Language::Dash(dash) => dash.switch_to(index, &mut self.deck),
        }
        self.drive(now);
    }

    /// A viewer goes back by so much, at most to near the start of the window.
    pub fn seek_back(&mut self, by: Duration, now: Now) {
        self.deck.playback.advance(now.mono);
        match &mut self.language {
            Language::Hls(hls) => hls.seek_back(by, &mut self.deck, now.mono),
            Language::Dash(dash) => dash.seek_back(by, &mut self.deck, now.mono),
        }
        self.drive(now);
    }

    /// A viewer goes to the live edge.
    pub fn seek_to_live(&mut self, now: Now) {
        self.deck.playback.advance(now.mono);
        match &mut self.language {
            Language::Hls(hls) => hls.seek_to_live(&mut self.deck, now.mono),
            Language::Dash(dash) => dash.seek_to_live(&mut self.deck, now),
        }
        self.drive(now);
    }

    /// What it wants of the network next.
    pub fn poll_order(&mut self) -> Option<Order> {
        self.deck.desk.poll_order()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called though nothing came in.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        if matches!(self.deck.playback.phase, Phase::Stopped) {
            return None;
        }
        let language = match &self.language {
            Language::Hls(hls) => hls.poll_timeout(),
            Language::Dash(dash) => dash.poll_timeout(),
        };
        language.into_iter().chain(self.deck.poll_timeout()).min()
    }

    /// How it stands, as far as it has been told what time it is.
    pub fn state(&self, now: Now) -> State {
        let Deck { flavour, desk, playback, errors, .. } = &self.deck;
        let position = playback.position();
        let (low_latency, shown) = match &self.language {
            Language::Hls(hls) => (hls.is_low_latency(), hls.date_at(position)),
            Language::Dash(dash) => (dash.is_low_latency(), dash.date_at(position)),
        };
        let moves = matches!(playback.phase, Phase::Playing | Phase::Stalled);
        let behind = shown.filter(|_| moves).map(|shown| now.wall.0.saturating_sub(shown.0));
        State {
            name: flavour.name,
            phase: playback.phase,
            position,
            startup: playback.started.map(|at| at.saturating_since(self.begun)),
            buffered: playback.tracks.clone(),
            stalls: playback.stalls.clone(),
            jumps: playback.jumps,
            errors: errors.clone(),
            requests: desk.made.clone(),
            low_latency,
            latency: behind.map(|nanos| Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use springhead_core::{MonoTime, Now};

    use super::*;
    use crate::VirtualClock;

    const MULTIVARIANT: &str = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"a/index.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=2x2,AUDIO=\"a\"\nv/index.m3u8\n";
    const PLAYLIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,\
        PART-HOLD-BACK=1.5,CAN-SKIP-UNTIL=12\n#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MEDIA-SEQUENCE:3\n\
        #EXT-X-MAP:URI=\"init.mp4\"\n#EXT-X-PART:DURATION=0.5,URI=\"p\",INDEPENDENT=YES\n#EXTINF:0.5,\ns.m4s\n\
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"q\",BYTERANGE-START=7\n";
    const DELTA: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:9\n#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n";
    const MPD: &str = "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"x\" minBufferTime=\"PT1S\" type=\"dynamic\" \
        availabilityStartTime=\"1970-01-01T00:00:00Z\" minimumUpdatePeriod=\"PT0S\"><Period id=\"0\" start=\"PT0S\">\
        <AdaptationSet contentType=\"video\"><Representation id=\"v\" bandwidth=\"1\"><SegmentTemplate timescale=\"1\" \
        duration=\"2\" startNumber=\"0\" media=\"$Number$\" initialization=\"i\"/></Representation></AdaptationSet>\
        </Period></MPD>";

    const FARTHEST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:18446744073709551615\n\
        #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=18446744073709,HOLD-BACK=0\n\
        #EXT-X-PART-INF:PART-TARGET=18446744073709\n#EXT-X-MEDIA-SEQUENCE:18446744073709551615\n\
        #EXT-X-DISCONTINUITY-SEQUENCE:18446744073709551615\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXT-X-DISCONTINUITY\n\
        #EXT-X-PROGRAM-DATE-TIME:1678-01-01T00:00:00Z\n#EXTINF:18446744073709,\n#EXT-X-BYTERANGE:9@18446744073709551606\n\
        s.m4s\n#EXT-X-DISCONTINUITY\n#EXTINF:18446744073709,\nt.m4s\n#EXT-X-PROGRAM-DATE-TIME:2262-01-01T00:00:00Z\n\
        #EXT-X-PART:DURATION=18446744073709,URI=\"p\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"q\",\
        BYTERANGE-START=18446744073709551615,BYTERANGE-LENGTH=18446744073709551615\n";
    const FARTHEST_MPD: &str = "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"x\" type=\"dynamic\" \
        minBufferTime=\"PT18446744073709S\" availabilityStartTime=\"2262-01-01T00:00:00Z\" \
        minimumUpdatePeriod=\"PT18446744073709S\" maxSegmentDuration=\"PT18446744073709S\"><Period \
        start=\"PT18446744073709S\"><AdaptationSet contentType=\"audio\"><Representation id=\"v\" bandwidth=\"1\">\
        <SegmentTemplate timescale=\"1\" startNumber=\"18446744073709551615\" media=\"$Time$\" initialization=\"i\" \
        presentationTimeOffset=\"18446744073709551615\" availabilityTimeOffset=\"INF\"><SegmentTimeline>\
        <S t=\"18446744073709551615\" d=\"18446744073709551615\" r=\"3\"/></SegmentTimeline></SegmentTemplate>\
        </Representation></AdaptationSet></Period></MPD>";

    fn response() -> impl Strategy<Value = Response> {
        let texts =
            [MULTIVARIANT, PLAYLIST, FARTHEST, DELTA, MPD, FARTHEST_MPD, "", "\0\0\0\x08mdat", "2026-01-01T00:00:00Z"];
        prop_oneof![
            2 => prop::sample::select(&[200u16, 200, 200, 206, 301, 400, 404, 500, 503][..])
                .prop_map(|status| Response::Head { status }),
            3 => prop::sample::select(texts.to_vec()).prop_map(|text| Response::Body(Bytes::from_static(text.as_bytes()))),
            2 => Just(Response::End),
            1 => Just(Response::Lost),
        ]
    }

    #[test]
    fn the_farthest_manifests_can_be_read() {
        use springhead_manifest::{dash::Mpd, hls::MediaPlaylist};
        assert_eq!(MediaPlaylist::parse(FARTHEST).unwrap().media_sequence, u64::MAX);
        assert!(Mpd::parse(FARTHEST_MPD).unwrap().periods[0].start.is_some());
    }

    /// A playlist or an MPD first, so that something is made of what comes after it.
    fn begun(flavour: Flavour, manifest: &'static str, clock: &mut VirtualClock) -> Player {
        let mut player = Player::new(flavour, "/live/cam/x", clock.now());
        let first = if flavour.protocol == Protocol::Hls { MULTIVARIANT } else { manifest };
        for text in [first, manifest, manifest, manifest] {
            while let Some(order) = player.poll_order() {
                let Order::Get(request) = order else { continue };
                let body = Bytes::from_static(text.as_bytes());
                for response in [Response::Head { status: 200 }, Response::Body(body), Response::End] {
                    player.handle_response(request.id, response, clock.now());
                }
                clock.advance(Duration::from_millis(100));
                player.handle_timeout(clock.now());
                if player.state(clock.now()).requests.len() > 40 {
                    return player;
                }
            }
        }
        player
    }

    #[test]
    fn the_farthest_manifests_do_no_harm() {
        for flavour in Flavour::ALL {
            for manifest in [FARTHEST, FARTHEST_MPD, PLAYLIST, MPD] {
                let mut clock = VirtualClock::default();
                let mut player = begun(flavour, manifest, &mut clock);
                player.seek_back(Duration::MAX, clock.now());
                player.seek_to_live(clock.now());
                player.switch_to(usize::MAX, clock.now());
                clock.advance(Duration::from_secs(100));
                player.handle_timeout(clock.now());
                assert!(player.state(clock.now()).requests.len() < 60, "{}", flavour.name);
            }
        }
    }

    proptest! {
        #[test]
        fn no_answers_make_it_panic_or_ask_without_end(
            flavour in prop::sample::select(Flavour::ALL.to_vec()),
            steps in prop::collection::vec((0usize..4, response(), 0u64..3_000), 0..60),
        ) {
            let mut clock = VirtualClock::default();
            let mut player = Player::new(flavour, "/live/cam/x", clock.now());
            let mut open: Vec<RequestId> = Vec::new();
            for (which, response, millis) in steps {
                let mut orders = 0;
                while let Some(order) = player.poll_order() {
                    orders += 1;
                    prop_assert!(orders < 20, "{flavour:?}");
                    if let Order::Get(request) = order {
                        open.push(request.id);
                    }
                }
                if let Some(&id) = open.get(open.len().saturating_sub(which + 1)) {
                    player.handle_response(id, response, clock.now());
                }
                clock.advance(Duration::from_millis(millis));
                player.handle_timeout(clock.now());
            }
            let state = player.state(clock.now());
            prop_assert!(state.errors.iter().filter(|error| error.is_fatal()).count() <= 1);
            if state.fatal().is_some() {
                while player.poll_order().is_some_and(|order| matches!(order, Order::Abort(_))) {}
                prop_assert_eq!(player.poll_order(), None);
            }
        }
    }

    #[test]
    fn an_answer_to_what_was_never_asked_is_passed_over() {
        let now = Now { mono: MonoTime(5), ..Now::default() };
        let mut player = Player::new(Flavour::dash_js(), "/live/cam/manifest.mpd", now);
        let before = player.state(now);
        player.handle_response(RequestId(77), Response::Lost, now);
        assert_eq!(player.state(now), before);
    }
}
