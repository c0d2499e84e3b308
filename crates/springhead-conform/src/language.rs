//! Language tags.

/// Whether a text has the shape of a language tag: subtags of letters and digits, the first of letters (RFC 5646 §2.1).
pub(crate) fn is_language_tag(tag: &str) -> bool {
    let subtag = |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric());
    let language = tag.split('-').next().unwrap_or_default();
    tag.split('-').all(subtag) && language.bytes().all(|b| b.is_ascii_alphabetic())
}
