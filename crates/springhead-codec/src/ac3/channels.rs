//! Which channels there are: `acmod`, `chanmap` and `chan_loc`.

/// Channels of an `acmod` without those of low frequencies (ETSI TS 102 366 §4.4.2.3).
const FULL: [u16; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

/// The channels of `chan_loc` (Annex F.6.2), from its lowest bit: Lc/Rc, Lrs/Rrs, Cs, Ts, Lsd/Rsd, Lw/Rw, Lvh/Rvh, Cvh,
/// LFE2.
const LOCATIONS: [u16; 9] = [2, 2, 1, 1, 2, 2, 2, 1, 1];

/// The place in `chanmap` (Table E.1.4), from its highest bit, of each of those.
const PLACES: [u32; 9] = [5, 6, 7, 8, 9, 10, 11, 12, 14];

/// Channels of an `acmod` with those of low frequencies.
pub(super) fn of_mode(acmod: u8, lfe: bool) -> u16 {
    FULL[usize::from(acmod & 7)] + u16::from(lfe)
}

/// Channels that dependent substreams add.
pub(super) fn of_locations(chan_loc: u16) -> u16 {
    LOCATIONS.iter().enumerate().filter(|&(bit, _)| chan_loc >> bit & 1 == 1).map(|(_, channels)| channels).sum()
}

/// The `chan_loc` of a `chanmap`: what it has besides the channels that an independent substream may have.
pub(super) fn locations(channel_map: u16) -> u16 {
    let bit = |(bit, &place): (usize, &u32)| (channel_map >> (15 - place) & 1) << bit;
    PLACES.iter().enumerate().map(bit).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_has_its_channels() {
        let found: Vec<u16> = (0..8).flat_map(|acmod| [of_mode(acmod, false), of_mode(acmod, true)]).collect();
        assert_eq!(found, [2, 3, 1, 2, 2, 3, 3, 4, 3, 4, 4, 5, 4, 5, 5, 6]);
    }

    #[test]
    fn a_channel_map_names_locations_and_what_every_substream_may_have_is_none() {
        assert_eq!(locations(0b1111_1000_0000_0001), 0);
        // Lrs/Rrs, as of 7.1.
        assert_eq!((locations(0x0200), of_locations(locations(0x0200))), (0b10, 2));
        assert_eq!((locations(0x0400), locations(0x0002)), (1, 0x100));
        assert_eq!((locations(0xffff), of_locations(0x1ff)), (0x1ff, 14));
    }
}
