//! A file per command.

pub(crate) mod bench;
pub(crate) mod ci;
pub(crate) mod conformance;
pub(crate) mod fuzz;
pub(crate) mod golden;
pub(crate) mod test;
pub(crate) mod tidy;
