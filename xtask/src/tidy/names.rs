//! Names that say nothing.

use super::source::lines;
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "names",
    why: "A type is named by the standard's word or by what it is. Manager, Service, Helper, Util, Data and Factory name \
          neither: what such a type does has a word of its own.",
    check,
};

const SUFFIXES: &[&str] = &["Manager", "Service", "Helper", "Util", "Utils", "Data", "Factory"];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(&[".rs"]).filter(|(path, _)| path.starts_with("crates/")) {
        for line in lines(path, text) {
            if let Some(name) = declared(line.text)
                && let Some(suffix) = SUFFIXES.iter().find(|suffix| name.ends_with(**suffix))
            {
                findings.push(Finding::new(path, line.number, format!("the type {name}, for its `{suffix}`")));
            }
        }
    }
    findings
}

/// The name of the public type that a line declares.
fn declared(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?.trim_start();
    let rest = rest.strip_prefix("(crate)").unwrap_or(rest).trim_start();
    let rest = ["struct ", "enum ", "trait ", "type ", "union "].iter().find_map(|kind| rest.strip_prefix(kind))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_type_with_an_empty_name_fails() {
        let text = "pub struct StreamManager;\npub(crate) enum PacketData<'a> {}\nstruct Private;\npub fn data() {}\npub struct Database;\n";
        let findings = check(&Tree::from([("crates/x/src/a.rs", text)]));
        let found: Vec<&str> = findings.iter().map(|finding| finding.what.as_str()).collect();
        assert_eq!(found, ["the type StreamManager, for its `Manager`", "the type PacketData, for its `Data`"]);
    }
}
