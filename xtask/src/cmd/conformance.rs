//! `cargo xtask conformance`: which item of the standards is shown by which test.

use std::path::Path;

use anyhow::{Result, bail};

use crate::run::Runner;
use crate::tidy::architecture::full_name;
use crate::tidy::{ConformanceRow, GROUPS, Tree, conformance_rows};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only items whose ids begin with this, for example `H` or `L-01`
    #[arg(default_value = "")]
    items: String,
    /// Runs the tests that the items name
    #[arg(long)]
    run: bool,
}

/// Shows the items and how many are covered; with `--run`, runs their tests.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let tree = Tree::read(root)?;
    let rows = match conformance_rows(&tree) {
        Ok(rows) => rows,
        Err(finding) => bail!("{finding}"),
    };
    let chosen: Vec<&ConformanceRow<'_>> = rows.iter().filter(|row| row.id.starts_with(&args.items)).collect();
    if chosen.is_empty() {
        bail!("no item's id begins with {}", args.items);
    }
    for group in GROUPS {
        let rows: Vec<_> = chosen.iter().filter(|row| row.id.starts_with(group.letter)).collect();
        if rows.is_empty() {
            continue;
        }
        let covered = rows.iter().filter(|row| row.open.is_none()).count();
        println!("{} · {covered} of {} covered", group.title, rows.len());
        for row in rows {
            match row.open {
                None => println!("  {}  {} ({})", row.id, row.tests.join(", "), row.krate),
                Some(reason) => println!("  {}  open: {reason} · {}", row.id, row.item),
            }
        }
    }
    if args.run {
        let runner = Runner::new(root);
        let named = chosen.iter().flat_map(|row| row.tests.iter().map(|test| (full_name(row.krate), *test)));
        let mut tests: Vec<(String, &str)> = named.collect();
        tests.sort();
        tests.dedup();
        for of_one_crate in tests.chunk_by(|a, b| a.0 == b.0) {
            let filters: Vec<&str> = of_one_crate.iter().map(|(_, test)| *test).collect();
            let package = &of_one_crate[0].0;
            runner.cargo(&format!("test --package {package} --all-features -- {}", filters.join(" ")))?;
        }
        println!("{} passed, {} failed", runner.tally().passed, runner.tally().failed);
    }
    Ok(())
}
