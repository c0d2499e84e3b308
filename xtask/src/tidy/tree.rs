//! The repository's text in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

/// Path from the top of the repository to the text of the file; files that are no text are kept as empty.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

/// A crate under `crates/`.
pub(crate) struct Crate<'a> {
    /// Its folder's name, for example `springhead-mux`.
    pub(crate) name: &'a str,
    /// Where its manifest is.
    pub(crate) manifest_path: String,
    /// Its manifest; empty where it cannot be read, which cargo reports better than we could.
    pub(crate) manifest: toml::Table,
}

impl Tree {
    /// Reads what git tracks or would track.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let sh = Shell::new()?;
        sh.change_dir(root);
        let listed = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
        let mut files = BTreeMap::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            let whole = root.join(path);
            // A file that is deleted but not yet committed as deleted is still listed.
            if whole.is_file() {
                let bytes = std::fs::read(&whole).with_context(|| format!("read {path}"))?;
                files.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default());
            }
        }
        Ok(Self { files })
    }

    /// Every file, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files with one of these endings.
    pub(crate) fn ending<'a>(&'a self, ends: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(|(path, _)| ends.iter().any(|end| path.ends_with(end)))
    }

    /// The text of a file.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The names in the top folder.
    pub(crate) fn top_level(&self) -> BTreeSet<&str> {
        self.files().map(|(path, _)| path.split_once('/').map_or(path, |(first, _)| first)).collect()
    }

    /// The crates under `crates/`, by name.
    pub(crate) fn crates(&self) -> impl Iterator<Item = Crate<'_>> {
        self.files().filter_map(|(path, text)| {
            let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            let member = !name.contains('/') && name != "springhead-fuzz";
            member.then(|| Crate { name, manifest_path: path.to_owned(), manifest: text.parse().unwrap_or_default() })
        })
    }
}

impl Crate<'_> {
    /// What the crate is built with: `[dependencies]`, and those of a target.
    pub(crate) fn dependencies(&self) -> BTreeSet<&str> {
        let targets = self.manifest.get("target").and_then(|t| t.as_table()).into_iter().flatten();
        let tables = targets.map(|(_, target)| target.get("dependencies")).chain([self.manifest.get("dependencies")]);
        tables.filter_map(|table| table?.as_table()).flat_map(|table| table.keys().map(String::as_str)).collect()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        Self { files: files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect() }
    }
}
