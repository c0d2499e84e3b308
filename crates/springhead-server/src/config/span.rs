//! Durations as people write them: `500ms`, `2s`, `10m`, `1h 30m`.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span(pub(crate) Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
        parsed.map(Self).ok_or_else(|| Error::custom(format!("`{text}` is no duration such as 500ms, 2s or 10m")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Table {
        span: Span,
    }

    #[test]
    fn negative_and_unitless_durations_are_refused() {
        for text in ["-1s", "5", "", "fast"] {
            assert!(toml::from_str::<Table>(&format!("span = \"{text}\"")).is_err(), "{text:?}");
        }
    }

    #[test]
    fn units_are_understood() {
        for (text, millis) in [("500ms", 500), ("2s", 2_000), ("10m", 600_000), ("1h 30m", 5_400_000)] {
            let table: Table = toml::from_str(&format!("span = \"{text}\"")).unwrap();
            assert_eq!(table.span, Span(Duration::from_millis(millis)), "{text}");
        }
    }
}
