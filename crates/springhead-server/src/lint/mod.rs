//! `springhead lint`: fetches a live stream for a while, as a player does, and holds what comes to the rules of
//! `springhead-conform`.

mod dash;
mod dash_media;
mod fetch;
mod hls;
mod hls_media;
mod hls_playlist;
mod report;
mod session;
mod template;
#[cfg(test)]
mod tests;

use std::time::Duration;

use miette::{Diagnostic, IntoDiagnostic, WrapErr};
use tokio::time::{Instant, MissedTickBehavior};
use url::Url;

use fetch::{Client, FetchError};
use report::Report;
use session::Session;

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
    let session = Session { client: Client::new(), report: Report::new(json), until: Instant::now() + watch };
    tokio::select! {
        checked = check(&session, &url) => checked?,
        () = tick(&session.report, watch) => {}
    }
    Ok(session.report.finish())
}

/// Checks what is at the URL until the session is over.
async fn check(session: &Session, url: &Url) -> Result<(), LintError> {
    let answer = session.client.get(url).await?;
    let text = answer.text()?;
    if text.trim_start_matches('\u{feff}').starts_with("#EXTM3U") {
        hls::lint(session, answer).await;
    } else if text.contains("<MPD") {
        dash::lint(session, answer).await;
    } else {
        return Err(LintError::Unknown(answer.url));
    }
    Ok(())
}

/// Says how far it is, twice a second. Does not end.
async fn tick(report: &Report, watch: Duration) {
    let begun = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        report.progress(begun.elapsed().as_secs(), watch.as_secs());
    }
}
