//! Rules, and what breaks them.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Against a SHOULD, or against what players are known to need.
    Warning,
    /// Against a MUST.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One rule of a standard, as a thing to check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its name, for example `L-02`. Stable: scripts may go by it.
    pub id: &'static str,
    /// Where the standard says so.
    pub clause: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What it demands, in one line.
    pub summary: &'static str,
    /// What a player does about it.
    pub consequence: &'static str,
}

impl Rule {
    /// What breaks it.
    pub(crate) fn broken(&self, severity: Severity, place: impl fmt::Display, message: impl fmt::Display) -> Finding {
        let Self { id, clause, consequence, .. } = *self;
        Finding { id, clause, severity, place: place.to_string(), message: message.to_string(), consequence }
    }
}

/// One place that breaks a rule.
///
/// ```
/// let findings = springhead_conform::hls_media::check("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:0,\na.ts\n").findings;
/// let zero = findings.iter().find(|finding| finding.id == "H-08").unwrap();
/// assert_eq!(zero.place, "segment 0");
/// assert!(zero.to_string().starts_with("error H-08 (rfc8216bis §4.4.4.1) at segment 0: "));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule's name.
    pub id: &'static str,
    /// Where the standard says so.
    pub clause: &'static str,
    /// How bad it is here.
    pub severity: Severity,
    /// Where: a line, a segment, an element, a box.
    pub place: String,
    /// What is there, and what should be.
    pub message: String,
    /// What a player does about it.
    pub consequence: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, clause, severity, place, message, consequence } = self;
        write!(f, "{severity} {id} ({clause}) at {place}: {message}; {consequence}")
    }
}

/// What was read, if it could be, and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict<T> {
    /// What was read; none when it is broken beyond reading, and then a finding says so.
    pub model: Option<T>,
    /// What is wrong, rule by rule.
    pub findings: Vec<Finding>,
}

/// How many places one rule reports. The rest is counted: input that breaks a rule everywhere gives no more text than
/// input that breaks it often.
const MAX_PLACES: usize = 20;

/// Where a rule puts what it finds.
pub(crate) struct Report<'a> {
    rule: &'static Rule,
    findings: &'a mut Vec<Finding>,
    places: usize,
}

impl<'a> Report<'a> {
    pub(crate) fn new(rule: &'static Rule, findings: &'a mut Vec<Finding>) -> Self {
        Self { rule, findings, places: 0 }
    }

    /// The rule is broken.
    pub(crate) fn at(&mut self, place: impl fmt::Display, message: impl fmt::Display) {
        self.push(self.rule.severity, place, message);
    }

    /// The rule is kept by its letter, and yet not as well as it should be.
    pub(crate) fn warn(&mut self, place: impl fmt::Display, message: impl fmt::Display) {
        self.push(Severity::Warning, place, message);
    }

    fn push(&mut self, severity: Severity, place: impl fmt::Display, message: impl fmt::Display) {
        self.places += 1;
        if self.places <= MAX_PLACES {
            self.findings.push(self.rule.broken(severity, place, message));
        }
    }

    /// Says how many places were left out.
    pub(crate) fn finish(self) {
        if self.places > MAX_PLACES {
            let message = format_args!("{} more places", self.places - MAX_PLACES);
            self.findings.push(self.rule.broken(self.rule.severity, "elsewhere", message));
        }
    }
}

/// A module's table of rules: `check => id, clause, severity, what it demands, what a player does`. Gives `RULES` and
/// `run`, which checks them all.
macro_rules! rules {
    (
        for $subject:ty:
        $($check:path => $id:literal, $clause:literal, $severity:ident, $summary:literal, $consequence:literal;)+
    ) => {
        /// The rules of this module, in the order in which they are checked.
        pub const RULES: &[$crate::Rule] = &[$($crate::Rule {
            id: $id,
            clause: $clause,
            severity: $crate::Severity::$severity,
            summary: $summary,
            consequence: $consequence,
        }),+];

        fn run(subject: &$subject) -> Vec<$crate::Finding> {
            let checks: [fn(&$subject, &mut $crate::finding::Report<'_>); RULES.len()] = [$($check),+];
            let mut findings = Vec::new();
            for (rule, check) in RULES.iter().zip(checks) {
                let mut report = $crate::finding::Report::new(rule, &mut findings);
                check(subject, &mut report);
                report.finish();
            }
            findings
        }
    };
}
pub(crate) use rules;

/// What is said of inputs that are broken on purpose, for the test that every rule has one. Each module's tests give theirs
/// as `broken_inputs()`.
#[cfg(test)]
pub(crate) type BrokenInputs = Vec<(&'static str, Vec<Finding>)>;

/// The names of the rules that are broken, once each, in order: for tests.
#[cfg(test)]
pub(crate) fn broken(findings: &[Finding]) -> Vec<&'static str> {
    let mut ids: Vec<_> = findings.iter().map(|finding| finding.id).collect();
    ids.dedup();
    ids
}
