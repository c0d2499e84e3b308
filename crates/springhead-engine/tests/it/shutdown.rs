//! The end of everything, in order (K5).

use std::time::Duration;

use springhead_engine::{ApplicationPolicy, EndReason, PlayError, PlayRequest, PublishError, Start, State};

use crate::{engine, heard, key, play, publish, request};

#[tokio::test(start_paused = true)]
async fn sessions_are_asked_to_end_and_every_broadcast_ends_cleanly() {
    let engine = engine(ApplicationPolicy::default());
    let mut events = engine.events();
    let mut session = publish(&engine).await.unwrap();
    let lost = engine.publish(request("live/lost".parse().unwrap())).await.unwrap();
    let waiting = lost.broadcast().clone();
    drop(lost);
    let ends = async {
        assert_eq!(session.ended().await, EndReason::ShuttingDown);
        // Dropped, not finished: it ends cleanly all the same.
        drop(session);
    };
    tokio::join!(engine.shutdown(Duration::from_secs(5)), ends);
    assert_eq!(engine.clock().now().mono.0, 0);
    assert_eq!(waiting.state(), State::Ended { clean: true });
    assert!(engine.broadcasts().is_empty() && !engine.health().accepting);
    assert_eq!(publish(&engine).await.unwrap_err(), PublishError::ShuttingDown);
    let wish = PlayRequest {
        key: key(),
        credentials: Default::default(),
        protocol: "test",
        remote: None,
        start: Start::RandomAccess,
    };
    assert_eq!(engine.play(wish).await.unwrap_err(), PlayError::ShuttingDown);
    let heard = heard(&mut events).await;
    assert_eq!(heard, ["started", "started", "interrupted", "stopped true", "stopped true"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_listen_holds_the_shutdown_up_to_its_deadline_and_no_longer() {
    let engine = engine(ApplicationPolicy::default());
    let stuck = publish(&engine).await.unwrap();
    let mut player = play(&engine, Start::RandomAccess).await;
    engine.shutdown(Duration::from_secs(5)).await;
    assert_eq!(engine.clock().now().mono.0, 5_000_000_000);
    assert_eq!(stuck.broadcast().state(), State::Ended { clean: true });
    drop(stuck);
    player.recv().await.unwrap_err();
}
