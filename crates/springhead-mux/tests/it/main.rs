//! The containers against others' readers and writers.

mod chunk;
mod entries;
mod fixture;
mod flv;
mod fragments;
mod init;
mod mfra;
mod movie;
mod protection;
mod support;
mod ts;
