//! Broadcasts: registry, publish and play sessions, policies, lifecycle, events and hooks
