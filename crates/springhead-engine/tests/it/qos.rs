//! What is measured of a broadcast, and what is told of its quality (K8, C9).

use std::time::Duration;

use springhead_core::{MonoTime, TrackId, WallTime};
use springhead_engine::{ApplicationPolicy, Broadcast, EndReason, Event, PublishSession, QualityChange, TrackStats};
use springhead_testkit::SourceOptions;

use crate::{Encoder, engine, heard, publish};

const SECOND: Duration = Duration::from_secs(1);

fn stats(broadcast: &Broadcast, track: TrackId) -> TrackStats {
    broadcast.stats().tracks.into_iter().find(|stats| stats.track == track).unwrap()
}

fn milli_fps(broadcast: &Broadcast, track: TrackId) -> u64 {
    stats(broadcast, track).meter.unit_rate.unwrap().milli()
}

/// Nothing comes for a while, and the driver waits.
async fn silence(session: &mut PublishSession, span: Duration) {
    assert!(tokio::time::timeout(span, session.ended()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_figures_of_a_silent_publisher_fall_to_zero_whether_its_connection_stands_or_not() {
    let engine = engine(ApplicationPolicy::default());
    let mut session = publish(&engine).await.unwrap();
    let broadcast = session.broadcast().clone();
    let mut encoder = Encoder::new(&mut session, SourceOptions::default());
    encoder.stream(&mut session, &engine, 6 * SECOND).await;
    let (video, sound) = (encoder.ids[0].1, encoder.ids[1].1);
    assert_eq!((milli_fps(&broadcast, video), milli_fps(&broadcast, sound)), (30_000, 46_875));
    let full = stats(&broadcast, video).bitrate;
    // Nobody waits on the session: what is read is right all the same.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let half = stats(&broadcast, video);
    assert!((14_000..17_000).contains(&half.meter.unit_rate.unwrap().milli()), "{half:?}");
    assert!(half.bitrate < full * 6 / 10 && half.bitrate > full * 4 / 10, "{half:?}");
    drop(session);
    tokio::time::sleep(3 * SECOND).await;
    let none = stats(&broadcast, video);
    assert_eq!((none.bitrate, none.meter.bitrate, milli_fps(&broadcast, sound)), (0, Some(0), 0));
    assert!(none.meter.silence > Some(5 * SECOND) && none.units >= half.units);

    // That somebody is back is no unit; its first begins another timeline, which is measured by itself.
    let mut session = publish(&engine).await.unwrap();
    assert_eq!(stats(&broadcast, video).bitrate, 0);
    let slower =
        SourceOptions { frame_rate: springhead_core::FrameRate { num: 10, den: 1 }, ..SourceOptions::default() };
    let mut encoder = Encoder::new(&mut session, slower);
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    assert_eq!(milli_fps(&broadcast, video), 10_000);
}

#[tokio::test(start_paused = true)]
async fn one_track_that_stops_falls_and_runs_under_and_the_other_does_not() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let broadcast = session.broadcast().clone();
    let mut encoder = Encoder::new(&mut session, SourceOptions::default());
    encoder.stream(&mut session, &engine, 6 * SECOND).await;
    let (video, sound) = (encoder.ids[0].1, encoder.ids[1].1);
    encoder.mute = Some(video);
    encoder.stream(&mut session, &engine, 6 * SECOND).await;
    assert_eq!((milli_fps(&broadcast, video), milli_fps(&broadcast, sound)), (0, 46_875));
    // Nobody waits on the session: the units of the other track do.
    assert_eq!(heard(&mut events).await, ["started", "underrun 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_came_last_is_counted_though_nothing_follows() {
    let engine = engine(ApplicationPolicy::default());
    let mut session = publish(&engine).await.unwrap();
    let broadcast = session.broadcast().clone();
    let mut encoder = Encoder::new(&mut session, SourceOptions::default());
    let sent = encoder.send(&mut session, &engine, 77) as u64;
    let counted = || broadcast.stats().tracks.iter().map(|track| track.units).sum::<u64>();
    silence(&mut session, Duration::from_millis(249)).await;
    assert_eq!(counted(), 0);
    silence(&mut session, Duration::from_millis(2)).await;
    assert_eq!(counted(), sent);
}

#[tokio::test(start_paused = true)]
async fn the_latency_from_capture_is_measured_where_a_protocol_tells_and_ends_with_its_clock() {
    let engine = engine(ApplicationPolicy::default());
    let mut session = publish(&engine).await.unwrap();
    let broadcast = session.broadcast().clone();
    let mut encoder = Encoder::new(&mut session, SourceOptions { b_frames: 0, ..SourceOptions::default() });
    let (video, sound) = (encoder.ids[0].1, encoder.ids[1].1);
    tokio::time::sleep(SECOND).await;
    // Tick zero was captured 300 ms before it comes.
    session.set_capture(video, 0, WallTime(700_000_000));
    session.set_capture(TrackId(99), 0, WallTime(0));
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    let latency = stats(&broadcast, video).meter.latency.unwrap();
    assert_eq!(latency.latest.as_millis(), 300);
    assert!((300..=310).contains(&latency.p50.as_millis()) && latency.units > 50, "{latency:?}");
    assert_eq!(stats(&broadcast, sound).meter.latency, None);

    // A clock that is wrong is found out.
    session.set_capture(video, 0, engine.clock().now().wall + SECOND);
    encoder.stream(&mut session, &engine, SECOND).await;
    let wrong = stats(&broadcast, video).meter;
    assert!(wrong.from_the_future > 20 && wrong.latency.unwrap().units < latency.units + 10, "{wrong:?}");

    // Neither another clock of the same encoder nor another encoder is measured by it.
    let anew = SourceOptions { start: Duration::from_secs(86_400), b_frames: 0, ..SourceOptions::default() };
    Encoder::new(&mut session, anew).stream(&mut session, &engine, SECOND).await;
    let known = stats(&broadcast, video).meter;
    session.set_capture(video, 0, WallTime(0));
    drop(session);
    let mut session = publish(&engine).await.unwrap();
    Encoder::new(&mut session, SourceOptions::default()).stream(&mut session, &engine, SECOND).await;
    let seen = stats(&broadcast, video).meter;
    assert!(known.units > wrong.units && seen.units > known.units);
    assert_eq!((seen.latency, seen.from_the_future), (known.latency, known.from_the_future));
}

#[tokio::test(start_paused = true)]
async fn numbers_that_are_missing_are_lost_units_and_a_share() {
    let engine = engine(ApplicationPolicy::default());
    let mut session = publish(&engine).await.unwrap();
    let broadcast = session.broadcast().clone();
    let mut encoder = Encoder::new(&mut session, SourceOptions { audio_rate: None, ..SourceOptions::default() });
    encoder.numbered = true;
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    encoder.mute = Some(encoder.ids[0].1);
    encoder.stream(&mut session, &engine, Duration::from_millis(100)).await;
    encoder.mute = None;
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    silence(&mut session, SECOND).await;
    let seen = stats(&broadcast, encoder.ids[0].1).meter;
    let share = seen.loss.unwrap();
    assert_eq!((seen.lost, share.part, seen.gaps), (3, 3, 1));
    assert!((20_000..30_000).contains(&share.parts_per_million()), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silence_is_an_underrun_of_each_track_and_has_an_end() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut session, SourceOptions::default());
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    silence(&mut session, Duration::from_millis(1_000)).await;
    assert_eq!(heard(&mut events).await, ["started"]);
    silence(&mut session, Duration::from_millis(100)).await;
    assert_eq!(heard(&mut events).await, ["underrun 1", "underrun 2"]);
    silence(&mut session, 4 * SECOND).await;
    assert!(heard(&mut events).await.is_empty(), "it is told once");
    // What is owed comes at once.
    encoder.send(&mut session, &engine, 77 * 6);
    silence(&mut session, SECOND / 2).await;
    assert_eq!(heard(&mut events).await, ["underrun 1 ended", "underrun 2 ended"]);
}

#[tokio::test(start_paused = true)]
async fn an_underrun_ends_before_the_publisher_is_told_to_be_gone() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut session, SourceOptions { audio_rate: None, ..SourceOptions::default() });
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    assert_eq!(session.ended().await, EndReason::Idle);
    drop(session);
    assert_eq!(heard(&mut events).await, ["started", "underrun 1", "underrun 1 ended", "interrupted"]);
    tokio::time::sleep(29 * SECOND).await;
    // The next session is not measured against the clock of the one before.
    let mut session = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut session, SourceOptions { audio_rate: None, ..SourceOptions::default() });
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    assert_eq!(heard(&mut events).await, ["resumed"]);
}

#[tokio::test(start_paused = true)]
async fn a_publisher_who_is_slower_than_time_runs_under_though_units_never_stop() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut session, SourceOptions { audio_rate: None, ..SourceOptions::default() });
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    encoder.percent_of_time = 150;
    encoder.stream(&mut session, &engine, SECOND).await;
    assert_eq!(heard(&mut events).await, ["started"]);
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    let told = events.recv().await.unwrap();
    let Event::Underrun { behind, .. } = told else { panic!("{told:?}") };
    assert!((1_000..1_300).contains(&behind.as_millis()), "{behind:?}");
    encoder.percent_of_time = 10;
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    assert_eq!(heard(&mut events).await, ["underrun 1 ended"]);
}

#[tokio::test(start_paused = true)]
async fn tracks_that_change_and_the_size_of_pictures_are_told() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let narrow = SourceOptions { audio_rate: None, ..SourceOptions::default() };
    Encoder::new(&mut session, narrow).stream(&mut session, &engine, 2 * SECOND).await;
    let wide = SourceOptions { size: (1280, 720), start: 2 * SECOND, ..narrow };
    Encoder::new(&mut session, wide).stream(&mut session, &engine, 2 * SECOND).await;
    assert_eq!(heard(&mut events).await, ["started", "tracks 1", "1 Size { from: (640, 360), to: (1280, 720) }"]);
    // Sound that comes late is a change of the tracks, and of no quality.
    let sound = SourceOptions { audio_rate: Some(48_000), start: 4 * SECOND, ..wide };
    Encoder::new(&mut session, sound).stream(&mut session, &engine, 2 * SECOND).await;
    assert_eq!(heard(&mut events).await, ["tracks 2"]);
    // The same tracks on a new timeline are no change.
    drop(session);
    let mut session = publish(&engine).await.unwrap();
    Encoder::new(&mut session, sound).stream(&mut session, &engine, 2 * SECOND).await;
    assert_eq!(heard(&mut events).await, ["interrupted", "resumed"]);
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_halves_for_good_is_told_once_and_not_for_a_hole() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let good = SourceOptions { unit_bytes: 8_000, b_frames: 0, ..SourceOptions::default() };
    let mut encoder = Encoder::new(&mut session, good);
    let video = encoder.ids[0].1;
    encoder.stream(&mut session, &engine, 20 * SECOND).await;
    encoder.mute = Some(video);
    encoder.stream(&mut session, &engine, 900 * SECOND / 1_000).await;
    encoder.mute = None;
    encoder.stream(&mut session, &engine, 20 * SECOND).await;
    let changes =
        |heard: Vec<String>| -> Vec<_> { heard.into_iter().filter(|event| event.contains("ate {")).collect() };
    assert!(changes(heard(&mut events).await).is_empty());
    let start = Duration::from_millis(40_900);
    let frame_rate = springhead_core::FrameRate { num: 15, den: 1 };
    let poor = SourceOptions { start, frame_rate, unit_bytes: 4_000, ..good };
    Encoder::new(&mut session, poor).stream(&mut session, &engine, 30 * SECOND).await;
    let mut told = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, events.recv()).await {
        if let Event::QualityChanged { track, change, .. } = event {
            told.push((track == video, change));
        }
    }
    let [(true, QualityChange::FrameRate { from: fast, to: slow }), (true, QualityChange::Bitrate { from, to })] =
        told[..]
    else {
        panic!("{told:?}")
    };
    assert!(from > to * 2 && (fast, slow) == (30_000, 15_000), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_is_told_with_its_reason_and_its_place() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut session, SourceOptions::default());
    encoder.stream(&mut session, &engine, 2 * SECOND).await;
    let sound = encoder.ids[1].1;
    // The clock of the pictures starts anew, and that of the sound a second later.
    let mut anew = Encoder::new(&mut session, SourceOptions { start: 86_400 * SECOND, ..SourceOptions::default() });
    anew.mute = Some(sound);
    anew.send(&mut session, &engine, 20);
    encoder.mute = Some(encoder.ids[0].1);
    encoder.stream(&mut session, &engine, SECOND).await;
    let mut left_out = 0;
    while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, events.recv()).await {
        if let Event::Dropped { track, reason: springhead_engine::DropReason::OldTimeline, count, at, .. } = event {
            assert_eq!((track, at.0 % 1024, at.0 >= 2 * 48_000), (sound, 0, true));
            left_out += count;
        }
    }
    assert!(left_out > 30, "{left_out}");
    assert_eq!(stats(session.broadcast(), sound).meter.dropped, left_out);
    assert_eq!(stats(session.broadcast(), sound).meter.last_arrival, Some(MonoTime(1_984_000_000)));
}
