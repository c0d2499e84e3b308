//! Where segments are kept.
//!
//! Layer 1: depends on `springhead-core` alone. A store is handed finished objects (init sections, segments, manifests)
//! and gives back exactly those bytes; what they mean, and when one may go, is decided by the caller.
//!
//! | module | what it holds |
//! |---|---|
//! | [`path`] | [`ObjectPath`]: the name of an object, and what it can never contain |
//! | [`range`] | [`ByteRange`]: which bytes of an object are wanted (RFC 9110 §14.1.2) |
//! | [`store`] | [`SegmentStore`]: the small, atomic trait that every backend implements, and its errors |
//! | [`memory`] | [`MemoryStore`]: a byte budget in memory, with exact counters |
//! | `conformance` | the checks that every backend has to pass (feature `conformance`) |
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `conformance` | no | the suite `conformance::check`, for the tests of a backend |
//!
//! ```
//! use springhead_core::Rope;
//! use springhead_storage::{ByteRange, GetOptions, MemoryStore, ObjectPath, PutOptions, SegmentStore};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let store = MemoryStore::new(64 << 20);
//! let path: ObjectPath = "live/cam/v1/7.m4s".parse()?;
//! let body: Rope = ["styp", "moof", "mdat"].into_iter().map(bytes::Bytes::from).collect();
//! store.put(&path, body, PutOptions::create()).await?;
//!
//! let tail = store.get(&path, GetOptions::range(ByteRange::Last(4))).await?;
//! assert_eq!((tail.range, tail.body.to_bytes()), (8..12, "mdat".into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod memory;
pub mod path;
pub mod range;
pub mod store;

pub use memory::{MemoryCounters, MemoryStore};
pub use path::{BadPath, ObjectPath};
pub use range::ByteRange;
pub use store::{GetOptions, ListOptions, Object, ObjectMeta, PutMode, PutOptions, SegmentStore, StoreError};
