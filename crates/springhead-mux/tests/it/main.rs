//! The containers against others' readers and writers.

mod chunk;
mod fixture;
mod init;
mod support;
mod ts;
