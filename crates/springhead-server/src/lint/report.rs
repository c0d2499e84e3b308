//! Findings, each printed once as it comes, and a line of counts at the end.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard};

use springhead::conform::{Finding, Severity};
use url::Url;

/// What clears the progress line.
const CLEAR: &str = "\r\x1b[K";

#[derive(Debug)]
pub(crate) struct Report {
    json: bool,
    /// Whether somebody watches standard error.
    watched: bool,
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
        Self { json, watched: std::io::stderr().is_terminal(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Something was fetched and looked at.
    pub(crate) fn fetched(&self) {
        self.state().fetched += 1;
    }

    /// There was no answer to a request.
    pub(crate) fn unfetched(&self, what: &dyn std::error::Error) {
        self.state().unfetched += 1;
        if self.json {
            let why = serde_json::json!({ "severity": "error", "id": null, "message": what.to_string() });
            self.print(&why.to_string());
        } else {
            self.print(&format!("error       {what}"));
        }
    }

    /// Findings at a URL, each place of it once.
    pub(crate) fn add(&self, at: &Url, findings: &[Finding]) {
        self.add_once(at.path(), at, findings);
    }

    /// Findings that hold for all of a kind, each of them once: a server that lacks a header field lacks it everywhere.
    pub(crate) fn add_once(&self, kind: &str, at: &Url, findings: &[Finding]) {
        for finding in findings {
            let mut state = self.state();
            if !state.seen.insert((kind.to_owned(), finding.id, finding.place.clone())) {
                continue;
            }
            match finding.severity {
                Severity::Error => state.errors += 1,
                Severity::Warning => state.warnings += 1,
            }
            drop(state);
            if self.json {
                self.print(&as_json(at, finding));
            } else {
                self.print(&format!("{finding}\n            in {at}"));
            }
        }
    }

    /// The rules that are broken, each once.
    #[cfg(test)]
    pub(crate) fn rules(&self) -> BTreeSet<&'static str> {
        self.state().seen.iter().map(|(_, id, _)| *id).collect()
    }

    /// Says how far it is, to who watches.
    pub(crate) fn progress(&self, seconds: u64, of: u64) {
        if self.watched {
            let State { errors, warnings, fetched, .. } = *self.state();
            let line = format!("{seconds} of {of} s, {fetched} fetched, {errors} errors, {warnings} warnings");
            let _ = write!(std::io::stderr(), "{CLEAR}{line}");
        }
    }

    /// Prints the counts. True when there is no error.
    pub(crate) fn finish(&self) -> bool {
        let State { errors, warnings, fetched, unfetched, .. } = *self.state();
        if !self.json {
            self.print(&format!(
                "{fetched} fetched and checked, {unfetched} not to be had, {errors} errors, {warnings} warnings"
            ));
        } else if self.watched {
            let _ = write!(std::io::stderr(), "{CLEAR}");
        }
        errors == 0 && unfetched == 0
    }

    /// To standard output. A reader who has gone away needs no more lines.
    fn print(&self, line: &str) {
        if self.watched {
            let _ = write!(std::io::stderr(), "{CLEAR}");
        }
        let _ = writeln!(std::io::stdout(), "{line}");
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
