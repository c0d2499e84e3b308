use springhead_core::Rope;

use super::{ByteStream, NalHeader, NalType};
use crate::nal::NalError;
use crate::nal::byte_stream::{Delimiter, of_sample};

/// Delimiters by whether the access unit is an intra random access point or a gradual decoding refresh
/// (`aud_irap_or_gdr_flag`), and by `nuh_temporal_id_plus1` less 1, which is that of the access unit (§7.4.2.2).
/// `aud_pic_type` 2 says that any slice type may follow (§7.4.3).
static DELIMITERS: [[[u8; 3]; 7]; 2] = [of_every_sublayer(0x28), of_every_sublayer(0xa8)];

const fn of_every_sublayer(payload: u8) -> [[u8; 3]; 7] {
    let mut delimiters = [[0x00, 0xa1, payload]; 7];
    let mut sublayer = 0;
    while sublayer < delimiters.len() {
        delimiters[sublayer][1] += sublayer as u8;
        sublayer += 1;
    }
    delimiters
}

/// The byte stream (Annex B) of a sample with lengths of four bytes, as [`unit`](super::unit()) gives it.
///
/// The NAL units are slices of the sample; only start codes are new. A delimiter says of which sublayer the first picture is,
/// and whether it is a random access point or a gradual decoding refresh, as it has to. Fails when the sample does not fall into NAL units, which a
/// normalised one always does.
///
/// ```
/// use springhead_codec::vvc::{ByteStream, to_annexb};
/// use springhead_core::Rope;
/// let sample = Rope::from(bytes::Bytes::from_static(b"\0\0\0\x03\0\x39\xc4"));
/// let stream = to_annexb(&sample, ByteStream { delimiter: true, ..ByteStream::default() })?;
/// assert_eq!(stream.to_bytes(), &b"\0\0\0\x01\0\xa1\xa8\0\0\0\x01\0\x39\xc4"[..]);
/// # Ok::<(), springhead_codec::nal::NalError>(())
/// ```
pub fn to_annexb(sample: &Rope, options: ByteStream<'_>) -> Result<Rope, NalError> {
    let nal = delimiter(if options.delimiter { first_slice(sample) } else { None });
    of_sample(sample, options, &Delimiter { nal, is: is_delimiter })
}

/// The access unit delimiter of the picture whose first slice has that header: it says of which sublayer the picture is, and
/// whether it is a random access point or a gradual decoding refresh (§7.4.2.2, §7.4.3). Any slices may follow it.
///
/// ```
/// use springhead_codec::vvc::{NalHeader, delimiter};
/// // A trailing picture of the second sublayer.
/// assert_eq!(delimiter(NalHeader::of(&[0x00, 0x02])), &[0x00, 0xa2, 0x28]);
/// ```
pub fn delimiter(first_slice: Option<NalHeader>) -> &'static [u8] {
    let access_point = first_slice.is_some_and(|slice| slice.nal_type.is_irap_or_gdr());
    let sublayer = first_slice.map_or(0, |slice| slice.temporal_id_plus1.saturating_sub(1));
    &DELIMITERS[usize::from(access_point)][usize::from(sublayer.min(6))]
}

fn is_delimiter(header: [u8; 2]) -> bool {
    NalHeader::of(&header).is_some_and(|header| header.nal_type == NalType::AccessUnitDelimiter)
}

/// The header of the first slice, before which only short NAL units stand.
fn first_slice(sample: &Rope) -> Option<NalHeader> {
    let mut bytes = sample.slices().iter().flat_map(|slice| slice.iter().copied());
    loop {
        let mut length = 0usize;
        for _ in 0..4 {
            length = length << 8 | usize::from(bytes.next()?);
        }
        let mut header = [0; NalHeader::LEN];
        for (at, byte) in header.iter_mut().enumerate() {
            if at < length {
                *byte = bytes.next()?;
            }
        }
        if let Some(header) =
            NalHeader::of(&header).filter(|header| length >= NalHeader::LEN && header.nal_type.is_vcl())
        {
            return Some(header);
        }
        if let Some(rest) = length.checked_sub(NalHeader::LEN + 1) {
            bytes.nth(rest)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const DELIMITED: ByteStream<'_> = ByteStream { delimiter: true, parameter_sets: &[] };

    fn stream(slices: &[&'static [u8]]) -> Result<Vec<u8>, NalError> {
        let sample = slices.iter().map(|slice| Bytes::from_static(slice)).collect();
        to_annexb(&sample, DELIMITED).map(|stream| stream.to_bytes().to_vec())
    }

    #[test]
    fn a_sample_that_does_not_fall_into_nal_units_is_refused() {
        let beyond = NalError::LengthBeyondEnd { offset: 0, length: u32::MAX, available: 2 };
        assert_eq!(stream(&[&[0xff, 0xff, 0xff, 0xff, 0, 0xb9]]), Err(beyond));
        let truncated = NalError::LengthTruncated { offset: 0, available: 3, length_size: 4 };
        assert_eq!(stream(&[&[0, 0, 0]]), Err(truncated));
    }

    #[test]
    fn the_delimiter_says_what_the_first_slice_is_wherever_the_sample_is_cut() {
        // A message, an empty unit, one of one byte, an old delimiter, a CRA slice.
        let sample: &[&[u8]] =
            &[&[0, 0, 0, 4, 0, 0xb9, 1], &[2, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 3, 0, 0xa1], &[0x28]];
        let slice: &[&[u8]] = &[&[0, 0, 0], &[3, 0], &[0x49, 0xc0]];
        let expected =
            [&[0, 0, 0, 1, 0, 0xa1, 0xa8, 0, 0, 0, 1, 0, 0xb9, 1, 2, 0, 0, 0, 1, 9][..], &[0, 0, 0, 1, 0, 0x49, 0xc0]];
        assert_eq!(stream(&[sample, slice].concat()).unwrap(), expected.concat());
        assert_eq!(stream(&[&[0, 0, 0, 3, 0, 0x01, 0x80]]).unwrap()[..7], [0, 0, 0, 1, 0, 0xa1, 0x28]);
        assert_eq!(stream(&[&[0, 0, 0, 3, 0, 0x07, 0x80]]).unwrap()[..7], [0, 0, 0, 1, 0, 0xa7, 0x28]);
        assert_eq!(stream(&[&[0, 0, 0, 3, 0, 0x00, 0x80]]).unwrap()[..7], [0, 0, 0, 1, 0, 0xa1, 0x28], "forbidden");
    }
}
