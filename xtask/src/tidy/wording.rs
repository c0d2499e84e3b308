//! Words and calls that mark unfinished work.

use super::source::{has_word, lines};
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "wording",
    why: "What is on main is finished: it works and its comments speak of the present, or it is not there. A test waits \
          for a condition or moves a virtual clock; it never sleeps, and none is switched off.",
    check,
};

/// Found as words of their own, in these letters.
const WORDS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];
/// Found anywhere, in any letters.
const PHRASES: &[&str] =
    &["placeholder", "in a real implementation", "in a real system", "simplified version", "not yet implemented"];
/// Found anywhere in Rust.
const CALLS: &[&str] = &["dbg!(", "todo!(", "unimplemented!(", "#[ignore"];
const THREAD_SLEEP: &str = "thread::sleep(";
const SLEEPS: &[&str] = &[THREAD_SLEEP, "tokio::time::sleep(", " time::sleep("];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(&[".rs", ".toml", ".md", ".sh", ".mjs", ".py"]) {
        // The rules have to name what they forbid.
        if path.starts_with("xtask/src/tidy/") {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            let word = WORDS.iter().find(|word| has_word(line, word));
            let small = line.to_lowercase();
            let phrase = PHRASES.iter().find(|phrase| small.contains(**phrase));
            let call = CALLS.iter().find(|call| path.ends_with(".rs") && line.contains(**call));
            let found = word.or(phrase).or(call);
            findings.extend(found.map(|found| Finding::new(path, number, format!("`{found}`"))));
        }
        if path.contains("/src/") && path.ends_with(".rs") {
            let mut paused = false;
            for line in lines(path, text).into_iter().filter(|line| line.test) {
                if line.text.contains("#[tokio::test") || line.text.contains("#[test") {
                    paused = line.text.contains("start_paused = true");
                }
                let sleep = SLEEPS.iter().find(|sleep| line.text.contains(**sleep));
                // Under a paused clock tokio's sleep takes no time, and says when things happen.
                if sleep.is_some_and(|sleep| !paused || *sleep == THREAD_SLEEP) {
                    findings.push(Finding::new(path, line.number, "a unit test that sleeps"));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_unfinished_work_fail() {
        let text =
            "// TODO later\n/// A Placeholder.\nfn f() { dbg!(1); }\n#[ignore = \"slow\"]\nfn method_todo() {}\n";
        let findings = check(&Tree::from([("crates/x/src/a.rs", text), ("assets/x.min.js", "TODO")]));
        assert_eq!(findings.iter().map(|finding| finding.line.unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_unit_test_that_sleeps_fails_and_a_driver_that_does_passes() {
        let text = "async fn f() { tokio::time::sleep(d).await; }\n\
                    #[cfg(test)]\nmod tests {\n    fn g() { std::thread::sleep(d); }\n}\n";
        let findings = check(&Tree::from([("crates/x/src/a.rs", text)]));
        assert_eq!(findings, [Finding::new("crates/x/src/a.rs", 4, "a unit test that sleeps")]);
    }

    #[test]
    fn a_test_under_a_paused_clock_may_say_when_things_happen() {
        let text = "#[cfg(test)]\nmod tests {\n#[tokio::test(start_paused = true)]\n\
                    async fn f() { tokio::time::sleep(d).await; std::thread::sleep(d); }\n\
                    #[tokio::test(start_paused = true)]\nasync fn g() { tokio::time::sleep(d).await; }\n\
                    #[tokio::test]\nasync fn h() { tokio::time::sleep(d).await; }\n}\n";
        let findings = check(&Tree::from([("crates/x/src/a.rs", text)]));
        assert_eq!(findings.iter().map(|finding| finding.line.unwrap()).collect::<Vec<_>>(), [4, 8]);
    }
}
