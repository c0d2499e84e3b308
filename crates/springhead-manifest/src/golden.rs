//! Golden files: whole outputs, kept in `testdata/`.

use std::path::Path;

/// Compares `text` with the file of that name. With `SPRINGHEAD_BLESS` set the file is written instead, to be looked at
/// in the change that does so.
pub(crate) fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    if std::env::var_os("SPRINGHEAD_BLESS").is_some() {
        std::fs::write(&path, text).expect("testdata can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name} is printed differently; SPRINGHEAD_BLESS=1 writes it anew:\n{text}");
}
