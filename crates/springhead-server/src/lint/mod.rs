//! `springhead lint`: fetches a live stream for a while, as a player does, and holds what comes to the rules of
//! `springhead-conform`.

mod dash;
mod fetch;
mod hls;
mod report;

use std::time::Duration;

use miette::{Diagnostic, IntoDiagnostic, WrapErr};
use tokio::time::Instant;
use url::Url;

use fetch::{Client, FetchError};
use report::Report;

/// Why a stream could not be checked at all.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum LintError {
    #[error("the stream cannot be fetched")]
    Fetch(#[from] FetchError),
    #[error("{0} is neither a playlist nor an MPD")]
    Unknown(Url),
}

/// Checks what is at `url` for as long as `watch`. True when nothing is against a MUST.
pub(crate) async fn lint(url: &str, watch: Duration, json: bool) -> miette::Result<bool> {
    let url = Url::parse(url).into_diagnostic().wrap_err_with(|| format!("`{url}` is no URL"))?;
    let client = Client::new();
    let report = Report::new(json);
    let until = Instant::now() + watch;
    let (url, text) = client.text(&url).await.map_err(LintError::from)?;
    if text.starts_with("#EXTM3U") {
        hls::lint(&client, url, text, until, &report).await;
    } else if text.contains("<MPD") {
        dash::lint(&client, url, text, until, &report).await;
    } else {
        return Err(LintError::Unknown(url).into());
    }
    Ok(report.finish())
}
