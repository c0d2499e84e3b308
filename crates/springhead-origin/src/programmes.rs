//! Which broadcasts make up what viewers of one key see.

use std::collections::BTreeMap;

use springhead_core::BroadcastKey;
use springhead_packager::{Place, Version};

/// How broadcasts are put together. By default each is a programme of its own, except that `live/cam@1080` and `live/cam@720`
/// are versions of `live/cam`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Programmes {
    /// Versions of a programme that are not named after it: the key of the programme by that of the broadcast.
    pub versions: BTreeMap<BroadcastKey, BroadcastKey>,
    /// What stands in for a programme while it is not published: by the programme's key, the keys of others, in the order in
    /// which they are wanted. A broadcast stands in for one programme, and is then no programme of its own.
    pub backups: BTreeMap<BroadcastKey, Vec<BroadcastKey>>,
}

/// What a broadcast is to its programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    /// The programme that it belongs to.
    pub(crate) programme: BroadcastKey,
    /// Which of the programme's contents it is, and which version of that: rank 0 is the programme's own.
    pub(crate) place: Place,
    /// Whether it is one of several versions.
    pub(crate) is_version: bool,
}

impl Programmes {
    pub(crate) fn role(&self, key: &BroadcastKey) -> Role {
        let named = key.name().split_once('@').and_then(|(name, version)| {
            let content = BroadcastKey::new(key.app(), name).ok()?;
            (!version.is_empty()).then(|| (content, Version::new(version)))
        });
        let version = self.versions.get(key).map(|content| (content.clone(), Version::new(key.name()))).or(named);
        let is_version = version.is_some();
        let (content, version) = version.unwrap_or_else(|| (key.clone(), Version::default()));
        let stands_in = self.backups.iter().find_map(|(programme, backups)| {
            let at = backups.iter().position(|backup| *backup == content)?;
            Some((programme.clone(), at + 1))
        });
        let (programme, rank) = stands_in.unwrap_or((content, 0));
        Role { programme, place: Place { rank, version }, is_version }
    }

    /// How many contents a programme has.
    pub(crate) fn contents(&self, programme: &BroadcastKey) -> usize {
        1 + self.backups.get(programme).map_or(0, Vec::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> BroadcastKey {
        text.parse().unwrap()
    }

    #[test]
    fn a_broadcast_is_a_programme_of_its_own_unless_its_name_or_the_configuration_says_otherwise() {
        let programmes = Programmes {
            versions: BTreeMap::from([(key("live/low"), key("live/cam"))]),
            backups: BTreeMap::from([(key("live/cam"), vec![key("live/cam-b"), key("live/cam~slate")])]),
        };
        let role = |text: &str| {
            let role = programmes.role(&key(text));
            (role.programme.to_string(), role.place.rank, role.is_version)
        };
        assert_eq!(role("live/other"), ("live/other".into(), 0, false));
        assert_eq!(role("live/other@720"), ("live/other".into(), 0, true));
        assert_eq!(role("live/@720"), ("live/@720".into(), 0, false));
        assert_eq!(role("live/cam@"), ("live/cam@".into(), 0, false));
        assert_eq!(role("live/low"), ("live/cam".into(), 0, true));
        assert_eq!(role("live/cam-b"), ("live/cam".into(), 1, false));
        assert_eq!(role("live/cam-b@720"), ("live/cam".into(), 1, true));
        assert_eq!(role("live/cam~slate"), ("live/cam".into(), 2, false));
        assert_eq!((programmes.contents(&key("live/cam")), programmes.contents(&key("live/x"))), (3, 1));
    }
}
