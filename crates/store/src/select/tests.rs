use super::*;
use crate::State;
use crate::testing::{commit, create};
use model::{Attribute, EntityId, Time};

fn city() -> State {
    let mut state = State::default();
    let rows = [
        ("urn:x:a", "open", 3.0, 10, "东门泵站"),
        ("urn:x:b", "closed", 1.0, 20, "West Gate"),
        ("urn:x:c", "open", 2.0, 30, "南门"),
        ("urn:x:d", "open", 2.0, 40, "北门"),
    ];
    let mut changes: Vec<_> = rows
        .iter()
        .map(|(id, state, level, at, zh)| {
            let words = Value::map([("zh", Value::text(zh)), ("en", Value::text("Pump"))]);
            create(
                id,
                "Job",
                vec![
                    Attribute::new("state", (*state).into()),
                    Attribute::new("level", (*level).into()),
                    Attribute::new("at", Time::from_secs(*at).into()),
                    Attribute::new("name", words),
                    Attribute::new(
                        "bodies",
                        Value::list([EntityId::new(format!("urn:b:{level}")).into(), "urn:b:all".into()]),
                    ),
                ],
            )
        })
        .collect();
    changes.push(create("urn:x:e", "Job", vec![Attribute::new("state", Value::Null)]));
    state.apply(&commit(1, changes));
    state
}

fn indexed() -> State {
    let mut state = city();
    for name in ["state", "level", "at", "bodies", "name"] {
        state.declare_index(&"Job".into(), &name.into());
    }
    state
}

fn ids(page: &Page) -> Vec<&str> {
    page.entities.iter().map(|e| e.id().as_str().trim_start_matches("urn:x:")).collect()
}

/// Follows the pages of a list to its end.
fn walk(state: &State, mut select: Select, scan: usize, collect: usize) -> Result<Vec<String>, SelectError> {
    let mut out = Vec::new();
    for _ in 0..50 {
        let page = state.select_within(&select, scan, collect)?;
        out.extend(ids(&page).into_iter().map(String::from));
        let Some(next) = page.next else { return Ok(out) };
        select.after = Some(next.to_string().parse().unwrap());
    }
    panic!("a list without an end")
}

#[test]
fn conditions_with_and_without_an_index_page_by_page() {
    use Condition::*;
    let n = Name::new;
    type Case = (Vec<Condition>, Option<(&'static str, bool)>, &'static str);
    let cases: Vec<Case> = vec![
        (vec![], None, "a b c d e"),
        (vec![Equals(n("state"), "open".into())], None, "a c d"),
        (vec![Equals(n("state"), Value::Null)], None, "e"),
        (vec![Equals(n("level"), Value::Null)], None, "e"),
        (vec![OneOf(n("state"), vec!["closed".into(), Value::Null])], None, "b e"),
        (vec![AtLeast(n("level"), 2.0.into())], None, "a c d"),
        (vec![AtMost(n("level"), 2.0.into())], None, "b c d"),
        (
            vec![AtLeast(n("at"), Time::from_secs(15).into()), AtMost(n("at"), Time::from_secs(30).into())],
            None,
            "b c",
        ),
        (vec![AtLeast(n("level"), "x".into())], None, ""),
        (vec![Equals(n("bodies"), "urn:b:2".into())], None, "c d"),
        (vec![Equals(n("bodies"), EntityId::new("urn:b:all").into())], None, "a b c d"),
        (vec![Contains(n("name"), "门".into())], None, "a c d"),
        (vec![Contains(n("name"), "west".into())], None, "b"),
        (vec![Contains(n("name"), "PUMP".into()), Equals(n("state"), "open".into())], None, "a c d"),
        (vec![Contains(n("id"), "X:D".into())], None, "d"),
        (vec![Has(n("level"))], None, "a b c d"),
        (vec![Lacks(n("level"))], None, "e"),
        (vec![], Some(("level", false)), "e b c d a"),
        (vec![], Some(("level", true)), "a d c b e"),
        (vec![], Some(("bodies", false)), "e b c d a"),
        (vec![Equals(n("state"), "open".into())], Some(("at", true)), "d c a"),
        (vec![AtLeast(n("at"), Time::from_secs(15).into())], Some(("at", true)), "d c b"),
        (vec![AtMost(n("at"), Time::from_secs(30).into())], Some(("at", true)), "c b a"),
        (vec![AtMost(n("at"), Time::from_secs(30).into())], Some(("at", false)), "a b c"),
    ];
    let (plain, indexed) = (city(), indexed());
    for (conditions, sort, want) in cases {
        let want: Vec<_> = want.split_whitespace().collect();
        let sort = sort.map(|(a, descending)| Sort { attribute: a.into(), descending });
        for limit in [1, 2, 100] {
            let select =
                Select { conditions: conditions.clone(), sort: sort.clone(), ..Select::city("Job", limit) };
            for (state, collect, what) in
                [(&plain, 100, "scan"), (&indexed, 100, "index"), (&indexed, 0, "walk")]
            {
                assert_eq!(
                    walk(state, select.clone(), 1_000, collect).unwrap(),
                    want,
                    "{what} {limit} {select:?}"
                );
            }
        }
    }
}

#[test]
fn the_total_is_told_when_it_is_known() {
    let state = indexed();
    let mut select = Select {
        conditions: vec![Condition::Equals("state".into(), "open".into())],
        ..Select::city("Job", 1)
    };
    assert_eq!(state.select(&select).unwrap().total, Some(3));
    assert_eq!(state.select_within(&select, 100, 1).unwrap().total, None);
    select.conditions.clear();
    assert_eq!(state.select_within(&select, 100, 1).unwrap().total, Some(5));
}

#[test]
fn a_list_beyond_its_bounds_names_what_to_declare() {
    let mut state = city();
    let mut select =
        Select { conditions: vec![Condition::Equals("state".into(), "no".into())], ..Select::city("Job", 5) };
    let error = state.select_within(&select, 3, 2).unwrap_err();
    assert_eq!(error.to_string(), "listing Job looks at more than 3 entities; declare an index on Job.state");
    state.declare_index(&"Job".into(), &"state".into());
    assert!(state.select_within(&select, 3, 2).unwrap().entities.is_empty());
    select.conditions = vec![Condition::Contains("name".into(), "nowhere".into())];
    let error = state.select_within(&select, 3, 2).unwrap_err();
    assert!(error.to_string().ends_with("narrow it by an attribute with an index"), "{error}");
    select.conditions.clear();
    select.sort = Some(Sort { attribute: "level".into(), descending: false });
    let error = state.select_within(&select, 3, 2).unwrap_err();
    assert!(error.to_string().ends_with("Job.level"), "{error}");
}

#[test]
fn odd_questions_get_an_answer_or_a_reason() {
    let state = city();
    assert_eq!(state.select(&Select::city("Nothing", 5)).unwrap().total, Some(0));
    assert_eq!(state.select(&Select::city("Job", 0)).unwrap_err(), SelectError::PageSize(0));
    let foreign = Select { tenant: model::Tenant::new("x"), ..Select::city("Job", 5) };
    assert!(state.select(&foreign).unwrap().entities.is_empty());
    let mut select =
        Select { sort: Some(Sort { attribute: "at".into(), descending: true }), ..Select::city("Job", 2) };
    select.after = state.select(&select).unwrap().next;
    select.sort = None;
    assert_eq!(state.select(&select).unwrap_err(), SelectError::CursorMismatch);
}
