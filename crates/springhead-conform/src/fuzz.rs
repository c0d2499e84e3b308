//! Fuzz bodies: whatever comes in, checking it ends and gives a bounded number of findings.

use springhead_manifest::dash::Mpd;
use springhead_manifest::hls::MediaPlaylist;

use crate::{Finding, cmaf, dash, dash_history, hls_history, hls_media, hls_multivariant, hls_renditions, rules};

/// Every rule reports at most 20 places and the number of the rest.
fn assert_bounded(findings: &[Finding]) {
    assert!(findings.len() <= 21 * rules().count());
}

/// The input up to a NUL, and what is behind it.
fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data.iter().position(|b| *b == 0).unwrap_or(data.len());
    (&data[..at], data.get(at + 1..).unwrap_or_default())
}

/// Two texts as playlists, by themselves and one after the other.
pub fn hls(data: &[u8]) {
    let (old, new) = halves(data);
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return };
    assert_bounded(&hls_multivariant::check(old).findings);
    let verdicts = [hls_media::check(old), hls_media::check(new)];
    verdicts.iter().for_each(|verdict| assert_bounded(&verdict.findings));
    let [Some(old), Some(new)]: [Option<MediaPlaylist>; 2] = verdicts.map(|verdict| verdict.model) else { return };
    assert_bounded(&hls_history::check(&old, &new));
    // Numbers at the end of 64 bits collide, and then one segment is compared with another.
    let same: Vec<_> = hls_history::check(&old, &old).into_iter().filter(|finding| finding.id != "H-09").collect();
    assert_eq!(same, [], "what did not change breaks no rule on change");
    let named = [("old", &old), ("new", &new)].map(|(name, playlist)| hls_renditions::NamedPlaylist { name, playlist });
    assert_bounded(&hls_renditions::check(&named));
}

/// Two texts as MPDs, by themselves and one after the other.
pub fn mpd(data: &[u8]) {
    let (old, new) = halves(data);
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return };
    let verdicts = [dash::check(old), dash::check(new)];
    verdicts.iter().for_each(|verdict| assert_bounded(&verdict.findings));
    let [Some(old), Some(new)]: [Option<Mpd>; 2] = verdicts.map(|verdict| verdict.model) else { return };
    assert_bounded(&dash_history::check(&old, &new));
}

/// Bytes as an init section and the segments after it.
pub fn cmaf(data: &[u8]) {
    let verdict = cmaf::check_init(data);
    assert_bounded(&verdict.findings);
    let Some(init) = verdict.model else { return };
    let first = cmaf::check_segment(&init, data, None);
    assert_bounded(&first.findings);
    assert_bounded(&cmaf::check_segment(&init, data, first.model.as_ref()).findings);
    assert_bounded(&cmaf::check_parts(&init, &[data, data], data));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const PLAYLIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=1\n\
        #EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-MEDIA-SEQUENCE:18446744073709551615\n#EXT-X-SKIP:SKIPPED-SEGMENTS=99\n\
        #EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z\n#EXT-X-PART:DURATION=1,URI=\"a\"\n\
        #EXTINF:18446744073709,\nb\n#EXTINF:18446744073709,\nc\n#EXT-X-PART:DURATION=1,URI=\"d\"\n\
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"e\"\n";
    const MPD: &str = "<MPD type='dynamic' profiles='low-latency' minBufferTime='PT0S'><Period id='p'><AdaptationSet>\
        <SegmentTemplate timescale='4294967295' media='$Time%9$$' availabilityTimeOffset='INF' startNumber='18446744073709551615'>\
        <SegmentTimeline><S t='18446744073709551615' d='18446744073709551615' r='2147483647'/><S d='1' r='-1'/></SegmentTimeline>\
        </SegmentTemplate><Representation id='v' bandwidth='1'/></AdaptationSet></Period></MPD>";

    #[test]
    fn every_body_holds_for_numbers_at_the_edges() {
        super::hls(format!("{PLAYLIST}\0{PLAYLIST}").as_bytes());
        super::mpd(format!("{MPD}\0{MPD}").as_bytes());
        super::cmaf(b"\0\0\0\x08ftyp\0\0\0\x08moov");
    }

    proptest! {
        #[test]
        fn texts_bent_anywhere_are_checked_to_the_end(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            for (text, body) in [(PLAYLIST, super::hls as fn(&[u8])), (MPD, super::mpd)] {
                let mut bytes = format!("{text}\0{text}").into_bytes();
                let at = at.index(bytes.len());
                bytes[at] = byte;
                body(&bytes);
                body(&bytes[..cut.index(bytes.len())]);
            }
        }
    }
}
