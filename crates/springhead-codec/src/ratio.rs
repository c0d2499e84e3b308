//! Ratios of whole numbers, which the vocabulary of the family has in lowest terms.

/// Both sides without what they have in common.
pub(crate) fn lowest_terms(num: u64, den: u64) -> (u64, u64) {
    let (mut common, mut rest) = (num, den);
    while rest != 0 {
        (common, rest) = (rest, common % rest);
    }
    let common = common.max(1);
    (num / common, den / common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_in_lowest_terms_already() {
        assert_eq!(lowest_terms(0, 0), (0, 0));
        assert_eq!((lowest_terms(0, 6), lowest_terms(6, 0)), ((0, 1), (1, 0)));
    }

    #[test]
    fn what_both_sides_have_in_common_goes() {
        assert_eq!(lowest_terms(180_000, 6_006), (30_000, 1001));
        assert_eq!(lowest_terms(1 << 33, 1 << 32), (2, 1));
        assert_eq!(lowest_terms(3, u64::MAX), (1, u64::MAX / 3));
    }
}
