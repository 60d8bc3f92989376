//! A long series made short: of every stretch the least and the greatest value stay, so that no peak is lost. Pure.

use crate::Point;

/// At most `most` points (of at least 4); the first and the last stay.
pub(crate) fn thinned(points: Vec<Point>, most: usize) -> Vec<Point> {
    let most = most.max(4);
    if points.len() <= most {
        return points;
    }
    let stretch = points.len().div_ceil((most - 2) / 2);
    let end = points.len() - 1;
    let mut keep = vec![0];
    for begin in (0..points.len()).step_by(stretch) {
        let stop = (begin + stretch).min(points.len());
        let value = |n: &usize| points[*n].value.as_number().unwrap_or(f64::NAN);
        let numbers = || (begin..stop).filter(|n| !value(n).is_nan());
        let least = numbers().min_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or(begin);
        let greatest = numbers().max_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or(begin);
        keep.extend([least.min(greatest), least.max(greatest)]);
    }
    keep.push(end);
    keep.dedup();
    let mut points: Vec<Option<Point>> = points.into_iter().map(Some).collect();
    keep.into_iter().filter_map(|n| points[n].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Time, Value};

    fn series(count: i64, value: impl Fn(i64) -> Value) -> Vec<Point> {
        (0..count).map(|n| Point { at: Time(n), value: value(n), valid: true, seq: 1 }).collect()
    }

    #[test]
    fn peaks_and_ends_stay_and_order_is_kept() {
        let points = series(10_000, |n| Value::Number(if n == 7_321 { 900.0 } else { (n % 50) as f64 }));
        let short = thinned(points, 500);
        assert!(short.len() <= 500 && short.len() > 200, "{}", short.len());
        assert!(short.iter().any(|p| p.at == Time(7_321)));
        assert_eq!((short[0].at, short[short.len() - 1].at), (Time(0), Time(9_999)));
        assert!(short.windows(2).all(|w| w[0].at < w[1].at));
    }

    #[test]
    fn short_series_and_texts_stay_as_they_are() {
        assert_eq!(thinned(series(5, |_| Value::Number(1.0)), 5).len(), 5);
        let texts = thinned(series(1_000, |_| Value::text("a")), 100);
        assert!(texts.len() <= 100 && texts.len() > 40, "{}", texts.len());
        assert!(thinned(vec![], 10).is_empty());
    }
}
