//! Transport streams, judged by a checker that shares no code with what it judges.

mod checker;
mod support;
mod writer;
