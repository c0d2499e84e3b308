//! What every backend and every adapter has to show.
//!
//! Run it on an empty store:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! springhead_storage::conformance::check(&springhead_storage::MemoryStore::new(1 << 20)).await;
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

use springhead_core::Rope;

use crate::{ByteRange, GetOptions, ListOptions, ObjectMeta, ObjectPath, PutOptions, SegmentStore, StoreError};

/// Checks that a store keeps the promises of [`SegmentStore`]. The store must be empty and have room for 64 KiB; it is
/// empty again afterwards.
///
/// # Panics
/// With the promise that is broken.
pub async fn check(store: &dyn SegmentStore) {
    assert_eq!(names(store, None, ListOptions::default()).await, [""; 0], "the store was not empty at the start");
    what_is_not_there_is_not_found(store).await;
    the_bytes_come_back(store).await;
    ranges_are_those_of_http(store).await;
    create_never_replaces(store).await;
    a_reader_keeps_what_it_has(store).await;
    lists_are_complete_ordered_and_paged(store).await;
    assert_eq!(names(store, None, ListOptions::default()).await, [""; 0], "what was deleted is still listed");
}

async fn what_is_not_there_is_not_found(store: &dyn SegmentStore) {
    let absent = path("absent/7.m4s");
    assert_not_found(store.get(&absent, GetOptions::default()).await.map(drop), "get");
    assert_not_found(store.head(&absent).await.map(drop), "head");
    assert_not_found(store.delete(&absent).await, "delete");
    put(store, "folder/object", b"x").await;
    assert_not_found(store.head(&path("folder")).await.map(drop), "head of a folder");
    delete(store, "folder/object").await;
}

async fn the_bytes_come_back(store: &dyn SegmentStore) {
    for (name, len) in [("empty", 0), ("one", 1), ("large", 40_000)] {
        let bytes: Vec<u8> = (0..len).map(|i: u32| (i % 251) as u8).collect();
        let body: Rope = bytes.chunks(1000).map(|chunk| chunk.to_vec().into()).collect();
        let meta = ObjectMeta { path: path(name), len: u64::from(len) };
        let written = store.put(&meta.path, body, PutOptions::create()).await.expect("put");
        assert_eq!(written, meta, "put describes what it wrote");
        assert_eq!(store.head(&meta.path).await.expect("head"), meta, "head describes what was put");
        let read = store.get(&meta.path, GetOptions::default()).await.expect("get");
        assert_eq!((read.meta, read.range), (meta, 0..u64::from(len)), "get describes what it read");
        assert_eq!(read.body.to_bytes(), bytes, "the bytes that were put");
        delete(store, name).await;
    }
}

async fn ranges_are_those_of_http(store: &dyn SegmentStore) {
    put(store, "digits", b"0123456789").await;
    for (range, expected) in [
        (ByteRange::Inclusive(0, 0), "0"),
        (ByteRange::Inclusive(3, 6), "3456"),
        (ByteRange::Inclusive(8, (1 << 53) - 1), "89"),
        (ByteRange::From(9), "9"),
        (ByteRange::Last(2), "89"),
        (ByteRange::Last(11), "0123456789"),
    ] {
        let read = store.get(&path("digits"), GetOptions::range(range)).await.expect("a range");
        assert_eq!(read.body.to_bytes(), expected, "{range:?}");
        assert_eq!(Some(read.range), range.resolve(10), "{range:?}");
        assert_eq!(read.meta.len, 10, "{range:?} describes the whole object");
    }
    for range in [ByteRange::From(10), ByteRange::Inclusive(10, 11), ByteRange::Last(0)] {
        let refused = store.get(&path("digits"), GetOptions::range(range)).await.expect_err("a range of nothing");
        assert!(matches!(refused, StoreError::Range { len: 10, .. }), "{range:?} gave {refused:?}");
    }
    delete(store, "digits").await;
}

async fn create_never_replaces(store: &dyn SegmentStore) {
    put(store, "segment", b"first").await;
    let refused = store.put(&path("segment"), rope(b"second"), PutOptions::create()).await.expect_err("created twice");
    assert!(matches!(refused, StoreError::Exists { .. }), "creating twice gave {refused:?}");
    assert_eq!(get(store, "segment").await, *b"first", "a refused create changed the object");
    store.put(&path("segment"), rope(b"2"), PutOptions::default()).await.expect("replace");
    assert_eq!(get(store, "segment").await, *b"2", "replacing leaves nothing of the old object");
    delete(store, "segment").await;
}

async fn a_reader_keeps_what_it_has(store: &dyn SegmentStore) {
    put(store, "manifest", b"old").await;
    let held = store.get(&path("manifest"), GetOptions::default()).await.expect("get");
    store.put(&path("manifest"), rope(b"new"), PutOptions::default()).await.expect("replace");
    delete(store, "manifest").await;
    assert_eq!(held.body.to_bytes(), "old", "an object that a reader holds changed under it");
}

async fn lists_are_complete_ordered_and_paged(store: &dyn SegmentStore) {
    // `-` sorts before `/` and letters after it, so that neighbours surround what is below `live/cam`.
    let all = ["live/cam-2/1", "live/cam/1", "live/cam/10", "live/cam/2", "live/cam/v/1", "live/camera/1", "z"];
    for name in all.iter().rev() {
        put(store, name, name.as_bytes()).await;
    }
    let default = ListOptions::default;
    assert_eq!(names(store, None, default()).await, all, "all objects");
    let cam = ["live/cam/1", "live/cam/10", "live/cam/2", "live/cam/v/1"];
    assert_eq!(names(store, Some("live/cam"), default()).await, cam, "those below a folder");
    assert_eq!(names(store, Some("live/ca"), default()).await, [""; 0], "half a name is no folder");
    assert_eq!(names(store, Some("z"), default()).await, [""; 0], "an object is not below itself");
    assert_eq!(names(store, Some("live/cam"), default().limit(0)).await, [""; 0], "a page of none");

    let mut paged = Vec::new();
    let mut options = default().limit(3);
    loop {
        let page = names(store, None, options).await;
        paged.extend_from_slice(&page);
        if page.len() < 3 {
            break;
        }
        options = ListOptions::after(path(&page[2])).limit(3);
    }
    assert_eq!(paged, all, "pages put together");
    for name in all {
        delete(store, name).await;
    }
}

fn path(text: &str) -> ObjectPath {
    text.parse().expect("the suite's own paths are right")
}

fn rope(bytes: &[u8]) -> Rope {
    Rope::from_iter([bytes.to_vec().into()])
}

async fn put(store: &dyn SegmentStore, name: &str, bytes: &[u8]) {
    store.put(&path(name), rope(bytes), PutOptions::create()).await.expect("put of a new object");
}

async fn get(store: &dyn SegmentStore, name: &str) -> Vec<u8> {
    store.get(&path(name), GetOptions::default()).await.expect("get").body.to_bytes().to_vec()
}

async fn delete(store: &dyn SegmentStore, name: &str) {
    store.delete(&path(name)).await.expect("delete of an object that is there");
    assert_not_found(store.head(&path(name)).await.map(drop), "head after delete");
}

async fn names(store: &dyn SegmentStore, folder: Option<&str>, options: ListOptions) -> Vec<String> {
    let folder = folder.map(path);
    let listed = store.list(folder.as_ref(), options).await.expect("list");
    listed.into_iter().map(|meta| meta.path.to_string()).collect()
}

fn assert_not_found(result: Result<(), StoreError>, what: &str) {
    assert!(matches!(result, Err(StoreError::NotFound { .. })), "{what} of nothing gave {result:?}");
}
