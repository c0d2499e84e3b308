//! Civil time read from a manifest: the ISO 8601 form that EXT-X-PROGRAM-DATE-TIME and `xs:dateTime` share.

use springhead_core::WallTime;

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction][zone]`, where the zone is `Z`, `±hh:mm`, `±hhmm` or `±hh`. Without a zone it is
/// UTC, as ISO/IEC 23009-1 §5.3.1.2 has it for an MPD. Digits beyond the nanosecond are dropped. None for what is no such
/// text, no date of the Gregorian calendar, or outside the years that 64 bits of nanoseconds reach.
///
/// ```
/// use springhead_manifest::parse_date_time;
/// let at = parse_date_time("2026-11-21T11:13:21.2345+01:00").unwrap();
/// assert_eq!(at.to_string(), "2026-11-21T10:13:21.234Z");
/// assert_eq!(parse_date_time("2026-02-29T00:00:00Z"), None);
/// ```
pub fn parse_date_time(text: &str) -> Option<WallTime> {
    let mut rest = text.as_bytes();
    let year = number(&mut rest, 4)?;
    literal(&mut rest, b'-')?;
    let month = number(&mut rest, 2)?;
    literal(&mut rest, b'-')?;
    let day = number(&mut rest, 2)?;
    literal(&mut rest, b'T')?;
    let hour = number(&mut rest, 2)?;
    literal(&mut rest, b':')?;
    let minute = number(&mut rest, 2)?;
    literal(&mut rest, b':')?;
    let second = number(&mut rest, 2)?;
    // 60 is a leap second, which civil time without leap seconds counts as the second that follows.
    if !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let nanos = fraction(&mut rest)?;
    let offset_minutes = zone(rest)?;
    let days = days_from_civil(year, month, day);
    let seconds = ((days * 24 + hour) * 60 + minute - offset_minutes) * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos).map(WallTime)
}

fn number(rest: &mut &[u8], digits: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(digits)?;
    *rest = tail;
    head.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

fn literal(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

/// The optional fraction of a second, in nanoseconds.
fn fraction(rest: &mut &[u8]) -> Option<i64> {
    let Some(tail) = rest.strip_prefix(b".") else { return Some(0) };
    let digits = tail.iter().take_while(|b| b.is_ascii_digit()).count();
    let (head, tail) = tail.split_at(digits);
    *rest = tail;
    let nanos = (0..9).fold(0, |sum, place| sum * 10 + head.get(place).map_or(0, |b| i64::from(b - b'0')));
    (digits > 0).then_some(nanos)
}

/// The offset from UTC, in minutes.
fn zone(mut rest: &[u8]) -> Option<i64> {
    if matches!(rest, b"" | b"Z") {
        return Some(0);
    }
    let sign = match rest.split_first()? {
        (b'+', tail) => {
            rest = tail;
            1
        }
        (b'-', tail) => {
            rest = tail;
            -1
        }
        _ => return None,
    };
    let hours = number(&mut rest, 2)?;
    let rest_of_zone = rest.strip_prefix(b":").unwrap_or(rest);
    if rest_of_zone.is_empty() && !rest.is_empty() {
        return None;
    }
    rest = rest_of_zone;
    let minutes = if rest.is_empty() { 0 } else { number(&mut rest, 2)? };
    (rest.is_empty() && hours <= 14 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Years are counted from March, so that the leap day
/// is a year's last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026",
            "2026-11-21",
            "2026-11-21 10:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:60:00Z",
            "2026-11-21T10:00:61Z",
            "2026-11-21T10:00:00.Z",
            "2026-11-21T10:00:00z",
            "2026-11-21T10:00:00+1",
            "2026-11-21T10:00:00+01:",
            "2026-11-21T10:00:00+15:00",
            "2026-11-21T10:00:00Z ",
            "-026-11-21T10:00:00Z",
            "9999-11-21T10:00:00Z",
            "2026-11-21T10:00:0é",
        ] {
            assert_eq!(parse_date_time(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_form_of_the_zone_is_read() {
        for zone in ["Z", "", "+00:00", "-0000", "+00"] {
            assert_eq!(parse_date_time(&format!("1970-01-01T00:00:00{zone}")), Some(WallTime(0)), "{zone:?}");
        }
        assert_eq!(parse_date_time("1970-01-01T05:30:00+0530"), Some(WallTime(0)));
        assert_eq!(parse_date_time("1969-12-31T16:00:00-08"), Some(WallTime(0)));
    }

    proptest! {
        #[test]
        fn every_printed_time_reads_back(millis in -9_000_000_000_000i64..9_000_000_000_000) {
            let at = WallTime(millis * 1_000_000);
            prop_assert_eq!(parse_date_time(&at.to_string()), Some(at));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = parse_date_time(&text);
        }
    }
}
