//! The administration port: health, metrics and the broadcasts, for operators only.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::Origin;
use crate::http::{Body, Service, json, text};

/// The operators' side of an [`Origin`]: `/healthz`, `/metrics` and `/v1/broadcasts`. It asks nobody who they are, so it
/// belongs on a loopback address.
#[derive(Debug)]
pub struct Admin {
    origin: Origin,
}

impl Admin {
    /// Tells what is known of `origin`.
    pub fn new(origin: Origin) -> Self {
        Self { origin }
    }
}

impl Service for Admin {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, _remote: SocketAddr) -> Response<Body> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "GET and HEAD are understood here\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "ok\n"),
            "/metrics" => {
                let mut response = text(StatusCode::OK, self.origin.render_metrics());
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
                response
            }
            "/v1/broadcasts" => json(&self.origin.listing()),
            _ => text(StatusCode::NOT_FOUND, "/healthz, /metrics and /v1/broadcasts are here\n"),
        }
    }
}
