use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::client::ClientWriter;

fn reader() -> ChunkReader {
    let mut reader = ChunkReader::new(Limits::default());
    reader.accept_media(true);
    reader
}

fn read_all(reader: &mut ChunkReader, mut input: &[u8]) -> Result<Vec<Message>, ChunkError> {
    let mut messages = Vec::new();
    while let Some(message) = reader.read(&mut input)? {
        messages.push(message);
    }
    Ok(messages)
}

/// A header of type 0 on chunk stream 4, message stream 1.
fn header(length: u32, kind: u8) -> Vec<u8> {
    let length = length.to_be_bytes();
    [&[4, 0, 0, 0], &length[1..], &[kind, 1, 0, 0, 0]].concat()
}

fn message(kind: MessageType, timestamp: u32, payload: &[u8]) -> Message {
    Message { kind, timestamp, stream: 1, payload: Bytes::copy_from_slice(payload) }
}

#[test]
fn a_header_that_leaves_out_what_was_never_said_is_refused() {
    for (first, format) in [(0x84, 2), (0xc4, 3)] {
        let error = ChunkError::NoHeaderBefore { at: 0, chunk_stream: 4, format };
        assert_eq!(read_all(&mut reader(), &[first, 0, 0, 0, 0]), Err(error));
    }
}

#[test]
fn a_message_within_a_message_of_its_chunk_stream_is_refused() {
    let bytes = [header(200, 9), vec![7; 128], header(200, 9)].concat();
    let error = ChunkError::Interrupted { at: 140, chunk_stream: 4, missing: 72 };
    assert_eq!(read_all(&mut reader(), &bytes), Err(error));
}

#[test]
fn a_command_of_an_absurd_length_is_refused_before_anything_is_held() {
    let mut reader = reader();
    let error = ChunkError::TooLong { at: 0, kind: MessageType::COMMAND_AMF0, length: 0xff_ffff };
    assert_eq!(read_all(&mut reader, &header(0xff_ffff, 20)), Err(error));
    assert_eq!(reader.unfinished_bytes(), 0);
}

#[test]
fn the_sixty_fifth_chunk_stream_is_refused() {
    let open = |id: u8| [vec![id], header(0, 9).split_off(1)].concat();
    let mut reader = reader();
    for id in 2..64 {
        read_all(&mut reader, &open(id)).unwrap();
    }
    read_all(&mut reader, &[vec![0], open(0)].concat()).unwrap();
    read_all(&mut reader, &[vec![0], open(1)].concat()).unwrap();
    let error = ChunkError::TooManyChunkStreams { at: 64 * 12 + 2, limit: 64 };
    assert_eq!(read_all(&mut reader, &[vec![0], open(2)].concat()), Err(error));
}

#[test]
fn messages_that_are_begun_and_not_sent_cannot_reserve_more_than_the_limit() {
    let mut reader = reader();
    let begin = |id: u8| [vec![id], header(15 << 20, 9).split_off(1), vec![0; 128]].concat();
    read_all(&mut reader, &begin(5)).unwrap();
    let error = ChunkError::TooMuchUnfinished { at: 140, limit: 20 << 20 };
    assert_eq!(read_all(&mut reader, &begin(6)), Err(error));
    assert_eq!(reader.unfinished_bytes(), 15 << 20);
}

#[test]
fn chunk_sizes_below_128_are_refused_and_those_above_16_mib_mean_the_whole_message() {
    let mut reader = reader();
    assert_eq!(reader.set_chunk_size(127), Err(ChunkError::ChunkSize(127)));
    reader.set_chunk_size(0x7fff_ffff).unwrap();
    let bytes = [header(70_000, 9), vec![7; 70_000]].concat();
    assert_eq!(read_all(&mut reader, &bytes).unwrap(), [message(MessageType::VIDEO, 0, &[7; 70_000])]);
}

#[test]
fn media_that_nobody_asked_for_is_skipped_without_being_held() {
    let mut reader = ChunkReader::new(Limits::default());
    let bytes = [header(200, 9), vec![7; 128], vec![0xc4], vec![7; 72], header(3, 20), b"cmd".to_vec()].concat();
    let (first, second) = bytes.split_at(50);
    assert_eq!(read_all(&mut reader, first), Ok(vec![]));
    assert_eq!(reader.unfinished_bytes(), 0);
    assert_eq!(read_all(&mut reader, second), Ok(vec![message(MessageType::COMMAND_AMF0, 0, b"cmd")]));
    assert_eq!(reader.skipped(), 1);
}

#[test]
fn media_over_its_limit_is_skipped_and_what_follows_is_read() {
    let mut reader = ChunkReader::new(Limits { message_bytes: 100, ..Limits::default() });
    reader.accept_media(true);
    let bytes = [header(101, 9), vec![7; 101], header(2, 9), b"ok".to_vec()].concat();
    assert_eq!(read_all(&mut reader, &bytes), Ok(vec![message(MessageType::VIDEO, 0, b"ok")]));
    assert_eq!(reader.skipped(), 1);
}

#[test]
fn an_aborted_message_is_forgotten() {
    let mut reader = reader();
    read_all(&mut reader, &[header(200, 9), vec![7; 128]].concat()).unwrap();
    reader.abort(4);
    reader.abort(99);
    assert_eq!(reader.unfinished_bytes(), 0);
    let bytes = [header(2, 8), b"ok".to_vec()].concat();
    assert_eq!(read_all(&mut reader, &bytes), Ok(vec![message(MessageType::AUDIO, 0, b"ok")]));
}

#[test]
fn a_header_of_type_3_behind_one_of_type_0_adds_its_timestamp_again() {
    let bytes = b"\x04\0\0\x17\0\0\x01\x08\x01\0\0\0a\xc4b\x84\0\0\x02c\xc4d";
    let stamps: Vec<u32> = read_all(&mut reader(), bytes).unwrap().iter().map(|message| message.timestamp).collect();
    assert_eq!(stamps, [0x17, 0x2e, 0x30, 0x32]);
}

#[test]
fn a_chunk_stream_may_open_with_a_header_of_type_1() {
    let opened = read_all(&mut reader(), b"\x42\0\0\0\0\0\x06\x04\0\x07\0\0\0\x09").unwrap();
    assert_eq!((opened[0].kind, opened[0].stream), (MessageType::USER_CONTROL, 0));
}

#[test]
fn an_extended_timestamp_is_understood_repeated_or_not_however_the_bytes_are_cut() {
    let stamp = b"\x01\0\0\0";
    let open = |length| [&b"\x04\xff\xff\xff\0\0"[..], &[length], b"\x09\x01\0\0\0", stamp].concat();
    // The data behind the silent header begins like the timestamp, so that the difference shows late.
    let tail = b"\x01\0\0tail";
    let data = [&[7; 128][..], tail].concat();
    let next = b"\x04\0\0\x05\0\0\x01\x09\x01\0\0\0n";
    let repeated = [&open(135)[..], &[7; 128], b"\xc4", stamp, tail, next].concat();
    let silent = [&open(135)[..], &[7; 128], b"\xc4", tail, next].concat();
    for bytes in [repeated, silent] {
        for step in 1..20 {
            let mut reader = reader();
            let messages: Vec<Message> =
                bytes.chunks(step).flat_map(|piece| read_all(&mut reader, piece).unwrap()).collect();
            let expected = [message(MessageType::VIDEO, 0x0100_0000, &data), message(MessageType::VIDEO, 5, b"n")];
            assert_eq!(messages, expected, "{step}");
        }
    }
}

#[test]
fn a_silent_tail_shorter_than_a_timestamp_leaves_the_next_header_whole() {
    let mut bytes = b"\x04\xff\xff\xff\0\0\x81\x09\x01\0\0\0\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&[7; 128]);
    // One byte of data that is the timestamp's first, then a header that is not the rest of it.
    bytes.extend_from_slice(b"\xc4\x01\x04\0\0\x05\0\0\x01\x09\x01\0\0\0n");
    for step in [1, 2, 3, bytes.len()] {
        let mut reader = reader();
        let messages: Vec<Message> =
            bytes.chunks(step).flat_map(|piece| read_all(&mut reader, piece).unwrap()).collect();
        assert_eq!((messages.len(), &messages[1].payload[..]), (2, &b"n"[..]), "{step}");
    }
}

#[test]
fn a_sender_that_never_repeats_the_extended_timestamp_is_remembered() {
    let mut bytes = b"\x04\xff\xff\xff\0\0\x81\x09\x01\0\0\0\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&[7; 128]);
    bytes.extend_from_slice(b"\xc4\x07");
    // A whole new message under a header of type 3: the same delta, no timestamp.
    bytes.push(0xc4);
    bytes.extend_from_slice(&[8; 128]);
    bytes.extend_from_slice(b"\xc4\x08");
    let stamps: Vec<_> = read_all(&mut reader(), &bytes).unwrap().iter().map(|m| (m.timestamp, m.payload[0])).collect();
    assert_eq!(stamps, [(0x0100_0000, 7), (0x0200_0000, 8)]);
}

/// Messages of a chunk stream: how far the clock goes on, the kind, the length.
fn track() -> impl Strategy<Value = (u32, Vec<(u32, u8, usize)>)> {
    let id = prop_oneof![2u32..64, 64u32..320, 320u32..65_600];
    let step = prop_oneof![Just(0u32), Just(23), 0u32..100, any::<u32>()];
    (id, prop::collection::vec((step, prop::sample::select(vec![8, 9, 18, 20]), 0usize..700), 1..8))
}

proptest! {
    #[test]
    fn however_messages_are_interleaved_and_cut_they_are_read_whole_and_in_order(
        tracks in prop::collection::vec(track(), 1..5),
        chunk_bytes in 128usize..400,
        picks in prop::collection::vec(any::<usize>(), 200),
        step in 1usize..300,
    ) {
        let tracks: std::collections::BTreeMap<_, _> = tracks.into_iter().collect();
        let mut writer = ClientWriter::new(chunk_bytes);
        let mut expected = Vec::new();
        let mut queues = Vec::new();
        for (id, steps) in tracks {
            let mut clock = 0u32;
            let mut queue = std::collections::VecDeque::new();
            for (n, (step, kind, length)) in steps.into_iter().enumerate() {
                clock = clock.wrapping_add(step);
                let payload = Bytes::from(vec![n as u8 ^ id as u8; length]);
                let message = Message { kind: MessageType(kind), timestamp: clock, stream: id, payload };
                queue.extend(writer.chunks(id, &message));
                expected.push(message);
            }
            queues.push(queue);
        }
        let mut bytes = Vec::new();
        let mut picks = picks.into_iter().cycle();
        while !queues.is_empty() {
            let at = picks.next().unwrap() % queues.len();
            bytes.extend_from_slice(&queues[at].pop_front().unwrap());
            queues.retain(|queue| !queue.is_empty());
        }
        let mut reader = reader();
        reader.set_chunk_size(chunk_bytes as u32).unwrap();
        let mut messages = Vec::new();
        for piece in bytes.chunks(step) {
            messages.extend(read_all(&mut reader, piece).unwrap());
        }
        // Within a chunk stream the order is the sender's.
        messages.sort_by_key(|message| message.stream);
        prop_assert_eq!(messages, expected);
        prop_assert_eq!(reader.unfinished_bytes(), 0);
    }

    #[test]
    fn random_bytes_never_panic_and_hold_bounded_memory(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        crate::fuzz::chunks(&bytes);
    }
}
