//! Which of two points of one series and one time stands: the rule of "exactly once".

use crate::point::Held;

/// What a point did to those that were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// The first of its time.
    New,
    /// The same again: nothing changed.
    Same,
    /// Another value for its time: the higher sequence stands.
    Corrected,
}

/// Puts the newest point among those of its series, which are sorted by time and hold one point a time.
pub(crate) fn insert(points: &mut Vec<Held>, held: Held) -> Fold {
    if points.last().is_none_or(|last| last.at < held.at) {
        points.push(held);
        return Fold::New;
    }
    match points.binary_search_by_key(&held.at, |p| p.at) {
        Err(place) => {
            points.insert(place, held);
            Fold::New
        }
        Ok(place) if points[place].same(&held) => Fold::Same,
        Ok(place) => {
            if held.seq >= points[place].seq {
                points[place] = held;
            }
            Fold::Corrected
        }
    }
}

/// Folds two sorted runs of one series into one. Of two points of one time the higher sequence stands, even
/// when the values are the same: a third run may hold a correction between the two. So the order of folding
/// does not matter.
pub(crate) fn union(older: Vec<Held>, newer: Vec<Held>) -> Vec<Held> {
    if newer.is_empty() {
        return older;
    }
    if older.last().is_none_or(|last| last.at < newer[0].at) {
        let mut all = older;
        all.extend(newer);
        return all;
    }
    let mut all = Vec::with_capacity(older.len() + newer.len());
    let mut newer = newer.into_iter().peekable();
    for held in older {
        while let Some(before) = newer.next_if(|n| n.at < held.at) {
            all.push(before);
        }
        let at = held.at;
        all.push(held);
        let twin = newer.next_if(|n| n.at == at);
        if let (Some(twin), Some(last)) = (twin, all.last_mut())
            && twin.seq > last.seq
        {
            *last = twin;
        }
    }
    all.extend(newer);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::Small;

    fn held(at: i64, n: f64, seq: u64) -> Held {
        Held { at, seq, value: Small::Number(n), quality: None }
    }

    #[test]
    fn the_highest_sequence_wins_and_the_same_changes_nothing() {
        let cases = [
            (held(10, 1.0, 1), Fold::New, 1.0, 1),
            (held(10, 1.0, 2), Fold::Same, 1.0, 1),
            (held(10, 2.0, 3), Fold::Corrected, 2.0, 3),
            (held(10, 9.0, 2), Fold::Corrected, 2.0, 3),
            (held(5, 4.0, 4), Fold::New, 2.0, 3),
        ];
        let mut points = vec![];
        for (new, want, value, seq) in cases {
            assert_eq!(insert(&mut points, new), want);
            assert_eq!(points.last(), Some(&held(10, value, seq)));
        }
        assert_eq!(points.iter().map(|p| p.at).collect::<Vec<_>>(), [5, 10]);
    }

    #[test]
    fn a_union_is_sorted_and_holds_one_point_a_time() {
        let older = vec![held(1, 1.0, 1), held(3, 3.0, 2), held(5, 5.0, 9)];
        let newer = vec![held(2, 2.0, 3), held(3, 4.0, 4), held(5, 6.0, 5), held(7, 7.0, 6)];
        let want = vec![held(1, 1.0, 1), held(2, 2.0, 3), held(3, 4.0, 4), held(5, 5.0, 9), held(7, 7.0, 6)];
        assert_eq!(union(older.clone(), newer.clone()), want);
        assert_eq!(union(newer, older.clone()), want);
        assert_eq!(union(older.clone(), vec![]), older);
        assert_eq!(union(vec![held(1, 1.0, 1)], vec![held(2, 1.0, 2)]).len(), 2);
        for (a, b) in [(1, 2), (2, 1)] {
            assert_eq!(union(vec![held(1, 1.0, a)], vec![held(1, 1.0, b)]), vec![held(1, 1.0, 2)]);
        }
    }
}
