//! Bounded requests over http, and all that the network shows of their answers.

use std::ops::Range;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Empty};
use hyper::header::{ACCEPT_ENCODING, IF_NONE_MATCH, LOCATION, ORIGIN, RANGE};
use hyper::{Method, Request, Response, body::Incoming};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self};
use hyper_util::rt::TokioExecutor;
use springhead::conform::http::{Exchange, Resource};
use springhead::core::{MonoTime, WallTime};
use springhead::engine::Clock;
use url::Url;

use crate::clock::SystemClock;

/// The largest answer that is read.
const MOST_BYTES: usize = 64 << 20;
/// How long an answer may take, blocked reloads included.
const LONGEST: Duration = Duration::from_secs(40);
const MOST_REDIRECTS: usize = 5;
/// The page that the player would be on. Servers that allow other origins say so only to requests that name one.
const PAGE: &str = "http://player.invalid";

/// Why there was no answer at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0} was not answered in {LONGEST:?}")]
    Late(Url),
    #[error("{0} cannot be reached")]
    Unreachable(Url, #[source] Box<legacy::Error>),
    #[error("{0} broke off: {1}")]
    Broken(Url, Box<dyn std::error::Error + Send + Sync>),
    #[error("{0} is larger than {MOST_BYTES} bytes")]
    TooLarge(Url),
    #[error("{0} is answered {1}")]
    Status(Url, u16),
    #[error("{0} is no text")]
    NoText(Url),
    #[error("{0} redirects without end")]
    Redirects(Url),
}

/// What is asked for besides the URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) head: bool,
    /// First byte and the one after the last.
    pub(crate) range: Option<Range<u64>>,
    pub(crate) gzip: bool,
    pub(crate) if_none_match: Option<String>,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where it came from in the end.
    pub(crate) url: Url,
    pub(crate) ask: Ask,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) sent: MonoTime,
    pub(crate) head_at: MonoTime,
    pub(crate) first_byte: MonoTime,
    pub(crate) done: MonoTime,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text, of an answer that is a success.
    pub(crate) fn text(&self) -> Result<&str, FetchError> {
        if !self.is_success() {
            return Err(FetchError::Status(self.url.clone(), self.status));
        }
        std::str::from_utf8(&self.body).map_err(|_| FetchError::NoText(self.url.clone()))
    }

    /// As the rules on HTTP want it.
    pub(crate) fn exchange(&self, resource: Resource, target_duration: Duration) -> Exchange<'_> {
        Exchange {
            resource,
            target_duration,
            head: self.ask.head,
            range: self.ask.range.as_ref().map(|range| (range.start, range.end.saturating_sub(1))),
            accepts_gzip: self.ask.gzip,
            revalidates: self.ask.if_none_match.is_some(),
            status: self.status,
            headers: &self.headers,
            length: self.body.len() as u64,
            sent: self.sent,
            first_byte: self.first_byte,
            done: self.done,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Client {
    inner: legacy::Client<HttpConnector, Empty<Bytes>>,
    clock: SystemClock,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self { inner: legacy::Client::builder(TokioExecutor::new()).build_http(), clock: SystemClock::new() }
    }

    pub(crate) fn now(&self) -> MonoTime {
        self.clock.now().mono
    }

    pub(crate) fn wall(&self) -> WallTime {
        self.clock.now().wall
    }

    pub(crate) async fn get(&self, url: &Url) -> Result<Answer, FetchError> {
        self.ask(url, Ask::default()).await
    }

    pub(crate) async fn ask(&self, url: &Url, ask: Ask) -> Result<Answer, FetchError> {
        let mut at = url.clone();
        for _ in 0..MOST_REDIRECTS {
            let answered = tokio::time::timeout(LONGEST, self.once(&at, &ask)).await;
            match answered.map_err(|_| FetchError::Late(at.clone()))?? {
                Ok(answer) => return Ok(answer),
                Err(next) => at = next,
            }
        }
        Err(FetchError::Redirects(url.clone()))
    }

    /// The answer, or where to go instead.
    async fn once(&self, url: &Url, ask: &Ask) -> Result<Result<Answer, Url>, FetchError> {
        let sent = self.now();
        let unreachable = |error| FetchError::Unreachable(url.clone(), Box::new(error));
        let response = self.inner.request(request(url, ask)?).await.map_err(unreachable)?;
        let head_at = self.now();
        if response.status().is_redirection() && response.status() != 304 {
            let next = response.headers().get(LOCATION).and_then(|value| url.join(value.to_str().ok()?).ok());
            return next.map(Err).ok_or(FetchError::Status(url.clone(), response.status().as_u16()));
        }
        let field = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = response.headers().iter().map(field).collect();
        let status = response.status().as_u16();
        let (body, first_byte) = self.body(url, response).await?;
        let first_byte = first_byte.unwrap_or(head_at);
        let (url, ask, done) = (url.clone(), ask.clone(), self.now());
        Ok(Ok(Answer { url, ask, status, headers, body, sent, head_at, first_byte, done }))
    }

    /// The whole body, and when its first byte was there.
    async fn body(&self, url: &Url, response: Response<Incoming>) -> Result<(Bytes, Option<MonoTime>), FetchError> {
        let (mut incoming, mut body, mut first_byte) = (response.into_body(), BytesMut::new(), None);
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| FetchError::Broken(url.clone(), error.into()))?;
            let Ok(data) = frame.into_data() else { continue };
            if body.len() + data.len() > MOST_BYTES {
                return Err(FetchError::TooLarge(url.clone()));
            }
            if !data.is_empty() {
                first_byte.get_or_insert_with(|| self.now());
            }
            body.extend_from_slice(&data);
        }
        Ok((body.freeze(), first_byte))
    }
}

fn request(url: &Url, ask: &Ask) -> Result<Request<Empty<Bytes>>, FetchError> {
    let method = if ask.head { Method::HEAD } else { Method::GET };
    let mut request = Request::builder().method(method).uri(url.as_str()).header(ORIGIN, PAGE);
    if let Some(range) = &ask.range {
        request = request.header(RANGE, format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
    }
    if ask.gzip {
        request = request.header(ACCEPT_ENCODING, "gzip");
    }
    if let Some(tag) = &ask.if_none_match {
        request = request.header(IF_NONE_MATCH, tag);
    }
    request.body(Empty::new()).map_err(|error| FetchError::Broken(url.clone(), error.into()))
}
