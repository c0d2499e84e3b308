//! What a program is given to be written with.

use std::time::Duration;

use springhead_core::Ticks;

use super::super::{Ac3Carriage, Pid};

/// How a program is written. The default is what HTTP Live Streaming and DVB ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriterOptions {
    /// `transport_stream_id`. Default 1.
    pub transport_stream_id: u16,
    /// `program_number`, not 0. Default 1.
    pub program_number: u16,
    /// The PID of the program map. Default 0x1000.
    pub pmt_pid: Pid,
    /// The PID of the first track; the others follow. Default 0x100.
    pub first_pid: Pid,
    /// What is added to every time, in ticks of 90 kHz. Default ten seconds, so that neither a clock reference nor a
    /// composition offset is below zero where a timeline begins.
    pub time_offset: Ticks,
    /// How long before its decode time the first byte of a unit arrives by the program's clock: `PCR` is `DTS` less this.
    /// It is what a decoder with a buffer of its own may wait; players of segments do not. Sound that waits to be grouped
    /// has so much less. Default 500 ms, half of the second that ISO/IEC 13818-1 §2.4.2.7 allows.
    pub decoder_delay: Duration,
    /// The longest between two clock references. Default 40 ms: ETSI TR 101 290 asks for it, ISO/IEC 13818-1 §2.7.2 for
    /// 100 ms. At least 1 ms.
    pub pcr_interval: Duration,
    /// The longest between two program association tables and maps. Default 100 ms. At least 1 ms.
    pub table_interval: Duration,
    /// The longest that frames of sound of one PES packet may last together. Default 100 ms. A PES packet of one frame of
    /// 128 kbit/s fills two transport packets and a tenth of a third; one of four wastes a quarter of that. As the packet
    /// is written when its last frame has come, the first waits as long as this.
    pub audio_span: Duration,
    /// The most of them. Default 6; of AAC at 48 kHz the span allows four.
    pub audio_frames: usize,
    /// How AC-3 and E-AC-3 are announced.
    pub ac3: Ac3Carriage,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            transport_stream_id: 1,
            program_number: 1,
            pmt_pid: Pid::of_bits(0x1000),
            first_pid: Pid::of_bits(0x100),
            time_offset: Ticks(900_000),
            decoder_delay: Duration::from_millis(500),
            pcr_interval: Duration::from_millis(40),
            table_interval: Duration::from_millis(100),
            audio_span: Duration::from_millis(100),
            audio_frames: 6,
            ac3: Ac3Carriage::default(),
        }
    }
}
