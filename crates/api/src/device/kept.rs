//! How a promise to report was kept, from the times of the reports. Pure.

use super::wire::{Gap, KeptView};
use model::Time;

/// A promise kept or not over a span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    /// Reports that were promised.
    pub(crate) expected: i64,
    /// Of them, those that came.
    pub(crate) received: i64,
    /// Silences of more than one and a half promises, with the report before and the one after.
    pub(crate) gaps: Vec<(Time, Option<Time>)>,
}

impl Kept {
    /// The view of it.
    pub(crate) fn view(&self) -> KeptView {
        #[expect(clippy::cast_precision_loss, reason = "reports of a day")]
        let share = if self.expected == 0 { 1.0 } else { self.received as f64 / self.expected as f64 };
        KeptView { share, expected: self.expected, received: self.received }
    }

    /// The views of its silences.
    pub(crate) fn gap_views(&self) -> Vec<Gap> {
        self.gaps.iter().map(|(from, to)| Gap { from: from.rfc3339(), to: to.map(Time::rfc3339) }).collect()
    }
}

/// How the promise of a report every `promise_s` seconds was kept between two times. `times` are those of the
/// reports, sorted. A silence counts as broken when it is longer than one and a half promises: a report a little
/// late is none. Without a promise all that came counts and nothing is missing.
pub(crate) fn kept(times: &[Time], from: Time, to: Time, promise_s: i64) -> Kept {
    let came = i64::try_from(times.len()).unwrap_or(i64::MAX);
    if promise_s <= 0 || to <= from {
        return Kept { expected: 0, received: came, gaps: vec![] };
    }
    let expected = to.secs_since(from) / promise_s;
    let mut gaps = Vec::new();
    let mut missing = 0;
    let mut last = from;
    for time in times.iter().copied().filter(|t| (from..to).contains(t)) {
        let silent = time.secs_since(last);
        if broken(silent, promise_s) {
            gaps.push((last, Some(time)));
            missing += (silent + promise_s / 2) / promise_s - 1;
        }
        last = last.max(time);
    }
    let silent = to.secs_since(last);
    if broken(silent, promise_s) {
        gaps.push((last, None));
        missing += silent / promise_s;
    }
    Kept { expected, received: (expected - missing).clamp(0, expected), gaps }
}

fn broken(silent_s: i64, promise_s: i64) -> bool {
    silent_s * 2 > promise_s * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: &[i64]) -> Vec<Time> {
        minutes.iter().map(|m| Time::from_secs(m * 60)).collect()
    }

    #[test]
    fn silences_are_counted_in_promised_reports() {
        type Case<'a> = (&'a [i64], (i64, i64), &'a [(i64, Option<i64>)]);
        let cases: [Case<'_>; 6] = [
            (&[5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55], (12, 12), &[]),
            (&[6, 10, 17, 20, 25, 31, 35, 40, 45, 50, 55], (12, 12), &[]),
            (&[5, 10, 30, 35, 40, 45, 50, 55], (12, 9), &[(10, Some(30))]),
            (&[5, 10, 15, 20, 25, 30], (12, 6), &[(30, None)]),
            (&[30, 35, 40, 45, 50, 55], (12, 7), &[(0, Some(30))]),
            (&[], (12, 0), &[(0, None)]),
        ];
        for (minutes, (expected, received), gaps) in cases {
            let found = kept(&at(minutes), Time(0), Time::from_secs(3600), 300);
            assert_eq!((found.expected, found.received), (expected, received), "{minutes:?}");
            let want: Vec<_> = gaps
                .iter()
                .map(|(a, b)| (Time::from_secs(a * 60), b.map(|b| Time::from_secs(b * 60))))
                .collect();
            assert_eq!(found.gaps, want, "{minutes:?}");
        }
    }

    #[test]
    fn more_than_promised_is_not_more_than_all_and_no_promise_is_kept() {
        let often: Vec<i64> = (0..60).collect();
        let found = kept(&at(&often), Time(0), Time::from_secs(3600), 300);
        assert_eq!((found.received, found.view().share), (12, 1.0));
        let free = kept(&at(&[1, 50]), Time(0), Time::from_secs(3600), 0);
        assert_eq!(free.view(), KeptView { share: 1.0, expected: 0, received: 2 });
        assert_eq!(kept(&[], Time(5), Time(5), 60).gaps, []);
    }
}
