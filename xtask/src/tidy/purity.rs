//! What pure crates do not touch.

use super::architecture::Architecture;
use super::source::{has_word, is_test_module, lines};
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "purity",
    why: "A pure crate reads no clock, socket, file, environment or thread: time and seeds come in as arguments, and the \
          driver one layer up does the rest. The wall clock is read in springhead-server alone, once, and handed down.",
    check,
};

/// What the modules of the standard library are for.
const OUTSIDE: &[(&str, &str)] = &[
    ("std::net", "a socket"),
    ("std::fs", "a file"),
    ("std::env", "the environment"),
    ("std::process", "a process"),
    ("std::thread", "a thread"),
];

fn check(tree: &Tree) -> Vec<Finding> {
    let Ok(architecture) = Architecture::of(tree) else { return Vec::new() };
    let mut findings = Vec::new();
    for (path, text) in tree.ending(&[".rs"]) {
        let Some((name, _)) = path.strip_prefix("crates/").and_then(|rest| rest.split_once("/src/")) else { continue };
        let Some(row) = architecture.crates.get(name) else { continue };
        if is_test_module(tree, path) {
            continue;
        }
        let threads = row.pure == "no task, no clock";
        let pure = row.pure == "yes" || threads;
        for line in lines(path, text).into_iter().filter(|line| !line.test) {
            let clock = ["Instant", "SystemTime"].into_iter().find(|clock| {
                has_word(line.text, &format!("{clock}::now"))
                    || (line.text.contains("std::time::") && has_word(line.text, clock))
            });
            let what = match clock {
                Some(clock) if pure => Some(format!("{name} is pure and {clock} is a clock")),
                Some("SystemTime") if name != "springhead-server" && line.text.contains("SystemTime::now") => {
                    Some("only the binary reads the wall clock".to_owned())
                }
                _ => OUTSIDE
                    .iter()
                    .find(|(module, _)| has_word(line.text, module) && !(threads && *module == "std::thread"))
                    .filter(|_| pure)
                    .map(|(module, is)| format!("{name} is pure and {module} is {is}")),
            };
            findings.extend(what.map(|what| Finding::new(path, line.number, what)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::architecture::{EXAMPLE, PATH};
    use super::*;

    #[test]
    fn a_clock_or_a_file_in_a_pure_crate_fails_outside_its_tests() {
        let text = "use std::time::{Duration, Instant};\nuse std::fs;\n/// std::env\nfn f() {}\n\
                    #[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        let tree = Tree::from([(PATH, EXAMPLE), ("crates/springhead-mux/src/a.rs", text)]);
        let findings: Vec<String> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(
            findings,
            [
                "crates/springhead-mux/src/a.rs:1: springhead-mux is pure and Instant is a clock",
                "crates/springhead-mux/src/a.rs:2: springhead-mux is pure and std::fs is a file",
            ]
        );
    }

    #[test]
    fn the_wall_clock_outside_the_binary_fails_and_the_rest_passes() {
        let text = "use std::time::Instant;\nuse std::fs;\nfn f() { std::time::SystemTime::now(); }\n";
        let tree = Tree::from([(PATH, EXAMPLE), ("crates/springhead-storage/src/a.rs", text)]);
        let findings = check(&tree);
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [Some(3)]);
    }
}
