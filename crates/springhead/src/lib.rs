//! Springhead, a live-media origin: every crate of the family behind one facade
