//! The HTTP driver: parses, waits and writes. What a request gets is decided in [`respond`](crate::respond).

mod body;
mod conditional;
mod range;
mod serve;
mod stall;
mod viewer;

pub use body::{Body, Piece};
pub(crate) use conditional::{has_current, takes_gzip};
pub use serve::{Endpoint, HttpOptions, serve};
pub use viewer::Viewer;

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

/// A short answer of plain text.
pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Response<Body> {
    let mut response = Response::new(Body::from(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// A short answer of JSON that no cache keeps.
pub(crate) fn json(value: &impl serde::Serialize) -> Response<Body> {
    match serde_json::to_string(value) {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// Lets pages of other origins read the answer, as players that are hosted elsewhere must (W-02).
pub(crate) fn allow_any_origin(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Date, Age, ETag, Content-Length, Content-Range, Retry-After"),
    );
    headers.insert("timing-allow-origin", HeaderValue::from_static("*"));
}
