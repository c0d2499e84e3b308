//! MPEG transport streams of one program, written and read: ISO/IEC 13818-1:2023 (ITU-T H.222.0).
//!
//! | item | what it is | clause |
//! |---|---|---|
//! | [`Packet`], [`Pid`], [`Pcr`], [`AdaptationField`] | packets of 188 bytes | §2.4.3.2 to §2.4.3.5 |
//! | [`psi`], [`crc32`] | sections, the association table, the program map | §2.4.4, Annex A |
//! | [`descriptor`], [`stream_type`] | how a program map says what a stream carries | §2.4.4.9, §2.6 |
//! | [`pes`] | packets of elementary streams, with their times | §2.4.3.6, §2.4.3.7 |
//! | [`Writer`], [`segment`] | tracks into a program, or into one segment of it | §2.4, §2.7, §2.14 |
//! | [`Reader`] | a program, of however many and however damaged, into units | §2.4 |
//!
//! | codec | `stream_type` | written | form of what is carried |
//! |---|---|---|---|
//! | H.264, H.265, H.266 | 0x1b, 0x24, 0x33 | yes | byte streams, an access unit delimiter first (§2.14, §2.17, §2.23) |
//! | AAC | 0x0f | up to object type 4 | ADTS; SBR and PS are left to be found in the frames |
//! | MPEG audio | 0x03, 0x04 | yes | frames, each a unit |
//! | AC-3, E-AC-3 | 0x81, 0x87, or 0x06 of DVB | yes | syncframes; those of six blocks, with all substreams, are a unit |
//! | Opus | 0x06, `Opus` | mapping families 0 and 1 | a control header before each packet |
//! | splice information | 0x86, `CUEI` | yes | sections (ANSI/SCTE 35) |
//! | ID3 | 0x15, `ID3 ` | yes | tags (Timed Metadata for HTTP Live Streaming) |
//! | AAC in LATM | 0x11 | no | told of, not taken apart |
//! | AV1 | 0x06, `AV01` | no | the drafts of its carriage disagree |
//!
//! Not here: several programs in one stream on output, service information, scrambling, a constant rate.

pub mod descriptor;
mod error;
mod packet;
pub mod pes;
pub mod psi;
mod reader;
pub mod stream_type;
mod writer;

pub use error::{SyntaxError, WriteError};
pub use packet::{AdaptationField, PACKET_BYTES, Packet, Pcr, Pid, SYNC_BYTE};
pub use reader::{Event, Extent, Program, Reader, ReaderOptions, ReaderStats, StreamInfo, Unit};
pub use springhead_codec::crc::crc32;
pub use stream_type::{Ac3Carriage, Content};
pub use writer::{Writer, WriterOptions, segment};
