//! One access unit of pictures, whatever codec they are coded with.

use bytes::Bytes;
use springhead_core::Rope;

/// What kind of stream access point a unit is (ISO/IEC 14496-12 Annex I).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sap {
    /// Everything from here on can be decoded, and nothing that follows in decoding order is shown before it: the start of
    /// a closed group of pictures.
    Type1,
    /// Everything from here on can be decoded, and pictures that follow in decoding order may be shown before it: a closed
    /// group of pictures with leading pictures.
    Type2,
    /// Everything that is shown after it can be decoded. Leading pictures, which follow in decoding order and are shown
    /// before it, may refer to what came earlier: the start of an open group of pictures.
    Type3,
}

/// One access unit of pictures, normalised: in the form of a sample of an ISO base media file, with what can be told of it
/// without decoding. Every codec's `unit` makes one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Unit {
    /// What a sample keeps, in slices of the input.
    pub payload: Rope,
    /// The access point that the unit is, if it is one.
    pub sap: Option<Sap>,
    /// A leading picture that may refer to what came before the access point that it follows. After reading has begun at
    /// that point it cannot be decoded, and is left out.
    pub leading: bool,
    /// Nothing refers to the picture.
    pub disposable: bool,
    /// There is a coded picture at all. Without one there is nothing to make a sample of.
    pub has_picture: bool,
    /// The unit begins a picture. If not, it carries on the one before, as from a source that sends every slice by itself.
    pub new_picture: bool,
    /// What configures a decoder and was found in the unit: parameter sets with their NAL unit headers, and the messages
    /// that are of all pictures, or a sequence header. In the order in which it came; slices of the input.
    pub configuration: Vec<Bytes>,
}
