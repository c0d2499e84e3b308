//! Delivery directives, rfc8216bis §6.2.5, and the rest of the query.

use std::time::Duration;

use springhead_core::WallTime;
use springhead_manifest::parse_date_time;
use springhead_packager::{HlsFormat, Shift};

/// What a query asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `_HLS_msn`
    pub msn: Option<u64>,
    /// `_HLS_part`
    pub part: Option<u64>,
    /// `_HLS_skip`
    pub skip: Option<Skip>,
    /// `start`, `end` and `delay`: what part of the broadcast is asked for. Times are seconds since 1970 or as in
    /// `2026-11-21T10:00:00Z`, the delay is in seconds.
    pub shift: Shift,
    /// `format`, `cmaf` or `ts`: which multivariant playlist is asked for.
    pub format: Option<HlsFormat>,
    /// `from`: the publish time, in milliseconds since 1970, of the MPD that a patch is asked for.
    pub from: Option<i64>,
    /// The query without any of these, as it came: a viewer's token, which the URIs of a manifest carry on.
    pub rest: String,
    /// The same with what asks for a part of the broadcast, which the URIs of other manifests carry on.
    pub of_manifests: String,
}

/// `_HLS_skip`: `YES`, or `v2` where date ranges may be skipped as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// Segments.
    Yes,
    /// Segments and date ranges.
    V2,
}

/// A query that no playlist could answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDirective {
    /// A directive's value is not of its kind.
    #[error("{0} takes {1}")]
    Value(&'static str, &'static str),
    /// A directive is there twice.
    #[error("{0} is there twice")]
    Twice(&'static str),
    /// `_HLS_part` without `_HLS_msn`.
    #[error("_HLS_part needs _HLS_msn")]
    PartAlone,
    /// The query holds what would not survive in a playlist.
    #[error("the query holds a character that a URI does not")]
    Character,
}

/// The longest delay that is understood: a week, as the longest window.
const LONGEST_DELAY: u64 = 7 * 86_400;
/// The longest query that is carried on to the URIs of a playlist.
const MOST_CARRIED: usize = 2048;

impl Directives {
    /// Parses the part of a URI after `?`.
    ///
    /// ```
    /// use springhead_origin::respond::Directives;
    /// let asked = Directives::parse("_HLS_msn=7&token=x&_HLS_part=2&_HLS_new=1")?;
    /// assert_eq!((asked.msn, asked.part, asked.rest.as_str()), (Some(7), Some(2), "token=x"));
    /// assert!(Directives::parse("_HLS_part=2").is_err());
    /// # Ok::<(), springhead_origin::respond::BadDirective>(())
    /// ```
    pub fn parse(query: &str) -> Result<Self, BadDirective> {
        let mut out = Self::default();
        let (mut rest, mut of_manifests) = (Vec::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "_HLS_msn" => number(&mut out.msn, "_HLS_msn", value)?,
                "_HLS_part" => number(&mut out.part, "_HLS_part", value)?,
                "_HLS_skip" => {
                    let skip = match value {
                        "YES" => Skip::Yes,
                        "v2" => Skip::V2,
                        _ => return Err(BadDirective::Value("_HLS_skip", "YES or v2")),
                    };
                    if out.skip.replace(skip).is_some() {
                        return Err(BadDirective::Twice("_HLS_skip"));
                    }
                }
                _ if name.starts_with("_HLS_") => {}
                "start" => once(&mut out.shift.start, "start", instant("start", value)?)?,
                "end" => once(&mut out.shift.end, "end", instant("end", value)?)?,
                "delay" => {
                    let mut delay = None;
                    number(&mut delay, "delay", value)?;
                    if !out.shift.delay.is_zero() {
                        return Err(BadDirective::Twice("delay"));
                    }
                    out.shift.delay = Duration::from_secs(delay.unwrap_or(0).min(LONGEST_DELAY));
                }
                "format" => {
                    let format = match value {
                        "cmaf" => HlsFormat::Cmaf,
                        "ts" => HlsFormat::TransportStream,
                        _ => return Err(BadDirective::Value("format", "cmaf or ts")),
                    };
                    once(&mut out.format, "format", format)?;
                }
                "from" => {
                    let mut from = None;
                    number(&mut from, "from", value)?;
                    let from = from.and_then(|from| i64::try_from(from).ok());
                    once(&mut out.from, "from", from.ok_or(BadDirective::Value("from", "a publish time"))?)?;
                }
                _ => rest.push(pair),
            }
            if !name.starts_with("_HLS_") && !["from", "format"].contains(&name) {
                of_manifests.push(pair);
            }
        }
        if out.part.is_some() && out.msn.is_none() {
            return Err(BadDirective::PartAlone);
        }
        out.rest = rest.join("&");
        out.of_manifests = of_manifests.join("&");
        let carried = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
        if out.of_manifests.len() > MOST_CARRIED || !out.of_manifests.bytes().all(carried) {
            return Err(BadDirective::Character);
        }
        Ok(out)
    }
}

/// Seconds since 1970, or a date and time.
fn instant(name: &'static str, value: &str) -> Result<WallTime, BadDirective> {
    let seconds = value.parse().ok().filter(|_| value.bytes().all(|b| b.is_ascii_digit()));
    let at = seconds.and_then(|seconds: i64| seconds.checked_mul(1_000_000_000)).map(WallTime);
    // A colon may be escaped in a query, and a zone's plus sign has to be.
    let text = value.replace("%3A", ":").replace("%3a", ":").replace("%2B", "+").replace("%2b", "+");
    at.or_else(|| parse_date_time(&text)).ok_or(BadDirective::Value(name, "seconds since 1970, or a date and time"))
}

fn once<T>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), BadDirective> {
    if slot.replace(value).is_some() {
        return Err(BadDirective::Twice(name));
    }
    Ok(())
}

fn number(slot: &mut Option<u64>, name: &'static str, value: &str) -> Result<(), BadDirective> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let value = value.parse().ok().filter(|_| digits);
    let value = value.ok_or(BadDirective::Value(name, "a whole number of at most 64 bits"))?;
    if slot.replace(value).is_some() {
        return Err(BadDirective::Twice(name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_that_are_no_numbers_and_directives_given_twice_are_refused() {
        for query in [
            "_HLS_msn=",
            "_HLS_msn=-1",
            "_HLS_msn=+1",
            "_HLS_msn=1e3",
            "_HLS_msn=18446744073709551616",
            "_HLS_msn=1&_HLS_msn=2",
            "_HLS_msn=1&_HLS_part=1&_HLS_part=1",
            "_HLS_skip=no",
            "_HLS_part=0",
            "token=a\"b",
            "start=yesterday",
            "start=1e9",
            "end=2026-02-30T00:00:00Z",
            "start=1&start=1",
            "delay=-1",
            "delay=5&delay=5",
            "from=x",
            "format=TS",
            "format=ts&format=ts",
            "from=18446744073709551615",
        ] {
            assert!(Directives::parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn unknown_directives_are_dropped_and_a_token_is_kept() {
        let asked = Directives::parse("token=a%20b&_HLS_report=/x&_HLS_skip=v2&x").unwrap();
        let rest = || "token=a%20b&x".to_owned();
        let expected = Directives { skip: Some(Skip::V2), rest: rest(), of_manifests: rest(), ..Directives::default() };
        assert_eq!(asked, expected);
    }

    #[test]
    fn a_stretch_of_time_is_carried_on_to_manifests_and_not_to_media() {
        let asked = Directives::parse("start=1795256001&t=x&end=2026-11-21T10%3A00:00%2B01:00&delay=30").unwrap();
        let at = |seconds: i64| Some(WallTime(seconds * 1_000_000_000));
        assert_eq!(asked.shift.start, at(1_795_256_001));
        assert_eq!(asked.shift.end, at(1_795_251_600));
        assert_eq!((asked.shift.delay, asked.rest.as_str()), (Duration::from_secs(30), "t=x"));
        assert!(asked.of_manifests.starts_with("start=1795256001&t=x&end="));
    }

    proptest! {
        #[test]
        fn no_query_panics(query in "(_HLS_(msn|part|skip)=[0-9a-zA-Z]{0,25}|.{0,20})(&_HLS_msn=[0-9]{0,22}|&.{0,9}){0,5}") {
            let _ = Directives::parse(&query);
        }
    }
}
