//! Fuzz bodies and their targets.

use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "fuzz",
    why: "Every fuzz body of a crate is run: add it to `targets!` in crates/springhead-fuzz/src/lib.rs, with a file in \
          fuzz_targets and a [[bin]] in Cargo.toml. The crate's own tests then hold the three together.",
    check,
};

const TARGETS: &str = "crates/springhead-fuzz/fuzz_targets";

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(&["/src/fuzz.rs"]) {
        let Some(krate) = path.strip_prefix("crates/springhead-").and_then(|rest| rest.strip_suffix("/src/fuzz.rs"))
        else {
            continue;
        };
        for (number, line) in (1..).zip(text.lines()) {
            let body = line.strip_prefix("pub fn ").and_then(|rest| rest.split_once("(data: &[u8])"));
            if let Some((function, _)) = body
                && tree.get(&format!("{TARGETS}/{krate}_{function}.rs")).is_none()
            {
                findings.push(Finding::new(path, number, format!("no target runs {function}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_no_target_runs_fails() {
        let bodies = "pub fn amf0(data: &[u8]) {}\npub fn chunks(data: &[u8]) {}\nfn inner(data: &[u8]) {}\n";
        let target = "crates/springhead-fuzz/fuzz_targets/rtmp_amf0.rs";
        let findings = check(&Tree::from([("crates/springhead-rtmp/src/fuzz.rs", bodies), (target, "")]));
        assert_eq!(findings, [Finding::new("crates/springhead-rtmp/src/fuzz.rs", 2, "no target runs chunks")]);
    }
}
