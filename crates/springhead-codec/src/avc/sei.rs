//! Supplemental enhancement information: ITU-T H.264 §7.3.2.3, Annex D.

use super::{AvcError, NalType, expect};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::emulation;

/// `payloadType` of the recovery point message (Annex D.1.1).
pub const RECOVERY_POINT: u32 = 6;

/// `recovery_point()` of Annex D.1.8: pictures are right in output order from a certain frame on, though this is no IDR
/// picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecoveryPoint {
    /// `recovery_frame_cnt`: after so many frame numbers the output is right.
    pub frame_count: u32,
    /// `exact_match_flag`: right to the last bit.
    pub exact_match: bool,
    /// `broken_link_flag`: leading pictures refer to pictures that are not those of this stream.
    pub broken_link: bool,
}

/// One SEI message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    /// `payloadType`.
    pub payload_type: u32,
    /// `sei_payload()`, with emulation prevention removed.
    pub payload: &'a [u8],
}

/// The messages of `sei_rbsp()`, which is the payload of a NAL unit of type 6 with emulation prevention removed. At most
/// one error comes, as the last item, when a message is longer than what is left.
pub fn messages(rbsp: &[u8]) -> Messages<'_> {
    Messages { reader: BitReader::new("sei_rbsp", rbsp), rbsp }
}

/// The iterator of [`messages`].
#[derive(Debug)]
pub struct Messages<'a> {
    reader: BitReader<'a>,
    rbsp: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Numbers above 254 are coded as a run of 255 and a rest.
    fn number(&mut self, field: &'static str) -> Result<u32, SyntaxError> {
        let mut sum = 0u32;
        loop {
            let byte = self.reader.bits(field, 8)?;
            sum = sum.checked_add(byte).ok_or_else(|| self.reader.out_of_range(field, u32::MAX))?;
            if byte != 255 {
                return Ok(sum);
            }
        }
    }

    fn message(&mut self) -> Result<Message<'a>, SyntaxError> {
        let payload_type = self.number("payloadType")?;
        let size = self.number("payloadSize")? as usize;
        let start = self.reader.position() / 8;
        self.reader.skip("sei_payload", size.saturating_mul(8))?;
        Ok(Message { payload_type, payload: &self.rbsp[start..start + size] })
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.reader.more_rbsp_data() {
            return None;
        }
        let message = self.message();
        if message.is_err() {
            self.rbsp = &[];
            self.reader = BitReader::new("sei_rbsp", &[]);
        }
        Some(message)
    }
}

impl RecoveryPoint {
    /// The first recovery point in a NAL unit of type 6, header included; none when there is none.
    ///
    /// ```
    /// use springhead_codec::avc::sei::RecoveryPoint;
    /// let point = RecoveryPoint::find(&[0x06, 0x06, 0x01, 0xc4, 0x80])?;
    /// assert_eq!(point, Some(RecoveryPoint { frame_count: 0, exact_match: true, broken_link: false }));
    /// # Ok::<(), springhead_codec::avc::AvcError>(())
    /// ```
    pub fn find(nal: &[u8]) -> Result<Option<Self>, AvcError> {
        let payload = expect(nal, NalType::Sei, "supplemental enhancement information")?;
        for message in messages(&emulation::remove(payload)) {
            let message = message?;
            if message.payload_type == RECOVERY_POINT {
                return Ok(Some(Self::read(message.payload)?));
            }
        }
        Ok(None)
    }

    fn read(payload: &[u8]) -> Result<Self, SyntaxError> {
        let mut r = BitReader::new("recovery_point", payload);
        let frame_count = r.ue("recovery_frame_cnt", 65_535)?;
        let exact_match = r.flag("exact_match_flag")?;
        let broken_link = r.flag("broken_link_flag")?;
        r.bits("changing_slice_group_idc", 2)?;
        Ok(Self { frame_count, exact_match, broken_link })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Fault;

    #[test]
    fn a_message_longer_than_what_is_left_is_the_last_item() {
        let mut found = messages(&[5, 1, 0xaa, 6, 9, 0xc4, 0x80]);
        assert_eq!(found.next(), Some(Ok(Message { payload_type: 5, payload: &[0xaa] })));
        assert!(matches!(found.next(), Some(Err(error)) if error.fault == Fault::Truncated));
        assert_eq!(found.next(), None);
        assert_eq!(messages(&[0xff; 300]).count(), 1);
    }

    #[test]
    fn numbers_above_254_run_over_several_bytes() {
        let mut rbsp = vec![0xff, 0x03, 0xff, 0x01];
        rbsp.extend([7; 256]);
        rbsp.push(0x80);
        let found: Vec<_> = messages(&rbsp).map(Result::unwrap).collect();
        assert_eq!(found, [Message { payload_type: 258, payload: &[7; 256] }]);
    }

    #[test]
    fn a_recovery_point_is_found_behind_other_messages() {
        let nal = [0x06, 5, 2, 1, 2, 6, 1, 0x64, 0x80];
        let point = RecoveryPoint { frame_count: 2, exact_match: false, broken_link: false };
        assert_eq!(RecoveryPoint::find(&nal), Ok(Some(point)));
        assert_eq!(RecoveryPoint::find(&[0x06, 5, 2, 1, 2, 0x80]), Ok(None));
    }
}
