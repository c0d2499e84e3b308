//! The player page and its assets, compiled in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::RustEmbed;

use crate::http::{Body, has_current, takes_gzip};
use crate::respond::gzip;

#[derive(RustEmbed)]
#[folder = "page/"]
#[exclude = "vendor/update.mjs"]
struct Files;

/// No script but our own runs on the page, whatever a broadcast is called. Players make blob URLs for media and workers.
const POLICY: &str = "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; connect-src *; \
                      img-src 'self' data:; style-src 'self' 'unsafe-inline'";

/// All files of the page, by name.
#[derive(Debug)]
pub(crate) struct Page {
    assets: BTreeMap<String, Asset>,
}

#[derive(Debug)]
struct Asset {
    body: Bytes,
    hash: String,
    /// Made when it is first asked for.
    gzip: OnceLock<Bytes>,
}

impl Page {
    pub(crate) fn new() -> Self {
        let assets = Files::iter().filter_map(|name| {
            let file = Files::get(&name)?;
            let hash = file.metadata.sha256_hash()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            let body = match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some((name.into_owned(), Asset { body, hash, gzip: OnceLock::new() }))
        });
        Self { assets: assets.collect() }
    }

    /// The file of that name, or none.
    pub(crate) fn file(&self, name: &str, headers: &HeaderMap) -> Option<Response<Body>> {
        let asset = self.assets.get(name)?;
        let coded = takes_gzip(headers);
        let etag = format!("\"{}{}\"", asset.hash, if coded { "-gzip" } else { "" });
        let current = has_current(headers, &etag);
        let body = match (current, coded) {
            (true, _) => Body::empty(),
            (false, true) => asset.gzip.get_or_init(|| gzip([&asset.body[..]])).clone().into(),
            (false, false) => asset.body.clone().into(),
        };
        let mut response = Response::new(body);
        if current {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let out = response.headers_mut();
        if coded {
            out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        out.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
        out.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        out.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        out.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        out.extend(HeaderValue::from_str(&etag).ok().map(|etag| (ETAG, etag)));
        Some(response)
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use http::header::ACCEPT_ENCODING;

    use super::*;

    #[test]
    fn the_players_are_sent_compressed_to_those_who_take_it_and_names_that_are_no_file_are_not_there() {
        let page = Page::new();
        let plain = page.file("vendor/hls.min.js", &HeaderMap::new()).unwrap();
        let takes = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
        let coded = page.file("vendor/hls.min.js", &takes).unwrap();
        let len = |response: &Response<Body>| http_body::Body::size_hint(response.body()).exact().unwrap();
        assert!(len(&coded) * 2 < len(&plain));
        assert_ne!(coded.headers()[ETAG], plain.headers()[ETAG]);
        assert_eq!(coded.headers()[CONTENT_ENCODING], "gzip");
        for name in ["", "vendor", "../Cargo.toml", "vendor/update.mjs"] {
            assert!(page.file(name, &takes).is_none(), "{name}");
        }
    }
}
