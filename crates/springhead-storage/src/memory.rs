//! Objects in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use springhead_core::Rope;

use crate::{GetOptions, ListOptions, Object, ObjectMeta, ObjectPath, PutMode, PutOptions, SegmentStore, StoreError};

/// A [`SegmentStore`] in memory, within a budget of payload bytes.
///
/// Bodies are kept as the ropes they came as and are never copied; a reader's body shares the writer's buffers. A write
/// that would exceed the budget is refused with [`StoreError::Full`]: nothing is evicted behind the caller's back, because
/// only the caller knows what a manifest still lists. Payload held ≤ budget, always; bodies that readers still hold after
/// a delete are theirs.
///
/// ```
/// use springhead_storage::{MemoryStore, PutOptions, SegmentStore, StoreError};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new(10);
/// let six = bytes::Bytes::from_static(b"styp..");
/// store.put(&"1.m4s".parse()?, six.clone().into(), PutOptions::create()).await?;
/// let refused = store.put(&"2.m4s".parse()?, six.into(), PutOptions::create()).await;
/// assert!(matches!(refused, Err(StoreError::Full { needed: 6, free: 4, .. })));
/// assert_eq!((store.counters().bytes, store.counters().refused), (6, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    budget: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    objects: BTreeMap<ObjectPath, Rope>,
    counters: MemoryCounters,
}

/// What a [`MemoryStore`] holds and has done; all of one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryCounters {
    /// Objects held.
    pub objects: u64,
    /// Payload bytes held.
    pub bytes: u64,
    /// The most payload bytes that were held at once.
    pub peak_bytes: u64,
    /// Objects written, replacements included.
    pub written: u64,
    /// Payload bytes written.
    pub written_bytes: u64,
    /// Objects read, whole or in part.
    pub read: u64,
    /// Payload bytes read.
    pub read_bytes: u64,
    /// Objects deleted.
    pub deleted: u64,
    /// Writes refused for want of room.
    pub refused: u64,
}

impl MemoryStore {
    /// An empty store that holds at most `budget` payload bytes.
    pub fn new(budget: u64) -> Self {
        Self { budget, inner: Mutex::default() }
    }

    /// The most payload bytes that are held.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// What the store holds and has done.
    pub fn counters(&self) -> MemoryCounters {
        self.lock().counters
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no code panics while it holds the store's lock")
    }
}

fn meta(path: &ObjectPath, body: &Rope) -> ObjectMeta {
    ObjectMeta { path: path.clone(), len: body.len() as u64 }
}

#[async_trait]
impl SegmentStore for MemoryStore {
    async fn put(&self, path: &ObjectPath, body: Rope, options: PutOptions) -> Result<ObjectMeta, StoreError> {
        let Inner { objects, counters } = &mut *self.lock();
        let replaced = objects.get(path);
        if replaced.is_some() && options.mode == PutMode::Create {
            return Err(StoreError::Exists { path: path.clone() });
        }
        let new = body.len() as u64;
        let old = replaced.map_or(0, |body| body.len() as u64);
        let free = self.budget - counters.bytes;
        if new > old + free {
            counters.refused += 1;
            return Err(StoreError::Full { path: path.clone(), needed: new - old, free });
        }
        let meta = meta(path, &body);
        counters.objects += u64::from(replaced.is_none());
        counters.bytes = counters.bytes - old + new;
        counters.peak_bytes = counters.peak_bytes.max(counters.bytes);
        counters.written += 1;
        counters.written_bytes += new;
        objects.insert(path.clone(), body);
        Ok(meta)
    }

    async fn get(&self, path: &ObjectPath, options: GetOptions) -> Result<Object, StoreError> {
        let Inner { objects, counters } = &mut *self.lock();
        let whole = objects.get(path).ok_or_else(|| StoreError::NotFound { path: path.clone() })?;
        let meta = meta(path, whole);
        let (range, body) = match options.range {
            None => (0..meta.len, whole.clone()),
            Some(range) => {
                let range =
                    range.resolve(meta.len).ok_or_else(|| StoreError::Range { path: path.clone(), len: meta.len })?;
                // Both ends are at most the length of a rope, which is a usize.
                (range.clone(), whole.slice(range.start as usize..range.end as usize))
            }
        };
        counters.read += 1;
        counters.read_bytes += body.len() as u64;
        Ok(Object { meta, range, body })
    }

    async fn head(&self, path: &ObjectPath) -> Result<ObjectMeta, StoreError> {
        let inner = self.lock();
        inner.objects.get(path).map(|body| meta(path, body)).ok_or_else(|| StoreError::NotFound { path: path.clone() })
    }

    async fn delete(&self, path: &ObjectPath) -> Result<(), StoreError> {
        let Inner { objects, counters } = &mut *self.lock();
        let body = objects.remove(path).ok_or_else(|| StoreError::NotFound { path: path.clone() })?;
        counters.objects -= 1;
        counters.bytes -= body.len() as u64;
        counters.deleted += 1;
        Ok(())
    }

    async fn list(&self, folder: Option<&ObjectPath>, options: ListOptions) -> Result<Vec<ObjectMeta>, StoreError> {
        let inner = self.lock();
        let start = options.after.as_ref().max(folder).map_or(Bound::Unbounded, Bound::Excluded);
        let is_below = |path: &ObjectPath| folder.is_none_or(|folder| path.is_below(folder));
        // What is below a folder follows it in one run, though not at once: `a-b` lies between `a` and `a/b`.
        let rest = inner.objects.range((start, Bound::Unbounded)).skip_while(|(path, _)| !is_below(path));
        let below = rest.take_while(|(path, _)| is_below(path));
        Ok(below.take(options.limit).map(|(path, body)| meta(path, body)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn path(text: &str) -> ObjectPath {
        text.parse().unwrap()
    }

    fn zeros(len: usize) -> Rope {
        Bytes::from(vec![0; len]).into()
    }

    #[tokio::test]
    async fn a_write_beyond_the_budget_is_refused_and_changes_nothing() {
        let store = MemoryStore::new(10);
        store.put(&path("a"), zeros(6), PutOptions::create()).await.unwrap();
        let before = store.counters();
        let refused = store.put(&path("b"), zeros(5), PutOptions::create()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Full { needed: 5, free: 4, .. }), "{refused}");
        let refused = store.put(&path("a"), zeros(11), PutOptions::default()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Full { needed: 5, free: 4, .. }), "{refused}");
        assert_eq!(store.counters(), MemoryCounters { refused: 2, ..before });
        store.put(&path("a"), zeros(10), PutOptions::default()).await.unwrap();
        assert_eq!(store.counters().bytes, 10);
    }

    #[tokio::test]
    async fn every_counter_counts_what_happened() {
        let store = MemoryStore::new(100);
        store.put(&path("a"), zeros(30), PutOptions::create()).await.unwrap();
        store.put(&path("b"), zeros(40), PutOptions::create()).await.unwrap();
        store.put(&path("b"), zeros(10), PutOptions::default()).await.unwrap();
        store.get(&path("a"), GetOptions::range(crate::ByteRange::Last(7))).await.unwrap();
        store.get(&path("b"), GetOptions::default()).await.unwrap();
        store.delete(&path("a")).await.unwrap();
        let expected = MemoryCounters {
            objects: 1,
            bytes: 10,
            peak_bytes: 70,
            written: 3,
            written_bytes: 80,
            read: 2,
            read_bytes: 17,
            deleted: 1,
            refused: 0,
        };
        assert_eq!(store.counters(), expected);
    }

    #[tokio::test]
    async fn what_is_read_shares_the_buffers_that_were_written() {
        let store = MemoryStore::new(100);
        let payload = Bytes::from(vec![7; 50]);
        let body: Rope = [Bytes::from_static(b"head"), payload.clone()].into_iter().collect();
        store.put(&path("a"), body, PutOptions::create()).await.unwrap();
        let read = store.get(&path("a"), GetOptions::range(crate::ByteRange::From(4))).await.unwrap();
        assert_eq!(read.body.slices()[0].as_ptr(), payload.as_ptr());
    }

    #[tokio::test]
    async fn memory_keeps_the_promises_of_the_trait() {
        crate::conformance::check(&MemoryStore::new(1 << 20)).await;
    }
}
