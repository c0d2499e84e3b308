//! Fuzz bodies: what has to hold for any bytes.

/// A media playlist that parses renders to a text that parses to a playlist that renders the same; its delta merges back.
#[cfg(feature = "hls")]
pub fn hls_media(data: &[u8]) {
    use crate::hls::MediaPlaylist;
    let Some(playlist) = text(data).and_then(|text| MediaPlaylist::parse(text).ok()) else { return };
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

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}
