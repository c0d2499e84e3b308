//! Runs programs, shows what they say, and counts the tests they report.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail};

/// Tests that runners have reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// Runs programs at the top of the repository.
pub(crate) struct Runner {
    root: PathBuf,
    /// Set for every program.
    env: Vec<(&'static str, String)>,
    tally: Mutex<Tally>,
}

impl Runner {
    /// A runner that has counted nothing.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.into(), env: Vec::new(), tally: Mutex::default() }
    }

    /// Sets a variable for every program that is run from now on.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.env.push((name, value));
    }

    /// Runs `cargo` with arguments as one would type them.
    pub(crate) fn cargo(&self, arguments: &str) -> Result<()> {
        self.run("cargo", arguments, &[])
    }

    /// Runs a program with arguments as one would type them and further variables; fails when it does.
    pub(crate) fn run(&self, program: &str, arguments: &str, env: &[(&str, &str)]) -> Result<()> {
        let variables: String = env.iter().map(|(name, value)| format!("{name}={value:?} ")).collect();
        println!("    $ {variables}{program} {arguments}");
        let mut command = Command::new(program);
        command.args(arguments.split_whitespace()).current_dir(&self.root);
        command.envs(self.env.iter().map(|(name, value)| (name, value))).envs(env.iter().copied());
        // A variable that cargo sets for this program would tell a cargo called from here about the wrong package.
        command.env_remove("CARGO_MANIFEST_DIR").stdin(Stdio::null());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{program} could not be started"))?;
        let (stdout, stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let read = std::thread::scope(|scope| {
            let errors = scope.spawn(|| self.pass_on(stderr));
            let output = self.pass_on(stdout);
            output.and(errors.join().expect("passing lines on does not panic"))
        });
        let status = child.wait()?;
        read?;
        if !status.success() {
            bail!("{program} {arguments}: {status}");
        }
        Ok(())
    }

    /// The tests that were counted.
    pub(crate) fn tally(&self) -> Tally {
        *self.tally.lock().expect("counting does not panic")
    }

    fn pass_on(&self, from: impl Read) -> Result<()> {
        for line in BufReader::new(from).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            if let Some(counted) = counted(&line) {
                let mut tally = self.tally.lock().expect("counting does not panic");
                tally.passed += counted.passed;
                tally.failed += counted.failed;
            }
            writeln!(std::io::stdout().lock(), "{line}")?;
        }
        Ok(())
    }
}

/// What a runner's closing line counts: that of `cargo test`, or that of nextest.
fn counted(line: &str) -> Option<Tally> {
    let trimmed = line.trim_start();
    // What nextest shows of a test that failed is indented, the line of that one's own runner among it.
    if !(line.starts_with("test result:")
        || (trimmed.starts_with("Summary [") && (trimmed.contains("tests run:") || trimmed.contains("test run:"))))
    {
        return None;
    }
    let words: Vec<&str> = trimmed.split([' ', ';', ',']).filter(|word| !word.is_empty()).collect();
    let before =
        |what| words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0);
    Some(Tally { passed: before("passed"), failed: before("failed") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_others_are_not() {
        for (line, expected) in [
            ("test result: FAILED. 9 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out", Some((9, 2))),
            ("     Summary [   0.104s] 14 tests run: 12 passed (1 slow), 2 failed, 3 skipped", Some((12, 2))),
            ("     Summary [   0.104s] 1 test run: 1 passed", Some((1, 0))),
            ("    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 15 filtered out", None),
            ("7 passed, 0 failed", None),
        ] {
            assert_eq!(counted(line), expected.map(|(passed, failed)| Tally { passed, failed }), "{line}");
        }
    }

    #[test]
    fn a_program_that_fails_is_an_error_that_names_it() {
        let runner = Runner::new(Path::new("."));
        let failed = runner.run("cargo", "no-such-command", &[]).unwrap_err();
        assert!(failed.to_string().starts_with("cargo no-such-command: "), "{failed}");
    }
}
