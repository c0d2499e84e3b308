//! The same input gives the same bytes.

use std::time::Duration;

use springhead_packager::PackagerConfig;
use springhead_testkit::{Faults, Source};

use crate::broadcast::{Broadcast, small, text};

/// Everything that a run published: manifests and media.
fn published() -> Vec<Vec<u8>> {
    let source = Source::new(small());
    let tracks = source.tracks();
    let faults = Faults { seed: 3, drop: 20, dts_jitter: 100, ..Faults::default() };
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(faults.inject(source.until(Duration::from_secs(20)).into_iter()), &tracks);
    broadcast.end();
    let mut out = Vec::new();
    for snapshot in &broadcast.snapshots {
        out.extend(snapshot.renditions.iter().map(|rendition| text(snapshot, rendition).into_bytes()));
        out.push(snapshot.multivariant().body.to_bytes().to_vec());
        out.push(snapshot.mpd().body.to_bytes().to_vec());
    }
    for name in broadcast.names() {
        out.extend(broadcast.segments(&name).iter().map(|segment| segment.body().to_bytes().to_vec()));
    }
    out
}

#[test]
fn the_same_units_at_the_same_times_give_the_same_bytes() {
    let first = published();
    assert!(first.len() > 100);
    assert!(first == published());
}
