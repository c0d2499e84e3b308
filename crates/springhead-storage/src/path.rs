//! The name of an object.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use springhead_core::BroadcastKey;

/// The name of an object in a store: one or more segments joined by `/`, for example `live/cam/v1/7.m4s`.
///
/// A path can never contain
/// - an empty segment, so it neither starts nor ends with `/` and holds no `//`;
/// - the segments `.` and `..`, so it stays below whatever it is joined to;
/// - anything but ASCII letters, digits, `-`, `_`, `.`, `@`, `~` and `+`, so it needs no escaping in a URL, a file system
///   or a log, and two different paths are never the same file but for the case of letters;
/// - more than [`ObjectPath::MAX_SEGMENT`] bytes in a segment, or [`ObjectPath::MAX_LEN`] altogether.
///
/// Paths order as their bytes do.
///
/// ```
/// use springhead_storage::ObjectPath;
/// let folder: ObjectPath = "live/cam".parse()?;
/// let segment = folder.join("7.m4s")?;
/// assert_eq!(segment.as_str(), "live/cam/7.m4s");
/// assert!(segment.is_below(&folder) && !folder.is_below(&folder));
/// assert!(folder.join("../other").is_err());
/// # Ok::<(), springhead_storage::BadPath>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectPath(Arc<str>);

/// Why a text is not an [`ObjectPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPath {
    /// Two slashes with nothing between them, or one at an end, or no text at all.
    #[error("a path has no empty segment, at byte {at}")]
    EmptySegment {
        /// Where the empty segment is.
        at: usize,
    },
    /// A segment that is `.` or `..`.
    #[error("a path has no . or .. segment, at byte {at}")]
    DotSegment {
        /// Where the segment begins.
        at: usize,
    },
    /// A byte that a path may not hold.
    #[error("a path is made of letters, digits and - _ . @ ~ +, not so at byte {at}")]
    Character {
        /// Where the byte is.
        at: usize,
    },
    /// A segment or the whole is too long.
    #[error("a segment has at most {} bytes, a path {}", ObjectPath::MAX_SEGMENT, ObjectPath::MAX_LEN)]
    Length,
}

impl ObjectPath {
    /// The most bytes of one segment: what common file systems allow in a name, less room for a temporary suffix.
    pub const MAX_SEGMENT: usize = 240;
    /// The most bytes of a path: what common object stores allow in a key.
    pub const MAX_LEN: usize = 1024;

    /// Checks a text.
    ///
    /// # Errors
    /// The first rule of this type that the text breaks, and where.
    pub fn new(text: &str) -> Result<Self, BadPath> {
        if text.len() > Self::MAX_LEN {
            return Err(BadPath::Length);
        }
        let mut at = 0;
        for segment in text.split('/') {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.@~+".contains(&b);
            if segment.is_empty() {
                return Err(BadPath::EmptySegment { at });
            }
            if segment == "." || segment == ".." {
                return Err(BadPath::DotSegment { at });
            }
            if let Some(bad) = segment.bytes().position(|b| !fits(b)) {
                return Err(BadPath::Character { at: at + bad });
            }
            if segment.len() > Self::MAX_SEGMENT {
                return Err(BadPath::Length);
            }
            at += segment.len() + 1;
        }
        Ok(Self(text.into()))
    }

    /// The path of `rest`, one or more segments, below this one.
    ///
    /// # Errors
    /// When the result is not a path; positions count from the start of the result.
    pub fn join(&self, rest: &str) -> Result<Self, BadPath> {
        Self::new(&format!("{self}/{rest}"))
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments from the first to the last; there is at least one.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// Whether `folder`'s segments are the first ones of this path and more follow. `live/camera` is not below `live/cam`.
    pub fn is_below(&self, folder: &Self) -> bool {
        self.0.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl From<&BroadcastKey> for ObjectPath {
    /// Every broadcast key is a path: its rules are narrower.
    fn from(key: &BroadcastKey) -> Self {
        Self(key.as_str().into())
    }
}

impl FromStr for ObjectPath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        Self::new(text)
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_could_leave_their_folder_or_need_escaping_are_refused_with_the_place() {
        for (text, why) in [
            ("", BadPath::EmptySegment { at: 0 }),
            ("/live", BadPath::EmptySegment { at: 0 }),
            ("live/", BadPath::EmptySegment { at: 5 }),
            ("live//cam", BadPath::EmptySegment { at: 5 }),
            ("..", BadPath::DotSegment { at: 0 }),
            ("live/./cam", BadPath::DotSegment { at: 5 }),
            ("live/../cam", BadPath::DotSegment { at: 5 }),
            ("live/c%2e", BadPath::Character { at: 6 }),
            ("live\\cam", BadPath::Character { at: 4 }),
            ("live/c\0", BadPath::Character { at: 6 }),
            ("live/ü", BadPath::Character { at: 5 }),
        ] {
            assert_eq!(ObjectPath::new(text), Err(why), "{text:?}");
        }
        assert_eq!(ObjectPath::new(&"x".repeat(241)), Err(BadPath::Length));
        assert_eq!(ObjectPath::new(&["x"; 513].join("/")), Err(BadPath::Length));
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_stays_below_its_folder(text in ".{0,40}|[a-z./]{0,12}") {
            let folder = ObjectPath::new("live/cam").unwrap();
            if let Ok(path) = folder.join(&text) {
                prop_assert!(path.is_below(&folder));
                prop_assert!(path.segments().all(|s| !s.is_empty() && s != "." && s != ".."));
                prop_assert_eq!(path.segments().collect::<Vec<_>>().join("/"), path.as_str());
                prop_assert_eq!(path.as_str().parse::<ObjectPath>(), Ok(path.clone()));
            }
        }

        #[test]
        fn every_broadcast_key_is_a_path(app in "[a-z0-9_.@~+-]{1,128}", name in "[A-Z0-9_.@~+-]{1,128}") {
            if let Ok(key) = BroadcastKey::new(&app, &name) {
                prop_assert_eq!(ObjectPath::new(key.as_str()), Ok(ObjectPath::from(&key)));
            }
        }
    }
}
