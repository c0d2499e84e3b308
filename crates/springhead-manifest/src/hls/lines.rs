//! A playlist's text as numbered lines (draft-pantos-hls-rfc8216bis-22 §4.1).

use super::variables::Substitution;
use super::{HlsError, HlsErrorKind, Tag, tag::Scope};

/// The longest playlist that is read: 8 MiB, which holds a day of two-second segments with room to spare.
pub const MAX_PLAYLIST_BYTES: usize = 8 << 20;

/// One line that means something. Blank lines, comments and unknown tags are passed over.
pub(super) enum Line<'a> {
    /// A known tag, and what follows its colon.
    Tag(Tag, &'a str),
    Uri(&'a str),
}

/// Hands every line that means something to `each`, with its number; puts the number on the error that `each` returns.
/// References to variables are replaced where there is a `substitution`. Returns the number of the line after the last.
pub(super) fn read(
    text: &str,
    scope: Scope,
    mut substitution: Option<&mut Substitution<'_>>,
    mut each: impl FnMut(Line<'_>) -> Result<(), HlsErrorKind>,
) -> Result<usize, HlsError> {
    if text.len() > MAX_PLAYLIST_BYTES {
        return Err(HlsErrorKind::TooLong.at(1));
    }
    let mut number = 0;
    // `lines` ends a line at LF or CR LF and leaves a lone CR in it, where it is a control character.
    for line in text.lines() {
        number += 1;
        let mut take = |line: Option<Line<'_>>| match (line, &mut substitution) {
            (None, _) => Ok(()),
            (Some(line), None) => each(line),
            (Some(Line::Tag(tag, value)), Some(substitution)) => each(Line::Tag(tag, &substitution.tag(tag, value)?)),
            (Some(Line::Uri(uri)), Some(substitution)) => each(Line::Uri(&substitution.text(uri)?)),
        };
        let step = classify(line, number, scope).and_then(&mut take);
        step.map_err(|kind| kind.at(number))?;
    }
    if number == 0 {
        return Err(HlsErrorKind::NotM3u.at(1));
    }
    Ok(number + 1)
}

fn classify(line: &str, number: usize, scope: Scope) -> Result<Option<Line<'_>>, HlsErrorKind> {
    if number == 1 {
        return if line == "#EXTM3U" { Ok(None) } else { Err(HlsErrorKind::NotM3u) };
    }
    // §4.4.5.2 separates the ids of RECENTLY-REMOVED-DATERANGES by tabs, the one exception to §4.1.
    let tabs = line.starts_with("#EXT-X-SKIP:");
    if line.chars().any(|c| c.is_control() && !(tabs && c == '\t')) {
        return Err(HlsErrorKind::ControlCharacter);
    }
    let Some(tag) = line.strip_prefix('#') else {
        return Ok((!line.is_empty()).then_some(Line::Uri(line)));
    };
    let (name, value) = tag.split_once(':').unwrap_or((tag, ""));
    match Tag::from_name(name) {
        Some(Tag::M3u) => Err(HlsErrorKind::Duplicate(Tag::M3u)),
        Some(tag) if tag.scope() != Scope::Either && tag.scope() != scope => Err(HlsErrorKind::OtherPlaylist(tag)),
        Some(tag) => Ok(Some(Line::Tag(tag, value))),
        None => Ok(None),
    }
}

/// Puts a tag's value where it may be put once.
pub(super) fn once<T>(slot: &mut Option<T>, tag: Tag, value: T) -> Result<(), HlsErrorKind> {
    if slot.is_some() {
        return Err(HlsErrorKind::Duplicate(tag));
    }
    *slot = Some(value);
    Ok(())
}

/// A tag's value that is a decimal-integer of §4.2.
pub(super) fn integer(tag: Tag, value: &str) -> Result<u64, HlsErrorKind> {
    decimal_integer(value).ok_or(HlsErrorKind::BadValue(tag))
}

/// The digits of a decimal-integer, 0 to 2^64 - 1, without a sign.
pub(super) fn decimal_integer(text: &str) -> Option<u64> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Appends a URI line or free text, without the characters that would end the line.
pub(super) fn push_text(out: &mut String, text: &str) {
    push_without(out, text, char::is_control);
}

/// Appends `text` without the characters that cannot stand there; as a rule there are none.
pub(super) fn push_without(out: &mut String, text: &str, banned: impl Fn(char) -> bool) {
    // Every byte is looked at, which is faster than to ask after each whether to go on.
    if text.bytes().fold(true, |good, byte| good & byte.is_ascii() & !banned(byte.into())) {
        out.push_str(text);
    } else {
        out.extend(text.chars().filter(|c| !banned(*c)));
    }
}
