use std::time::Duration;

use super::*;
use crate::chunk::ChunkError;
use crate::client::ClientWriter;
use crate::handshake::{PACKET_BYTES, VERSION};
use springhead_mux::flv::amf0::Amf0Error;

const START: MonoTime = MonoTime(1_000_000_000);

/// A publisher and the session that it talks to.
struct Pair {
    session: Session,
    client: ClientWriter,
    replies: ChunkReader,
    now: MonoTime,
}

/// What the server said: a command's name, transaction and last value, or a control message.
#[derive(Debug, PartialEq)]
enum Reply {
    Command(String, u32, Value),
    Control(Body),
}

impl Pair {
    fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// A pair whose handshake is done.
    fn with_limits(limits: Limits) -> Self {
        let mut session = Session::new(limits, 1, START);
        session.handle_bytes(&[VERSION], START);
        session.handle_bytes(&[1; 2 * PACKET_BYTES], START);
        let sent = session.poll_transmit().expect("S0, S1 and S2");
        assert_eq!(sent.len(), 1 + 2 * PACKET_BYTES);
        Self { session, client: ClientWriter::new(128), replies: ChunkReader::new(limits), now: START }
    }

    fn connected(app: &str) -> Self {
        Self::new().connect(app)
    }

    fn connect(mut self, app: &str) -> Self {
        self.command(0, "connect", 1, &[Value::object([("app", Value::from(app)), ("flashVer", "test".into())])]);
        self.replies();
        assert!(matches!(self.session.poll_event(), Some(Event::Connect(_))));
        self
    }

    /// A pair whose peer has asked to publish.
    fn asking(app: &str, name: &str) -> (Self, Publish) {
        let mut pair = Self::connected(app);
        pair.command(0, "createStream", 2, &[Value::Null]);
        pair.command(1, "publish", 3, &[Value::Null, Value::from(name), Value::from("live")]);
        pair.replies();
        let Some(Event::Publish(publish)) = pair.session.poll_event() else { panic!("no publish") };
        (pair, publish)
    }

    /// A pair whose peer publishes.
    fn live() -> (Self, RequestId) {
        let (mut pair, publish) = Self::asking("live", "cam");
        assert!(pair.session.accept_publish(publish.request, START));
        pair.replies();
        (pair, publish.request)
    }

    fn command(&mut self, stream: u32, name: &str, transaction: u32, rest: &[Value]) {
        let bytes = self.client.command(stream, name, transaction, rest);
        self.session.handle_bytes(&bytes, self.now);
    }

    fn message(&mut self, chunk_stream: u32, message: Message) {
        let bytes = self.client.message(chunk_stream, &message);
        self.session.handle_bytes(&bytes, self.now);
    }

    fn media(&mut self, kind: MessageType, timestamp: u32, payload: &'static [u8]) {
        self.message(4, Message { kind, timestamp, stream: 1, payload: Bytes::from_static(payload) });
    }

    fn control(&mut self, message: Message) -> Vec<Reply> {
        self.message(2, message);
        self.replies()
    }

    fn replies(&mut self) -> Vec<Reply> {
        let mut replies = Vec::new();
        while let Some(bytes) = self.session.poll_transmit() {
            let mut input = &bytes[..];
            while let Some(message) = self.replies.read(&mut input).unwrap() {
                replies.push(match Body::parse(&message).unwrap() {
                    Body::Command(values) => {
                        let mut values = amf0::read(&values, Default::default()).unwrap();
                        let last = values.pop().unwrap();
                        Reply::Command(values[0].as_str().unwrap().into(), values[1].as_u32().unwrap(), last)
                    }
                    Body::SetChunkSize(bytes) => {
                        self.replies.set_chunk_size(bytes).unwrap();
                        Reply::Control(Body::SetChunkSize(bytes))
                    }
                    body => Reply::Control(body),
                });
            }
        }
        replies
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.session.poll_event()).collect()
    }

    fn closed(&mut self) -> CloseReason {
        match self.events().pop() {
            Some(Event::Closed(reason)) => reason,
            other => panic!("not closed but {other:?}"),
        }
    }

    fn advance(&mut self, span: Duration) {
        self.now = self.now + span;
        self.session.handle_timeout(self.now);
    }
}

fn codes(replies: &[Reply]) -> Vec<(&str, u32, &str)> {
    let command = |reply| match reply {
        &Reply::Command(ref name, transaction, ref info) => {
            Some((name.as_str(), transaction, info.get("code").and_then(Value::as_str).unwrap_or_default()))
        }
        Reply::Control(_) => None,
    };
    replies.iter().filter_map(command).collect()
}

#[test]
fn garbage_behind_the_handshake_closes_with_the_place() {
    let mut pair = Pair::new();
    pair.session.handle_bytes(&[0xff; 64], START);
    let error = ChunkError::NoHeaderBefore { at: 0, chunk_stream: 63, format: 3 };
    assert_eq!(pair.closed(), CloseReason::Chunk(error));
    pair.session.handle_bytes(&[0xff; 64], START);
    assert_eq!((pair.session.poll_event(), pair.session.poll_timeout()), (None, None));
}

#[test]
fn half_a_handshake_is_given_up_after_its_deadline() {
    let mut session = Session::new(Limits::default(), 1, START);
    session.handle_bytes(&[VERSION], START);
    let deadline = START + Duration::from_secs(5);
    session.handle_bytes(&[0; 100], START + Duration::from_secs(4));
    assert_eq!(session.poll_timeout(), Some(deadline));
    session.handle_timeout(deadline);
    assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Timeout(Waiting::Handshake))));
}

#[test]
fn a_peer_that_never_publishes_is_given_up_however_much_it_says() {
    let mut pair = Pair::connected("live");
    for _ in 0..4 {
        pair.now = pair.now + Duration::from_secs(2);
        pair.command(0, "createStream", 2, &[Value::Null]);
    }
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.closed(), CloseReason::Timeout(Waiting::Publish));
}

#[test]
fn commands_before_connect_and_a_second_connect_are_refused() {
    let mut pair = Pair::new();
    pair.command(0, "createStream", 1, &[Value::Null]);
    assert_eq!(pair.closed(), CloseReason::OutOfOrder("createStream".into()));

    let mut pair = Pair::connected("live");
    pair.command(0, "connect", 2, &[Value::Null]);
    assert_eq!(pair.closed(), CloseReason::OutOfOrder("connect".into()));
}

#[test]
fn bytes_without_a_connect_command_are_limited() {
    let mut pair = Pair::new();
    let ping = pair.client.message(2, &Message::acknowledgement(0)).repeat(5000);
    pair.session.handle_bytes(&ping, START);
    assert_eq!(pair.closed(), CloseReason::NoConnect(64 << 10));
}

#[test]
fn a_connect_of_a_thousand_nested_objects_closes() {
    let mut pair = Pair::new();
    let nested = [&b"\x02\0\x07connect\0\x3f\xf0\0\0\0\0\0\0"[..], &b"\x03\0\x01a".repeat(1000)].concat();
    let kind = MessageType::COMMAND_AMF0;
    pair.message(3, Message { kind, timestamp: 0, stream: 0, payload: nested.into() });
    assert!(matches!(pair.closed(), CloseReason::Command(Amf0Error::Depth { limit: 8, .. })));
}

#[test]
fn what_is_printed_of_a_connect_holds_no_secret() {
    let mut pair = Pair::new();
    let object = [("app", Value::from("live?token=hush")), ("tcUrl", Value::from("rtmp://h/live?token=hush"))];
    pair.command(0, "connect", 1, &[Value::object(object)]);
    let text = format!("{:?}", pair.events());
    assert!(text.contains("rtmp://h/live") && !text.contains("hush"), "{text}");
}

#[test]
fn streams_are_numbered_from_one_and_limited() {
    let mut pair = Pair::connected("live");
    for n in 1..=9 {
        pair.command(0, "createStream", n + 1, &[Value::Null]);
    }
    let replies = pair.replies();
    assert_eq!(replies[0], Reply::Command("_result".into(), 2, Value::from(1)));
    assert_eq!(replies[7], Reply::Command("_result".into(), 9, Value::from(8)));
    assert_eq!(codes(&replies)[8], ("_error", 10, "NetConnection.Call.Failed"));
}

#[test]
fn a_publish_is_asked_for_accepted_and_delivers_its_media() {
    let (mut pair, publish) = Pair::asking("live", "cam?token=t");
    assert_eq!(publish.address.broadcast().unwrap().as_str(), "live/cam");
    assert_eq!(publish.address.token.as_deref(), Some("t"));

    assert!(pair.session.accept_publish(publish.request, START));
    assert_eq!(codes(&pair.replies()), [("onStatus", 0, "NetStream.Publish.Start")]);

    pair.media(MessageType::VIDEO, 40, b"video");
    pair.media(MessageType::AUDIO, 0xffff_ffff, b"audio");
    pair.media(MessageType::AUDIO, 5, b"");
    let expected = [
        Event::Video { timestamp: 40, body: Bytes::from_static(b"video") },
        Event::Audio { timestamp: 0xffff_ffff, body: Bytes::from_static(b"audio") },
    ];
    assert_eq!(pair.events(), expected);
}

#[test]
fn media_without_a_publish_is_skipped_and_counted() {
    let mut pair = Pair::connected("live");
    pair.media(MessageType::VIDEO, 0, b"video");
    assert_eq!((pair.events(), pair.session.counters().media_skipped), (vec![], 1));
}

#[test]
fn media_that_does_not_wait_for_the_answer_is_kept_for_it_within_a_limit() {
    let (mut pair, publish) = Pair::asking("live", "cam");
    pair.media(MessageType::VIDEO, 0, b"header");
    assert!(pair.session.awaits_answer());
    assert_eq!(pair.events(), []);
    assert!(pair.session.accept_publish(publish.request, START));
    assert_eq!(pair.events(), [Event::Video { timestamp: 0, body: Bytes::from_static(b"header") }]);

    let (mut pair, _) = Pair::asking("live", "cam");
    pair.session.handle_bytes(&vec![0; 256 << 10], START);
    assert!(!pair.session.is_closed());
    pair.session.handle_bytes(&[0], START);
    assert_eq!(pair.closed(), CloseReason::Unanswered(256 << 10));
}

#[test]
fn media_of_another_stream_is_skipped_and_counted() {
    let (mut pair, _) = Pair::live();
    pair.message(
        4,
        Message { kind: MessageType::VIDEO, timestamp: 0, stream: 2, payload: Bytes::from_static(b"stray") },
    );
    assert_eq!((pair.events(), pair.session.counters().media_skipped), (vec![], 1));
}

#[test]
fn a_refused_publish_is_told_why_and_closed() {
    let (mut pair, publish) = Pair::asking("live", "cam");
    let taken = Status::new(StatusCode::PublishBadName, "live/cam is published already");
    pair.session.reject_publish(RequestId(7), &taken);
    assert!(!pair.session.is_closed());
    pair.session.reject_publish(publish.request, &taken);
    let replies = pair.replies();
    assert_eq!(codes(&replies), [("onStatus", 0, "NetStream.Publish.BadName")]);
    let Reply::Command(_, _, info) = &replies[0] else { panic!("no status") };
    assert_eq!(info.get("level"), Some(&Value::from("error")));
    assert_eq!(pair.closed(), CloseReason::Rejected(StatusCode::PublishBadName));
}

#[test]
fn a_second_publish_or_one_without_a_stream_is_refused_and_the_first_goes_on() {
    let (mut pair, _) = Pair::live();
    pair.command(0, "createStream", 4, &[Value::Null]);
    pair.replies();
    for stream in [0, 2, 9] {
        pair.command(stream, "publish", 5, &[Value::Null, Value::from("other")]);
        assert_eq!(codes(&pair.replies()), [("onStatus", 0, "NetStream.Publish.BadName")]);
    }
    pair.media(MessageType::VIDEO, 0, b"video");
    assert_eq!(pair.events().len(), 1);
}

#[test]
fn every_way_to_end_a_publish_ends_it_once() {
    let ends: [(&str, u32, &[Value]); 3] = [
        ("deleteStream", 0, &[Value::Null, Value::Number(1.0)]),
        ("closeStream", 1, &[Value::Null]),
        ("FCUnpublish", 0, &[Value::Null, Value::Null]),
    ];
    for (name, stream, rest) in ends {
        let (mut pair, request) = Pair::live();
        pair.command(stream, name, 6, rest);
        pair.command(0, "deleteStream", 7, &[Value::Null, Value::Number(1.0)]);
        assert_eq!(pair.events(), [Event::Unpublish(request)], "{name}");
        let replies = pair.replies();
        assert_eq!(codes(&replies).last(), Some(&("onStatus", 0, "NetStream.Unpublish.Success")), "{name}");
        pair.media(MessageType::VIDEO, 0, b"late");
        assert_eq!((pair.events(), pair.session.counters().media_skipped), (vec![], 1), "{name}");
    }
}

#[test]
fn a_connection_may_publish_again_and_an_answer_to_the_old_request_does_nothing() {
    let (mut pair, first) = Pair::live();
    pair.command(0, "deleteStream", 4, &[Value::Null, Value::Number(1.0)]);
    assert_eq!(pair.events(), [Event::Unpublish(first)]);
    pair.command(0, "createStream", 5, &[Value::Null]);
    pair.command(2, "publish", 6, &[Value::Null, Value::from("cam")]);
    let [Event::Publish(second)] = &pair.events()[..] else { panic!("no publish") };
    assert!(second.request > first);
    pair.replies();
    assert!(!pair.session.accept_publish(first, START));
    assert_eq!(pair.replies(), []);
}

#[test]
fn the_commands_of_encoders_are_answered_and_unknown_ones_politely_refused() {
    let mut pair = Pair::connected("live");
    pair.command(0, "releaseStream", 2, &[Value::Null, Value::from("cam")]);
    pair.command(0, "FCPublish", 3, &[Value::Null, Value::from("cam")]);
    pair.command(0, "_checkbw", 4, &[Value::Null]);
    pair.command(0, "unanswered", 0, &[Value::Null]);
    pair.command(0, "_result", 9, &[Value::Null]);
    let expected = [
        ("_result", 2, ""),
        ("_result", 3, ""),
        ("onFCPublish", 0, "NetStream.Publish.Start"),
        ("_error", 4, "NetConnection.Call.Failed"),
    ];
    assert_eq!(codes(&pair.replies()), expected);
    assert_eq!(pair.session.counters().unknown_commands, 2);
}

#[test]
fn a_player_is_told_that_nothing_is_played_here() {
    let mut pair = Pair::connected("live");
    pair.command(0, "createStream", 2, &[Value::Null]);
    pair.command(1, "play", 0, &[Value::Null, Value::from("cam")]);
    assert_eq!(codes(&pair.replies())[1], ("onStatus", 0, "NetStream.Play.Failed"));
    assert!(!pair.session.is_closed());
}

#[test]
fn an_enhanced_client_learns_what_is_taken_and_an_old_one_sees_the_old_answer() {
    let connect = |object: Value| {
        let mut pair = Pair::new();
        let mut bytes = BytesMut::new();
        [Value::from("connect"), Value::from(1), object].iter().for_each(|value| amf0::write(value, &mut bytes));
        let message = Message { kind: MessageType::COMMAND_AMF0, timestamp: 0, stream: 0, payload: bytes.freeze() };
        pair.message(3, message);
        let sent = pair.session.poll_transmit().unwrap();
        let Some(Event::Connect(connect)) = pair.session.poll_event() else { panic!("no connect") };
        (connect, sent)
    };
    let (old, answer) = connect(Value::object([("app", Value::from("live"))]));
    assert_eq!(old.capabilities, None);
    assert!(memchr(&answer, b"NetConnection.Connect.Success") && !memchr(&answer, b"FourCc"));

    let (new, answer) = connect(Value::object([
        ("app", Value::from("live")),
        ("fourCcList", Value::StrictArray(vec!["hvc1".into(), "avc1".into()])),
        ("videoFourCcInfoMap", Value::object([("avc1", Value::from(7)), ("*", Value::from(4))])),
        ("capsEx", Value::from(15)),
    ]));
    let four_ccs = ["hvc1", "avc1", "*"].map(String::from).to_vec();
    assert_eq!(new.capabilities, Some(Capabilities { four_ccs, caps_ex: 15 }));
    let map = b"\0\x12videoFourCcInfoMap\x03\0\x04avc1\0\x40\x10\0\0\0\0\0\0";
    assert!(memchr(&answer, map) && memchr(&answer, b"capsEx\0\x40\x18\0\0\0\0\0\0"));
    assert!([&b"hvc1"[..], b"av01", b"vp09", b"Opus", b"fLaC"].iter().all(|code| memchr(&answer, code)));
}

/// Whether the bytes hold the others.
fn memchr(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn connect_announces_window_bandwidth_and_chunk_size_before_its_answer() {
    let mut pair = Pair::new();
    pair.command(0, "connect", 1, &[Value::object([("app", Value::from("live"))])]);
    let replies = pair.replies();
    let expected = [Body::WindowAckSize(2_500_000), Body::SetPeerBandwidth(2_500_000, 2), Body::SetChunkSize(4096)];
    for (reply, body) in replies.iter().zip(expected) {
        assert_eq!(reply, &Reply::Control(body));
    }
    assert_eq!(codes(&replies), [("_result", 1, "NetConnection.Connect.Success")]);
}

#[test]
fn every_window_of_bytes_is_acknowledged_once() {
    let (mut pair, _) = Pair::live();
    assert_eq!(pair.control(Message::window_ack_size(2000)), []);
    // A window of nothing changes nothing.
    assert_eq!(pair.control(Message::window_ack_size(0)), []);
    let received = |pair: &Pair| pair.session.counters().received_bytes;
    while received(&pair) < 3 + 2 * PACKET_BYTES as u64 + 1900 {
        assert_eq!(pair.control(Message::acknowledgement(5)), []);
    }
    assert_eq!(pair.session.counters().acknowledged, 5);
    let replies: Vec<Reply> = (0..150).flat_map(|_| pair.control(Message::acknowledgement(5))).collect();
    let [Reply::Control(Body::Acknowledgement(bytes))] = replies[..] else { panic!("{replies:?}") };
    assert!((2000..2020).contains(&(u64::from(bytes) - 1 - 2 * PACKET_BYTES as u64)), "{bytes}");
}

#[test]
fn pings_are_answered_and_a_bandwidth_is_taken_as_a_window() {
    let (mut pair, _) = Pair::live();
    let answer = pair.control(Message::user_control(UserControl::PingRequest(77)));
    assert_eq!(answer, [Reply::Control(Body::UserControl(UserControl::PingResponse(77)))]);
    assert_eq!(pair.control(Message::set_peer_bandwidth(1000)), [Reply::Control(Body::WindowAckSize(1000))]);
    assert_eq!(pair.control(Message::set_peer_bandwidth(2_500_000)), []);
}

#[test]
fn a_silent_publisher_is_pinged_once_and_given_up_unless_it_answers() {
    let (mut pair, _) = Pair::live();
    assert_eq!(pair.session.poll_timeout(), Some(START + Duration::from_secs(10)));
    pair.advance(Duration::from_secs(10));
    assert_eq!(pair.replies(), [Reply::Control(Body::UserControl(UserControl::PingRequest(11_000)))]);
    pair.advance(Duration::from_secs(10));
    assert_eq!(pair.replies(), []);
    assert_eq!(pair.control(Message::user_control(UserControl::PingResponse(11_000))), []);
    pair.advance(Duration::from_secs(29));
    assert!(!pair.session.is_closed());
    pair.advance(Duration::from_secs(1));
    assert_eq!(pair.closed(), CloseReason::Timeout(Waiting::AnyByte));
}

#[test]
fn chunk_size_and_abort_of_the_peer_are_followed() {
    let (mut pair, _) = Pair::live();
    pair.control(Message::set_chunk_size(64_000));
    pair.client.chunk_bytes = 64_000;
    pair.media(MessageType::VIDEO, 0, &[7; 50_000]);
    assert!(matches!(&pair.events()[..], [Event::Video { body, .. }] if body.len() == 50_000));

    let begun = pair.client.chunks(
        6,
        &Message { kind: MessageType::VIDEO, timestamp: 0, stream: 1, payload: Bytes::from_static(&[7; 90_000]) },
    );
    pair.session.handle_bytes(&begun[0], START);
    assert_eq!(pair.session.unfinished_bytes(), 90_000);
    let abort =
        Message { kind: MessageType::ABORT, timestamp: 0, stream: 0, payload: Bytes::from_static(b"\0\0\0\x06") };
    pair.control(abort);
    assert_eq!(pair.session.unfinished_bytes(), 0);

    pair.control(Message::set_chunk_size(1));
    assert_eq!(pair.closed(), CloseReason::Chunk(ChunkError::ChunkSize(1)));
}

#[test]
fn an_aggregate_delivers_its_parts() {
    let (mut pair, _) = Pair::live();
    pair.media(
        MessageType::AGGREGATE,
        100,
        b"\x09\0\0\x01\0\0\x05\0\0\0\0v\0\0\0\x0c\x08\0\0\x01\0\0\x07\0\0\0\0a\0\0\0\x0c",
    );
    let expected = [
        Event::Video { timestamp: 100, body: Bytes::from_static(b"v") },
        Event::Audio { timestamp: 102, body: Bytes::from_static(b"a") },
    ];
    assert_eq!(pair.events(), expected);
}

#[test]
fn metadata_is_told_and_unreadable_data_is_counted() {
    let (mut pair, _) = Pair::live();
    let data = |values: &[Value]| {
        let mut payload = BytesMut::new();
        values.iter().for_each(|value| amf0::write(value, &mut payload));
        Message { kind: MessageType::DATA_AMF0, timestamp: 0, stream: 1, payload: payload.freeze() }
    };
    let object = Value::object([("encoder", Value::from("x"))]);
    pair.message(4, data(&["@setDataFrame".into(), "onMetaData".into(), object.clone()]));
    pair.message(4, data(&["onMetaData".into(), object.clone()]));
    pair.message(4, data(&["onCuePoint".into(), object.clone()]));
    pair.message(4, data(&["onMetaData".into()]));
    pair.media(MessageType::DATA_AMF0, 0, b"\x02\xff");
    assert_eq!(pair.events(), [Event::Metadata(object.clone()), Event::Metadata(object)]);
    assert_eq!(pair.session.counters().unreadable_data, 1);
}

#[test]
fn a_publish_that_this_side_ends_or_warns_is_told_why() {
    let (mut pair, _) = Pair::live();
    pair.session.warn_publisher(&Status::new(StatusCode::UnsupportedCodec, "hvc1 is not taken"));
    assert_eq!(codes(&pair.replies()), [("onStatus", 0, "NetStream.Publish.UnsupportedCodec")]);
    pair.session.end_publish(&Status::new(StatusCode::PublishBadName, "another publisher has taken over"));
    assert_eq!(codes(&pair.replies()), [("onStatus", 0, "NetStream.Publish.BadName")]);
    assert_eq!(pair.closed(), CloseReason::Ended(StatusCode::PublishBadName));
}

mod captures {
    use super::*;

    /// What a capture says, fed in pieces of `step` bytes.
    fn replay(capture: &[u8], step: usize) -> Vec<Event> {
        let mut session = Session::new(Limits::default(), 1, START);
        let mut events = Vec::new();
        for piece in capture.chunks(step) {
            session.handle_bytes(piece, START);
            while let Some(event) = session.poll_event() {
                if let Event::Publish(publish) = &event {
                    assert!(session.accept_publish(publish.request, START));
                }
                events.push(event);
            }
            while session.poll_transmit().is_some() {}
        }
        assert_eq!(session.counters().unknown_commands, 0);
        events
    }

    #[test]
    fn ffmpeg_5_publishes_h264_and_aac_and_says_goodbye() {
        let capture = include_bytes!("../../testdata/ffmpeg-5.1-h264-aac.rtmp");
        let events = replay(capture, 100);
        let [Event::Connect(connect), Event::Publish(publish), Event::Metadata(metadata), ..] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(connect.agent, "FMLE/3.0 (compatible; Lavf59.27.100)");
        assert_eq!((connect.app.as_str(), connect.tc_url.as_str()), ("live", "rtmp://127.0.0.1:19351/live"));
        assert_eq!(connect.capabilities, None);
        assert_eq!(publish.address.broadcast().unwrap().as_str(), "live/cam");
        assert_eq!(publish.address.user.as_deref(), Some("ann"));
        assert_eq!(publish.address.password.as_deref(), Some("s3"));
        assert_eq!(metadata.get("width"), Some(&Value::Number(64.0)));
        assert_eq!(events.last(), Some(&Event::Unpublish(publish.request)));

        // Ten pictures, their configuration before and the end of the sequence after.
        let video: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::Video { timestamp, body } => Some((*timestamp, body[1])),
                _ => None,
            })
            .collect();
        assert_eq!(video.len(), 12);
        assert_eq!((video[0].1, video[11].1), (0, 2));
        assert!(video[1..11].windows(2).all(|pair| pair[1].0 - pair[0].0 == 100), "{video:?}");
        // 44 100 samples and one frame of priming, 1024 at a time, and the configuration.
        let audio = events.iter().filter(|event| matches!(event, Event::Audio { .. })).count();
        assert_eq!(audio, 1 + 44_100usize.div_ceil(1024) + 1);
    }

    #[test]
    fn ffmpeg_9_announces_its_four_ccs_and_sends_extended_headers() {
        let events = replay(include_bytes!("../../testdata/ffmpeg-9.0-hevc-opus.rtmp"), 100);
        let Event::Connect(connect) = &events[0] else { panic!("{events:?}") };
        let four_ccs = ["hvc1", "Opus"].map(String::from).to_vec();
        assert_eq!(connect.capabilities, Some(Capabilities { four_ccs, caps_ex: 0 }));
        let first = events.iter().find_map(|event| match event {
            Event::Video { body, .. } => Some(&body[..5]),
            _ => None,
        });
        assert_eq!(first, Some(&b"\x90hvc1"[..]));
    }

    #[test]
    fn however_the_bytes_of_a_publish_are_cut_it_is_the_same_publish() {
        let capture = include_bytes!("../../testdata/ffmpeg-5.1-h264-aac.rtmp");
        let whole = replay(capture, 100);
        for step in [1, 2, 3, 7, 1000, 4096] {
            assert_eq!(replay(capture, step), whole, "{step}");
        }
    }
}
