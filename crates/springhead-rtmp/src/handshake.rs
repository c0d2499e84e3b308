//! The handshake (Adobe RTMP 1.0 §5.2), the server's side of it, in its simple form without digests.
//!
//! The peer's C2 is read and not compared: encoders that speak the digest form answer something else than the echo that
//! the specification asks for.

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes of C1, S1, C2 and S2 (§5.2.3, §5.2.4).
pub const PACKET_BYTES: usize = 1536;

/// The only version that is in use (§5.2.2).
pub const VERSION: u8 = 3;

/// Why a handshake cannot go on. The caller closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// C0 asks for another protocol: 6 is RTMPE; anything above 31 is not RTMP at all (§5.2.2).
    #[error("byte 0 asks for version {0}, and only version {VERSION} is spoken here")]
    Version(u8),
}

/// What the handshake made of the bytes that it was given.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// More bytes are needed.
    More,
    /// S0, S1 and S2 are to be sent.
    Send(Bytes),
    /// Both sides are done: what follows are chunks.
    Done,
}

/// The server's side of a handshake. It takes bytes in pieces of any size and holds at most one packet.
#[derive(Debug)]
pub struct Handshake {
    state: State,
    seed: u64,
}

#[derive(Debug)]
enum State {
    C0,
    C1(BytesMut),
    C2 { left: usize },
}

impl Handshake {
    /// A handshake that has seen nothing. `seed` fills the random part of S1; it need not be secret.
    pub fn new(seed: u64) -> Self {
        Self { state: State::C0, seed }
    }

    /// Takes what belongs to the handshake off the front of `input`, up to the next thing to do. Call it again until it
    /// says [`Step::More`] or [`Step::Done`].
    pub fn handle(&mut self, input: &mut &[u8]) -> Result<Step, HandshakeError> {
        loop {
            match &mut self.state {
                State::C0 => {
                    let Some((version, rest)) = input.split_first() else { return Ok(Step::More) };
                    *input = rest;
                    if *version != VERSION {
                        return Err(HandshakeError::Version(*version));
                    }
                    self.state = State::C1(BytesMut::with_capacity(PACKET_BYTES));
                }
                State::C1(c1) => {
                    let (taken, rest) = input.split_at(input.len().min(PACKET_BYTES - c1.len()));
                    *input = rest;
                    c1.extend_from_slice(taken);
                    if c1.len() < PACKET_BYTES {
                        return Ok(Step::More);
                    }
                    let answer = answer(c1, self.seed);
                    self.state = State::C2 { left: PACKET_BYTES };
                    return Ok(Step::Send(answer));
                }
                State::C2 { left } => {
                    let taken = input.len().min(*left);
                    *input = &input[taken..];
                    *left -= taken;
                    return Ok(if *left == 0 { Step::Done } else { Step::More });
                }
            }
        }
    }
}

/// S0, S1 and S2 for a C1.
fn answer(c1: &[u8], seed: u64) -> Bytes {
    let mut out = BytesMut::with_capacity(1 + 2 * PACKET_BYTES);
    out.put_u8(VERSION);
    // S1: our epoch is 0, then four zeros, which say that no digest follows, then filling.
    out.put_u64(0);
    let mut state = seed;
    while out.len() < 1 + PACKET_BYTES {
        state = split_mix(state);
        out.put_u64(state);
    }
    // S2 echoes C1. Its second field is when C1 was read; on an epoch of 0 without a clock that is 0 too.
    out.put_slice(&c1[..4]);
    out.put_u32(0);
    out.put_slice(&c1[8..]);
    out.freeze()
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014): filling that differs between connections.
fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_protocol_is_refused_at_its_first_byte() {
        let mut input: &[u8] = b"GET / HTTP/1.1\r\n";
        assert_eq!(Handshake::new(0).handle(&mut input), Err(HandshakeError::Version(b'G')));
    }

    #[test]
    fn a_handshake_in_single_bytes_echoes_c1_and_leaves_what_follows() {
        let c1: Vec<u8> = (0..PACKET_BYTES).map(|n| n as u8).collect();
        let mut handshake = Handshake::new(7);
        let mut sent = None;
        for byte in std::iter::once(&VERSION).chain(&c1) {
            match handshake.handle(&mut std::slice::from_ref(byte)).unwrap() {
                Step::More => assert!(sent.is_none()),
                Step::Send(answer) => sent = Some(answer),
                Step::Done => panic!("C2 was not sent"),
            }
        }
        let sent = sent.expect("C0 and C1 were complete");
        assert_eq!(sent.len(), 1 + 2 * PACKET_BYTES);
        let s2 = &sent[1 + PACKET_BYTES..];
        assert_eq!((sent[0], &s2[..4], &s2[8..]), (VERSION, &c1[..4], &c1[8..]));

        let mut rest: &[u8] = &[vec![0; PACKET_BYTES], b"chunk".to_vec()].concat();
        assert_eq!(handshake.handle(&mut rest), Ok(Step::Done));
        assert_eq!(rest, b"chunk");
    }

    #[test]
    fn two_connections_get_different_filling() {
        let s1 = |seed| {
            let mut input: &[u8] = &[vec![VERSION], vec![0; PACKET_BYTES]].concat();
            Handshake::new(seed).handle(&mut input).unwrap()
        };
        assert_ne!(s1(1), s1(2));
    }
}
