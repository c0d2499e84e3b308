//! What `docs/architecture.md` says about crates and dependencies.

use std::collections::{BTreeMap, BTreeSet};

use super::markdown::{quoted, tables};
use super::{Finding, Tree};

/// Where the page is.
pub(crate) const PATH: &str = "docs/architecture.md";

/// The page's tables.
#[derive(Default)]
pub(crate) struct Architecture<'a> {
    /// The crates by full name.
    pub(crate) crates: BTreeMap<String, Row<'a>>,
    /// The homes of each dependency from outside.
    pub(crate) homes: BTreeMap<&'a str, Vec<&'a str>>,
    /// What the top folder holds.
    pub(crate) top_level: BTreeSet<&'a str>,
}

/// A crate's row.
pub(crate) struct Row<'a> {
    /// Where the row is.
    pub(crate) line: usize,
    /// Its layer.
    pub(crate) layer: u8,
    /// The full names of the crates that it may be built with.
    pub(crate) depends_on: BTreeSet<String>,
    /// How pure it is.
    pub(crate) pure: &'a str,
}

/// The name of a crate that the page calls `short`.
pub(crate) fn full_name(short: &str) -> String {
    if short == "springhead" || short.starts_with("springhead-") { short.into() } else { format!("springhead-{short}") }
}

impl<'a> Architecture<'a> {
    /// Reads the page.
    pub(crate) fn of(tree: &'a Tree) -> Result<Self, Finding> {
        let text = tree.get(PATH).ok_or_else(|| Finding::new(PATH, None, "is missing"))?;
        let mut read = Self::default();
        for table in tables(text) {
            match table.heading[..] {
                ["L", "crate", "responsibility", "depends on", "pure"] => {
                    for (line, cells) in table.rows {
                        let (name, row) = crate_row(line, &cells)?;
                        read.crates.insert(name, row);
                    }
                }
                ["dependency", "at home in"] => {
                    for (line, cells) in table.rows {
                        let [name, homes] = cells[..] else {
                            return Err(Finding::new(PATH, line, "a row of this table has two cells"));
                        };
                        read.homes.insert(name.trim_matches('`'), homes.split(',').map(str::trim).collect());
                    }
                }
                _ => {}
            }
        }
        if read.crates.is_empty() {
            return Err(Finding::new(
                PATH,
                None,
                "has no table headed | L | crate | responsibility | depends on | pure |",
            ));
        }
        let top_level = text.split_once("Top level, nothing else:").map_or("", |(_, rest)| rest);
        read.top_level = quoted(top_level.split("\n\n").next().unwrap_or_default()).collect();
        Ok(read)
    }

    /// Whether a crate is at home for a dependency from outside; `None` when the page does not name the dependency.
    pub(crate) fn is_home(&self, dependency: &str, name: &str) -> Option<bool> {
        let homes = self.homes.get(dependency)?;
        let layer = self.crates.get(name).map_or(0, |row| row.layer);
        Some(homes.iter().any(|home| match home.strip_prefix('L').and_then(|rest| rest.strip_suffix('+')) {
            Some(from) => from.parse().is_ok_and(|from: u8| layer >= from),
            None => *home == "any" || full_name(home) == name,
        }))
    }
}

fn crate_row<'a>(line: usize, cells: &[&'a str]) -> Result<(String, Row<'a>), Finding> {
    let [layer, name, _, depends_on, pure] = cells[..] else {
        return Err(Finding::new(PATH, line, "a row of this table has five cells"));
    };
    let layer = layer.parse().map_err(|_| Finding::new(PATH, line, format!("`{layer}` is no layer")))?;
    let depends_on = depends_on.split(',').map(str::trim).filter(|name| *name != "–").map(full_name).collect();
    Ok((name.trim_matches('`').to_owned(), Row { line, layer, depends_on, pure }))
}

/// A page with three crates, for the tests of the rules.
#[cfg(test)]
pub(crate) const EXAMPLE: &str = "
| L | crate | responsibility | depends on | pure |
|---|---|---|---|---|
| 0 | `springhead-core` | words | – | yes |
| 1 | `springhead-codec` | bits | core | yes |
| 1 | `springhead-storage` | files | core | no |
| 2 | `springhead-mux` | boxes | core, codec | yes |
| 4 | `springhead-rtmp` | bytes | core, mux | machine |

Top level, nothing else: `Cargo.toml` `crates` `docs`
and dot files.

Then `something` else.

| dependency | at home in |
|---|---|
| `bytes` | any |
| `tokio` | storage, L4+ |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_its_table_or_with_a_broken_row_is_refused() {
        assert!(Architecture::of(&Tree::default()).is_err_and(|f| f.what == "is missing"));
        let broken =
            "| L | crate | responsibility | depends on | pure |\n|---|---|---|---|---|\n| x | a | b | c | d |\n";
        assert!(Architecture::of(&Tree::from([(PATH, "# none")])).is_err());
        assert!(Architecture::of(&Tree::from([(PATH, broken)])).is_err_and(|finding| finding.line == Some(3)));
    }

    #[test]
    fn the_tables_are_read() {
        let tree = Tree::from([(PATH, EXAMPLE)]);
        let read = Architecture::of(&tree).ok().unwrap();
        assert_eq!(read.crates["springhead-mux"].layer, 2);
        assert_eq!(read.top_level, ["Cargo.toml", "crates", "docs"].into());
        assert_eq!(read.is_home("tokio", "springhead-rtmp"), Some(true));
        assert_eq!(read.is_home("tokio", "springhead-mux"), Some(false));
        assert_eq!(read.is_home("openssl", "springhead-rtmp"), None);
    }
}
