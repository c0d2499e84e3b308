//! Documents against the schemas of the standard. These are not free to copy, so they are not part of the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Fails when a document is not valid by the schema of that name. Says so and passes where the schema or `xmllint` is not
/// at hand.
pub(super) fn check(name: &str, documents: impl IntoIterator<Item = String>) {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schema/dash");
    let schemas = std::env::var_os("SPRINGHEAD_DASH_XSD").map_or_else(beside, PathBuf::from);
    let schema = schemas.join(name);
    if !schema.is_file() {
        eprintln!("skipped: no {name}; SPRINGHEAD_DASH_XSD names the folder that has it");
        return;
    }
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: there is no xmllint to validate with");
        return;
    }
    let folder = std::env::temp_dir().join(format!("springhead-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--nonet", "--noout", "--schema"]).arg(schema);
    for (n, document) in documents.into_iter().enumerate() {
        let file = folder.join(format!("{n}.xml"));
        std::fs::write(&file, document).unwrap();
        xmllint.arg(file);
    }
    let output = xmllint.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let wrong: Vec<_> = said.lines().filter(|line| !line.ends_with(" validates")).take(10).collect();
    assert!(output.status.success(), "in {}:\n{}", folder.display(), wrong.join("\n"));
    std::fs::remove_dir_all(&folder).unwrap();
}
