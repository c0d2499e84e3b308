//! Two publishers and one name (T4, N-46).

use std::time::Duration;

use springhead_engine::{ApplicationPolicy, EndReason, Engine, PublishError, Start, State, Takeover};
use springhead_testkit::SourceOptions;

use crate::{Encoder, engine, heard, key, play, publish};

fn with(takeover: Takeover) -> Engine {
    engine(ApplicationPolicy { takeover, ..ApplicationPolicy::default() })
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_stays_taken_under_reject() {
    let engine = with(Takeover::Reject);
    let _session = publish(&engine).await.unwrap();
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(publish(&engine).await.unwrap_err(), PublishError::Taken);
}

#[tokio::test(start_paused = true)]
async fn a_publisher_who_works_is_not_pushed_out_and_one_who_is_silent_is_within_a_second() {
    let engine = with(Takeover::WhenSilent);
    let mut old = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut old, SourceOptions::default());
    encoder.send(&mut old, &engine, 10);
    let works = async {
        tokio::time::sleep(Duration::from_millis(40)).await;
        encoder.send(&mut old, &engine, 10);
    };
    let (refused, ()) = tokio::join!(publish(&engine), works);
    assert_eq!(refused.unwrap_err(), PublishError::Taken);

    let before = engine.clock().now().mono;
    let (new, reason) = tokio::join!(publish(&engine), old.ended());
    new.unwrap();
    assert_eq!(reason, EndReason::Replaced);
    assert!(engine.clock().now().mono.saturating_since(before) <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_replaced_session_is_told_and_its_later_units_are_ignored() {
    let engine = with(Takeover::Replace);
    let mut events = engine.events();
    let mut old = publish(&engine).await.unwrap();
    let mut player = play(&engine, Start::Oldest).await;
    let mut encoder = Encoder::new(&mut old, SourceOptions::default());
    let sent = encoder.send(&mut old, &engine, 60);
    let (new, reason) = tokio::join!(publish(&engine), old.ended());
    let mut new = new.unwrap();
    assert_eq!(reason, EndReason::Replaced);
    encoder.send(&mut old, &engine, 60);
    let sent = sent + Encoder::new(&mut new, SourceOptions::default()).send(&mut new, &engine, 60);
    // Even a goodbye of the old one changes nothing for the new one.
    old.finish();
    assert_eq!(new.broadcast().state(), State::Live);
    new.finish();
    let mut received = 0;
    while player.recv().await.is_ok() {
        received += 1;
    }
    assert_eq!(received, sent);
    assert_eq!(heard(&mut events).await, ["started", "interrupted", "resumed", "stopped true"]);
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_does_not_listen_loses_its_seat_with_its_next_unit() {
    let engine = with(Takeover::Replace);
    let mut old = publish(&engine).await.unwrap();
    let mut encoder = Encoder::new(&mut old, SourceOptions::default());
    let sends = async {
        tokio::time::sleep(Duration::from_millis(40)).await;
        encoder.send(&mut old, &engine, 1);
    };
    let (new, ()) = tokio::join!(publish(&engine), sends);
    assert_eq!(engine.clock().now().mono.0, 40_000_000);
    drop(new.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_never_goes_keeps_the_name_and_the_newcomer_is_refused() {
    let engine = with(Takeover::Replace);
    let _stuck = publish(&engine).await.unwrap();
    assert_eq!(publish(&engine).await.unwrap_err(), PublishError::Taken);
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_who_gives_up_leaves_no_broadcast_without_an_end() {
    let engine = with(Takeover::Replace);
    let mut old = publish(&engine).await.unwrap();
    let mut events = engine.events();
    {
        let mut newcomer = std::pin::pin!(publish(&engine));
        assert!(tokio::time::timeout(Duration::ZERO, &mut newcomer).await.is_err());
    }
    assert_eq!(old.ended().await, EndReason::Replaced);
    drop(old);
    assert_eq!(engine.broadcast(&key()).unwrap().state(), State::Interrupted);
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(heard(&mut events).await, ["interrupted", "stopped false"]);
    assert!(engine.broadcast(&key()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_takeovers_leave_one_broadcast_and_one_session() {
    let engine = with(Takeover::Replace);
    let mut session = publish(&engine).await.unwrap();
    for _ in 0..1000 {
        let (new, reason) = tokio::join!(publish(&engine), session.ended());
        assert_eq!(reason, EndReason::Replaced);
        session = new.unwrap();
    }
    assert_eq!((engine.broadcasts().len(), session.broadcast().stats().sessions), (1, 1001));
    session.finish();
    assert!(engine.broadcasts().is_empty());
}
