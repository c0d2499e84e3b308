//! Findings, each printed once as it comes, and a line of counts at the end.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, MutexGuard};

use springhead::conform::{Finding, Severity};
use url::Url;

#[derive(Debug)]
pub(crate) struct Report {
    json: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    seen: BTreeSet<(String, &'static str, String)>,
    errors: usize,
    warnings: usize,
    fetched: usize,
    unfetched: usize,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Something was fetched and looked at.
    pub(crate) fn fetched(&self) {
        self.state().fetched += 1;
    }

    /// Something that a manifest lists could not be fetched.
    pub(crate) fn unfetched(&self, what: &dyn std::error::Error) {
        self.state().unfetched += 1;
        if !self.json {
            print(&format!("error       {what}"));
        }
    }

    pub(crate) fn add(&self, at: &Url, findings: &[Finding]) {
        for finding in findings {
            let mut state = self.state();
            if !state.seen.insert((at.path().to_owned(), finding.id, finding.place.clone())) {
                continue;
            }
            match finding.severity {
                Severity::Error => state.errors += 1,
                Severity::Warning => state.warnings += 1,
            }
            drop(state);
            if self.json {
                print(&as_json(at, finding));
            } else {
                print(&format!("{finding}\n            in {at}"));
            }
        }
    }

    /// Prints the counts. True when there is no error.
    pub(crate) fn finish(&self) -> bool {
        let state = self.state();
        if !self.json {
            print(&format!(
                "{} fetched and checked, {} not to be had, {} errors, {} warnings",
                state.fetched, state.unfetched, state.errors, state.warnings
            ));
        }
        state.errors == 0 && state.unfetched == 0
    }
}

fn as_json(at: &Url, finding: &Finding) -> String {
    serde_json::json!({
        "url": at.as_str(),
        "id": finding.id,
        "clause": finding.clause,
        "severity": finding.severity.to_string(),
        "place": finding.place,
        "message": finding.message,
        "consequence": finding.consequence,
    })
    .to_string()
}

/// To standard output. A reader who has gone away needs no more lines.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
