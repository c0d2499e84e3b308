//! Where a publisher wants to go, and who it says it is.
//!
//! Encoders split an address in their own ways. `rtmp://host/live` with the key `cam` arrives as application `live` and
//! name `cam`; `rtmp://host/live/cam` with an empty key as application `live/cam` and an empty name. Both are the
//! broadcast `live/cam`. A query may hang on the application, on the name, or only on `tcUrl`.

use springhead_core::BroadcastKey;
use springhead_core::id::BadKey;

/// The most pairs that a query may have; what follows is left out.
pub const MAX_PAIRS: usize = 32;

/// A publisher's destination and credentials.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Application and name, joined with single slashes.
    pub path: String,
    /// `user` of the query.
    pub user: Option<String>,
    /// `pass` or `password` of the query.
    pub password: Option<String>,
    /// `token` or `jwt` of the query.
    pub token: Option<String>,
    /// All pairs of the query, decoded, in order: the application's first, then the name's.
    pub query: Vec<(String, String)>,
}

impl Address {
    /// Puts an address together from `app` and `tcUrl` of connect (Adobe RTMP 1.0 §7.2.1.1) and the name of publish
    /// (§7.2.2.6).
    ///
    /// ```
    /// use springhead_rtmp::address::Address;
    /// let address = Address::new("live", "rtmp://host/live", "cam?user=ann&pass=b%20c");
    /// assert_eq!(address.broadcast()?.as_str(), "live/cam");
    /// assert_eq!((address.user.as_deref(), address.password.as_deref()), (Some("ann"), Some("b c")));
    /// assert_eq!(Address::new("live/cam", "", "").broadcast()?.as_str(), "live/cam");
    /// # Ok::<(), springhead_core::id::BadKey>(())
    /// ```
    pub fn new(app: &str, tc_url: &str, name: &str) -> Self {
        let (app, app_query) = split_query(app);
        let (name, name_query) = split_query(name);
        let app_query = if app_query.is_empty() { split_query(tc_url).1 } else { app_query };
        let halves = app.split('/').chain(name.split('/')).filter(|half| !half.is_empty());
        let path = halves.collect::<Vec<_>>().join("/");
        let pairs = app_query.split('&').chain(name_query.split('&')).filter(|pair| !pair.is_empty());
        let mut address = Self { path, ..Self::default() };
        for pair in pairs.take(MAX_PAIRS) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (percent_decoded(key), percent_decoded(value));
            let known = match key.as_str() {
                "user" => Some(&mut address.user),
                "pass" | "password" => Some(&mut address.password),
                "token" | "jwt" => Some(&mut address.token),
                _ => None,
            };
            if let Some(known) = known {
                *known = Some(value.clone());
            }
            address.query.push((key, value));
        }
        address
    }

    /// The broadcast that is meant.
    pub fn broadcast(&self) -> Result<BroadcastKey, BadKey> {
        self.path.parse()
    }
}

/// Prints the path and the names in the query; values may be secret.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Address").field("path", &self.path).field("query", &names).finish_non_exhaustive()
    }
}

/// The text before the first `?`, and what follows it.
pub(crate) fn split_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

/// Percent-encoding undone (RFC 3986 §2.1). `+` stays: keys and tokens contain it, and no encoder means a space by it.
fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        bytes = rest;
        match (first, rest) {
            (b'%', [high, low, rest @ ..]) if let (Some(high), Some(low)) = (hex(*high), hex(*low)) => {
                out.push((high * 16 + low) as u8);
                bytes = rest;
            }
            _ => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_an_application_and_a_name_names_no_broadcast() {
        for (app, name) in [("live", ""), ("", "cam"), ("a/b", "c"), ("live", "../x"), ("live", "ca m"), ("", "")] {
            assert!(Address::new(app, "", name).broadcast().is_err(), "{app:?} {name:?}");
        }
    }

    #[test]
    fn every_way_of_splitting_the_address_names_the_same_broadcast() {
        for (app, name) in [
            ("live", "cam"),
            ("live/cam", ""),
            ("live/", "cam"),
            ("", "live/cam"),
            ("live/cam/", "/"),
            ("/live", "cam"),
        ] {
            assert_eq!(Address::new(app, "", name).broadcast().unwrap().as_str(), "live/cam", "{app:?} {name:?}");
        }
    }

    #[test]
    fn credentials_are_found_wherever_the_query_hangs_and_the_name_wins() {
        let token = |app, url, name| Address::new(app, url, name).token;
        assert_eq!(token("live?token=a", "rtmp://h/live?token=z", "cam").as_deref(), Some("a"));
        assert_eq!(token("live", "rtmp://h/live?token=b", "cam").as_deref(), Some("b"));
        assert_eq!(token("live?token=a", "", "cam?token=c").as_deref(), Some("c"));
        assert_eq!(token("live", "rtmp://h/live", "cam"), None);
    }

    #[test]
    fn broken_escapes_stay_as_they_are_and_plus_is_no_space() {
        for (text, decoded) in [("a%2Fb", "a/b"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a+b", "a+b")] {
            assert_eq!(percent_decoded(text), decoded);
        }
    }

    #[test]
    fn a_query_without_end_is_cut() {
        assert_eq!(Address::new("live", "", &format!("cam?{}", "a=b&".repeat(1000))).query.len(), MAX_PAIRS);
    }

    #[test]
    fn secrets_are_not_printed() {
        let text = format!("{:?}", Address::new("live", "", "cam?pass=hunter2"));
        assert!(text.contains("live/cam") && text.contains("pass") && !text.contains("hunter2"), "{text}");
    }
}
