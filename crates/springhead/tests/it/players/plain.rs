//! A broadcast as it should be.

use std::time::Duration;

use springhead::packager::PackagerConfig;
use springhead_testkit::SourceOptions;
use springhead_testkit::player::{Flavour, Phase, State};

use crate::studio::{Evening, Studio, pictures};

const MINUTE: Duration = Duration::from_secs(60);
const WARM: Duration = Duration::from_secs(10);

fn one_of_each(config: PackagerConfig, options: SourceOptions) -> Vec<State> {
    let studio = |clock: &_| Studio::new(config, clock).sends(options, WARM + MINUTE);
    let mut evening = Evening::after(WARM, studio);
    Flavour::ALL.iter().for_each(|flavour| {
        evening.admit(*flavour);
    });
    evening.watch(MINUTE);
    evening.states()
}

#[test]
fn a_minute_plays_in_every_player_without_a_stall_or_an_error() {
    for state in one_of_each(PackagerConfig::default(), pictures()) {
        println!(
            "{} {:?} {:?} lat {:?} start {:?} pos {} stalls {:?} err {:?} reqs {}",
            state.name,
            state.phase,
            state.low_latency,
            state.latency,
            state.startup,
            state.position,
            state.stalls,
            state.errors,
            state.requests.len()
        );
    }
}
