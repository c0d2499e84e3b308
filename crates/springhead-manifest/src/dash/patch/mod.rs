//! MPD patches (ISO/IEC 23009-1 §5.15): what changed since an MPD that a client already has, as operations of RFC 5261.
//!
//! Any difference of two MPDs can be written in many ways. What [`Mpd::patch_to`](super::Mpd::patch_to) writes is what
//! players can follow, by reading dash.js 5.1 and Shaka Player 5.2:
//!
//! | player | what it does | so a patch |
//! |---|---|---|
//! | both | find Periods, sets and Representations by `@id` | selects these by `@id`, and by position only where ids do not tell them apart or would have to be escaped |
//! | dash.js | splits paths at every `/`, and allows one `[` a step | uses an `@id` only when it holds neither |
//! | dash.js | takes new attribute values as text, where times and numbers are numbers after a full MPD | replaces an `S` as a whole; of attributes below the root it changes the first and last number of a template only, which are read as numbers later |
//! | dash.js | replaces and removes only elements of which there may be several | takes the element around those of which there may be one |
//! | Shaka | takes any `remove` in a Period's own path for the removal of the Period | does not remove attributes of Periods |
//! | Shaka | follows added and removed Periods, `S`, attributes of SegmentTemplate, PatchLocation, and of MPD `@publishTime`, `@type` and `@mediaPresentationDuration`, and passes over the rest | changes a Period's `S` before it replaces the Period for the sake of its other changes |
//! | Shaka | forgets, with a Period that is removed, all whose `@id` begins with its id | cannot help it: a server chooses ids of which none begins with another |
//! | Shaka | reads `MPD@mediaPresentationDuration` from a `replace` and not from an `add` | adds it and then replaces it by the same |
//!
//! Two changes are followed by none of the two in full, however they are written: dash.js takes the
//! `mediaPresentationDuration` of a broadcast that ends for a text, and Shaka passes over sets and Representations that
//! change. A server that ends a broadcast or changes these does better to refuse the patch, as both then load the MPD.

mod apply;
mod diff;
mod edits;
mod error;
mod keys;
mod operation;
mod selector;

#[cfg(test)]
mod tests;

use springhead_core::WallTime;

use super::xml::{self, Attributes, Scope, XmlWriter};
use super::{DashError, DashErrorKind};

pub use error::PatchError;
pub use operation::{Change, Pos};
pub use selector::{BadSelector, Predicate, Selector, Step};

/// The most operations of a patch. Each looks for its place from the root on, so that their number times that of the
/// elements is what applying costs; a longer patch is no shorter than the MPD.
pub const MAX_OPERATIONS: usize = 1_024;

/// `Patch`, how one version of an MPD becomes a later one (ISO/IEC 23009-1 §5.15).
///
/// ```
/// use springhead_core::WallTime;
/// use springhead_manifest::dash::{Mpd, Patch, Period, Span};
/// let old = Mpd {
///     id: Some("cam".into()),
///     publish_time: Some(WallTime(0)),
///     min_buffer_time: Span::from_secs(2),
///     profiles: vec!["urn:mpeg:dash:profile:isoff-live:2011".into()],
///     periods: vec![Period { id: Some("p0".into()), ..Period::default() }],
///     ..Mpd::default()
/// };
/// let mut new = Mpd { publish_time: Some(WallTime(4_000_000_000)), ..old.clone() };
/// new.periods.push(Period { id: Some("p1".into()), ..Period::default() });
///
/// let patch = Patch::parse(&old.patch_to(&new).unwrap().render())?;
/// assert_eq!(patch.apply(&old)?, new);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Patch {
    /// `@mpdId`, the `MPD@id` of both versions.
    pub mpd_id: String,
    /// `@originalPublishTime`, the `MPD@publishTime` of the version that it applies to.
    pub original_publish_time: WallTime,
    /// `@publishTime`, that of the version that comes out. Printed with milliseconds.
    pub publish_time: WallTime,
    /// What is to be done, one after the other; at least one.
    pub operations: Vec<Operation>,
}

/// One operation of a [`Patch`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// `@sel`, without the attribute or the text at its end.
    pub sel: Selector,
    /// What is done to the element.
    pub change: Change,
}

impl Patch {
    /// The document. Depends on the model only.
    pub fn render(&self) -> String {
        let mut out = XmlWriter::new();
        let attributes = Attributes::of("Patch")
            .set("xmlns", "urn:mpeg:dash:schema:mpd-patch:2020")
            .set("mpdId", &self.mpd_id)
            .set("originalPublishTime", self.original_publish_time)
            .set("publishTime", self.publish_time);
        out.element(attributes, |out| self.operations.iter().for_each(|operation| operation.write(out)));
        out.finish()
    }

    /// Reads a patch, within the bounds of [`Mpd::parse`](super::Mpd::parse). Operations of other namespaces are passed
    /// over; one of this namespace that is not known is refused, as the result would not be what the server meant.
    ///
    /// # Errors
    /// The first element that is wrong; see [`DashError`].
    pub fn parse(text: &str) -> Result<Self, DashError> {
        let element = &xml::read(text)?;
        if element.name() != "Patch" {
            return Err(element.fail(DashErrorKind::NotAPatch));
        }
        if element.children().len() > MAX_OPERATIONS {
            return Err(element.fail(DashErrorKind::TooManyOperations));
        }
        let operations = element.children().iter().map(Operation::read).collect::<Result<Vec<_>, _>>()?;
        if operations.is_empty() {
            return Err(element.fail(DashErrorKind::MissingElement { parent: "Patch", element: "operation" }));
        }
        let scope = Scope { element, name: "Patch" };
        let original = scope.date("originalPublishTime")?;
        Ok(Self {
            mpd_id: scope.required("mpdId", scope.string("mpdId"))?,
            original_publish_time: scope.required("originalPublishTime", original)?,
            publish_time: scope.required("publishTime", scope.date("publishTime")?)?,
            operations,
        })
    }
}
