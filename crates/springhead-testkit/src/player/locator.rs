//! References in manifests.

/// What `reference` means in a document at `base`, both without scheme and authority (RFC 3986 §5.2.2). A reference with
/// an authority of its own is of another server, and is left as it is.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    let path = base.split(['?', '#']).next().unwrap_or_default();
    let (reference, query) = match reference.split_once('?') {
        Some((reference, query)) => (reference, Some(query)),
        None => (reference, None),
    };
    if reference.is_empty() {
        return query.map_or(path.to_owned(), |query| format!("{path}?{query}"));
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if reference.starts_with('/') { "" } else { folder };
    let mut steps: Vec<&str> = Vec::new();
    let mut ends_in_folder = false;
    for step in folder.split('/').skip(1).chain(reference.split('/')) {
        ends_in_folder = matches!(step, "" | "." | "..");
        match step {
            "." | "" => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    let mut out = steps.iter().fold(String::new(), |out, step| out + "/" + step);
    if ends_in_folder || out.is_empty() {
        out.push('/');
    }
    match query {
        Some(query) => out + "?" + query,
        None => out,
    }
}

/// `uri` with one more parameter of its query.
pub(super) fn with_parameter(uri: &str, name: &str, value: impl std::fmt::Display) -> String {
    let sign = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{sign}{name}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_go_from_the_folder_of_their_document() {
        let base = "/live/cam/v1/index.m3u8?token=1";
        for (reference, meant) in [
            ("12.m4s", "/live/cam/v1/12.m4s"),
            ("../a2/index.m3u8?x=1", "/live/cam/a2/index.m3u8?x=1"),
            ("../../time", "/live/time"),
            ("../../../../../time", "/time"),
            ("/time", "/time"),
            ("./a//b", "/live/cam/v1/a/b"),
            ("..", "/live/cam/"),
            ("../../../..", "/"),
            ("", "/live/cam/v1/index.m3u8"),
            ("?token=2", "/live/cam/v1/index.m3u8?token=2"),
        ] {
            assert_eq!(resolve(base, reference), meant, "{reference}");
        }
    }

    #[test]
    fn a_parameter_is_added_to_what_is_there() {
        assert_eq!(with_parameter(&with_parameter("/a", "b", 1), "c", 2), "/a?b=1&c=2");
    }

    proptest! {
        #[test]
        fn nothing_leads_out_of_the_server(reference in "[a-z./?]{0,40}") {
            let meant = resolve("/live/cam/index.m3u8", &reference);
            prop_assert!(meant.starts_with('/'), "{meant}");
            prop_assert!(!meant.split('?').next().unwrap_or_default().split('/').any(|step| step == ".."));
        }
    }
}
