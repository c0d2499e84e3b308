//! `cargo xtask tidy`: the house rules.

use std::path::Path;

use anyhow::{Result, bail};

use crate::tidy::{RULES, Tree};

/// Checks every rule and explains those that are broken.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let mut broken = 0;
    for rule in RULES {
        let findings = (rule.check)(&tree);
        if findings.is_empty() {
            continue;
        }
        broken += findings.len();
        println!("{}: {}", rule.name, rule.why);
        for finding in &findings {
            println!("  {finding}");
        }
        println!();
    }
    if broken > 0 {
        bail!("{broken} places break a house rule");
    }
    println!("    {} house rules hold", RULES.len());
    Ok(())
}
