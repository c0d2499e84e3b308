//! What is refused, and what the publisher is told.

use std::sync::Arc;
use std::time::Duration;

use springhead_engine::{Event, Hooks, StaticUsers, Takeover, User};
use springhead_rtmp::{RtmpOptions, Server};
use tokio::io::{AsyncReadExt, duplex};

use crate::client::Client;
use crate::{engine, engine_with, event};

#[tokio::test]
async fn a_path_that_names_no_broadcast_is_refused_with_the_right_form() {
    let engine = engine(Takeover::Reject);
    let mut client = Client::publish(&engine, "live", "").await;
    let (code, description) = client.status().await;
    assert_eq!(code, "NetStream.Publish.BadName");
    assert!(description.contains("rtmp://host/app/name"), "{description}");
    client.closed().await;
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_the_first_publisher_stays() {
    let engine = engine(Takeover::Reject);
    let mut first = Client::publish(&engine, "live", "cam").await;
    assert_eq!(first.status().await.0, "NetStream.Publish.Start");
    let mut second = Client::publish(&engine, "live/cam", "").await;
    let told = second.status().await;
    assert_eq!(told, ("NetStream.Publish.BadName".into(), "live/cam is published already".into()));
    second.closed().await;
    assert_eq!(engine.broadcasts().len(), 1);
}

#[tokio::test]
async fn a_publisher_that_is_replaced_is_told_so() {
    let engine = engine(Takeover::Replace);
    let mut first = Client::publish(&engine, "live", "cam").await;
    assert_eq!(first.status().await.0, "NetStream.Publish.Start");
    let mut second = Client::publish(&engine, "live", "cam").await;
    assert_eq!(second.status().await.0, "NetStream.Publish.Start");
    let told = first.status().await;
    assert_eq!(told, ("NetStream.Publish.BadName".into(), "another publisher has taken live/cam over".into()));
    first.closed().await;
}

#[tokio::test]
async fn credentials_reach_the_authorizer_and_a_refusal_says_nothing_of_why() {
    let user = User { password: "s3".into(), publish: true, play: true };
    let users = StaticUsers { users: [("ann".to_owned(), user)].into(), play_needs_user: false };
    let hooks = Hooks { authorizer: Arc::new(users), ..Hooks::default() };
    let engine = engine_with(Takeover::Reject, hooks);
    for (app, name, code) in [
        ("live", "cam", "NetStream.Publish.Unauthorized"),
        ("live", "cam?user=ann&pass=wrong", "NetStream.Publish.Unauthorized"),
        ("live?user=ann&pass=s3", "cam", "NetStream.Publish.Start"),
    ] {
        let mut client = Client::publish(&engine, app, name).await;
        let (told, description) = client.status().await;
        assert_eq!(told, code);
        assert!(!description.contains("password"), "{description}");
    }
}

#[tokio::test]
async fn the_shutdown_of_the_server_ends_every_publish_cleanly_and_says_so() {
    let engine = engine(Takeover::Reject);
    let mut events = engine.events();
    let server = Server::new(engine.clone(), RtmpOptions::default());
    let (near, far) = duplex(1 << 20);
    assert!(server.spawn(far, None));
    let mut client = Client::over(near).await;
    client.ask("live", "cam").await;
    assert_eq!(client.status().await.0, "NetStream.Publish.Start");
    let ((), told) = tokio::join!(server.shut_down(), async {
        let told = client.status().await;
        client.closed().await;
        drop(client);
        told
    });
    assert_eq!(told.0, "NetConnection.Connect.AppShutdown");
    event(&mut events, |event| matches!(event, Event::Stopped { clean: true, .. })).await;
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_shutdown_of_the_engine_reaches_the_publisher() {
    let engine = engine(Takeover::Reject);
    let mut client = Client::publish(&engine, "live", "cam").await;
    assert_eq!(client.status().await.0, "NetStream.Publish.Start");
    let ((), told) = tokio::join!(engine.shutdown(Duration::from_secs(5)), client.status());
    assert_eq!(told.0, "NetConnection.Connect.AppShutdown");
}

#[tokio::test]
async fn one_connection_too_many_is_dropped_and_a_place_that_is_left_is_free() {
    let server = Server::new(engine(Takeover::Reject), RtmpOptions { connections: 1, ..RtmpOptions::default() });
    let (mut first, far) = duplex(64);
    assert!(server.spawn(far, None));
    let (mut second, far) = duplex(64);
    assert!(!server.spawn(far, None));
    assert_eq!(second.read(&mut [0; 1]).await.unwrap(), 0);
    tokio::io::AsyncWriteExt::shutdown(&mut first).await.unwrap();
    assert_eq!(first.read(&mut [0; 1]).await.unwrap(), 0);
    while server.connections() > 0 {
        tokio::task::yield_now().await;
    }
    let (_third, far) = duplex(64);
    assert!(server.spawn(far, None));
}
