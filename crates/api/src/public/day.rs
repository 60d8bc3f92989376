//! The city's own day: its midnight, and times as its clocks show them.

use model::Time;

/// Seconds that the city's clocks are ahead of UTC.
const OFFSET_S: i64 = 8 * 3_600;
const DAY_S: i64 = 86_400;

/// The last midnight in the city.
pub(crate) fn midnight(now: Time) -> Time {
    let local = now.micros().div_euclid(1_000_000) + OFFSET_S;
    Time::from_secs(local - local.rem_euclid(DAY_S) - OFFSET_S)
}

/// `22:00` today, `07-07 22:00` on another day.
pub(crate) fn clock(at: Time, now: Time) -> String {
    let local = at.plus_secs(OFFSET_S).rfc3339();
    let part = |from: usize, to: usize| local.get(from..to).unwrap_or_default();
    if midnight(at) == midnight(now) {
        part(11, 16).to_owned()
    } else {
        format!("{} {}", part(5, 10), part(11, 16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_the_city_s_midnight() {
        let cases = [
            ("2026-07-06T15:59:59Z", "2026-07-05T16:00:00Z"),
            ("2026-07-06T16:00:00Z", "2026-07-06T16:00:00Z"),
            ("2026-07-07T01:00:00+08:00", "2026-07-06T16:00:00Z"),
        ];
        for (now, want) in cases {
            assert_eq!(midnight(Time::parse(now).unwrap()), Time::parse(want).unwrap(), "{now}");
        }
    }

    #[test]
    fn a_time_has_its_date_only_on_another_day() {
        let t = |s: &str| Time::parse(s).unwrap();
        assert_eq!(clock(t("2026-07-06T14:00:00Z"), t("2026-07-06T12:00:00Z")), "22:00");
        assert_eq!(clock(t("2026-07-06T18:30:00Z"), t("2026-07-06T12:00:00Z")), "07-07 02:30");
    }
}
