//! Synthetic streams, virtual clock and seeded faults for tests
