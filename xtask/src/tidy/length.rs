//! How long a file may be.

use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "length",
    why: "A file holds one concept and fits into one reader's head. Split it by box, tag, table or state, not by size.",
    check,
};

const MOST_LINES: usize = 900;

fn check(tree: &Tree) -> Vec<Finding> {
    let lengths = tree.ending(&[".rs"]).map(|(path, text)| (path, text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > MOST_LINES);
    long.map(|(path, lines)| Finding::new(path, None, format!("{lines} lines; at most {MOST_LINES}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_901_lines_fails() {
        let tree =
            Tree::from([("a.rs", &*"\n".repeat(900)), ("b.rs", &*"\n".repeat(901)), ("c.md", &*"\n".repeat(901))]);
        assert_eq!(check(&tree), [Finding::new("b.rs", None, "901 lines; at most 900")]);
    }
}
