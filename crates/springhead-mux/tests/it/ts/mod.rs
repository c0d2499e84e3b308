//! Transport streams, judged by a checker that shares no code with what it judges.

mod checker;
mod damage;
mod fixture;
mod packing;
mod programs;
mod round_trip;
mod support;
mod writer;
