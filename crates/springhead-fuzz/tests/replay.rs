//! The corpus, without libFuzzer: what once failed never fails again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use springhead_fuzz::{TARGETS, Target};

/// How many pieces and how many damaged copies are made of an input.
const VARIANTS: usize = 200;
/// The most that is taken of a file: what is beyond is more of the same.
const MOST_BYTES: usize = 32 << 10;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder, in order; none when there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn stems(folder: &str) -> BTreeSet<String> {
    files(&here().join(folder)).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Tries an input whole, cut off, and with one byte changed, the same way every time.
fn try_around(target: &Target, input: &[u8]) {
    (target.body)(input);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut damaged = input.to_vec();
    for n in 0..VARIANTS.min(input.len()) {
        (target.body)(&input[..input.len() * n / VARIANTS]);
        seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let at = (seed >> 33) as usize % input.len();
        let byte = std::mem::replace(&mut damaged[at], (seed >> 25) as u8);
        (target.body)(&damaged);
        damaged[at] = byte;
    }
}

fn replay(target: &Target) {
    for tiny in [&[][..], &[0], &[0xff], &[0; 64], &[0xff; 64], b"<a/>", b"#EXTM3U"] {
        (target.body)(tiny);
    }
    let testdata = here().join("..").join(target.krate.replace('_', "-")).join("testdata");
    let corpus = files(&here().join("corpus").join(target.name()));
    for path in corpus.into_iter().chain(files(&testdata)) {
        // Shown only when the test fails: the input that was tried last is the one that failed.
        println!("{} {}", target.name(), path.display());
        let input = fs::read(&path).unwrap();
        try_around(target, &input[..input.len().min(MOST_BYTES)]);
    }
}

#[test]
fn no_input_of_the_corpus_fails_nor_does_anything_near_it() {
    TARGETS.iter().for_each(replay);
}

#[test]
fn every_target_has_its_file_and_every_file_and_corpus_its_target() {
    let names: BTreeSet<String> = TARGETS.iter().map(Target::name).collect();
    assert_eq!(stems("fuzz_targets"), names, "files in fuzz_targets");
    let manifest = fs::read_to_string(here().join("Cargo.toml")).unwrap();
    for name in &names {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "Cargo.toml has no [[bin]] for {name}"
        );
    }
    for entry in fs::read_dir(here().join("corpus")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(names.contains(&name), "corpus/{name} is of no target");
        }
    }
}
