//! What lies in the top folder.

use super::architecture::Architecture;
use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "top level",
    why: "The top folder is the first thing that a stranger sees. It holds what docs/architecture.md lists, and dot files; \
          a new thing goes into the folder of what it belongs to.",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let Ok(architecture) = Architecture::of(tree) else { return Vec::new() };
    let strangers =
        tree.top_level().into_iter().filter(|name| !name.starts_with('.') && !architecture.top_level.contains(name));
    strangers.map(|name| Finding::new(name, None, "does not belong to the top folder")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::architecture::{EXAMPLE, PATH};
    use super::*;

    #[test]
    fn a_stray_file_or_folder_fails() {
        let files = [(PATH, EXAMPLE), (".gitignore", ""), ("Cargo.toml", ""), ("notes.txt", ""), ("scripts/a.sh", "")];
        let findings = check(&Tree::from(files));
        assert_eq!(findings.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["notes.txt", "scripts"]);
    }
}
