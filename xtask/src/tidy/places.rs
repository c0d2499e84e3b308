//! Places that exist on one machine only.

use super::{Finding, Rule, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "places",
    why: "The repository works wherever it is cloned: no path of somebody's machine, and no host of a package registry, \
          which everybody's client is set up for in its own way.",
    check,
};

/// First folders of paths that only some machine has.
const FOLDERS: &[&str] = &["home", "root", "Users", "work", "workspace", "builds"];
/// Hosts of registries, without the dot that makes them one.
const HOSTS: &[(&str, &str)] =
    &[("index.crates", "io"), ("static.crates", "io"), ("registry.npmjs", "org"), ("deb.debian", "org")];

fn check(tree: &Tree) -> Vec<Finding> {
    let folders: Vec<String> = FOLDERS.iter().map(|folder| format!("/{folder}/")).collect();
    let mut hosts: Vec<String> = HOSTS.iter().map(|(host, end)| format!("{host}.{end}")).collect();
    hosts.push(["python", "hosted"].concat());
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| !path.contains(".min.")) {
        for (number, line) in (1..).zip(text.lines()) {
            for folder in folders.iter().filter(|folder| starts_a_path(line, folder)) {
                findings.push(Finding::new(path, number, format!("a path of one machine, {folder}…")));
            }
            for host in hosts.iter().filter(|host| line.contains(host.as_str())) {
                findings.push(Finding::new(path, number, format!("the host {host}")));
            }
        }
    }
    findings
}

/// Whether `folder` is in the line as the start of an absolute path.
fn starts_a_path(line: &str, folder: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "._-~/*}>".contains(c);
    line.match_indices(folder).any(|(at, _)| !line[..at].chars().next_back().is_some_and(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machines_path_and_a_registrys_host_fail() {
        let path = ["let a = \"", "/ho", "me/jo/clip.mp4\";\nlet b = \"x/home/y\";\n"].concat();
        let host = ["resolved: https://registry.", "npmjs.org/x"].concat();
        let findings = check(&Tree::from([("a.rs", path.as_str()), ("package-lock.json", host.as_str())]));
        let found: Vec<_> = findings.iter().map(|finding| (finding.path.as_str(), finding.line)).collect();
        assert_eq!(found, [("a.rs", Some(1)), ("package-lock.json", Some(1))]);
    }
}
