//! What every crate says about itself.

use super::architecture::Architecture;
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "crates",
    why: "A crate has a description, takes the lints of the workspace, and opens with a page that says what it is for and \
          on which layer it is (`Layer N`), so that a reader who comes from the registry knows where they are.",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let architecture = Architecture::of(tree).unwrap_or_default();
    for found in tree.crates() {
        let package = found.manifest.get("package");
        let description = package.and_then(|table| table.get("description")).and_then(|text| text.as_str());
        if description.is_none_or(str::is_empty) {
            findings.push(Finding::new(found.manifest_path.clone(), None, "has no description"));
        }
        let lints = found.manifest.get("lints").and_then(|table| table.get("workspace")).and_then(|on| on.as_bool());
        if lints != Some(true) {
            findings.push(Finding::new(found.manifest_path.clone(), None, "does not take the lints of the workspace"));
        }
        let front = ["lib.rs", "main.rs"].map(|file| format!("crates/{}/src/{file}", found.name));
        let Some(path) = front.into_iter().find(|path| tree.get(path).is_some()) else { continue };
        let page: Vec<&str> =
            tree.get(&path).unwrap_or_default().lines().take_while(|l| l.starts_with("//!")).collect();
        if page.len() < 3 {
            findings.push(Finding::new(path, 1, "the crate has no front page"));
        } else if let Some(row) = architecture.crates.get(found.name)
            && !page.iter().any(|line| line.contains(&format!("Layer {}", row.layer)))
        {
            findings.push(Finding::new(path, 1, format!("the front page does not say `Layer {}`", row.layer)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::architecture::{EXAMPLE, PATH};
    use super::*;

    #[test]
    fn a_crate_that_does_not_introduce_itself_fails() {
        let good = "[package]\ndescription = \"x\"\n[lints]\nworkspace = true\n";
        let tree = Tree::from([
            (PATH, EXAMPLE),
            ("crates/springhead-core/Cargo.toml", good),
            ("crates/springhead-core/src/lib.rs", "//! Words.\n//!\n//! Layer 0: nothing below.\n"),
            ("crates/springhead-codec/Cargo.toml", good),
            ("crates/springhead-codec/src/lib.rs", "//! Bits.\n//!\n//! Layer 2: below.\n"),
            ("crates/springhead-mux/Cargo.toml", "[package]\n"),
            ("crates/springhead-mux/src/lib.rs", "//! Boxes.\n"),
        ]);
        let findings: Vec<String> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(
            findings,
            [
                "crates/springhead-codec/src/lib.rs:1: the front page does not say `Layer 1`",
                "crates/springhead-mux/Cargo.toml: has no description",
                "crates/springhead-mux/Cargo.toml: does not take the lints of the workspace",
                "crates/springhead-mux/src/lib.rs:1: the crate has no front page",
            ]
        );
    }
}
