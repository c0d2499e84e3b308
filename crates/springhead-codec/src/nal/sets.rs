//! Parameter sets, of which a configuration holds one for each id.

use bytes::Bytes;

use super::emulation;

/// Puts `set` where one of the same id is, or at the end. A set that says the same leaves the one that is there.
pub(crate) fn put<E, I: PartialEq>(
    sets: &mut Vec<Bytes>,
    set: Bytes,
    id: impl Fn(&[u8]) -> Result<I, E>,
) -> Result<(), E> {
    let new = id(&set)?;
    for known in sets.iter_mut() {
        if id(known)? == new {
            if !same_content(known, &set) {
                *known = set;
            }
            return Ok(());
        }
    }
    sets.push(set);
    Ok(())
}

/// Whether two NAL units hold the same payload, disregarding emulation prevention and zeros after the stop bit.
pub(crate) fn same_content(a: &[u8], b: &[u8]) -> bool {
    let payload = |nal| {
        let mut rbsp = emulation::remove(nal).into_owned();
        rbsp.truncate(rbsp.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1));
        rbsp
    };
    a == b || payload(a) == payload(b)
}
