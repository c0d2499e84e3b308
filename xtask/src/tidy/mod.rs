//! The house rules. Each is a function over a [`Tree`] in memory, so that its tests can show that it fails.

pub(crate) mod architecture;
mod conformance;
mod crates;
mod dependencies;
mod fuzz;
mod layers;
mod length;
pub(crate) mod markdown;
mod names;
mod places;
mod purity;
pub(crate) mod source;
mod top_level;
pub(crate) mod tree;
mod wording;

use std::fmt;

pub(crate) use conformance::{GROUPS, Row as ConformanceRow, rows as conformance_rows};
pub(crate) use tree::Tree;

/// A rule of the house.
pub(crate) struct Rule {
    /// What one says when naming it.
    pub(crate) name: &'static str,
    /// Why it is there and what to do, printed with the findings.
    pub(crate) why: &'static str,
    /// Looks for what breaks it.
    pub(crate) check: fn(&Tree) -> Vec<Finding>,
}

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file, from the top of the repository.
    pub(crate) path: String,
    /// The line, from 1.
    pub(crate) line: Option<usize>,
    /// What is wrong there.
    pub(crate) what: String,
}

impl Finding {
    fn new(path: impl Into<String>, line: impl Into<Option<usize>>, what: impl Into<String>) -> Self {
        Self { path: path.into(), line: line.into(), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.what),
            None => write!(f, "{}: {}", self.path, self.what),
        }
    }
}

/// All rules, in the order they are checked.
pub(crate) const RULES: &[Rule] = &[
    layers::RULE,
    dependencies::RULE,
    purity::RULE,
    top_level::RULE,
    crates::RULE,
    length::RULE,
    wording::RULE,
    names::RULE,
    places::RULE,
    fuzz::RULE,
    conformance::RULE,
];
