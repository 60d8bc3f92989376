//! Times of HJ 212: digits of Beijing time (UTC+8, no daylight saving since 1991) and milliseconds in UTC.

use crate::reading::UnixMs;

const OFFSET_MS: i64 = 8 * 3_600_000;

/// `yyyyMMddHHmmss` or `yyyyMMddHHmmssSSS` of Beijing time as milliseconds UTC; nothing if it is no such date.
pub fn parse(text: &str) -> Option<UnixMs> {
    if !matches!(text.len(), 14 | 17) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    let milli = if text.len() == 17 { number(14, 17)? } else { 0 };
    let in_range = (1..=12).contains(&month)
        && (1..=month_days(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let seconds = days_from_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(seconds * 1000 + milli - OFFSET_MS)
}

/// Milliseconds UTC as `yyyyMMddHHmmss` of Beijing time; times before 1970 or after 9999 are moved to that limit.
pub fn format(ms: UnixMs) -> String {
    let local = ms.clamp(0, 253_402_300_799_000 - OFFSET_MS) + OFFSET_MS;
    let (days, of_day) = (local.div_euclid(86_400_000), local.rem_euclid(86_400_000) / 1000);
    let (year, month, day) = date_from_days(days);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

fn month_days(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// Counting years from March puts the leap day last, so that the months' lengths follow one formula.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let shifted = (month + 9) % 12;
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * shifted + 2) / 5
        + day
        - 1
        - 719_468
}

fn date_from_days(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days.div_euclid(366);
    while days_from_epoch(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from_epoch(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - days_from_epoch(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(parse("19700101080000"), Some(0));
        assert_eq!(parse("20260706204200"), Some(1_783_341_720_000));
        assert_eq!(parse("20160801085857223"), Some(1_470_013_137_223));
        assert_eq!(parse("20000229000000"), Some(951_753_600_000));
    }

    #[test]
    fn no_such_date() {
        for text in [
            "20260230000000",
            "20261301000000",
            "20260101240000",
            "2026010100000",
            "2026010100000x",
            "",
            "２０２６０１０１００００",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn there_and_back() {
        for day in 0..20_000_i64 {
            let ms = day * 86_400_000 + (day * 977 % 86_400) * 1000;
            assert_eq!(parse(&format(ms)), Some(ms), "{ms}");
        }
    }
}
