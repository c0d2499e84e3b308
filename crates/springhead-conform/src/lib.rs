//! The rules of HLS, DASH and CMAF as checks: what a linter says of any live URL, and what our own output is held to.
//!
//! Layer 3. Depends on `springhead-core`, `-codec`, `-mux` and `-manifest`. Pure: nothing is fetched here. The caller fetches, and
//! calls the function that fits what it has; each gives [`Finding`]s that name the rule, the clause, the place and what a
//! player does about it. Text and bytes may come from anyone.
//!
//! | module | what it looks at |
//! |---|---|
//! | [`hls_media`] | one media playlist |
//! | [`hls_history`] | two consecutive fetches of one media playlist |
//! | [`hls_delta`] | a delta update, against the playlist before it and a full one |
//! | [`hls_reload`] | one request with Delivery Directives, and its answer |
//! | [`hls_pace`] | when something new comes into a media playlist, and what is left when something leaves |
//! | [`hls_renditions`] | the media playlists of one presentation, side by side |
//! | [`hls_edges`] | how far these have come |
//! | [`hls_multivariant`] | one multivariant playlist |
//! | [`hls_segment`] | a segment or a part, against what its playlist says of it |
//! | [`hls_init`] | two init sections of one media playlist |
//! | [`webvtt`] | a segment of subtitles |
//! | [`hls_variant`] | a variant, against the media that it stands for |
//! | [`http`] | one request and its answer |
//! | [`dash`] | one MPD |
//! | [`dash_history`] | two consecutive fetches of one MPD |
//! | [`dash_clock`] | an MPD against the time of day |
//! | [`dash_segment`] | a segment, against what its MPD says of it |
//! | [`cmaf`] | init sections, segments, and the parts that they are made of |
//!
//! A rule is a function and a line in its module's `RULES`. Specifications: draft-pantos-hls-rfc8216bis-22,
//! ISO/IEC 23009-1 (5th edition) with the DASH-IF timing model and low-latency guidelines, ISO/IEC 14496-12,
//! ISO/IEC 23000-19.
//!
//! ```
//! let text = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:PART-TARGET=0.5\n\
//!     #EXT-X-PART:DURATION=0.501,URI=\"a\",INDEPENDENT=YES\n";
//! let verdict = springhead_conform::hls_media::check(text);
//! assert!(verdict.findings.iter().any(|finding| finding.id == "L-02"));
//! ```

mod finding;
mod hls_define;
mod hls_text;
mod language;

pub mod cmaf;
pub mod dash;
pub mod dash_clock;
pub mod dash_history;
pub mod dash_segment;
pub mod hls_delta;
pub mod hls_edges;
pub mod hls_history;
pub mod hls_init;
pub mod hls_media;
pub mod hls_multivariant;
pub mod hls_pace;
pub mod hls_reload;
pub mod hls_renditions;
pub mod hls_segment;
pub mod hls_variant;
pub mod http;
pub mod webvtt;

#[doc(hidden)]
pub mod fuzz;

pub use finding::{Finding, Rule, Severity, Verdict};

/// Every rule there is, for a list of them.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        &[hls_media::UNREADABLE, dash::UNREADABLE, cmaf::UNREADABLE],
        hls_media::RULES,
        hls_history::RULES,
        hls_delta::RULES,
        hls_reload::RULES,
        hls_pace::RULES,
        hls_renditions::RULES,
        hls_edges::RULES,
        hls_multivariant::RULES,
        hls_segment::RULES,
        hls_init::RULES,
        webvtt::RULES,
        hls_variant::RULES,
        http::RULES,
        dash::RULES,
        dash_history::RULES,
        dash_clock::RULES,
        dash_segment::RULES,
        cmaf::INIT_RULES,
        cmaf::SEGMENT_RULES,
        cmaf::PARTS_RULES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Broken inputs of all modules, each with the rule that it is made to break.
    fn broken_inputs() -> finding::BrokenInputs {
        [
            hls_media::tests::broken_inputs(),
            hls_history::tests::broken_inputs(),
            hls_delta::tests::broken_inputs(),
            hls_reload::tests::broken_inputs(),
            hls_pace::tests::broken_inputs(),
            hls_renditions::tests::broken_inputs(),
            hls_edges::tests::broken_inputs(),
            hls_multivariant::tests::broken_inputs(),
            hls_segment::tests::broken_inputs(),
            hls_init::tests::broken_inputs(),
            webvtt::tests::broken_inputs(),
            hls_variant::tests::broken_inputs(),
            http::tests::broken_inputs(),
            dash::tests::broken_inputs(),
            dash_history::tests::broken_inputs(),
            dash_clock::tests::broken_inputs(),
            dash_segment::tests::broken_inputs(),
            cmaf::tests::broken_inputs(),
        ]
        .concat()
    }

    #[test]
    fn every_rule_has_an_input_that_breaks_it() {
        let inputs = broken_inputs();
        for rule in rules() {
            let by = |finding: &Finding| {
                (finding.id, finding.clause, finding.consequence) == (rule.id, rule.clause, rule.consequence)
            };
            let found = inputs.iter().any(|(id, findings)| *id == rule.id && findings.iter().any(by));
            assert!(found, "{}: {}: no broken input makes it fire", rule.id, rule.summary);
        }
    }

    #[test]
    fn every_broken_input_breaks_the_rule_that_it_is_for() {
        for (id, findings) in broken_inputs() {
            assert!(findings.iter().any(|finding| finding.id == id), "{id}: {findings:?}");
            assert!(rules().any(|rule| rule.id == id), "{id} is no rule");
        }
    }

    #[test]
    fn every_rule_names_its_clause_and_consequence_in_one_line() {
        for rule in rules() {
            let Rule { id, clause, summary, consequence, .. } = rule;
            assert!(id.len() == 4 && id.as_bytes()[1] == b'-', "{id}");
            for text in [clause, summary, consequence] {
                assert!(!text.is_empty() && !text.contains('\n') && !text.ends_with('.'), "{id}: {text}");
            }
        }
    }
}
