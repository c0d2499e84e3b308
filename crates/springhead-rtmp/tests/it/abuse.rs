//! Callers who mean no good do not disturb a publish that runs.

use bytes::{BufMut, BytesMut};
use springhead_engine::Takeover;
use springhead_rtmp::handshake::{PACKET_BYTES, VERSION};
use springhead_rtmp::{Limits, RtmpOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::dial;
use crate::{PUBLISH, count_to_the_end, engine, play, without_goodbye};

/// What a hostile caller sends before it waits.
fn attacks() -> Vec<Vec<u8>> {
    let handshake = [vec![VERSION], vec![0; 2 * PACKET_BYTES]].concat();
    let behind = |bytes: &[u8]| [&handshake, bytes].concat();
    let mut noise = BytesMut::new();
    let mut state = 1u64;
    while noise.len() < 100_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.put_u64(state);
    }
    let mut attacks = vec![
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        noise.to_vec(),
        behind(&noise),
        // Absurd lengths of a command, and of media that nobody asked for.
        behind(b"\x03\0\0\0\xff\xff\xff\x14\0\0\0\0"),
        behind(&b"\x04\0\0\0\xff\xff\xff\x09\x01\0\0\0".repeat(100)),
        // A chunk size of nothing, and one without end.
        behind(b"\x02\0\0\0\0\0\x04\x01\0\0\0\0\0\0\0\0"),
        behind(b"\x02\0\0\0\0\0\x04\x01\0\0\0\0\xff\xff\xff\xff"),
    ];
    // A thousand chunk streams.
    let streams = (0u16..1000).flat_map(|id| [&[1][..], &id.to_le_bytes(), b"\0\0\0\0\0\x01\x08\x01\0\0\0x"].concat());
    attacks.push(behind(&streams.collect::<Vec<u8>>()));
    // A connect of a thousand nested objects.
    let mut connect = b"\x02\0\x07connect\0\x3f\xf0\0\0\0\0\0\0".to_vec();
    connect.extend_from_slice(&b"\x03\0\x01a".repeat(1000));
    let mut nested = b"\x02\0\0\0\0\0\x04\x01\0\0\0\0\0\0\xff\xff\x03\0\0\0".to_vec();
    nested.put_uint(connect.len() as u64, 3);
    nested.extend_from_slice(b"\x14\0\0\0\0");
    nested.extend_from_slice(&connect);
    attacks.push(behind(&nested));
    attacks
}

#[tokio::test]
async fn garbage_half_handshakes_and_absurd_lengths_do_not_disturb_a_publish() {
    let engine = engine(Takeover::Reject);
    let (head, tail) = without_goodbye().split_at(6000);
    let mut publisher = dial(&engine, RtmpOptions::default());
    publisher.write_all(head).await.unwrap();
    let mut session = play(&engine).await;
    let first = session.recv().await.unwrap();
    assert!(first.unit.is_random_access());

    // Half handshakes that stay.
    let mut halves = Vec::new();
    for bytes in [0, 1, 100, 1 + PACKET_BYTES, 2 * PACKET_BYTES] {
        let mut half = dial(&engine, RtmpOptions::default());
        half.write_all(&vec![VERSION; bytes]).await.unwrap();
        halves.push(half);
    }
    // A caller with a chance to wait is given up at once when its time is up.
    let limits = Limits { setup_timeout: std::time::Duration::ZERO, ..Limits::default() };
    for attack in attacks() {
        let mut hostile = dial(&engine, RtmpOptions { limits, ..RtmpOptions::default() });
        // It may be cut off before it has said all.
        let _ = hostile.write_all(&attack).await;
        let mut rest = Vec::new();
        hostile.read_to_end(&mut rest).await.unwrap();
        assert!(rest.len() <= 1 + 2 * PACKET_BYTES, "{} bytes were spent on an attack", rest.len());
    }

    publisher.write_all(tail).await.unwrap();
    publisher.write_all(&PUBLISH[without_goodbye().len()..]).await.unwrap();
    let (video, audio) = count_to_the_end(&mut session).await;
    assert_eq!(1 + video + audio, 10 + 45);
    assert_eq!(session.stats().skipped, 0);
    assert_eq!(engine.broadcasts().len(), 0);
    drop(halves);
}
