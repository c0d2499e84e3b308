//! Dependencies between our own crates.

use super::architecture::{Architecture, PATH};
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "layers",
    why: "Every dependency between our crates is in the table of docs/architecture.md and points to a lower layer. \
          If the new edge is right, change the table in the same commit; if a crate needs one of its own layer, the code \
          that joins them belongs one layer up.",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let architecture = match Architecture::of(tree) {
        Ok(read) => read,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    for (name, row) in &architecture.crates {
        for dependency in &row.depends_on {
            match architecture.crates.get(dependency) {
                None => findings.push(Finding::new(PATH, row.line, format!("{dependency} has no row"))),
                Some(lower) if lower.layer >= row.layer => {
                    let what = format!("{name} is of layer {}, {dependency} of {}", row.layer, lower.layer);
                    findings.push(Finding::new(PATH, row.line, what));
                }
                Some(_) => {}
            }
        }
        let manifest = format!("crates/{name}/Cargo.toml");
        if tree.get(&manifest).is_none() {
            findings.push(Finding::new(PATH, row.line, format!("there is no {manifest}")));
        }
    }
    for found in tree.crates() {
        let Some(row) = architecture.crates.get(found.name) else {
            findings.push(Finding::new(found.manifest_path, None, format!("{} has no row in {PATH}", found.name)));
            continue;
        };
        for dependency in found.dependencies() {
            let ours = dependency == "springhead" || dependency.starts_with("springhead-");
            if ours && !row.depends_on.contains(dependency) {
                let what = format!("the table does not let {} depend on {dependency}", found.name);
                findings.push(Finding::new(found.manifest_path.clone(), None, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::architecture::EXAMPLE;
    use super::*;

    fn example(codec: &str, page: &str) -> Vec<String> {
        let core = "[dependencies]\nbytes = \"1\"\n";
        let mux = "[dependencies]\nspringhead-core.workspace = true\nspringhead-codec.workspace = true\n";
        let tree = Tree::from([
            (PATH, page),
            ("crates/springhead-core/Cargo.toml", core),
            ("crates/springhead-codec/Cargo.toml", codec),
            ("crates/springhead-storage/Cargo.toml", core),
            ("crates/springhead-mux/Cargo.toml", mux),
            ("crates/springhead-rtmp/Cargo.toml", core),
        ]);
        check(&tree).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn an_edge_that_the_table_forbids_fails() {
        let upwards = "[dependencies]\nspringhead-mux.workspace = true\n";
        let found =
            "crates/springhead-codec/Cargo.toml: the table does not let springhead-codec depend on springhead-mux";
        assert_eq!(example(upwards, EXAMPLE), [found]);
        let for_one_target = "[target.'cfg(unix)'.dependencies]\nspringhead-mux.workspace = true\n";
        assert_eq!(example(for_one_target, EXAMPLE), [found]);
    }

    #[test]
    fn a_table_that_lets_a_leaf_depend_on_a_leaf_fails() {
        let page = EXAMPLE.replace("| bits | core |", "| bits | core, storage |");
        let edge = "[dependencies]\nspringhead-storage.workspace = true\n";
        assert_eq!(
            example(edge, &page),
            ["docs/architecture.md:5: springhead-codec is of layer 1, springhead-storage of 1"]
        );
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_fail() {
        let page = EXAMPLE.replace("`springhead-rtmp`", "`springhead-rtsp`");
        assert_eq!(
            example("", &page),
            [
                "docs/architecture.md:8: there is no crates/springhead-rtsp/Cargo.toml",
                "crates/springhead-rtmp/Cargo.toml: springhead-rtmp has no row in docs/architecture.md",
            ]
        );
    }

    #[test]
    fn what_the_table_allows_and_what_tests_use_passes() {
        let dev =
            "[dependencies]\nspringhead-core.workspace = true\n[dev-dependencies]\nspringhead-mux.workspace = true\n";
        assert_eq!(example(dev, EXAMPLE), [""; 0]);
    }
}
