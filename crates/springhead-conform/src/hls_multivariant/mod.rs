//! One multivariant playlist.

mod codecs;
mod renditions;
mod text;
mod variants;

use springhead_manifest::hls::MultivariantPlaylist;

use crate::Verdict;
use crate::finding::rules;
use crate::hls_media::unreadable;

/// A multivariant playlist with the text that it was read from.
struct Document<'a> {
    playlist: &'a MultivariantPlaylist,
    text: &'a str,
}

rules! {
    for Document<'_>:
    variants::version => "H-02", "rfc8216bis §8", Warning,
        "EXT-X-VERSION is what the tags need", "clients refuse it, or misread it";
    text::variables => "H-29", "rfc8216bis §4.3", Error,
        "every variable that is referred to is defined, once", "players refuse the playlist, or ask for a URI with braces in it";
    variants::bandwidth => "M-01", "rfc8216bis §4.4.6.2", Error,
        "BANDWIDTH is the peak, and AVERAGE-BANDWIDTH no larger", "players choose a variant that they cannot play";
    variants::average_bandwidth => "M-01", "Apple HLS authoring specification", Warning,
        "a variant has AVERAGE-BANDWIDTH", "players go by the peak alone, and choose a lower variant than they could play";
    codecs::listed => "M-02", "rfc8216bis §4.4.6.2", Error,
        "CODECS lists every format of every rendition", "players choose a variant that they cannot decode, or refuse it";
    codecs::supplemental => "M-03", "rfc8216bis §4.4.6.2", Error,
        "SUPPLEMENTAL-CODECS name a format and its brands, beside a CODECS that can be played without them",
        "players that know the supplement refuse the variant";
    variants::picture => "M-04", "rfc8216bis §4.4.6.2", Warning,
        "a variant with pictures has RESOLUTION", "players cannot tell variants apart by size";
    variants::frame_rate => "M-04", "Apple HLS authoring specification", Warning,
        "a variant with pictures has FRAME-RATE", "players cannot leave out what their display does not show";
    text::identities => "M-06", "rfc8216bis §4.4.6.2", Error,
        "SCORE is on all variants or on none, and stable ids have the characters they may have",
        "players ignore the scores, or cannot match variants across pathways";
    renditions::attributes => "M-07", "rfc8216bis §4.4.6.1", Error,
        "EXT-X-MEDIA is consistent, and the groups that variants name are there", "renditions are hidden or cannot be loaded";
    variants::closed_captions => "M-08", "rfc8216bis §4.4.6.2", Error,
        "CLOSED-CAPTIONS is NONE on all variants or on none", "captions vanish when variants are switched";
    text::protection => "M-09", "rfc8216bis §4.4.6.2", Error,
        "HDCP-LEVEL and REQ-VIDEO-LAYOUT have values of the standard", "AVPlayer removes the variant; with none left it fails with -12880";
    text::session_data => "M-12", "rfc8216bis §4.4.6.4", Error,
        "session data has an id and either a value or a URI", "players drop the data";
}

/// Checks the text of a multivariant playlist. One that cannot be read gives one finding, `H-01`.
pub fn check(text: &str) -> Verdict<MultivariantPlaylist> {
    match MultivariantPlaylist::parse(text) {
        Ok(playlist) => {
            let findings = run(&Document { playlist: &playlist, text });
            Verdict { model: Some(playlist), findings }
        }
        Err(error) => Verdict { model: None, findings: vec![unreadable(&error)] },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    const GOOD: &str = "#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"a.m3u8\"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"English\",URI=\"s.m3u8\"
#EXT-X-STREAM-INF:BANDWIDTH=3000,AVERAGE-BANDWIDTH=2000,CODECS=\"avc1.64001f,mp4a.40.2,wvtt\",RESOLUTION=1280x720,FRAME-RATE=60.000,AUDIO=\"a\",SUBTITLES=\"s\",CLOSED-CAPTIONS=NONE
720.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1000,AVERAGE-BANDWIDTH=800,CODECS=\"mp4a.40.2,wvtt\",AUDIO=\"a\",SUBTITLES=\"s\",CLOSED-CAPTIONS=NONE
a.m3u8
";

    fn with(from: &str, to: &str) -> Vec<&'static str> {
        assert!(GOOD.contains(from), "{from}");
        broken(&check(&GOOD.replacen(from, to, 1)).findings)
    }

    #[test]
    fn a_playlist_that_keeps_every_rule_has_no_finding() {
        assert_eq!(check(GOOD).findings, []);
    }

    const BROKEN: &[(&str, &str, &str)] = &[
        ("H-01", "BANDWIDTH=3000,AVERAGE-", "AVERAGE-"),
        ("H-02", "#EXTM3U\n", "#EXTM3U\n#EXT-X-VERSION:7\n"),
        ("M-01", "AVERAGE-BANDWIDTH=2000,", ""),
        ("M-01", "AVERAGE-BANDWIDTH=2000", "AVERAGE-BANDWIDTH=3001"),
        ("M-01", "BANDWIDTH=1000,AVERAGE-BANDWIDTH=800", "BANDWIDTH=0,AVERAGE-BANDWIDTH=0"),
        ("M-02", "CODECS=\"avc1.64001f,mp4a.40.2,wvtt\",", ""),
        ("M-02", "avc1.64001f,mp4a.40.2,wvtt", "avc1.64001f,wvtt"),
        ("M-02", "avc1.64001f,mp4a.40.2,wvtt", "avc1.64001f,mp4a.40.2"),
        ("M-02", "avc1.64001f,mp4a.40.2,wvtt", "mp4a.40.2,wvtt"),
        ("M-02", "avc1.64001f", "avc1.64001f,"),
        ("M-04", "RESOLUTION=1280x720,", ""),
        ("M-04", "FRAME-RATE=60.000,", ""),
        ("M-04", "RESOLUTION=1280x720", "RESOLUTION=0x720"),
        ("M-07", "AUTOSELECT=YES", "AUTOSELECT=NO"),
        ("M-07", ",URI=\"s.m3u8\"", ""),
        ("M-07", "AUDIO=\"a\"", "AUDIO=\"b\""),
        (
            "M-07",
            "TYPE=SUBTITLES,GROUP-ID=\"s\"",
            "TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",URI=\"b.m3u8\",CHANNELS=\"2\"\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\"",
        ),
        ("M-07", "LANGUAGE=\"en\"", "LANGUAGE=\"e n\""),
        ("M-07", "CHANNELS=\"2\",", ""),
        ("M-07", "CHANNELS=\"2\"", "CHANNELS=\"stereo\""),
        (
            "M-07",
            "TYPE=SUBTITLES,GROUP-ID=\"s\"",
            "TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"CC\",INSTREAM-ID=\"CC9\"\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\"",
        ),
        ("M-08", ",CLOSED-CAPTIONS=NONE\n720", "\n720"),
        ("H-29", "720.m3u8", "{$base}/720.m3u8"),
        (
            "H-29",
            "#EXT-X-MEDIA:TYPE=SUBTITLES",
            "#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"c\"\n#EXT-X-MEDIA:TYPE=SUBTITLES",
        ),
        ("M-03", "RESOLUTION", "SUPPLEMENTAL-CODECS=\"dvh1.08.07\",RESOLUTION"),
        ("M-06", "BANDWIDTH=3000", "SCORE=1.5,BANDWIDTH=3000"),
        ("M-06", "BANDWIDTH=3000", "STABLE-VARIANT-ID=\"a b\",BANDWIDTH=3000"),
        ("M-09", "BANDWIDTH=3000", "HDCP-LEVEL=TYPE-2,BANDWIDTH=3000"),
        ("M-09", "BANDWIDTH=3000", "REQ-VIDEO-LAYOUT=\"CH-MONO\",BANDWIDTH=3000"),
        ("M-12", "#EXT-X-MEDIA:TYPE=SUBTITLES", "#EXT-X-SESSION-KEY:METHOD=NONE\n#EXT-X-MEDIA:TYPE=SUBTITLES"),
    ];

    pub(crate) fn broken_inputs() -> BrokenInputs {
        BROKEN.iter().map(|(id, from, to)| (*id, check(&GOOD.replacen(from, to, 1)).findings)).collect()
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, from, to) in BROKEN {
            // Variables and requirements ask for a version of their own.
            let newer = *id == "H-29" || to.contains("REQ-");
            let said: Vec<_> = with(from, to).into_iter().filter(|other| !newer || *other != "H-02").collect();
            assert_eq!(said, [*id], "{from:?} to {to:?}");
        }
    }
}
