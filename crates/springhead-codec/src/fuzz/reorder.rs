//! Decode times.

use springhead_core::Timescale;

use crate::reorder::{DecodeClock, Order, Picture};

/// Pictures of eight bytes each: decode times rise, and none is after its presentation time.
pub fn decode_times(data: &[u8]) {
    let mut clock = DecodeClock::new(Timescale::MPEG);
    let (mut last, mut nudged) = (i64::MIN, 0);
    for bytes in data.chunks_exact(8) {
        let wide = i64::from(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let flags = bytes[5];
        let picture = Picture {
            pts: wide << (flags & 0x1f),
            depth: bytes[4] & 0x1f,
            begins_sequence: flags & 0x80 != 0,
            leading_follow: flags & 0x20 != 0,
            order: (flags & 0x40 != 0).then_some(Order { count: i8::from_be_bytes([bytes[6]]).into(), per_picture: 2 }),
            duration: bytes[7].into(),
        };
        let times = clock.push(picture);
        assert!(times.dts > last && times.dts <= times.pts);
        assert!(times.nudged || times.pts == picture.pts || picture.pts.unsigned_abs() > 1 << 61);
        last = times.dts;
        nudged += u64::from(times.nudged);
    }
    assert_eq!(clock.nudged(), nudged);
}
