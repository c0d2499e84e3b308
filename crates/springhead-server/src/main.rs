//! The `springhead` binary.
fn main() {}
