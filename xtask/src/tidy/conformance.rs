//! The table of the standards' items and the tests that show them.

use super::markdown::{quoted, tables};
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "conformance",
    why: "Every item of docs/conformance.md names a test that exists in the crate it names, or says `open:` and why. A test \
          that is renamed takes its row along.",
    check,
};

/// Where the table is.
const PATH: &str = "docs/conformance.md";

/// A group of items.
pub(crate) struct Group {
    /// The letter its ids begin with.
    pub(crate) letter: char,
    /// How many items it has, numbered from 1.
    pub(crate) items: usize,
    /// What it is about.
    pub(crate) title: &'static str,
}

/// The groups that the page has to cover.
pub(crate) const GROUPS: &[Group] = &[
    Group { letter: 'H', items: 22, title: "HLS media playlist" },
    Group { letter: 'L', items: 21, title: "Low-Latency HLS" },
    Group { letter: 'D', items: 14, title: "HLS delivery directives" },
    Group { letter: 'W', items: 9, title: "HTTP" },
    Group { letter: 'A', items: 12, title: "DASH MPD" },
    Group { letter: 'T', items: 14, title: "DASH timeline" },
    Group { letter: 'X', items: 5, title: "Low-latency DASH" },
    Group { letter: 'B', items: 13, title: "CMAF and ISO BMFF" },
];

/// An item's row.
pub(crate) struct Row<'a> {
    pub(crate) line: usize,
    pub(crate) id: &'a str,
    pub(crate) item: &'a str,
    /// The names of the tests that show it; none when it is open.
    pub(crate) tests: Vec<&'a str>,
    /// Why it is open.
    pub(crate) open: Option<&'a str>,
    /// The crate that has the tests, without `springhead-`.
    pub(crate) krate: &'a str,
}

/// The rows of the page, in order.
pub(crate) fn rows(tree: &Tree) -> Result<Vec<Row<'_>>, Finding> {
    let text = tree.get(PATH).ok_or_else(|| Finding::new(PATH, None, "is missing"))?;
    let mut rows = Vec::new();
    for table in tables(text) {
        if table.heading != ["id", "item", "test", "crate"] {
            continue;
        }
        for (line, cells) in table.rows {
            let [id, item, test, krate] = cells[..] else {
                return Err(Finding::new(PATH, line, "a row of this table has four cells"));
            };
            let open = test.strip_prefix("open:").map(str::trim);
            let tests = if open.is_some() { Vec::new() } else { quoted(test).collect() };
            rows.push(Row { line, id, item, tests, open, krate: krate.trim_matches('`') });
        }
    }
    Ok(rows)
}

fn check(tree: &Tree) -> Vec<Finding> {
    let rows = match rows(tree) {
        Ok(rows) => rows,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    let expected = GROUPS.iter().flat_map(|g| (1..=g.items).map(|n| format!("{}-{n:02}", g.letter)));
    for id in expected {
        match rows.iter().filter(|row| row.id == id).count() {
            1 => {}
            0 => findings.push(Finding::new(PATH, None, format!("{id} has no row"))),
            n => findings.push(Finding::new(PATH, None, format!("{id} has {n} rows"))),
        }
    }
    for row in &rows {
        if row.tests.is_empty() && row.open.is_none_or(str::is_empty) {
            let what = format!("{} names neither a test in back-quotes nor, after `open:`, a reason", row.id);
            findings.push(Finding::new(PATH, row.line, what));
        }
        for test in &row.tests {
            if !exists(tree, row.krate, test) {
                let what = format!("{}: there is no `fn {test}` in {}", row.id, folder(row.krate));
                findings.push(Finding::new(PATH, row.line, what));
            }
        }
    }
    findings
}

fn folder(krate: &str) -> String {
    format!("crates/{}/", super::architecture::full_name(krate))
}

fn exists(tree: &Tree, krate: &str, test: &str) -> bool {
    let (folder, needle) = (folder(krate), format!("fn {test}("));
    tree.ending(&[".rs"]).any(|(path, text)| path.starts_with(&folder) && text.contains(&needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(h01: &str) -> String {
        let heading = "| id | item | test | crate |\n|---|---|---|---|\n";
        let ids = GROUPS.iter().flat_map(|g| (1..=g.items).map(|n| format!("{}-{n:02}", g.letter)));
        let rows = ids.filter(|id| id != "H-01").map(|id| format!("| {id} | x | open: later | mux |\n"));
        [heading.to_owned(), h01.to_owned()].into_iter().chain(rows).collect()
    }

    fn found(h01: &str) -> Vec<String> {
        let text = "    #[test]\n    fn first_line_is_the_tag() {}\n";
        let tree = Tree::from([(PATH, page(h01).as_str()), ("crates/springhead-mux/src/a.rs", text)]);
        check(&tree).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_missing_row_a_wrong_name_and_an_empty_reason_fail() {
        assert_eq!(found(""), ["docs/conformance.md: H-01 has no row"]);
        assert_eq!(
            found("| H-01 | x | `first_line` | mux |\n"),
            ["docs/conformance.md:3: H-01: there is no `fn first_line` in crates/springhead-mux/"]
        );
        let neither = "docs/conformance.md:3: H-01 names neither a test in back-quotes nor, after `open:`, a reason";
        assert_eq!(found("| H-01 | x | open: | mux |\n"), [neither]);
        assert_eq!(found("| H-01 | x | first_line_is_the_tag | mux |\n"), [neither]);
    }

    #[test]
    fn a_test_is_looked_for_in_the_crate_that_is_named() {
        assert_eq!(found("| H-01 | x | `first_line_is_the_tag` | mux |\n"), [""; 0]);
        assert_eq!(found("| H-01 | x | `first_line_is_the_tag` | codec |\n").len(), 1);
    }
}
