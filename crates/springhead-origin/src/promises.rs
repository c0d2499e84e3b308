//! What was promised to players of a key, for as long as they may remember it.
//!
//! The target duration and the part target of a playlist never change (H-06, L-01), and they depend on the first segment. So
//! they outlive the packaging of a broadcast: in memory, and in a file where there is one, beyond the server's own life.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use springhead_core::BroadcastKey;
use springhead_manifest::Seconds;
use springhead_packager::{PackagerConfig, Timing};

/// The most keys whose promises are kept; those that were made first go first.
const MOST: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Promise {
    target_duration: u64,
    part_target_micros: u64,
    /// The order in which they were made.
    #[serde(default)]
    made: u64,
}

/// The file: promises, and the wishes that they were made for. Other wishes are other promises.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    wishes: String,
    promises: BTreeMap<String, Promise>,
}

#[derive(Debug)]
pub(crate) struct Promises {
    kept: Mutex<Kept>,
    file: Option<PathBuf>,
}

impl Promises {
    /// Those of the file, if there is one and it was written under the same wishes.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or is not one of these.
    pub(crate) fn load(file: Option<PathBuf>, config: &PackagerConfig) -> io::Result<Self> {
        let wishes = wishes(config);
        let kept = match file.as_deref().map(std::fs::read) {
            None => Kept::default(),
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
            Some(text) => serde_json::from_slice(&text?)?,
        };
        let promises = if kept.wishes == wishes { kept.promises } else { BTreeMap::new() };
        Ok(Self { kept: Mutex::new(Kept { wishes, promises }), file })
    }

    pub(crate) fn of(&self, key: &BroadcastKey) -> Option<Timing> {
        let promise = *self.kept().promises.get(key.as_str())?;
        let part_target = Seconds::from_micros(promise.part_target_micros);
        Some(Timing { target_duration: promise.target_duration, part_target })
    }

    /// Keeps what is promised for a key, and writes the file if that is new.
    pub(crate) fn keep(&self, key: &BroadcastKey, timing: &Timing) {
        if self.of(key).as_ref() == Some(timing) {
            return;
        }
        let text = {
            let mut kept = self.kept();
            let made = kept.promises.values().map(|promise| promise.made + 1).max().unwrap_or(0);
            let promise = Promise {
                target_duration: timing.target_duration,
                part_target_micros: timing.part_target.micros(),
                made,
            };
            kept.promises.insert(key.to_string(), promise);
            if kept.promises.len() > MOST {
                let oldest = kept.promises.iter().min_by_key(|(_, promise)| promise.made).map(|(key, _)| key.clone());
                oldest.and_then(|key| kept.promises.remove(&key));
            }
            serde_json::to_vec_pretty(&*kept)
        };
        // A promise that is not written is kept until the server is started again, and then made anew.
        if let Some(file) = &self.file
            && let Err(error) = text.map_err(io::Error::from).and_then(|text| replace(file, &text))
        {
            tracing::warn!(file = %file.display(), %error, "what was promised to players cannot be written");
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Whoever reads the file sees it as it was or as it is.
fn replace(file: &Path, text: &[u8]) -> io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, file)
}

/// What of the configuration promises follow from.
fn wishes(config: &PackagerConfig) -> String {
    let PackagerConfig { part, segment, min_target_duration, numbering, .. } = config;
    format!("part {part:?}, segment {segment:?}, target duration {min_target_duration:?}, numbers {numbering:?}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn timing(target_duration: u64) -> Timing {
        Timing { target_duration, part_target: Seconds::from_micros(500_000) }
    }

    #[test]
    fn promises_outlive_the_server_unless_something_else_is_wished_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("promises.json");
        let config = PackagerConfig::default();
        let key: BroadcastKey = "live/cam".parse().unwrap();
        let load = |config: &PackagerConfig| Promises::load(Some(file.clone()), config).unwrap();
        let first = load(&config);
        assert_eq!(first.of(&key), None);
        first.keep(&key, &timing(11));
        assert_eq!(load(&config).of(&key), Some(timing(11)));
        let other = PackagerConfig { part: Duration::from_millis(200), ..config };
        assert_eq!(load(&other).of(&key), None);
    }

    #[test]
    fn a_file_that_is_something_else_is_an_error_and_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("promises.json");
        std::fs::write(&file, "something else").unwrap();
        assert!(Promises::load(Some(file.clone()), &PackagerConfig::default()).is_err());
        assert_eq!(std::fs::read(file).unwrap(), b"something else");
    }
}
