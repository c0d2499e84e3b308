//! What packaging yields of real units under virtual time, by subject.

mod anchor;
mod availability;
mod broadcast;

mod captions;
mod cmaf;
mod continuity;
mod dash;
mod determinism;
mod dvr;
mod hls;
mod hour;
mod ladder;
mod metadata;
mod multivariant;
mod numbering;
mod transport_streams;
