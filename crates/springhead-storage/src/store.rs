//! The trait that every backend implements.

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use springhead_core::Rope;

use crate::{ByteRange, ObjectPath};

/// Keeps whole objects under paths.
///
/// What always holds:
/// - **atomic**: an object is there whole or not at all, whatever fails in between; a reader never sees a part of a write,
///   and one that already has an object keeps its bytes when the object is replaced or deleted;
/// - **read your writes**: once `put` or `delete` has returned, every later call sees it;
/// - **exact**: the bytes that come back are the bytes that were put, and `list` names each object once, in path order.
///
/// Dropping a call's future leaves the object as it was before or as it would be after, never between.
#[async_trait]
pub trait SegmentStore: fmt::Debug + Send + Sync + 'static {
    /// Writes a whole object, and gives its description once it is readable.
    ///
    /// # Errors
    /// [`StoreError::Exists`] under [`PutMode::Create`], [`StoreError::Full`], [`StoreError::Unavailable`]; the store is
    /// then as it was.
    async fn put(&self, path: &ObjectPath, body: Rope, options: PutOptions) -> Result<ObjectMeta, StoreError>;

    /// Reads an object or a range of it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Range`], [`StoreError::Unavailable`].
    async fn get(&self, path: &ObjectPath, options: GetOptions) -> Result<Object, StoreError>;

    /// Describes an object without reading it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    async fn head(&self, path: &ObjectPath) -> Result<ObjectMeta, StoreError>;

    /// Removes an object.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], which a caller that only wants it gone takes for success, and
    /// [`StoreError::Unavailable`].
    async fn delete(&self, path: &ObjectPath) -> Result<(), StoreError>;

    /// Describes the objects below a folder, or all of them, in path order, at most [`ListOptions::limit`] of them. The
    /// next page starts after the last path of this one; a page that is not full is the last.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]. A folder that holds nothing is no error.
    async fn list(&self, folder: Option<&ObjectPath>, options: ListOptions) -> Result<Vec<ObjectMeta>, StoreError>;
}

/// What a store knows about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Its name.
    pub path: ObjectPath,
    /// Its length in bytes.
    pub len: u64,
}

/// Bytes that were read.
#[derive(Clone, Debug)]
pub struct Object {
    /// The whole object, of which `body` may be a part.
    pub meta: ObjectMeta,
    /// Which bytes of the object `body` holds.
    pub range: Range<u64>,
    /// The bytes.
    pub body: Rope,
}

/// Whether a write may replace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PutMode {
    /// Replaces an object that is there: manifests.
    #[default]
    Replace,
    /// Fails with [`StoreError::Exists`] when one is there: media, which never changes once it is published.
    Create,
}

/// How [`SegmentStore::put`] writes.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct PutOptions {
    /// Whether the write may replace.
    pub mode: PutMode,
}

impl PutOptions {
    /// For an object that must be new.
    pub fn create() -> Self {
        Self { mode: PutMode::Create }
    }
}

/// What [`SegmentStore::get`] reads.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct GetOptions {
    /// The bytes wanted; all of them when absent.
    pub range: Option<ByteRange>,
}

impl GetOptions {
    /// For some of the bytes.
    pub fn range(range: ByteRange) -> Self {
        Self { range: Some(range) }
    }
}

/// Which page [`SegmentStore::list`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListOptions {
    /// Only objects whose path comes after this one.
    pub after: Option<ObjectPath>,
    /// The most objects that one call gives. Default 1000, as in common object stores.
    pub limit: usize,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self { after: None, limit: 1000 }
    }
}

impl ListOptions {
    /// For the page after `path`.
    pub fn after(path: ObjectPath) -> Self {
        Self { after: Some(path), ..Self::default() }
    }

    /// For pages of this size.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }
}

/// Why a store did not do what it was asked, by what the caller does next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Answer 404.
    #[error("{path} is not in the store")]
    NotFound {
        /// What was asked for.
        path: ObjectPath,
    },
    /// The name is taken: a sequence number was used twice.
    #[error("{path} is in the store already")]
    Exists {
        /// The name.
        path: ObjectPath,
    },
    /// Answer 416.
    #[error("{path} has {len} bytes, none of them in the range")]
    Range {
        /// What was asked for.
        path: ObjectPath,
        /// How long the object is.
        len: u64,
    },
    /// Evict something, then try again.
    #[error("{path} needs {needed} bytes more than the {free} that are free")]
    Full {
        /// What was to be written.
        path: ObjectPath,
        /// By how many bytes the store would grow.
        needed: u64,
        /// How many bytes are free.
        free: u64,
    },
    /// Try again later: the device or the network failed.
    #[error("{path}: the store is unavailable")]
    Unavailable {
        /// What was asked for; the folder when it was a list.
        path: String,
        /// What the backend said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
