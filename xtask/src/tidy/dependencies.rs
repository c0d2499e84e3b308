//! Dependencies from outside.

use super::architecture::{Architecture, PATH};
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "dependencies",
    why: "A dependency from outside has a home in the second table of docs/architecture.md, and docs/decisions.md says why \
          it was taken. A crate that is not at home for it asks the one that is, or the table changes with a reason. What \
          nobody uses goes from the workspace's list.",
    check,
};

const DECISIONS: &str = "docs/decisions.md";

fn check(tree: &Tree) -> Vec<Finding> {
    // A page that cannot be read is reported by the rule on layers.
    let Ok(architecture) = Architecture::of(tree) else { return Vec::new() };
    let mut findings = Vec::new();
    for found in tree.crates() {
        for dependency in found.dependencies() {
            if dependency == "springhead" || dependency.starts_with("springhead-") {
                continue;
            }
            let what = match architecture.is_home(dependency, found.name) {
                Some(true) => continue,
                Some(false) => format!("{} is not at home for {dependency}", found.name),
                None => format!("{dependency} has no home in {PATH}"),
            };
            findings.push(Finding::new(found.manifest_path.clone(), None, what));
        }
    }
    let workspace: toml::Table = tree.get("Cargo.toml").unwrap_or_default().parse().unwrap_or_default();
    let shared =
        workspace.get("workspace").and_then(|table| table.get("dependencies")).and_then(|table| table.as_table());
    let decisions = tree.get(DECISIONS).unwrap_or_default();
    let manifests: Vec<&str> = tree.ending(&["/Cargo.toml"]).map(|(_, text)| text).collect();
    for name in shared.into_iter().flat_map(|table| table.keys()) {
        let ours = name == "springhead" || name.starts_with("springhead-");
        let takes = |line: &str| line.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
        if !manifests.iter().any(|text| text.lines().any(takes)) {
            findings.push(Finding::new("Cargo.toml", None, format!("nobody uses {name}")));
        }
        if !ours && !decisions.contains(&format!("`{name}`")) {
            findings.push(Finding::new(DECISIONS, None, format!("does not say why `{name}` was taken")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::architecture::EXAMPLE;
    use super::*;

    #[test]
    fn a_dependency_away_from_home_or_without_a_reason_fails() {
        let tree = Tree::from([
            (PATH, EXAMPLE),
            (DECISIONS, "| `bytes` | shared slices |\n| `tower` | layers |\n"),
            (
                "Cargo.toml",
                "[workspace.dependencies]\nspringhead-core = \"1\"\nbytes = \"1\"\ntokio = \"1\"\ntower = \"1\"\n",
            ),
            ("benches/Cargo.toml", "[dependencies]\nspringhead-core.workspace = true\n"),
            ("crates/springhead-codec/Cargo.toml", "[dependencies]\nbytes.workspace = true\nopenssl = \"1\"\n"),
            ("crates/springhead-mux/Cargo.toml", "[dependencies]\ntokio.workspace = true\n"),
            ("crates/springhead-rtmp/Cargo.toml", "[dependencies]\ntokio = { workspace = true, optional = true }\n"),
            ("crates/springhead-storage/Cargo.toml", "[dev-dependencies]\nopenssl = \"1\"\n"),
        ]);
        let findings: Vec<String> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(
            findings,
            [
                "crates/springhead-codec/Cargo.toml: openssl has no home in docs/architecture.md",
                "crates/springhead-mux/Cargo.toml: springhead-mux is not at home for tokio",
                "docs/decisions.md: does not say why `tokio` was taken",
                "Cargo.toml: nobody uses tower",
            ]
        );
    }
}
