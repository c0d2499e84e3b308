//! Delivery directives, rfc8216bis §6.2.5, and the rest of the query.

/// What a query asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `_HLS_msn`
    pub msn: Option<u64>,
    /// `_HLS_part`
    pub part: Option<u64>,
    /// `_HLS_skip`
    pub skip: Option<Skip>,
    /// The query without any `_HLS_` directive, as it came: a viewer's token, which the URIs of a playlist carry on.
    pub rest: String,
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
        let mut rest = Vec::new();
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
                _ => rest.push(pair),
            }
        }
        if out.part.is_some() && out.msn.is_none() {
            return Err(BadDirective::PartAlone);
        }
        out.rest = rest.join("&");
        let carried = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
        if out.rest.len() > MOST_CARRIED || !out.rest.bytes().all(carried) {
            return Err(BadDirective::Character);
        }
        Ok(out)
    }
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
        ] {
            assert!(Directives::parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn unknown_directives_are_dropped_and_a_token_is_kept() {
        let asked = Directives::parse("token=a%20b&_HLS_report=/x&_HLS_skip=v2&x").unwrap();
        assert_eq!(asked, Directives { skip: Some(Skip::V2), rest: "token=a%20b&x".into(), ..Directives::default() });
    }

    proptest! {
        #[test]
        fn no_query_panics(query in "(_HLS_(msn|part|skip)=[0-9a-zA-Z]{0,25}|.{0,20})(&_HLS_msn=[0-9]{0,22}|&.{0,9}){0,5}") {
            let _ = Directives::parse(&query);
        }
    }
}
