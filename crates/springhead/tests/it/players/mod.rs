//! What players make of a broadcast: models of hls.js, Shaka Player, dash.js and AVPlayer before the origin.

mod plain;
mod refusals;
