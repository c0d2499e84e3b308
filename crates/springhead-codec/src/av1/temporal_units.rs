//! A buffer that holds several temporal units, cut at their temporal delimiters (§7.5).

use bytes::Bytes;

use super::Av1Error;
use super::obu::{self, Framing, ObuType};

/// The temporal units of `payload`, which is in the low-overhead format: each is a slice that begins with a temporal
/// delimiter, but for the first, which may lack it. At most one error comes, as the last item; the units before it are
/// whole, and what remains is lost with it.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::av1::temporal_units;
/// let payload = Bytes::from_static(&[0x12, 0, 0x32, 1, 0x10, 0x12, 0, 0x1a, 1, 0xb0]);
/// let units: Result<Vec<_>, _> = temporal_units(&payload).collect();
/// assert_eq!(units?, [&payload[..5], &payload[5..]]);
/// # Ok::<(), springhead_codec::av1::Av1Error>(())
/// ```
pub fn temporal_units(payload: &Bytes) -> TemporalUnits<'_> {
    TemporalUnits { payload, obus: obu::units(payload, Framing::LowOverhead), from: 0, seen: 0 }
}

/// The iterator of [`temporal_units`].
#[derive(Clone, Debug)]
pub struct TemporalUnits<'a> {
    payload: &'a Bytes,
    obus: obu::Obus<'a>,
    from: usize,
    seen: usize,
}

impl Iterator for TemporalUnits<'_> {
    type Item = Result<Bytes, Av1Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.obus.next() {
                Some(Err(error)) => {
                    self.from = self.payload.len();
                    self.seen = self.from;
                    return Some(Err(error));
                }
                Some(Ok(obu)) => {
                    let before = self.from..self.seen;
                    self.seen = obu.whole.end;
                    if obu.obu_type == ObuType::TemporalDelimiter && !before.is_empty() {
                        self.from = obu.whole.start;
                        return Some(Ok(self.payload.slice(before)));
                    }
                }
                None if self.from < self.seen => {
                    let last = self.from..self.seen;
                    self.from = self.seen;
                    return Some(Ok(self.payload.slice(last)));
                }
                None => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIMITER: &[u8] = &[0x12, 0];
    const FRAME: &[u8] = &[0x32, 1, 0x10];

    #[test]
    fn a_damaged_unit_ends_the_buffer_and_those_before_it_are_whole() {
        let payload = Bytes::from([DELIMITER, FRAME, DELIMITER, &[0x32, 9]].concat());
        let units: Vec<_> = temporal_units(&payload).collect();
        assert_eq!((units.len(), units[0].as_ref().map(|unit| &unit[..])), (2, Ok(&payload[..5])));
        assert!(matches!(units[1], Err(Av1Error::SizeBeyondEnd { offset: 8, .. })));
    }

    #[test]
    fn a_buffer_is_cut_at_every_delimiter_and_only_there() {
        let cut = |parts: &[&[u8]]| -> Vec<usize> {
            let payload = Bytes::from(parts.concat());
            temporal_units(&payload).map(|unit| unit.unwrap().len()).collect()
        };
        assert_eq!(cut(&[]), [0usize; 0]);
        assert_eq!(cut(&[FRAME, FRAME]), [6]);
        assert_eq!(cut(&[FRAME, DELIMITER, FRAME, FRAME, DELIMITER, FRAME]), [3, 8, 5]);
        assert_eq!(cut(&[DELIMITER, DELIMITER, FRAME]), [2, 5], "a delimiter alone is a unit without a picture");
    }
}
