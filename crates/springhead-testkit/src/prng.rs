//! Numbers from a seed.

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): equal seeds give equal numbers, on every machine.
///
/// ```
/// use springhead_testkit::Prng;
/// let (mut a, mut b) = (Prng::new(7), Prng::new(7));
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert!(a.below(10) < 10);
/// ```
#[derive(Clone, Debug)]
pub struct Prng(u64);

impl Prng {
    /// Numbers from that seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// The next number below `bound`; zero for a bound of zero. Its bias is below 2^-32 for bounds of 32 bits.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// True in `per_mille` of a thousand cases.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < u64::from(per_mille)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_of_zero_gives_zero_and_chances_are_what_they_say() {
        let mut prng = Prng::new(1);
        assert_eq!(prng.below(0), 0);
        let hits = (0..100_000).filter(|_| prng.chance(100)).count();
        assert!((9_500..10_500).contains(&hits), "{hits}");
        assert!(!(0..1000).any(|_| prng.chance(0)) && (0..1000).all(|_| prng.chance(1000)));
    }
}
