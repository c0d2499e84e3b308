//! Containers, written and read: CMAF and FLV
