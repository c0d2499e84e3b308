//! From the first publish to the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use springhead_core::BroadcastKey;
use springhead_engine::{
    ApplicationPolicy, Credentials, EndReason, Engine, EngineConfig, Hooks, Observer, PlayError, PlayRequest,
    PublishError, Start, State, StaticUsers, TrackError, User,
};
use springhead_testkit::SourceOptions;

use crate::{Encoder, engine, heard, key, play, publish, request};

#[tokio::test(start_paused = true)]
async fn who_may_not_is_refused_and_the_observer_is_told() {
    #[derive(Debug, Default)]
    struct Notes(Mutex<Vec<String>>);
    impl Observer for Notes {
        fn published(&self, key: &BroadcastKey, protocol: &'static str, _: &Credentials) {
            self.0.lock().unwrap().push(format!("published {key} {protocol}"));
        }
        fn played(&self, key: &BroadcastKey, _: &'static str, _: &Credentials) {
            self.0.lock().unwrap().push(format!("played {key}"));
        }
        fn denied(&self, key: &BroadcastKey, _: &'static str, _: &Credentials, reason: &str) {
            self.0.lock().unwrap().push(format!("denied {key}: {reason}"));
        }
        fn ended(&self, key: &BroadcastKey, clean: bool) {
            self.0.lock().unwrap().push(format!("ended {key} {clean}"));
        }
    }
    let user = User { password: "s3".into(), publish: true, play: true };
    let users = StaticUsers { users: [("ann".to_owned(), user)].into(), play_needs_user: true };
    let notes = Arc::new(Notes::default());
    let hooks = Hooks { authorizer: Arc::new(users), observer: notes.clone() };
    let engine = Engine::new(EngineConfig::default(), hooks, engine(ApplicationPolicy::default()).clock().clone());

    assert!(matches!(publish(&engine).await, Err(PublishError::Denied { .. })));
    let ann = Credentials { user: Some("ann".into()), password: Some("s3".into()), ..Credentials::default() };
    let mut asked = request(key());
    asked.credentials = ann.clone();
    let session = engine.publish(asked).await.unwrap();
    let mut wish = PlayRequest {
        key: key(),
        credentials: Credentials::default(),
        protocol: "test",
        remote: None,
        start: Start::Next,
    };
    assert!(matches!(engine.play(wish.clone()).await, Err(PlayError::Denied { .. })));
    wish.credentials = ann;
    let _player = engine.play(wish).await.unwrap();
    session.finish();
    let notes = notes.0.lock().unwrap();
    let denied = "denied live/cam: user or password is wrong";
    assert_eq!(*notes, [denied, "published live/cam test", denied, "played live/cam", "ended live/cam true"]);
}

#[tokio::test(start_paused = true)]
async fn applications_and_their_limits_are_kept() {
    let small = ApplicationPolicy { broadcasts: 1, ..ApplicationPolicy::default() };
    let config = EngineConfig {
        applications: BTreeMap::from([("live".to_owned(), small)]),
        default: None,
        ..EngineConfig::default()
    };
    let engine = Engine::new(config, Hooks::default(), engine(ApplicationPolicy::default()).clock().clone());
    let other = request("other/cam".parse().unwrap());
    assert_eq!(engine.publish(other).await.unwrap_err(), PublishError::UnknownApplication);
    let first = publish(&engine).await.unwrap();
    let second = "live/eye".parse::<BroadcastKey>().unwrap();
    assert_eq!(engine.publish(request(second.clone())).await.unwrap_err(), PublishError::Limit(1));
    first.finish();
    engine.publish(request(second)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_published_is_played_and_a_goodbye_ends_it() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let mut player = play(&engine, Start::Oldest).await;
    let broadcast = player.broadcast().clone();
    assert!(broadcast.tracks().is_none());
    let sent = Encoder::new(&mut session, SourceOptions::default()).send(&mut session, &engine, 200);
    session.finish();
    let mut received = 0;
    while let Ok(unit) = player.recv().await {
        assert_eq!((unit.skipped, unit.new_tracks.is_some()), (0, received == 0));
        received += 1;
    }
    assert_eq!((received, player.stats().received), (sent, sent as u64));
    assert_eq!(broadcast.state(), State::Ended { clean: true });
    assert_eq!(broadcast.tracks().unwrap().tracks.len(), 2);
    let stats = broadcast.stats();
    assert_eq!(stats.tracks.iter().map(|track| track.units).sum::<u64>(), sent as u64);
    assert!(stats.tracks.iter().all(|track| track.bytes > 0 && track.bitrate > 0 && track.intake.dropped() == 0));
    assert!(engine.broadcast(&key()).is_none());
    assert_eq!(heard(&mut events).await, ["started", "stopped true"]);

    // The same name again is another broadcast.
    let _session = publish(&engine).await.unwrap();
    assert!(!Arc::ptr_eq(&engine.broadcast(&key()).unwrap(), &broadcast));
    assert_eq!(heard(&mut events).await, ["started"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_publisher_comes_back_to_the_same_broadcast_and_readers_stay() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let broadcast = session.broadcast().clone();
    let mut player = play(&engine, Start::Oldest).await;
    let first = Encoder::new(&mut session, SourceOptions::default()).send(&mut session, &engine, 100);
    drop(session);
    assert_eq!((broadcast.state(), engine.health().interrupted), (State::Interrupted, 1));

    tokio::time::sleep(Duration::from_secs(29)).await;
    let mut session = publish(&engine).await.unwrap();
    assert!(Arc::ptr_eq(session.broadcast(), &broadcast));
    assert_eq!(broadcast.state(), State::Live);
    let second = Encoder::new(&mut session, SourceOptions::default()).send(&mut session, &engine, 100);
    // The grace of the first loss does not end what came back.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(broadcast.state(), State::Live);
    session.finish();

    let mut timelines = Vec::new();
    while let Ok(received) = player.recv().await {
        let tracks = player.tracks().unwrap();
        assert_eq!((tracks.generation.0, received.skipped), (0, 0));
        if timelines.last() != Some(&tracks.timeline.0) {
            assert!(received.unit.is_random_access(), "a timeline begins where a decoder can");
            timelines.push(tracks.timeline.0);
        }
    }
    assert_eq!((timelines, player.stats().received), (vec![0, 1], (first + second) as u64));
    assert_eq!(broadcast.stats().sessions, 2);
    assert_eq!(broadcast.stats().tracks.iter().map(|track| track.units).sum::<u64>(), (first + second) as u64);
    assert_eq!(heard(&mut events).await, ["started", "interrupted", "resumed", "stopped true"]);
}

#[tokio::test(start_paused = true)]
async fn another_resolution_after_the_return_is_a_new_generation() {
    let engine = engine(ApplicationPolicy::default());
    let mut session = publish(&engine).await.unwrap();
    let mut player = play(&engine, Start::Oldest).await;
    Encoder::new(&mut session, SourceOptions::default()).send(&mut session, &engine, 50);
    drop(session);
    let mut session = publish(&engine).await.unwrap();
    let wide = SourceOptions { size: (1280, 720), ..SourceOptions::default() };
    Encoder::new(&mut session, wide).send(&mut session, &engine, 50);
    session.finish();
    let mut sets = Vec::new();
    while let Ok(received) = player.recv().await {
        if let Some(tracks) = received.new_tracks {
            sets.push((tracks.generation.0, tracks.timeline.0, tracks.tracks[0].video().unwrap().width));
        }
    }
    assert_eq!(sets, [(0, 0, 640), (1, 1, 1280)]);
}

#[tokio::test(start_paused = true)]
async fn a_publisher_who_does_not_return_ends_the_broadcast_however_many_hold_it() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let session = publish(&engine).await.unwrap();
    let mut player = play(&engine, Start::RandomAccess).await;
    let (broadcast, source) = (session.broadcast().clone(), session.broadcast().source().clone());
    drop(session);
    let mut state = broadcast.watch();
    let ended = state.wait_for(|state| matches!(state, State::Ended { .. })).await.unwrap();
    assert_eq!(*ended, State::Ended { clean: false });
    drop(ended);
    player.recv().await.unwrap_err();
    assert!(source.is_closed() && engine.broadcasts().is_empty());
    assert_eq!(engine.clock().now().mono.0, 30_000_000_000);
    assert_eq!(heard(&mut events).await, ["started", "interrupted", "stopped false"]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_publisher_is_told_so_after_the_idle_timeout() {
    let engine = engine(ApplicationPolicy::default());
    let mut session = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut session, SourceOptions::default());
    tokio::time::sleep(Duration::from_secs(9)).await;
    encoder.send(&mut session, &engine, 1);
    assert_eq!(session.ended().await, EndReason::Idle);
    assert_eq!(engine.clock().now().mono.0, 19_000_000_000);
    // It may go on until the driver ends it.
    encoder.send(&mut session, &engine, 100);
    assert_eq!(session.broadcast().state(), State::Live);
}

#[tokio::test(start_paused = true)]
async fn repairs_and_drops_are_events_and_numbers() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut session, SourceOptions::default());
    encoder.send(&mut session, &engine, 40);
    let (_, video) = encoder.ids[0];
    let raw = springhead_engine::RawUnit {
        dts: 0,
        composition_offset: springhead_core::TickDelta(0),
        sequence: None,
        framing: springhead_codec::nal::Framing::LengthPrefixed(4),
        payload: bytes::Bytes::from_static(b"\0\0\0\x09\x41"),
        checksum: None,
        arrival: engine.clock().now().mono,
    };
    session.handle_unit(video, raw.clone());
    session.handle_unit(video, raw);
    session.handle_unit(springhead_core::TrackId(77), encoder_unit(&engine));
    tokio::time::sleep(Duration::from_secs(1)).await;
    encoder.send(&mut session, &engine, 1);
    assert_eq!(heard(&mut events).await, ["started", "malformed 2"]);
    let stats = session.broadcast().stats();
    let track = stats.tracks.iter().find(|track| track.track == video).unwrap();
    assert_eq!((track.meter.dropped, track.intake.malformed), (2, 2));
}

fn encoder_unit(engine: &Engine) -> springhead_engine::RawUnit {
    springhead_engine::RawUnit {
        dts: 0,
        composition_offset: springhead_core::TickDelta(0),
        sequence: None,
        framing: springhead_codec::nal::Framing::AnnexB,
        payload: bytes::Bytes::from_static(b"\x21\x10"),
        checksum: None,
        arrival: engine.clock().now().mono,
    }
}

#[tokio::test(start_paused = true)]
async fn a_listener_who_is_slow_is_told_how_much_it_missed() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    for _ in 0..600 {
        publish(&engine).await.unwrap().finish();
    }
    let heard = heard(&mut events).await;
    assert_eq!((heard[0].as_str(), heard.len()), ("missed 176", 1025));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_over_takes_no_track() {
    let engine =
        engine(ApplicationPolicy { takeover: springhead_engine::Takeover::Replace, ..ApplicationPolicy::default() });
    let mut old = publish(&engine).await.unwrap();
    let (new, reason) = tokio::join!(publish(&engine), old.ended());
    assert_eq!(reason, EndReason::Replaced);
    let _new = new.unwrap();
    let tracks = springhead_testkit::Source::new(SourceOptions::default()).tracks();
    let track = springhead_core::Track::clone(&tracks.tracks[0]);
    let clock = springhead_engine::SourceClock::RTMP;
    let told = old.set_track(0, springhead_engine::TrackDescription { track, clock });
    assert_eq!(told, Err(TrackError::Over));
}
