//! Fuzz bodies: what has to hold for any bytes.

/// A media playlist that parses renders to a text that parses to a playlist that renders the same; its delta merges back.
#[cfg(feature = "hls")]
pub fn hls_media(data: &[u8]) {
    use crate::hls::{MediaPlaylist, VariableSources};
    let Some(text) = text(data) else { return };
    let sources = VariableSources { query: "a=1&b=%7B%24a%7D", imports: None };
    let _ = MediaPlaylist::parse_with(text, sources);
    let Ok(playlist) = MediaPlaylist::parse(text) else { return };
    let again = MediaPlaylist::parse(&playlist.render()).expect("what is rendered parses");
    assert_eq!(again.render(), playlist.render());
    if let Some(delta) = playlist.delta() {
        assert_eq!(crate::hls::merge_delta(&playlist, &delta).as_ref(), Ok(&playlist));
    }
}

/// A multivariant playlist that parses renders to a text that parses to a playlist that renders the same.
#[cfg(feature = "hls")]
pub fn hls_multivariant(data: &[u8]) {
    use crate::hls::MultivariantPlaylist;
    let Some(playlist) = text(data).and_then(|text| MultivariantPlaylist::parse(text).ok()) else { return };
    let again = MultivariantPlaylist::parse(&playlist.render()).expect("what is rendered parses");
    assert_eq!(again.render(), playlist.render());
}

/// An MPD that parses renders to a document that parses to an MPD that renders the same.
#[cfg(feature = "dash")]
pub fn mpd(data: &[u8]) {
    use crate::dash::Mpd;
    let Some(mpd) = text(data).and_then(|text| Mpd::parse(text).ok()) else { return };
    let again = Mpd::parse(&mpd.render()).expect("what is rendered parses");
    assert_eq!(again.render(), mpd.render());
}

/// A patch that parses renders to a document that parses to the same patch; what it makes of an MPD is an MPD.
#[cfg(feature = "dash")]
pub fn patch(data: &[u8]) {
    use crate::dash::{Mpd, Patch, Period};
    let Some(patch) = text(data).and_then(|text| Patch::parse(text).ok()) else { return };
    let again = Patch::parse(&patch.render()).expect("what is rendered parses");
    assert_eq!(again.render(), patch.render());
    let period = |id: &str| Period { id: Some(id.to_owned()), ..Period::default() };
    let mpd = Mpd {
        id: Some(patch.mpd_id.clone()),
        publish_time: Some(patch.original_publish_time),
        periods: vec![period("p0"), period("p1")],
        ..Mpd::default()
    };
    if let Ok(patched) = patch.apply(&mpd) {
        let again = Mpd::parse(&patched.render()).expect("what is rendered parses");
        assert_eq!(again.render(), patched.render());
    }
}

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

#[cfg(test)]
mod tests {
    /// Texts that broke something once, or sit at an edge.
    const INPUTS: &[&[u8]] = &[
        b"",
        b"\xff\xfe",
        b"#EXTM3U",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:18446744073709551615\n#EXT-X-MEDIA-SEQUENCE:18446744073709551615\n\
          #EXT-X-SKIP:SKIPPED-SEGMENTS=18446744073709551615,RECENTLY-REMOVED-DATERANGES=\"\t\"\n#EXTINF:18446744073709,\na\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=0\n#EXT-X-BITRATE:1\n#EXTINF:0,\na\n\
          #EXT-X-MAP:URI=\"\"\n#EXTINF:0,\nb\n#EXT-X-MAP:URI=\"\"\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXT-X-DEFINE:QUERYPARAM=\"b\"\n#EXT-X-DEFINE:NAME=\"c\",VALUE=\"{$b}{$b}\"\n\
          #EXT-X-MAP:URI=\"{$c}{$\"\n#EXTINF:0,\n{$c}{$}{$d\n",
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=0,CODECS=\",,\",CLOSED-CAPTIONS=\"NONE\"\n,\n",
        b"<MPD profiles='' minBufferTime='PT0S'><Period/></MPD>",
        b"<MPD profiles=' , ' minBufferTime='PT0S' id='&#9;&#x85;'><Period><AdaptationSet><SegmentTemplate>\
          <SegmentTimeline><S d='18446744073709551615' r='2147483647'/><S d='0' r='-2147483648'/></SegmentTimeline>\
          </SegmentTemplate></AdaptationSet></Period><Location>&#133;</Location></MPD>",
        b"<Patch mpdId='&#9;' originalPublishTime='1969-12-31T23:59:59.9999Z' publishTime='2262-01-01T00:00:00Z'>\
          <add sel='/MPD' type='@'/><remove sel=' /MPD/Period[18446744073709551615] '/><replace sel='/MPD/text()'> </replace></Patch>",
    ];

    #[test]
    fn every_body_holds_for_inputs_at_the_edges() {
        for input in INPUTS {
            #[cfg(feature = "hls")]
            {
                super::hls_media(input);
                super::hls_multivariant(input);
            }
            #[cfg(feature = "dash")]
            super::mpd(input);
            #[cfg(feature = "dash")]
            super::patch(input);
        }
    }
}
