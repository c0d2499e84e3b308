//! Scenarios from a publisher's stamps to what players are told, and what they make of it, under virtual time.

mod hour;
mod nasty;
mod players;
mod studio;
mod wire;
