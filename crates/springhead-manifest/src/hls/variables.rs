//! Variable substitution (draft-pantos-hls-rfc8216bis-22 §4.3).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::attributes::{AttributeList, Value};
use super::date_range::is_hexadecimal;
use super::{Define, HlsErrorKind, MAX_PLAYLIST_BYTES, Tag};

/// The variables that a playlist defines, and what they stand for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// What a variable stands for.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Where the variables come from that a playlist takes over instead of stating their values.
#[derive(Clone, Copy, Debug, Default)]
pub struct VariableSources<'a> {
    /// QUERYPARAM: the query of the URI that the playlist came from, after redirects and without the `?`.
    pub query: &'a str,
    /// IMPORT: the variables of the multivariant playlist. None without one.
    pub imports: Option<&'a Variables>,
}

/// Puts values in the place of references, line by line.
pub(super) struct Substitution<'a> {
    sources: VariableSources<'a>,
    variables: Variables,
    /// How many bytes may still be put in. Values may hold references themselves, so that few lines could ask for any
    /// number.
    budget: usize,
}

impl<'a> Substitution<'a> {
    pub(super) fn new(sources: VariableSources<'a>) -> Self {
        Self { sources, variables: Variables::default(), budget: MAX_PLAYLIST_BYTES }
    }

    pub(super) fn into_variables(self) -> Variables {
        self.variables
    }

    /// A tag's value with its references replaced; if it defines a variable, lines after it may refer to that.
    pub(super) fn tag<'t>(&mut self, tag: Tag, value: &'t str) -> Result<Cow<'t, str>, HlsErrorKind> {
        let value = if tag.has_attributes() { self.attributes(tag, value)? } else { value.into() };
        if tag == Tag::Define {
            self.define(Define::read(&value)?)?;
        }
        Ok(value)
    }

    /// A text with its references replaced.
    pub(super) fn text<'t>(&mut self, text: &'t str) -> Result<Cow<'t, str>, HlsErrorKind> {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, name, after)) = first_reference(rest) {
            let value = self.variables.get(name).ok_or_else(|| HlsErrorKind::UndefinedVariable(name.to_owned()))?;
            self.budget = self.budget.checked_sub(value.len()).ok_or(HlsErrorKind::TooLong)?;
            out.push_str(before);
            out.push_str(value);
            rest = after;
        }
        if rest.len() == text.len() {
            return Ok(text.into());
        }
        out.push_str(rest);
        Ok(out.into())
    }

    /// Quoted-strings and hexadecimal-sequences have references, and no other values.
    fn attributes<'t>(&mut self, tag: Tag, list: &'t str) -> Result<Cow<'t, str>, HlsErrorKind> {
        if first_reference(list).is_none() {
            return Ok(list.into());
        }
        let mut out = Vec::new();
        for (name, value) in AttributeList::read(tag, list)?.entries() {
            out.push(match value {
                Value::Quoted(text) => format!("{name}=\"{}\"", self.text(text)?),
                Value::Bare(text) => {
                    let replaced = self.text(text)?;
                    let value = if is_hexadecimal(&replaced) { &replaced } else { *text };
                    format!("{name}={value}")
                }
            });
        }
        Ok(out.join(",").into())
    }

    fn define(&mut self, define: Define) -> Result<(), HlsErrorKind> {
        let (name, value) = match define {
            Define::Value { name, value } => (name, value),
            Define::Import(name) => match self.sources.imports.and_then(|imports| imports.get(&name)) {
                Some(value) => (name, value.to_owned()),
                None => return Err(HlsErrorKind::UndefinedVariable(name)),
            },
            Define::QueryParam(name) => {
                let value = parameter(self.sources.query, &name);
                let value = value.ok_or(HlsErrorKind::BadAttribute(Tag::Define, "QUERYPARAM"))?;
                (name, value)
            }
        };
        // Values that come from elsewhere are held as well, and so count too.
        self.budget = self.budget.checked_sub(value.len()).ok_or(HlsErrorKind::TooLong)?;
        if self.variables.get(&name).is_some() {
            return Err(HlsErrorKind::DuplicateVariable(name));
        }
        self.variables.0.insert(name, value);
        Ok(())
    }
}

/// The name of a variable: letters, digits, `-` and `_` (§4.4.2.3).
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_of_name)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Splits at the first `{$name}`: what is before it, the name, and what is after it.
fn first_reference(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices("{$").find_map(|(at, mark)| {
        let body = &text[at + mark.len()..];
        let (name, after) = body.split_at(body.find(|c| !is_of_name(c))?);
        Some((&text[..at], name, after.strip_prefix('}').filter(|_| !name.is_empty())?))
    })
}

/// The value of a query's first parameter of that name, percent-decoded. None where it has none, and for what no
/// quoted-string could hold.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| decode(key).as_deref() == Some(name))?;
    decode(value).filter(|value| !value.is_empty() && !value.contains(|c: char| c == '"' || c.is_control()))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| plain)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{HlsError, MediaPlaylist, MultivariantPlaylist};
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n";

    fn media(lines: &str, sources: VariableSources<'_>) -> Result<MediaPlaylist, (usize, HlsErrorKind)> {
        let read = MediaPlaylist::parse_with(&format!("{HEAD}{lines}"), sources);
        read.map_err(|HlsError { line, kind }| (line, kind))
    }

    fn refused(lines: &str, query: &str) -> (usize, HlsErrorKind) {
        media(lines, VariableSources { query, imports: None }).expect_err(lines)
    }

    #[test]
    fn a_reference_to_what_is_not_defined_before_it_is_refused() {
        let undefined = |name: &str| HlsErrorKind::UndefinedVariable(name.to_owned());
        assert_eq!(refused("#EXTINF:4,\n{$a}.m4s\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n", ""), (4, undefined("a")));
        assert_eq!(refused("#EXT-X-MAP:URI=\"{$map}\"\n", ""), (3, undefined("map")));
        assert_eq!(refused("#EXT-X-DEFINE:IMPORT=\"a\"\n", "a=1"), (3, undefined("a")));
        assert_eq!(refused("#EXT-X-DEFINE:NAME=\"a\",VALUE=\"{$a}\"\n", ""), (3, undefined("a")));
        let message = media("{$x}\n", VariableSources::default()).unwrap_err().1.at(3).to_string();
        assert_eq!(message, "line 3: the variable x is not defined (draft-pantos-hls-rfc8216bis §4.3)");
    }

    #[test]
    fn a_parameter_that_the_query_lacks_or_that_no_string_can_hold_is_refused() {
        let bad = (3, HlsErrorKind::BadAttribute(Tag::Define, "QUERYPARAM"));
        for query in ["", "b=1", "a", "a=", "a=%", "a=%4", "a=%+1", "a=%ff", "a=%22", "a=x%0Ay", "=1"] {
            assert_eq!(refused("#EXT-X-DEFINE:QUERYPARAM=\"a\"\n", query), bad, "{query}");
        }
    }

    #[test]
    fn a_variable_is_defined_once() {
        let define = "#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n";
        for again in [define, "#EXT-X-DEFINE:QUERYPARAM=\"a\"\n"] {
            let error = refused(&format!("{define}{again}"), "a=1");
            assert_eq!(error, (4, HlsErrorKind::DuplicateVariable("a".to_owned())));
        }
        for name in ["", "a b", "a.b", "ä", "{$a}"] {
            let line = format!("#EXT-X-DEFINE:NAME=\"{name}\",VALUE=\"b\"\n");
            assert!(MediaPlaylist::parse(&format!("{HEAD}{line}")).is_err(), "{name}");
        }
    }

    #[test]
    fn values_take_the_place_of_references_in_uris_strings_and_hexadecimal_sequences() {
        let multivariant = "#EXTM3U\n#EXT-X-DEFINE:NAME=\"host\",VALUE=\"https://a.example\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=1\n{$host}/v.m3u8\n";
        let (multivariant, imports) =
            MultivariantPlaylist::parse_with(multivariant, VariableSources::default()).unwrap();
        assert_eq!(multivariant.variants[0].uri, "https://a.example/v.m3u8");
        let playlist = media(
            "#EXT-X-DEFINE:IMPORT=\"host\"\n#EXT-X-DEFINE:QUERYPARAM=\"token\"\n\
             #EXT-X-DEFINE:NAME=\"base\",VALUE=\"{$host}/{$token}\"\n#EXT-X-DEFINE:NAME=\"cue\",VALUE=\"0xFC\"\n\
             #EXT-X-DATERANGE:ID=\"{$token}\",SCTE35-OUT={$cue}\n#EXT-X-MAP:URI=\"{$base}/i.mp4\"\n\
             #EXTINF:4,{$title}\n{$base}/{$}{$a b}{$1.m4s\n",
            VariableSources { query: "x=1&token=a%20b%7D&token=c", imports: Some(&imports) },
        )
        .unwrap();
        let segment = &playlist.segments[0];
        assert_eq!(segment.map.as_ref().unwrap().uri.as_ref(), "https://a.example/a b}/i.mp4");
        assert_eq!(segment.uri, "https://a.example/a b}/{$}{$a b}{$1.m4s", "what is no name is no reference");
        assert_eq!(segment.title.as_deref(), Some("{$title}"), "a title has no references");
        let range = &playlist.date_ranges[0];
        assert_eq!((range.id.as_str(), range.scte35_out.as_deref()), ("a b}", Some("0xFC")));
    }

    #[test]
    fn numbers_have_no_references() {
        let lines = "#EXT-X-DEFINE:NAME=\"n\",VALUE=\"1\"\n#EXT-X-PART:URI=\"a\",DURATION={$n}\n";
        assert_eq!(refused(lines, ""), (4, HlsErrorKind::BadAttribute(Tag::Part, "DURATION")));
    }

    #[test]
    fn values_are_not_read_for_references_again() {
        let lines = "#EXT-X-DEFINE:QUERYPARAM=\"a\"\n#EXTINF:4,\n{$a}\n";
        let playlist = media(lines, VariableSources { query: "a={$a}", imports: None }).unwrap();
        assert_eq!(playlist.segments[0].uri, "{$a}");
    }

    #[test]
    fn a_few_lines_do_not_become_gigabytes() {
        let doubled = |n: u32| format!("#EXT-X-DEFINE:NAME=\"v{}\",VALUE=\"{{$v{n}}}{{$v{n}}}\"\n", n + 1);
        let lines =
            "#EXT-X-DEFINE:NAME=\"v0\",VALUE=\"0123456789\"\n".to_owned() + &(0..60).map(doubled).collect::<String>();
        assert_eq!(refused(&lines, "").1, HlsErrorKind::TooLong);
    }

    proptest! {
        #[test]
        fn no_text_or_query_panics(text in "(\\PC|\\{\\$a\\}|%|=|\"){0,12}", query in "[a%=&0-9é\\{\\$\\}]{0,16}") {
            let lines = format!("#EXT-X-DEFINE:QUERYPARAM=\"a\"\n#EXT-X-MAP:URI=\"{text}\"\n#EXTINF:4,\n{text}\n");
            let _ = media(&lines, VariableSources { query: &query, imports: None });
        }
    }
}
