//! Where access units begin.

use springhead_core::Codec;

use crate::nal::{self, Framing, Role};
use crate::video::AccessUnits;

/// As many bytes of a slice suffice to tell what it is.
const TELLING: usize = 1024;

/// NAL units of a codec, by the first byte: what they are follows from how they begin, and a delimiter is one whatever came.
pub fn access_units(data: &[u8]) {
    let Some((choice, stream)) = data.split_first() else { return };
    let codec = [Codec::Avc, Codec::Hevc, Codec::Vvc][usize::from(choice % 3)];
    let Some(mut whole) = AccessUnits::new(codec) else { return };
    let mut short = whole.clone();
    for range in nal::units(stream, Framing::AnnexB).map_while(Result::ok) {
        let nal = &stream[range];
        let role = whole.push(nal);
        assert!(role.begins || !role.is_delimiter);
        assert!(role.is_slice || !role.second_field);
        assert!(!(role.is_slice && role.is_delimiter));
        let beginning = if role.is_slice { &nal[..nal.len().min(TELLING)] } else { nal };
        assert_eq!(short.push(beginning), role);
        // Some of those that are nothing stand for a loss.
        if role == Role::default() && nal.len() > 2 && nal[2] == 0xff {
            whole.reset();
            short.reset();
        }
    }
}
