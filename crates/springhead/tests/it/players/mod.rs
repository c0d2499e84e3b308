//! What players make of a broadcast: models of hls.js, Shaka Player, dash.js and AVPlayer before the origin.

use springhead_testkit::player::{Phase, State};

mod lost;
mod plain;
mod refusals;
mod viewer;

/// Plays, and nothing was ever wrong.
fn assert_content(state: &State) {
    let errors: Vec<String> = state.errors.iter().map(ToString::to_string).collect();
    assert_eq!((state.phase, &state.stalls[..], &errors[..]), (Phase::Playing, &[][..], &[][..]), "{}", state.name);
}
