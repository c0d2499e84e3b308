//! Where access units of layered streams begin: what H.265 and H.266 have in common.

use super::Role;

/// What a NAL unit is, by its header and the first bits behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) layer_id: u8,
    pub(crate) is_delimiter: bool,
    /// It is the first of an access unit if it comes behind the last slice of one.
    pub(crate) can_begin: bool,
    pub(crate) is_slice: bool,
}

/// How far the access unit has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Boundary {
    /// A NAL unit that can begin an access unit has come.
    begun: bool,
    /// The layer of the first slice of the access unit.
    slice: Option<u8>,
}

impl Boundary {
    /// What the next NAL unit is. What is of a higher layer than the first slice begins no access unit.
    pub(crate) fn push(&mut self, kind: Kind) -> Role {
        let Kind { layer_id, is_delimiter, can_begin, is_slice } = kind;
        let begins = is_delimiter || can_begin && self.slice.map_or(!self.begun, |layer| layer_id <= layer);
        self.begun |= begins;
        if begins {
            self.slice = None;
        }
        if is_slice {
            self.slice.get_or_insert(layer_id);
        }
        Role { begins, is_delimiter, is_slice, second_field: false }
    }
}
