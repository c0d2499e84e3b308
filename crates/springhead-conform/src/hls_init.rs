//! Two init sections of one media playlist: one after the other, or the same one fetched again.

use springhead_mux::fmp4::read::InitSection;

use crate::Finding;
use crate::finding::{Report, rules};

/// Two init sections.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The one before.
    pub before: &'a InitSection,
    /// The one after.
    pub after: &'a InitSection,
    /// Whether both are what one EXT-X-MAP names.
    pub same_map: bool,
    /// Whether EXT-X-DISCONTINUITY stands between the segments that they are for.
    pub discontinuity: bool,
}

rules! {
    for Change<'_>:
    announced => "H-19", "rfc8216bis §4.4.4.3", Error,
        "another format, number or timescale of tracks comes with EXT-X-DISCONTINUITY", "players append what their decoders do not fit, and stop";
    immutable => "H-26", "rfc8216bis §4.4.4.5", Error,
        "what an EXT-X-MAP names stays what it is", "players that have it do not load it again, and decode with the old one";
}

/// Checks a change.
pub fn check(change: &Change<'_>) -> Vec<Finding> {
    run(change)
}

fn announced(change: &Change<'_>, report: &mut Report<'_>) {
    if change.discontinuity || change.same_map {
        return;
    }
    let (before, after) = (&change.before.tracks, &change.after.tracks);
    if before.len() != after.len() {
        return report.at("moov", format_args!("{} tracks became {}", before.len(), after.len()));
    }
    for (old, new) in before.iter().zip(after) {
        let place = format_args!("track {}", new.id);
        if old.id != new.id {
            report.at(place, format_args!("it was track {}", old.id));
        }
        if (old.handler, old.format) != (new.handler, new.format) {
            report.at(place, format_args!("{} became {}", old.format, new.format));
        }
        if old.timescale != new.timescale {
            report.at(place, format_args!("{} ticks a second became {}", old.timescale.hz(), new.timescale.hz()));
        }
        if old.format == new.format && old.config != new.config {
            report.warn(place, "its decoder configuration changed");
        }
    }
}

fn immutable(change: &Change<'_>, report: &mut Report<'_>) {
    if change.same_map && change.before != change.after {
        report.at("EXT-X-MAP", "another init section is there now");
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cmaf::tests::{section, sound, video};
    use crate::finding::{BrokenInputs, broken};

    fn said(same_map: bool, discontinuity: bool, after: impl Fn(&mut InitSection)) -> Vec<Finding> {
        let before = section(&video());
        let mut changed = before.clone();
        after(&mut changed);
        check(&Change { before: &before, after: &changed, same_map, discontinuity })
    }

    fn other(init: &mut InitSection) {
        *init = section(&sound());
    }

    pub(crate) fn broken_inputs() -> BrokenInputs {
        vec![
            ("H-19", said(false, false, other)),
            ("H-19", said(false, false, |init| init.tracks.clear())),
            ("H-19", said(false, false, |init| init.tracks[0].config = Default::default())),
            ("H-26", said(true, false, other)),
        ]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, findings) in broken_inputs() {
            assert_eq!(broken(&findings), [id]);
        }
    }

    #[test]
    fn what_stays_and_what_is_announced_has_no_finding() {
        assert_eq!(said(true, false, |_| {}), []);
        assert_eq!(said(false, false, |_| {}), [], "another name for the same");
        assert_eq!(said(false, true, other), []);
    }
}
