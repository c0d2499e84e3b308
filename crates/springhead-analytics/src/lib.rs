//! Counters, histograms, windows and snapshots of what a stream really does
