//! The containers against others' readers and writers.

mod chunk;
mod fixture;
mod flv;
mod init;
mod support;
