//! What was found to be wrong with a stream.

/// Counts of what a reader met. None of them ends the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ReaderStats {
    /// Packets, those that were dropped included.
    pub packets: u64,
    /// Bytes that belong to no packet.
    pub garbage_bytes: u64,
    /// Packets whose sync byte was damaged, and that were dropped.
    pub sync_errors: u64,
    /// Times that the beginning of packets was lost and searched for.
    pub resynchronisations: u64,
    /// Packets with `transport_error_indicator`, which were dropped.
    pub transport_errors: u64,
    /// Packets whose header or adaptation field breaks the syntax, which were dropped.
    pub malformed_packets: u64,
    /// Packets that carry nothing.
    pub null_packets: u64,
    /// Packets of no stream of the program that is read.
    pub other_packets: u64,
    /// Packets of the program's streams that are scrambled, which were dropped.
    pub scrambled_packets: u64,
    /// Packets that were sent twice.
    pub duplicates: u64,
    /// Jumps of a `continuity_counter`: packets are missing.
    pub continuity_errors: u64,
    /// Sections that were cut short or whose syntax is broken.
    pub malformed_sections: u64,
    /// Sections whose check does not fit.
    pub crc_errors: u64,
    /// Units that were dropped because packets of theirs are missing.
    pub damaged_units: u64,
    /// Units that were dropped because the header of their PES packet breaks the syntax, or their payload that of its frames.
    pub malformed_units: u64,
    /// Units that were dropped because they are longer than the limit.
    pub oversized_units: u64,
    /// Streams and programs that were left out because there are more than the limit.
    pub left_out: u64,
}

impl ReaderStats {
    /// How much was wrong, together: all but the packets that are as they may be, those that were sent twice among them.
    pub fn faults(&self) -> u64 {
        let found = self.garbage_bytes + self.sync_errors + self.resynchronisations;
        let packets = self.transport_errors + self.malformed_packets + self.scrambled_packets + self.continuity_errors;
        let units = self.damaged_units + self.malformed_units + self.oversized_units;
        found + packets + self.malformed_sections + self.crc_errors + units + self.left_out
    }
}
