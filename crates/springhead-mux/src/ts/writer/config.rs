//! What of a configuration record goes into the stream: ISO/IEC 14496-15 §5.3.3, §8.3.3 and §11.2.4.

use bytes::Bytes;
use springhead_codec::video::{VideoConfig, VideoError};
use springhead_codec::vvc;
use springhead_core::Codec;

/// The NAL units that a random access point needs before it, in the order in which they refer to each other: parameter
/// sets, and messages that hold throughout.
pub(super) fn sets(codec: Codec, record: &Bytes) -> Result<Vec<Bytes>, VideoError> {
    Ok(match VideoConfig::parse(codec, record)? {
        // A record of H.266 also has what its samples need not repeat; the order is that of H.266 §7.4.2.4.4.
        VideoConfig::Vvc(vvc::DecoderConfig { opi, dci, vps, sps, pps, others, .. }) => {
            opi.into_iter().chain(dci).chain([vps, sps, pps, others].concat()).collect()
        }
        config => config.sets(),
    })
}
