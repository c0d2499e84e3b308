//! Rust sources by line.

use super::Tree;

/// A line of Rust, and whether it is built only for tests.
pub(crate) struct Line<'a> {
    pub(crate) number: usize,
    pub(crate) text: &'a str,
    pub(crate) test: bool,
}

/// Whether a path is that of tests, benches or examples as a whole.
pub(crate) fn is_test_file(path: &str) -> bool {
    ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder)) || path.ends_with("/tests.rs")
}

/// The lines of a source that hold code. A comment is none, so that an example in the docs may show what the code may not
/// do. What follows a `#[cfg(test)]` on a module is test code to the end of the file, as unit tests are at the bottom.
pub(crate) fn lines<'a>(path: &str, text: &'a str) -> Vec<Line<'a>> {
    let mut test = is_test_file(path);
    let mut lines = Vec::new();
    let mut attribute = false;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//") {
            continue;
        }
        if is_for_tests(line) {
            attribute = true;
            continue;
        }
        let module = trimmed.starts_with("mod ") || trimmed.starts_with("pub(crate) mod ");
        test |= attribute && module && line.ends_with('{');
        lines.push(Line { number, text: line, test: test || attribute });
        attribute &= trimmed.starts_with("#[");
    }
    lines
}

/// Whether a line is the attribute of something that is built only for tests.
fn is_for_tests(line: &str) -> bool {
    let attribute = line.trim_start();
    attribute.starts_with("#[cfg(") && has_word(attribute, "test") && !attribute.contains("not(test)")
}

/// Whether a file is a module that its parent, the `lib.rs`, `main.rs` or `mod.rs` beside it, declares for tests only.
pub(crate) fn is_test_module(tree: &Tree, path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    let declares = format!("mod {};", file.trim_end_matches(".rs"));
    ["lib.rs", "main.rs", "mod.rs"].iter().filter_map(|parent| tree.get(&format!("{folder}/{parent}"))).any(|text| {
        let mut before = "";
        text.lines().any(|line| is_for_tests(std::mem::replace(&mut before, line)) && line.ends_with(&declares))
    })
}

/// Whether `word` is in the text with nothing of a name on either side.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_comments_and_from_tests() {
        let text = "//! fs\nuse a;\n#[cfg(test)]\nuse b;\nfn c() {}\n#[cfg(test)]\nmod tests {\n    fn d() {}\n}\n";
        let read: Vec<_> = lines("crates/x/src/lib.rs", text).iter().map(|line| (line.number, line.test)).collect();
        assert_eq!(read, [(2, false), (4, true), (5, false), (7, true), (8, true), (9, true)]);
        assert!(lines("crates/x/tests/it/main.rs", "fn a() {}")[0].test);
    }

    #[test]
    fn a_module_for_tests_in_a_file_of_its_own_is_known_by_its_parent() {
        let tree = Tree::from([("a/src/lib.rs", "mod golden;\n#[cfg(test)]\nmod fixtures;\n")]);
        assert!(is_test_module(&tree, "a/src/fixtures.rs") && !is_test_module(&tree, "a/src/golden.rs"));
    }

    #[test]
    fn a_word_is_not_found_within_another() {
        assert!(has_word("std::fs::read", "std::fs") && !has_word("std::fsync", "std::fs"));
    }
}
