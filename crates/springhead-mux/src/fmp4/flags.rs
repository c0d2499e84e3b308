//! What is known of a sample without decoding it.

/// The sample flags of ISO/IEC 14496-12 §8.8.3.1: dependencies, and whether decoding can start here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SampleFlags(pub u32);

impl SampleFlags {
    /// A sync sample that depends on no other.
    pub const SYNC: Self = Self(0x0200_0000);
    /// A sample that depends on others and is no sync sample.
    pub const NON_SYNC: Self = Self(0x0101_0000);
    /// As [`NON_SYNC`](Self::NON_SYNC), and no other sample depends on it: `sample_is_depended_on` is 2.
    pub const DISPOSABLE: Self = Self(0x0181_0000);

    const IS_NON_SYNC: u32 = 0x0001_0000;

    /// The flags of a sample by what is known of its access unit. A sync sample is never disposable.
    pub const fn new(sync: bool, disposable: bool) -> Self {
        match (sync, disposable) {
            (true, _) => Self::SYNC,
            (false, true) => Self::DISPOSABLE,
            (false, false) => Self::NON_SYNC,
        }
    }

    /// Whether `sample_is_non_sync_sample` is 0.
    pub const fn is_sync(self) -> bool {
        self.0 & Self::IS_NON_SYNC == 0
    }

    /// Whether `sample_is_depended_on` says that no other sample depends on this one.
    pub const fn is_disposable(self) -> bool {
        self.0 >> 22 & 3 == 2
    }
}

impl std::fmt::Debug for SampleFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SampleFlags({:#010x})", self.0)
    }
}
