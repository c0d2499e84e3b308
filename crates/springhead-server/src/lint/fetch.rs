//! Bounded requests over http.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::LOCATION;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self};
use hyper_util::rt::TokioExecutor;
use url::Url;

/// The largest answer that is read.
const MOST_BYTES: usize = 64 << 20;
/// How long an answer may take, blocked reloads included.
const LONGEST: Duration = Duration::from_secs(20);
const MOST_REDIRECTS: usize = 5;

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0} was not answered in {LONGEST:?}")]
    Late(Url),
    #[error("{0} cannot be reached")]
    Unreachable(Url, #[source] legacy::Error),
    #[error("{0} broke off, or is larger than {MOST_BYTES} bytes: {1}")]
    Broken(Url, Box<dyn std::error::Error + Send + Sync>),
    #[error("{0} is answered {1}")]
    Status(Url, StatusCode),
    #[error("{0} is no text")]
    NoText(Url),
    #[error("{0} redirects without end")]
    Redirects(Url),
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    inner: legacy::Client<HttpConnector, Empty<Bytes>>,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self { inner: legacy::Client::builder(TokioExecutor::new()).build_http() }
    }

    /// The body, and the URL that it came from in the end.
    pub(crate) async fn bytes(&self, url: &Url) -> Result<(Url, Bytes), FetchError> {
        let mut at = url.clone();
        for _ in 0..MOST_REDIRECTS {
            let answered = tokio::time::timeout(LONGEST, self.once(&at)).await;
            match answered.map_err(|_| FetchError::Late(at.clone()))?? {
                Ok(body) => return Ok((at, body)),
                Err(next) => at = next,
            }
        }
        Err(FetchError::Redirects(url.clone()))
    }

    /// The body as text, and the URL that it came from in the end.
    pub(crate) async fn text(&self, url: &Url) -> Result<(Url, String), FetchError> {
        let (at, body) = self.bytes(url).await?;
        let text = String::from_utf8(body.into()).map_err(|_| FetchError::NoText(at.clone()))?;
        Ok((at, text))
    }

    /// The body, or where to go instead.
    async fn once(&self, url: &Url) -> Result<Result<Bytes, Url>, FetchError> {
        let request = Request::get(url.as_str()).body(Empty::new());
        let request = request.map_err(|error| FetchError::Broken(url.clone(), error.into()))?;
        let unreachable = |error| FetchError::Unreachable(url.clone(), error);
        let response = self.inner.request(request).await.map_err(unreachable)?;
        if response.status().is_redirection() {
            let next = response.headers().get(LOCATION).and_then(|value| url.join(value.to_str().ok()?).ok());
            return next.map(Err).ok_or(FetchError::Status(url.clone(), response.status()));
        }
        if !response.status().is_success() {
            return Err(FetchError::Status(url.clone(), response.status()));
        }
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
        body.map(|body| Ok(body.to_bytes())).map_err(|error| FetchError::Broken(url.clone(), error))
    }
}
