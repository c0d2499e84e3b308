//! Garbage, half handshakes and absurd lengths, while a broadcast runs that must not notice.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::http;
use crate::publisher;
use crate::server::Server;
use crate::tools::{Tool, have};

/// Connections of each kind.
const ROUNDS: u32 = 150;
/// Growth that a few more pages of the broadcast itself explain.
const GROWTH_KIB: u64 = 48 * 1024;

#[test]
fn garbage_on_every_port_disturbs_no_broadcast_and_keeps_no_memory() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let server = Server::start();
    let mut publisher = publisher::file_for_ever("ffmpeg".as_ref(), publisher::source(), &server.publish_url());
    let before = server.wait_for_segments(2);
    // The first round warms up what the server keeps for good.
    attack(&server, 20);
    let resident = server.resident();
    attack(&server, ROUNDS);

    let after = server.wait_for_number(before.next() + 2);
    assert!(!after.ended, "{after:?}");
    assert!(publisher.exited().is_none(), "the publisher was dropped:\n{}", publisher.output());
    let well = http::get(server.admin, "/healthz").expect("the server answers");
    assert_eq!(well.status, 200);
    if let (Some(before), Some(after)) = (resident, server.resident()) {
        assert!(after < before + GROWTH_KIB, "resident memory went from {before} to {after} KiB");
    }
}

fn attack(server: &Server, rounds: u32) {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    // Some stay open and silent until the end.
    let mut held = Vec::new();
    for round in 0..rounds {
        for address in [server.rtmp, server.http] {
            send(address, &noise.bytes(4096));
            send(address, &[]);
        }
        for input in [rtmp_half_handshake(&mut noise), rtmp_absurd_length(&mut noise)] {
            held.extend(send(server.rtmp, &input).filter(|_| round % 8 == 0));
        }
        for input in http_absurdities(&mut noise) {
            held.extend(send(server.http, &input).filter(|_| round % 8 == 0));
        }
    }
}

/// C0 and part of C1.
fn rtmp_half_handshake(noise: &mut Noise) -> Vec<u8> {
    let mut bytes = vec![3];
    bytes.extend(noise.bytes(700));
    bytes
}

/// A whole handshake, then a message header that announces 16 MiB and a chunk size of 2^31 - 1.
fn rtmp_absurd_length(noise: &mut Noise) -> Vec<u8> {
    let mut bytes = vec![3];
    bytes.extend([0; 8]);
    bytes.extend(noise.bytes(1528));
    bytes.extend(noise.bytes(1536));
    bytes.extend([0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]);
    bytes.extend([0x03, 0, 0, 0, 0xff, 0xff, 0xff, 20, 0, 0, 0, 0]);
    bytes.extend(noise.bytes(2000));
    bytes
}

fn http_absurdities(noise: &mut Noise) -> Vec<Vec<u8>> {
    let long = "a".repeat(20_000);
    vec![
        b"GET /live/cam/index.m3u8 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec(),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes(),
        b"GET /live/../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /live/cam/index.m3u8?_HLS_msn=18446744073709551615&_HLS_part=18446744073709551615 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /live/cam/index.m3u8 HTTP/1.1\r\nHost: x\r\nRange: bytes=99999999999999999999999-\r\n\r\n".to_vec(),
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), noise.bytes(512)].concat(),
        b"POST /live/cam/index.m3u8 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n".to_vec(),
    ]
}

/// Sends, half closes, and takes what comes back for a moment. A refusal is as good as an answer.
fn send(address: SocketAddr, input: &[u8]) -> Option<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).expect("the port is open");
    stream.set_read_timeout(Some(Duration::from_millis(5))).ok()?;
    stream.set_write_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(input).ok()?;
    let _ = stream.read(&mut [0; 4096]);
    if input.is_empty() {
        stream.shutdown(Shutdown::Write).ok()?;
    }
    Some(stream)
}

/// SplitMix64: the same garbage in every run.
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let word = || {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ (z >> 31)).to_le_bytes()
        };
        std::iter::repeat_with(word).flatten().take(count).collect()
    }
}
