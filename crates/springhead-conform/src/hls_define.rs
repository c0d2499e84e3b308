//! Variables, in either kind of playlist: what EXT-X-DEFINE says against what is referred to.

use std::collections::HashSet;

use springhead_manifest::hls::Define;

use crate::finding::Report;
use crate::hls_text::{references, tags};

/// Names that are defined twice, and references to names that are not defined.
pub(crate) fn check(defines: &[Define], text: &str, report: &mut Report<'_>) {
    let mut known = HashSet::new();
    for define in defines {
        let (Define::Value { name, .. } | Define::Import(name) | Define::QueryParam(name)) = define;
        if !known.insert(name.as_str()) {
            report.at("EXT-X-DEFINE", format_args!("{name} is defined twice"));
        }
    }
    for (n, line) in text.lines().enumerate() {
        // A reference stands in a URI line or in a tag; comments have none.
        if line.starts_with('#') && tags(line).next().is_none() {
            continue;
        }
        for name in references(line).filter(|name| !known.contains(name)) {
            report.at(format_args!("line {}", n + 1), format_args!("the variable {name} is not defined"));
        }
    }
}
