//! Cut decisions, parts and segments, live window, DVR timeline, and manifests from one snapshot
