//! What all of a lint share: the client, the report, and when to stop.

use std::time::Duration;

use springhead::conform::http::{self, Resource};
use springhead::conform::{Finding, cmaf};
use springhead::core::WallTime;
use springhead::mux::fmp4::read::InitSection;
use tokio::time::Instant;
use url::Url;

use super::fetch::{Answer, Ask, Client};
use super::report::Report;

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) report: Report,
    pub(crate) until: Instant,
}

impl Session {
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    pub(crate) fn wall(&self) -> WallTime {
        self.client.wall()
    }

    /// An answer, and what the rules on HTTP say of it. None when there was no answer, which is reported.
    pub(crate) async fn ask(&self, url: &Url, ask: Ask, resource: Resource, target: Duration) -> Option<Answer> {
        match self.client.ask(url, ask).await {
            Ok(answer) => {
                self.judge(&answer, resource, target);
                Some(answer)
            }
            Err(error) => {
                self.report.unfetched(&error);
                None
            }
        }
    }

    /// What the rules on HTTP say of an answer.
    pub(crate) fn judge(&self, answer: &Answer, resource: Resource, target: Duration) {
        self.report.fetched();
        let findings = http::check(&answer.exchange(resource, target));
        // What the header fields say is how the server is set up; what is not there is one resource's own.
        let (own, of_all): (Vec<Finding>, Vec<Finding>) = findings
            .into_iter()
            .partition(|finding| ["H-15", "W-06", "W-09", "L-17", "L-18", "X-03"].contains(&finding.id));
        self.report.add(&answer.url, &own);
        let ends = answer.url.path().rsplit_once('.').map_or("", |(_, ends)| ends);
        self.report.add_once(&format!("{}.{ends}", answer.url.authority()), &answer.url, &of_all);
    }

    /// The answer of a success.
    pub(crate) async fn get(&self, url: &Url, ask: Ask, resource: Resource, target: Duration) -> Option<Answer> {
        self.ask(url, ask, resource, target).await.filter(Answer::is_success)
    }

    /// An init section that can be read.
    pub(crate) async fn init(&self, url: &Url, ask: Ask, target: Duration) -> Option<InitSection> {
        let answer = self.get(url, ask, Resource::Init, target).await?;
        let verdict = cmaf::check_init(&answer.body);
        self.report.add(&answer.url, &verdict.findings);
        verdict.model
    }

    /// What a server says of a name that nobody published, next to what it has, and of the same request as `HEAD`.
    pub(crate) async fn probe(&self, beside: &Url, resource: Resource, target: Duration) {
        if let Ok(nowhere) = beside.join("there-is-no-such-segment.m4s") {
            self.ask(&nowhere, Ask::default(), Resource::Nowhere, target).await;
        }
        let head = Ask { head: true, ..Ask::default() };
        self.ask(beside, head, resource, target).await;
        let gzip = Ask { gzip: true, ..Ask::default() };
        self.ask(beside, gzip, resource, target).await;
    }
}
