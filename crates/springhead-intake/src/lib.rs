//! The chunk processor: unwrap, order, repair and gate one track at a time
