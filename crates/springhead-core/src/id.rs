//! Names and numbers that must not be mixed up.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of one published source, `app/name`, for example `live/cam`.
///
/// Each half is 1 to [`BroadcastKey::MAX_HALF`] bytes of ASCII letters, digits, `-`, `_`, `.`, `@`, `~` or `+`, and is
/// neither `.` nor `..`. So a key is safe as a path segment of a URL and of a file system, and needs no escaping in a log.
///
/// ```
/// use springhead_core::BroadcastKey;
/// let key: BroadcastKey = "live/cam".parse()?;
/// assert_eq!((key.app(), key.name()), ("live", "cam"));
/// assert!("live/../cam".parse::<BroadcastKey>().is_err());
/// # Ok::<(), springhead_core::id::BadKey>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BroadcastKey {
    text: Arc<str>,
    slash: u16,
}

/// Why a text is not a [`BroadcastKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadKey {
    /// There is not exactly one `/` between two names.
    #[error("a broadcast is named app/name, with exactly one slash")]
    Shape,
    /// A half is empty or longer than [`BroadcastKey::MAX_HALF`].
    #[error("application and name are 1 to {} bytes long", BroadcastKey::MAX_HALF)]
    Length,
    /// A byte that a key may not hold, or a half that is `.` or `..`.
    #[error("application and name are made of letters, digits and - _ . @ ~ +")]
    Character,
}

impl BroadcastKey {
    /// The most bytes that the application or the name may have.
    pub const MAX_HALF: usize = 128;

    /// Joins an application and a name.
    pub fn new(app: &str, name: &str) -> Result<Self, BadKey> {
        for half in [app, name] {
            if half.is_empty() || half.len() > Self::MAX_HALF {
                return Err(BadKey::Length);
            }
            let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.@~+".contains(&b);
            if half == "." || half == ".." || !half.bytes().all(fits) {
                return Err(BadKey::Character);
            }
        }
        Ok(Self { text: format!("{app}/{name}").into(), slash: app.len() as u16 })
    }

    /// The application, the part before the slash.
    pub fn app(&self) -> &str {
        &self.text[..usize::from(self.slash)]
    }

    /// The name within the application.
    pub fn name(&self) -> &str {
        &self.text[usize::from(self.slash) + 1..]
    }

    /// The whole key, `app/name`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for BroadcastKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let (app, name) = text.split_once('/').ok_or(BadKey::Shape)?;
        if name.contains('/') {
            return Err(BadKey::Shape);
        }
        Self::new(app, name)
    }
}

impl fmt::Display for BroadcastKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for BroadcastKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident($repr:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
        pub struct $name(pub $repr);

        impl $name {
            /// The number that follows this one.
            ///
            /// # Panics
            /// When the counter is exhausted, which takes longer than any machine lives.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0.checked_add(1).expect("sequence numbers do not run out"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

counter! {
    /// One track of a broadcast. 1-based, as `track_ID` of ISO/IEC 14496-12 §8.3.2 must not be 0; stable for the life of
    /// the broadcast.
    TrackId(u32)
}
counter! {
    /// The version of a [`TrackSet`](crate::TrackSet): +1 whenever a track is added, removed or changes its decoder
    /// configuration.
    Generation(u64)
}
counter! {
    /// One uninterrupted timeline of a broadcast: +1 whenever timestamps start anew (a reconnect, a jump that is no
    /// wrap). Units of different timelines are not comparable in time.
    TimelineId(u64)
}
counter! {
    /// The Media Sequence Number of a segment (draft-pantos-hls-rfc8216bis §4.4.3.2). Never falls for the life of a
    /// broadcast's URL.
    MediaSequence(u64)
}
counter! {
    /// The Discontinuity Sequence Number of a segment (draft-pantos-hls-rfc8216bis §4.4.3.3).
    DiscontinuitySequence(u64)
}
counter! {
    /// The 0-based index of a Partial Segment in its Parent Segment (draft-pantos-hls-rfc8216bis §4.4.4.9).
    PartIndex(u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_could_leave_their_folder_or_need_escaping_are_refused() {
        for (text, why) in [
            ("cam", BadKey::Shape),
            ("a/b/c", BadKey::Shape),
            ("/cam", BadKey::Length),
            ("live/", BadKey::Length),
            ("live/..", BadKey::Character),
            ("./cam", BadKey::Character),
            ("live/ca m", BadKey::Character),
            ("live/c%2e", BadKey::Character),
            ("live/c\0", BadKey::Character),
            ("live/ü", BadKey::Character),
        ] {
            assert_eq!(text.parse::<BroadcastKey>(), Err(why), "{text:?}");
        }
        assert_eq!(BroadcastKey::new("live", &"x".repeat(129)), Err(BadKey::Length));
    }

    #[test]
    fn a_key_gives_back_its_halves() {
        let key: BroadcastKey = "live/cam@1080p.v2".parse().unwrap();
        assert_eq!((key.app(), key.name(), key.as_str()), ("live", "cam@1080p.v2", "live/cam@1080p.v2"));
    }
}
