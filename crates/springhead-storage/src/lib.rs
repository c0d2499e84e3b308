//! Where segments are kept: the SegmentStore trait and its backends
