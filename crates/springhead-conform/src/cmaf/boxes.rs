//! Boxes by themselves, for what the models of a track and of a chunk leave out.

use springhead_mux::fmp4::read::{BoxIter, BoxRef};

/// The boxes at the top level.
pub(super) fn top(bytes: &[u8]) -> impl Iterator<Item = BoxRef<'_>> {
    BoxIter::new(bytes).map_while(Result::ok)
}

/// The children of a box without fields of its own.
pub(super) fn children<'a>(parent: &BoxRef<'a>) -> impl Iterator<Item = BoxRef<'a>> + use<'a> {
    BoxIter::within(parent).map_while(Result::ok)
}

pub(super) fn is(one: &BoxRef<'_>, kind: &[u8; 4]) -> bool {
    one.header.kind.0 == *kind
}

/// The first box on the path below `parent`.
pub(super) fn find<'a>(parent: &BoxRef<'a>, path: &[&[u8; 4]]) -> Option<BoxRef<'a>> {
    let Some((kind, rest)) = path.split_first() else { return Some(*parent) };
    children(parent).filter(|child| is(child, kind)).find_map(|child| find(&child, rest))
}

/// The version and the flags of a FullBox.
pub(super) fn version_and_flags(one: &BoxRef<'_>) -> Option<(u8, u32)> {
    let word = field(one, 0)?;
    Some(((word >> 24) as u8, word & 0x00ff_ffff))
}

/// The 32-bit field at that byte of the body.
pub(super) fn field(one: &BoxRef<'_>, at: usize) -> Option<u32> {
    let bytes = one.body.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}
