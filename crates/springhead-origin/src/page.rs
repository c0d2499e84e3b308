//! The player page and its assets, compiled in.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::RustEmbed;

use crate::http::Body;

#[derive(RustEmbed)]
#[folder = "page/"]
#[exclude = "vendor/update.mjs"]
struct Files;

/// No script but our own runs on the page, whatever a broadcast is called. Players make blob URLs for media and workers.
const POLICY: &str = "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; connect-src *; \
                      img-src 'self' data:; style-src 'self' 'unsafe-inline'";

/// The file of that name, or none.
pub(crate) fn file(name: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let file = Files::get(name)?;
    let hash = file.metadata.sha256_hash();
    let etag: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let current = crate::http::has_current(headers, &etag);
    let body = match file.data {
        _ if current => Body::empty(),
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes).into(),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes).into(),
    };
    let mut response = Response::new(body);
    if current {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    out.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    out.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    out.extend(HeaderValue::from_str(&etag).ok().map(|etag| (ETAG, etag)));
    Some(response)
}
