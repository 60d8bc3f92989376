//! Lists against a plain filter and sort, over random entities and questions.

use super::*;
use crate::testing::{Random, commit, create, set};
use crate::{IndexValue, State};
use model::{Attribute, Change, EntityId, Time};
use std::cmp::Ordering;

const KIND: &str = "Thing";
const NAMES: [&str; 4] = ["state", "level", "at", "tags"];

fn value(random: &mut Random, name: &str) -> Value {
    let n = random.below(6);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let number = n as f64 - 2.0;
    match name {
        "state" => ["open", "closed", "北", "", "urn:x", "z"][n].into(),
        "level" if n == 5 => Value::Null,
        "level" => number.into(),
        "at" => Time::from_secs(i64::try_from(n).unwrap()).into(),
        _ => {
            Value::list((0..random.below(3)).map(|i| EntityId::new(format!("urn:t:{}", (n + i) % 4)).into()))
        }
    }
}

fn city(random: &mut Random) -> State {
    let mut state = State::default();
    for seq in 1..=400u64 {
        let id = format!("urn:e:{:03}", random.below(120));
        let mut attributes = Vec::new();
        for name in NAMES {
            if random.below(5) > 0 {
                attributes.push(Attribute::new(name, value(random, name)));
            }
        }
        let change = match random.below(8) {
            0 => Change::Delete { key: crate::testing::key(&id) },
            1..4 => set(&id, attributes),
            _ => create(&id, KIND, attributes),
        };
        state.apply(&commit(seq, vec![change]));
    }
    state
}

fn question(random: &mut Random) -> Select {
    let mut conditions = Vec::new();
    for _ in 0..random.below(3) {
        let name = NAMES[random.below(4)];
        let v = value(random, name);
        let v = v.items().first().cloned().unwrap_or(v);
        let n = Name::new(name);
        conditions.push(match random.below(7) {
            0 | 1 => Condition::Equals(n, v),
            2 => Condition::OneOf(n, vec![v, value(random, name)]),
            3 => Condition::AtLeast(n, v),
            4 => Condition::AtMost(n, v),
            5 => Condition::Contains(n, ["OPEN", "t:1", "北", "-"][random.below(4)].into()),
            _ if random.below(2) == 0 => Condition::Has(n),
            _ => Condition::Lacks(n),
        });
    }
    let sort = (random.below(3) > 0)
        .then(|| Sort { attribute: NAMES[random.below(4)].into(), descending: random.below(2) == 0 });
    Select { conditions, sort, ..Select::city(KIND, 1 + random.below(30)) }
}

/// The scalars of an attribute: itself, or the items of a list.
fn scalars(e: &Entity, name: &Name) -> Vec<Value> {
    match e.value(name.as_str()) {
        None => Vec::new(),
        Some(Value::List(items)) => items.to_vec(),
        Some(one) => vec![one.clone()],
    }
}

/// Compares two values of one sort, written without the crate's own projection.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        _ => Some(a.as_str()?.cmp(b.as_str()?)),
    }
}

fn plainly(e: &Entity, c: &Condition) -> bool {
    let some = |n: &Name, pass: &dyn Fn(&Value) -> bool| scalars(e, n).iter().any(pass);
    let equals = |n: &Name, w: &Value| {
        some(n, &|v| compare(v, w) == Some(Ordering::Equal))
            || e.value(n.as_str()).is_some_and(|v| v == w)
            || (*w == Value::Null && e.value(n.as_str()).is_none())
    };
    match c {
        Condition::Equals(n, w) => equals(n, w),
        Condition::OneOf(n, ws) => ws.iter().any(|w| equals(n, w)),
        Condition::AtLeast(n, w) => some(n, &|v| compare(v, w).is_some_and(Ordering::is_ge)),
        Condition::AtMost(n, w) => some(n, &|v| compare(v, w).is_some_and(Ordering::is_le)),
        Condition::Contains(n, w) => {
            let w = w.to_lowercase();
            some(n, &|v| match v {
                Value::Number(n) => n.to_string().contains(&w),
                v => v.as_str().is_some_and(|t| t.to_lowercase().contains(&w)),
            })
        }
        Condition::Has(n) => e.value(n.as_str()).is_some(),
        Condition::Lacks(n) => e.value(n.as_str()).is_none(),
    }
}

/// What the list must be, by filtering and sorting everything.
fn expected(state: &State, select: &Select) -> Vec<String> {
    let mut found: Vec<_> =
        state.all(KIND).filter(|e| select.conditions.iter().all(|c| plainly(e, c))).cloned().collect();
    if let Some(sort) = &select.sort {
        let least = |e: &Entity| {
            scalars(e, &sort.attribute).iter().filter_map(IndexValue::of).min().unwrap_or_default()
        };
        found.sort_by(|a, b| {
            let order = least(a).cmp(&least(b)).then_with(|| a.id().cmp(b.id()));
            if sort.descending { order.reverse() } else { order }
        });
    }
    found.iter().map(|e| e.id().to_string()).collect()
}

#[test]
fn every_way_of_answering_gives_the_plain_answer() {
    let mut random = Random::new(23);
    let mut answered = 0;
    for _ in 0..40 {
        let mut state = city(&mut random);
        for name in NAMES {
            if random.below(3) > 0 {
                state.declare_index(&KIND.into(), &name.into());
            }
        }
        for _ in 0..40 {
            let mut select = question(&mut random);
            let want = expected(&state, &select);
            for collect in [0, 20, 10_000] {
                let mut got = Vec::new();
                select.after = None;
                loop {
                    let page = match state.select_within(&select, 5_000, collect) {
                        Ok(page) => page,
                        Err(e) => panic!("{e}: {select:?}"),
                    };
                    assert!(page.total.is_none_or(|t| t == want.len()), "{page:?} {select:?}");
                    assert!(page.entities.len() == select.limit || page.next.is_none());
                    got.extend(page.entities.iter().map(|e| e.id().to_string()));
                    select.after = page.next;
                    if select.after.is_none() {
                        break;
                    }
                }
                assert_eq!(got, want, "collect {collect} {select:?}");
                answered += got.len();
            }
        }
    }
    assert!(answered > 50_000, "{answered}");
}

#[test]
fn pages_continue_rightly_while_the_list_changes_under_them() {
    let mut random = Random::new(5);
    let mut state = city(&mut random);
    state.declare_index(&KIND.into(), &"level".into());
    let sort = Some(Sort { attribute: "level".into(), descending: false });
    let mut select = Select { sort, ..Select::city(KIND, 7) };
    let (mut seen, mut seq) = (Vec::new(), 1_000);
    loop {
        let page = state.select_within(&select, 5_000, 0).unwrap();
        seen.extend(page.entities.iter().map(|e| e.id().to_string()));
        // The entity that the cursor names is removed; the place stays.
        if let Some(last) = page.entities.last() {
            seq += 1;
            state.apply(&commit(seq, vec![Change::Delete { key: last.key.clone() }]));
        }
        select.after = page.next;
        if select.after.is_none() {
            break;
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "nothing is shown twice");
    assert!(state.all(KIND).all(|e| once.contains(&e.id().to_string())), "nothing that stayed is missed");
}
