//! The administration port: health, metrics and the broadcasts, for operators only.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::Origin;
use crate::http::{Body, Endpoint, json, text};

/// The operators' side of an [`Origin`]. It asks nobody who they are, so it belongs on a loopback address.
///
/// | path | what it is |
/// |---|---|
/// | `/healthz` | 200 for as long as the process answers: liveness |
/// | `/readyz` | 200 while publishers are let in, 503 once the server shuts down: readiness |
/// | `/metrics` | OpenMetrics text |
/// | `/v1/broadcasts` | the broadcasts with the numbers of their tracks, as JSON: [`Report`](crate::Report) |
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

impl Endpoint for Admin {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, _remote: SocketAddr) -> Response<Body> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "GET and HEAD are understood here\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "ok\n"),
            "/readyz" if self.origin.is_ready() => text(StatusCode::OK, "ready\n"),
            "/readyz" => text(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
            "/metrics" => {
                let mut response = text(StatusCode::OK, self.origin.render_metrics());
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
                response
            }
            "/v1/broadcasts" => json(&self.origin.report()),
            _ => text(StatusCode::NOT_FOUND, "/healthz, /readyz, /metrics and /v1/broadcasts are here\n"),
        }
    }
}
