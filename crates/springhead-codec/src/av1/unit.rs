//! Temporal units in the form of the family: a sample of `av01` (Binding §2.4).

use bytes::{Bytes, BytesMut};
use springhead_core::{Limits, Rope};

use super::obu::{self, Framing, Obu, ObuType};
use super::{Av1Error, FrameHeader, SequenceHeader, leb128, metadata};
use crate::{Sap, Unit};

/// What is known of a temporal unit from elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UnitOptions<'a> {
    /// How its OBUs are told apart.
    pub framing: Framing,
    /// The sequence header in force, for units that bring none: without it, what a frame refreshes cannot be read, and no
    /// unit counts as disposable.
    pub sequence: Option<&'a SequenceHeader>,
}

/// Normalises one temporal unit of the low-overhead format, of which nothing else is known: [`unit_with`] without options.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::{Sap, av1};
/// use springhead_core::Limits;
///
/// let stream = Bytes::from_static(b"\x12\0\x0a\x0a\0\0\0\x02\xaf\xff\x9b\x5f\x20\x08\x30\x10\0");
/// let unit = av1::unit(&stream, &Limits::default())?;
/// assert_eq!(unit.payload.to_bytes(), &b"\x0a\x0a\0\0\0\x02\xaf\xff\x9b\x5f\x20\x08\x32\x02\x10\0"[..]);
/// assert_eq!((unit.sap, unit.configuration.len()), (Some(Sap::Type1), 1));
/// # Ok::<(), av1::Av1Error>(())
/// ```
pub fn unit(payload: &Bytes, limits: &Limits) -> Result<Unit, Av1Error> {
    unit_with(payload, UnitOptions::default(), limits)
}

/// Normalises one temporal unit (§7.5).
///
/// The payload has the OBUs that a sample of `av01` keeps, each with its size: no temporal delimiter, padding, redundant
/// frame header or tile list. Sequence headers and metadata stay, because a sync sample has to have its sequence header
/// and players change over from it; every layer stays, so that the first operating point is whole.
///
/// A unit is an access point of type 1 when its first frame is a key frame that is shown, and a sequence header comes
/// before it; then everything that follows can be decoded. All else is no access point. A key frame that is not shown and
/// is put on display later by `show_existing_frame` is none where it is coded, as what is shown until then may refer to
/// what came before, and none where it is shown, as it is coded elsewhere. An intra-only frame leaves earlier frames in
/// use, and a switch frame refers to them.
///
/// A unit is disposable when none of its frames is kept for later ones to refer to (`refresh_frame_flags` 0). A unit whose
/// first frame is there in tile groups only carries on the one before.
///
/// `configuration` has the sequence headers and the metadata OBUs of high dynamic range, each whole.
///
/// No payload byte is copied. What is taken out leaves runs of the input as slices; an OBU that lacks its size gets header
/// and size anew in a small allocation of its own.
///
/// On an error the temporal unit is damaged as a whole and is dropped: nothing of it was used.
pub fn unit_with(payload: &Bytes, options: UnitOptions<'_>, limits: &Limits) -> Result<Unit, Av1Error> {
    if payload.len() > limits.unit_bytes {
        return Err(Av1Error::TooLong { bytes: payload.len(), limit: limits.unit_bytes });
    }
    let mut unit = Unit::default();
    let mut kept = Kept { payload, rope: Rope::new(), run: 0..0 };
    let mut frames = Frames { given: options.sequence, ..Frames::default() };
    for (index, obu) in obu::units(payload, options.framing).enumerate() {
        let obu = obu?;
        if index >= limits.nal_units {
            return Err(Av1Error::TooMany { limit: limits.nal_units });
        }
        let content = &payload[obu.payload.clone()];
        match obu.obu_type {
            ObuType::TemporalDelimiter | ObuType::Padding | ObuType::RedundantFrameHeader | ObuType::TileList => {
                continue;
            }
            ObuType::SequenceHeader => {
                frames.found = Some(SequenceHeader::from_payload(content)?);
                unit.configuration.push(payload.slice(obu.whole.clone()));
            }
            ObuType::Metadata if metadata::static_type(content).is_some() => {
                unit.configuration.push(payload.slice(obu.whole.clone()));
            }
            ObuType::Frame | ObuType::FrameHeader => frames.see(content, &obu)?,
            ObuType::TileGroup => frames.has_picture = true,
            ObuType::Metadata | ObuType::Reserved(_) => {}
        }
        kept.push(&obu);
    }
    unit.payload = kept.into_rope();
    unit.has_picture = frames.has_picture;
    unit.new_picture = frames.begins;
    unit.sap = frames.random_access.then_some(Sap::Type1);
    unit.disposable = frames.begins && !frames.referred_to;
    Ok(unit)
}

/// What the frame headers of a temporal unit say.
#[derive(Default)]
struct Frames<'a> {
    /// The sequence header that was in force before.
    given: Option<&'a SequenceHeader>,
    /// That of the unit itself.
    found: Option<SequenceHeader>,
    has_picture: bool,
    begins: bool,
    random_access: bool,
    referred_to: bool,
}

impl Frames<'_> {
    fn see(&mut self, content: &[u8], obu: &Obu) -> Result<(), Av1Error> {
        let sequence = self.found.as_ref().or(self.given);
        let header = FrameHeader::parse(content, sequence, obu.temporal_id, obu.spatial_id)?;
        if !self.has_picture {
            self.begins = true;
            self.random_access = header.is_shown_key_frame() && self.found.is_some();
        }
        self.has_picture = true;
        self.referred_to |= header.refresh_frame_flags != Some(0);
        Ok(())
    }
}

/// The OBUs that are kept: runs of the input, the last of which may still grow.
struct Kept<'a> {
    payload: &'a Bytes,
    rope: Rope,
    run: std::ops::Range<usize>,
}

impl Kept<'_> {
    fn push(&mut self, obu: &Obu) {
        if !obu.has_size {
            self.flush(obu.payload.clone());
            self.rope.push(sized_header(self.payload, obu));
        } else if self.run.end == obu.whole.start {
            self.run.end = obu.whole.end;
        } else {
            self.flush(obu.whole.clone());
        }
    }

    /// Puts the run away and begins another.
    fn flush(&mut self, next: std::ops::Range<usize>) {
        let run = std::mem::replace(&mut self.run, next);
        self.rope.push(self.payload.slice(run));
    }

    fn into_rope(mut self) -> Rope {
        self.flush(0..0);
        self.rope
    }
}

/// Header and size of an OBU that lacks its size.
fn sized_header(input: &[u8], obu: &Obu) -> Bytes {
    const HAS_SIZE: u8 = 1 << 1;
    let start = obu.whole.start;
    let mut header = input[start..start + obu.header_len(input)].to_vec();
    header[0] |= HAS_SIZE;
    let size = u32::try_from(obu.payload.len()).expect("the limit on a temporal unit is far below 4 GiB");
    leb128::write(&mut header, size);
    header.into()
}

/// A whole OBU that says its own size: itself if it does.
pub(super) fn with_size(obu: &Bytes) -> Result<Option<(Obu, Bytes)>, Av1Error> {
    let Some(found) = obu::units(obu, Framing::LowOverhead).next().transpose()? else { return Ok(None) };
    if found.has_size {
        let whole = obu.slice(found.whole.clone());
        return Ok(Some((found, whole)));
    }
    let mut sized = BytesMut::from(&sized_header(obu, &found)[..]);
    sized.extend_from_slice(&obu[found.payload.clone()]);
    let sized = sized.freeze();
    let found = obu::units(&sized, Framing::LowOverhead).next().transpose()?;
    Ok(found.map(|found| (found, sized)))
}

#[cfg(test)]
mod tests;
