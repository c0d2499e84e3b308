//! The check of sections, in transport streams and of splices: CRC-32/MPEG-2, the decoder model of ISO/IEC 13818-1 Annex A.

/// `x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1`.
const POLYNOMIAL: u32 = 0x04c1_1db7;

/// The remainder of each byte.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = (byte as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            remainder = (remainder << 1) ^ if remainder >> 31 == 1 { POLYNOMIAL } else { 0 };
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

/// `CRC_32` of `bytes`: most significant bit first, from all ones, not inverted. Of a section with its `CRC_32` it is zero.
///
/// ```
/// use springhead_codec::crc::crc32;
/// assert_eq!(crc32(b"123456789"), 0x0376_e6e7);
/// assert_eq!(crc32(b"123456789\x03\x76\xe6\xe7"), 0);
/// ```
pub fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, &byte| (crc << 8) ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)])
}
