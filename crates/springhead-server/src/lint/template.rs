//! URL templates (ISO/IEC 23009-1 §5.3.9.4.4).

/// What the identifiers of a template stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub(super) representation_id: &'a str,
    pub(super) bandwidth: u32,
    pub(super) number: u64,
    pub(super) time: u64,
}

/// The longest width that is filled up with zeros.
const MOST_WIDTH: usize = 20;

/// The URL that a template stands for; none of one with an identifier that is not known, or with a `$` alone.
pub(super) fn fill(template: &str, values: Values<'_>) -> Option<String> {
    let mut pieces = template.split('$');
    let mut url = pieces.next()?.to_owned();
    while let Some(identifier) = pieces.next() {
        let (name, width) = identifier.split_once('%').unwrap_or((identifier, ""));
        let width = width.trim_start_matches('0').trim_end_matches('d').parse().unwrap_or(1).min(MOST_WIDTH);
        match name {
            "" => url.push('$'),
            "RepresentationID" => url.push_str(values.representation_id),
            "Bandwidth" => url.push_str(&format!("{:0width$}", values.bandwidth)),
            "Number" => url.push_str(&format!("{:0width$}", values.number)),
            "Time" => url.push_str(&format!("{:0width$}", values.time)),
            _ => return None,
        }
        url.push_str(pieces.next()?);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values<'_> = Values { representation_id: "v1", bandwidth: 900, number: 7, time: 180_000 };

    #[test]
    fn what_is_no_template_has_no_url() {
        assert_eq!([fill("$Number", VALUES), fill("$Name$", VALUES), fill("a$b", VALUES)], [None, None, None]);
    }

    #[test]
    fn identifiers_are_filled_in_with_their_widths() {
        for (template, url) in [
            ("init.mp4", "init.mp4"),
            ("$RepresentationID$/$Number%05d$.m4s", "v1/00007.m4s"),
            ("$Bandwidth$-$Time$$$", "900-180000$"),
            ("$Number%99999999d$", "00000000000000000007"),
        ] {
            assert_eq!(fill(template, VALUES).as_deref(), Some(url), "{template}");
        }
    }
}
