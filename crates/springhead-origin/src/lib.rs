//! The HTTP origin: manifests, blocking reload, chunked segments, API, metrics and the player page
