//! Languages, as the three letters of `mdhd` and of program maps can say them.

/// ISO 639-1 and ISO 639-2/T codes of the same language, joined: what the standards' registrar lists, in order.
const PAIRS: &str = "\
    aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bibis \
    bmbam bnben bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu \
    dvdiv dzdzo eeewe elell eneng eoepo esspa etest eueus fafas ffful fifin fjfij fofao frfra fyfry \
    gagle gdgla glglg gngrn guguj gvglv hahau heheb hihin hohmo hrhrv hthat huhun hyhye hzher iaina \
    idind ieile igibo iiiii ikipk ioido isisl itita iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz \
    klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor kykir lalat lbltz lglug lilim lnlin lolao \
    ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa mtmlt mymya nanau nbnob ndnde \
    nenep ngndo nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs papan pipli plpol \
    pspus ptpor quque rmroh rnrun roron rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv \
    smsmo snsna sosom sqsqi srsrp ssssw stsot susun svswe swswa tatam tetel tgtgk ththa titir tktuk \
    tltgl tntsn toton trtur tstso tttat twtwi tytah uguig ukukr ururd uzuzb veven vivie vovol wawln \
    wowol xhxho yiyid yoyor zazha zhzho zuzul";

/// The ISO 639-2/T code of a BCP 47 tag's primary language: that of its two letters, or its three letters as they are.
/// None for a tag that begins otherwise.
pub(crate) fn iso_639_2(tag: &str) -> Option<[u8; 3]> {
    let primary = tag.split('-').next()?.to_ascii_lowercase();
    if !primary.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return None;
    }
    match primary.len() {
        2 => PAIRS.split(' ').find_map(|pair| pair.strip_prefix(primary.as_str())?.as_bytes().try_into().ok()),
        3 => primary.as_bytes().try_into().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_three_letters_has_none() {
        for tag in ["", "x-klingon", "qq", "e1", "abcd", "\u{fc}b"] {
            assert_eq!(iso_639_2(tag), None, "{tag}");
        }
    }

    #[test]
    fn the_primary_language_counts_and_the_terminology_code_is_taken() {
        for (tag, code) in [("de-CH", b"deu"), ("EN", b"eng"), ("zh-Hant-TW", b"zho"), ("gsw", b"gsw"), ("aa", b"aar")]
        {
            assert_eq!(iso_639_2(tag), Some(*code), "{tag}");
        }
    }

    #[test]
    fn every_pair_is_two_letters_and_three_and_in_order() {
        let pairs: Vec<&str> = PAIRS.split(' ').collect();
        assert!(pairs.iter().all(|pair| pair.len() == 5 && pair.bytes().all(|letter| letter.is_ascii_lowercase())));
        assert!(pairs.is_sorted());
    }
}
