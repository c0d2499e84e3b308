//! A playlist's text tag by tag, for what the models leave out.

/// The tags with their values, and the lines that they stand on.
pub(crate) fn tags(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    text.lines().enumerate().filter_map(|(n, line)| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        line.starts_with("#EXT").then_some((n + 1, name, value))
    })
}

/// The attributes of a list, with the quotes that their values have (§4.2). Ends where the grammar does.
pub(crate) fn attributes(list: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (name, tail) = rest.split_once('=')?;
        let end = match tail.strip_prefix('"') {
            Some(quoted) => quoted.find('"')? + 2,
            None => tail.find(',').unwrap_or(tail.len()),
        };
        let (value, after) = tail.split_at(end);
        rest = after.strip_prefix(',').unwrap_or(after);
        Some((name.trim(), value))
    })
}

/// The value of one attribute, without its quotes.
pub(crate) fn attribute<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = attributes(list).find(|(n, _)| *n == name)?;
    Some(value.trim_matches('"'))
}

/// The names of the variables that a line refers to as `{$name}` (§4.3), in order.
pub(crate) fn references(line: &str) -> impl Iterator<Item = &str> {
    line.split("{$").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        let sound = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (!name.is_empty() && name.bytes().all(sound)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_separate_nothing() {
        let list: Vec<_> = attributes("A=1,B=\"x,y=z\",C=\"\",D=NO").collect();
        assert_eq!(list, [("A", "1"), ("B", "\"x,y=z\""), ("C", "\"\""), ("D", "NO")]);
        assert_eq!(attributes("A=\"open").count() + attributes("A").count() + attributes("").count(), 0);
        assert_eq!((attribute("A=1,B=\"x\"", "B"), attribute("A=1", "B")), (Some("x"), None));
    }

    #[test]
    fn a_reference_is_a_name_in_its_braces() {
        let names: Vec<_> = references("a{$one}b{$two-2}{$}{$no way}{$open").collect();
        assert_eq!(names, ["one", "two-2"]);
    }
}
