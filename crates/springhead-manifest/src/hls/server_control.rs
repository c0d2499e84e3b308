//! EXT-X-SERVER-CONTROL.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};
use crate::Seconds;

/// EXT-X-SERVER-CONTROL, which Delivery Directives the server understands and how far from the live edge a client plays
/// (draft-pantos-hls-rfc8216bis-22 §4.4.3.8). The same in every media playlist of a presentation, and never changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ServerControl {
    /// CAN-BLOCK-RELOAD: a playlist request may wait for a segment or part to come.
    pub can_block_reload: bool,
    /// CAN-SKIP-UNTIL, the Skip Boundary: at least six Target Durations.
    pub can_skip_until: Option<Seconds>,
    /// CAN-SKIP-DATERANGES: a delta update may leave out date ranges as well. Only with `can_skip_until`.
    pub can_skip_dateranges: bool,
    /// HOLD-BACK: at least three Target Durations.
    pub hold_back: Option<Seconds>,
    /// PART-HOLD-BACK: at least two Part Target Durations, three are advised.
    pub part_hold_back: Option<Seconds>,
}

impl ServerControl {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::ServerControl, value)?;
        Ok(Self {
            can_block_reload: list.yes("CAN-BLOCK-RELOAD")?,
            can_skip_until: list.parsed("CAN-SKIP-UNTIL")?,
            can_skip_dateranges: list.yes("CAN-SKIP-DATERANGES")?,
            hold_back: list.parsed("HOLD-BACK")?,
            part_hold_back: list.parsed("PART-HOLD-BACK")?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        TagWriter::new(out, Tag::ServerControl)
            .yes_if("CAN-BLOCK-RELOAD", self.can_block_reload)
            .bare_if("CAN-SKIP-UNTIL", self.can_skip_until)
            .yes_if("CAN-SKIP-DATERANGES", self.can_skip_dateranges)
            .bare_if("HOLD-BACK", self.hold_back)
            .bare_if("PART-HOLD-BACK", self.part_hold_back)
            .end();
    }
}
