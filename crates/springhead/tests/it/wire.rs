//! Units as they are on the wire.

use springhead::codec::nal::Framing;
use springhead::core::{AccessUnit, Rounding, Timescale, Timestamp};
use springhead::intake::{RawUnit, SourceClock};

/// A unit as a protocol carries it: instants in the grain of its clock, counted from `first` and wrapped to its width.
pub(crate) fn stamp(unit: &AccessUnit, scale: Timescale, clock: SourceClock, first: u64) -> RawUnit {
    let instant = |at: Timestamp| at.rescale(scale, clock.scale, Rounding::Nearest);
    let dts = instant(unit.dts).0.unsigned_abs() + first;
    RawUnit {
        dts: clock.bits.map_or(dts, |bits| dts & ((1 << bits) - 1)),
        composition_offset: instant(unit.pts()).delta_since(instant(unit.dts)),
        sequence: None,
        framing: Framing::LengthPrefixed(4),
        payload: unit.payload.to_bytes(),
        checksum: None,
        arrival: unit.arrival,
    }
}
