//! Opus specific box (Encapsulation of Opus in ISO Base Media File Format 0.8.1 §4.3.2), in the sample entry `Opus`.

use super::super::writer::BoxWriter;

/// What the sample entry says whatever went into the encoder: Opus is decoded at 48 kHz.
pub(crate) const SAMPLE_RATE: u16 = 48_000;

/// Whether it is of version 0, with channels, and with the table of them where the mapping family has one.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    match config {
        [0, channels, _, _, _, _, _, _, _, _, family, table @ ..] => match family {
            _ if *channels == 0 => Err("dOps has no channels"),
            0 if table.is_empty() => Ok(()),
            // StreamCount, CoupledCount, and an entry for each channel.
            1.. if table.len() >= 2 + usize::from(*channels) => Ok(()),
            _ => Err("the channel mapping of dOps is not that of its family"),
        },
        _ => Err("there is no content of dOps of version 0"),
    }
}

/// Writes the content as it is.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.boxed(b"dOps", |out| out.bytes(config));
}
