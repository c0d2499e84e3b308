//! Scenarios from a publisher's stamps to what players are told, under virtual time.

mod hour;
