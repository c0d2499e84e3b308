//! Why a patch does not apply.

use super::super::DashError;

/// Why a patch cannot be applied to an MPD. A client that meets one fetches the whole MPD.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// `MPD@id` is not `Patch@mpdId`.
    #[error("the patch is for another MPD")]
    OtherMpd,
    /// `MPD@publishTime` is not `Patch@originalPublishTime`.
    #[error("the patch is for another version of the MPD")]
    OtherVersion,
    /// The operation of that number, counted from 0, selects what is not there, or more than one.
    #[error("operation {operation} selects {sel}, and there is not exactly one")]
    NotLocated {
        /// Which operation.
        operation: usize,
        /// What it selects.
        sel: String,
    },
    /// The operation of that number would remove the root, or put something beside it.
    #[error("operation {operation} would leave no document")]
    Root {
        /// Which operation.
        operation: usize,
    },
    /// What comes out is deeper or wider than what is read, [`MAX_DEPTH`](super::super::MAX_DEPTH) and
    /// [`MAX_ELEMENTS`](super::super::MAX_ELEMENTS).
    #[error("the patched MPD is too large")]
    TooLarge,
    /// The patched MPD's publish time is not `Patch@publishTime`: the patch does less than it says.
    #[error("the patched MPD is not of the time that the patch is for")]
    NotThere,
    /// What was read, or what came out, is no MPD.
    #[error(transparent)]
    Mpd(#[from] DashError),
}
