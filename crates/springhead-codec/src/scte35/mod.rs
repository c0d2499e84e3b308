//! Splice information sections, as far as a manifest has to know them: ANSI/SCTE 35 2023.
//!
//! A section announces where programmes are spliced: where a break begins and ends, where a programme, a chapter or an
//! advertisement does. [`SpliceInfoSection`] says when, what and for how long; what only a splicer needs, as the components
//! of a program, the restrictions of its delivery or other descriptors, is passed over. Clocks are of 90 kHz and 33 bits.
//!
//! | item | clause |
//! |---|---|
//! | [`SpliceInfoSection`] | §9.6 |
//! | [`SpliceCommand`], [`SpliceInsert`] | §9.7 |
//! | [`Segmentation`] | §10.3.3 |
//! | [`crc32`] | ISO/IEC 13818-1 Annex A |
//!
//! Not here: decryption (a section whose command is encrypted is known by its times' adjustment and tier alone), schedules,
//! and writing but for the [adjustment](restamped) of times.

mod command;
mod error;
mod section;
mod segmentation;

pub use crate::crc::crc32;
pub use command::{BreakDuration, Insertion, SpliceCommand, SpliceInsert};
pub use error::Scte35Error;
pub use section::{SpliceInfoSection, restamped, section};
pub use segmentation::{Segment, Segmentation, Upid};

/// How many ticks the clock of a section has before it begins anew.
pub const WRAP: u64 = 1 << 33;

use crate::bits::{BitReader, SyntaxError};

/// `uimsbf` of more than 32 bits.
fn long(r: &mut BitReader<'_>, field: &'static str, bits: u32) -> Result<u64, SyntaxError> {
    let high = u64::from(r.bits(field, bits - 32)?);
    Ok(high << 32 | u64::from(r.bits(field, 32)?))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fixtures::bytes;

    /// A section, and what threefive 3.1.5 reads of it (`Cue(hex).decode(); Cue.get()`), its seconds as ticks.
    pub(crate) struct Fixture {
        pub(crate) hex: &'static str,
        expected: fn() -> SpliceInfoSection,
    }

    fn of(command: SpliceCommand) -> SpliceInfoSection {
        SpliceInfoSection { pts_adjustment: 0, tier: 0xfff, command, segmentations: Vec::new() }
    }

    fn insert(event_id: u32, insertion: Option<Insertion>) -> SpliceInfoSection {
        of(SpliceCommand::Insert(SpliceInsert { event_id, insertion }))
    }

    fn insertion(out_of_network: bool, pts_time: Option<u64>) -> Insertion {
        let (unique_program_id, avail_num, avails_expected) = (0x1234, 1, 2);
        Insertion { out_of_network, pts_time, break_duration: None, unique_program_id, avail_num, avails_expected }
    }

    fn airing(event_id: u32, type_id: u8, duration: Option<u64>, airing: u32, number: u8) -> Segmentation {
        let name = [&[0; 4][..], &airing.to_be_bytes()].concat();
        let upid = Upid { kind: 8, name: name.into() };
        Segmentation { event_id, segment: Some(Segment { type_id, duration, upid, number, expected: 0 }) }
    }

    /// The first four are the examples of §14; the others were made by hand for what those lack. Of the two with components
    /// threefive reads the components as what follows them, and what is expected there is by §9.7.3.1 and §10.3.3.
    pub(crate) const FIXTURES: &[Fixture] = &[
        Fixture {
            hex: "fc3034000000000000fffff00506fe72bd0050001e021c435545494800008e7fcf0001a599b00808000000002ca0a18a3402009ac9d17e",
            expected: || SpliceInfoSection {
                segmentations: vec![airing(0x4800_008e, 0x34, Some(307 * 90_000), 0x2ca0_a18a, 2)],
                ..of(SpliceCommand::TimeSignal(Some(1_924_989_008)))
            },
        },
        Fixture {
            hex: "fc302f000000000000fffff014054800008f7feffe7369c02efe0052ccf500000000000a0008435545490000013562dba30a",
            expected: || {
                let break_duration = Some(BreakDuration { auto_return: true, ticks: 5_426_421 });
                let (unique_program_id, avail_num, avails_expected) = (0, 0, 0);
                let out = insertion(true, Some(1_936_310_318));
                insert(
                    0x4800_008f,
                    Some(Insertion { break_duration, unique_program_id, avail_num, avails_expected, ..out }),
                )
            },
        },
        Fixture {
            hex: "fc302f000000000000fffff00506fe746290a000190217435545494800008e7f9f0808000000002ca0a18a350200a9cc6758",
            expected: || SpliceInfoSection {
                segmentations: vec![airing(0x4800_008e, 0x35, None, 0x2ca0_a18a, 2)],
                ..of(SpliceCommand::TimeSignal(Some(1_952_616_608)))
            },
        },
        Fixture {
            hex: "fc3048000000000000fffff00506fe7a4d88b60032021743554549480000187f9f0808000000002ccbc344110000021743554549480000197f9f0808000000002ca4dba01000009972e343",
            expected: || SpliceInfoSection {
                segmentations: vec![
                    airing(0x4800_0018, 0x11, None, 0x2ccb_c344, 0),
                    airing(0x4800_0019, 0x10, None, 0x2ca4_dba0, 0),
                ],
                ..of(SpliceCommand::TimeSignal(Some(2_051_901_622)))
            },
        },
        Fixture {
            hex: "fc302000000002bf2000fff00f05000000077f4ffffffea07012340102000027d56df8",
            expected: || SpliceInfoSection {
                pts_adjustment: 180_000,
                ..insert(7, Some(insertion(false, Some(WRAP - 90_000))))
            },
        },
        Fixture {
            hex: "fc302000000000000000fff00f05000000087fff7e002932e01234010200008fdcc1f3",
            expected: || {
                let break_duration = Some(BreakDuration { auto_return: false, ticks: 2_700_000 });
                insert(8, Some(Insertion { break_duration, ..insertion(true, None) }))
            },
        },
        Fixture { hex: "fc301600000000000000fff0050500000009ff00004c021b9c", expected: || insert(9, None) },
        Fixture {
            hex: "fc302800000000000000fff017050000000a7f8f0201fe0000038402fe00000385123401020000b64da6db",
            expected: || insert(10, Some(insertion(true, Some(900)))),
        },
        Fixture {
            hex: "fc301d00000000000000fff001067f000b0209435545490000000bff9bbc19df",
            expected: || SpliceInfoSection {
                segmentations: vec![Segmentation { event_id: 11, segment: None }],
                ..of(SpliceCommand::TimeSignal(None))
            },
        },
        Fixture {
            hex: "fc303a00000000000000fff00506fe0000000500240222435545490000000c7f7f0103fe0000000702000000050c074e4243556162632201020263f90a",
            expected: || {
                let upid = Upid { kind: 0x0c, name: bytes::Bytes::from_static(b"NBCUabc") };
                let segment = Segment { type_id: 0x22, duration: Some(WRAP + 5), upid, number: 1, expected: 2 };
                SpliceInfoSection {
                    segmentations: vec![Segmentation { event_id: 12, segment: Some(segment) }],
                    ..of(SpliceCommand::TimeSignal(Some(5)))
                }
            },
        },
        Fixture {
            hex: "fc301a00000000000000fff009ff5350524868656c6c6f00007ec373d6",
            expected: || of(SpliceCommand::Private { identifier: u32::from_be_bytes(*b"SPRH") }),
        },
        Fixture { hex: "fc301100000000000000fff0000000007a4fbfff", expected: || of(SpliceCommand::Null) },
        Fixture {
            hex: "fc301100000000000000fff0000700007f44f86a",
            expected: || of(SpliceCommand::BandwidthReservation),
        },
    ];

    #[test]
    fn every_section_is_read_as_another_implementation_reads_it() {
        for Fixture { hex, expected } in FIXTURES {
            assert_eq!(SpliceInfoSection::parse(&bytes(hex)), Ok(expected()), "{hex}");
        }
    }
}
