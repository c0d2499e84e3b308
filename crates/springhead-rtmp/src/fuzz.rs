//! Bodies of the fuzz targets. Each asserts what must hold of any input.

use bytes::{Bytes, BytesMut};
use springhead_core::MonoTime;

use crate::chunk::{ChunkReader, ChunkWriter, Message};
use crate::handshake::{PACKET_BYTES, VERSION};
use crate::limits::Limits;
use crate::message::{Aggregate, Body, MessageType};
use crate::session::{Event, Session};

/// However the bytes are cut, the messages are the same; what is held stays within the limit; and messages that were
/// written come back.
pub fn chunks(data: &[u8]) {
    let limits = Limits { assembly_bytes: 1 << 20, ..Limits::default() };
    let read = |step: usize| {
        let mut reader = ChunkReader::new(limits);
        reader.accept_media(true);
        let mut messages = Vec::new();
        for mut piece in data.chunks(step.max(1)) {
            loop {
                match reader.read(&mut piece) {
                    Ok(Some(message)) => {
                        if let Ok(Body::SetChunkSize(bytes)) = Body::parse(&message) {
                            let _ = reader.set_chunk_size(bytes);
                        }
                        messages.push(message);
                    }
                    Ok(None) => break,
                    Err(error) => return (messages, Some(error)),
                }
                assert!(reader.unfinished_bytes() <= limits.assembly_bytes);
            }
            assert!(piece.is_empty(), "bytes were left without an error");
        }
        (messages, None)
    };
    let (messages, error) = read(data.len());
    assert_eq!(read(1), (messages.clone(), error));
    messages.iter().filter(|message| !message.kind.is_essential()).for_each(written_and_read_back);
}

fn written_and_read_back(message: &Message) {
    let mut chunks = BytesMut::new();
    ChunkWriter::default().write(4, message, &mut chunks);
    let mut reader = ChunkReader::new(Limits::default());
    reader.accept_media(true);
    let mut input = &chunks[..];
    assert_eq!(reader.read(&mut input).as_ref(), Ok(&Some(message.clone())));
    assert!(input.is_empty());
}

/// An aggregate's parts are slices of it, and no longer than it together.
pub fn aggregate(data: &[u8]) {
    let payload = Bytes::copy_from_slice(data);
    let message = Message { kind: MessageType::AGGREGATE, timestamp: 0, stream: 1, payload };
    let sum: usize = Aggregate::new(&message).map(|part| 11 + part.payload.len()).sum();
    assert!(sum <= data.len());
}

/// A session survives anything: it holds bounded memory, says once that it is over, and always has a deadline until then.
pub fn session(data: &[u8]) {
    let limits = Limits { assembly_bytes: 1 << 20, ..Limits::default() };
    let mut session = Session::new(limits, 0, MonoTime(0));
    session.handle_bytes(&[VERSION], MonoTime(0));
    session.handle_bytes(&[0; 2 * PACKET_BYTES], MonoTime(0));
    let mut closed = 0;
    for (n, piece) in data.chunks(97).enumerate() {
        let now = MonoTime(n as u64 * 100_000_000);
        session.handle_bytes(piece, now);
        session.handle_timeout(now);
        while let Some(event) = session.poll_event() {
            match event {
                Event::Publish(publish) => _ = session.accept_publish(publish.request, now),
                Event::Closed(_) => closed += 1,
                Event::Audio { body, .. } | Event::Video { body, .. } => assert!(!body.is_empty()),
                _ => {}
            }
        }
        while session.poll_transmit().is_some() {}
        assert!(session.unfinished_bytes() <= limits.assembly_bytes);
        assert_eq!(session.poll_timeout().is_none(), session.is_closed());
        assert_eq!(closed, u32::from(session.is_closed()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const PUBLISH: &[u8] = include_bytes!("../testdata/ffmpeg-5.1-h264-aac.rtmp");
    const ENHANCED: &[u8] = include_bytes!("../testdata/ffmpeg-9.0-hevc-opus.rtmp");

    fn every_body(data: &[u8]) {
        super::chunks(data);
        super::aggregate(data);
        super::session(data);
    }

    #[test]
    fn what_encoders_send_survives_every_body() {
        for capture in [PUBLISH, ENHANCED] {
            let chunks = &capture[1 + 2 * crate::handshake::PACKET_BYTES..];
            every_body(chunks);
            every_body(&chunks[..500]);
        }
        every_body(b"");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn random_bytes_survive_every_body(data in prop::collection::vec(any::<u8>(), 0..300)) {
            every_body(&data);
        }

        #[test]
        fn a_real_publish_with_broken_bytes_survives(
            breaks in prop::collection::vec((0usize..11_000, any::<u8>()), 1..8),
        ) {
            let mut capture = PUBLISH[1 + 2 * crate::handshake::PACKET_BYTES..].to_vec();
            for (at, byte) in breaks {
                let length = capture.len();
                capture[at % length] = byte;
            }
            super::session(&capture);
            super::chunks(&capture[..2000]);
        }
    }
}
