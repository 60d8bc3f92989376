//! The command `duty.assess`: what the shell computed becomes rows, where something changed.

use crate::assess::Assessment;
use crate::definitions::Definitions;
use crate::row;
use door::{Body, Command, Decision, Moment, Refusal, RefusalKind};
use model::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::State;

/// Most cells in one command.
pub const CELLS_MAX: usize = 2_000;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assess<T> {
    cells: T,
    as_of: Time,
}

/// The bodies of the `duty.assess` commands that carry these assessments, at most [`CELLS_MAX`] in each.
#[must_use]
pub fn bodies(assessments: &[Assessment], as_of: Time) -> Vec<Json> {
    let body = |cells| serde_json::to_value(Assess { cells, as_of }).unwrap_or_default();
    assessments.chunks(CELLS_MAX).map(body).collect()
}

/// The assessments that would change a row of this snapshot; the others need not be submitted.
#[must_use]
pub fn news(
    state: &State,
    definitions: &Definitions,
    assessments: Vec<Assessment>,
    as_of: Time,
) -> Vec<Assessment> {
    let changes = |a: &Assessment| {
        row::change(state, definitions.get(a.duty.as_str()).map(|d| &**d), a, as_of).is_some()
    };
    assessments.into_iter().filter(changes).collect()
}

/// Decides a command of this engine.
pub(crate) fn decide(
    at: &Moment<'_>,
    command: &Command,
    definitions: &Definitions,
) -> Result<Decision, Refusal> {
    if command.name != "duty.assess" {
        let name = &command.name;
        return refuse(
            RefusalKind::Missing,
            "name",
            format!("没有命令 {name}"),
            format!("no command {name}"),
        );
    }
    if !command.permit.is_city() {
        return refuse(
            RefusalKind::Forbidden,
            "",
            "证据只由城市自己评估",
            "evidence is assessed by the city itself",
        );
    }
    let Body::Json(json) = &command.body else {
        return refuse(RefusalKind::Invalid, "", "内容应为 JSON", "the body must be JSON");
    };
    let asked: Assess<Vec<Assessment>> = serde_json::from_value(json.clone()).or_else(|e| {
        refuse(RefusalKind::Invalid, "", format!("内容不对：{e}"), format!("the body does not fit: {e}"))
    })?;
    if asked.cells.len() > CELLS_MAX {
        let (zh, en) = (format!("一次最多 {CELLS_MAX} 格"), format!("at most {CELLS_MAX} cells at once"));
        return refuse(RefusalKind::Invalid, "cells", zh, en);
    }
    // What is said for a time to come is said for now.
    let as_of = asked.as_of.min(at.now);
    let of = |a: &Assessment| row::change(at.state, definitions.get(a.duty.as_str()).map(|d| &**d), a, as_of);
    let changes: Vec<_> = asked.cells.iter().filter_map(of).collect();
    let pack = asked.cells.iter().find_map(|a| definitions.pack(a.duty.as_str())).cloned();
    Ok(Decision { answer: json!({ "changed": changes.len() }), pack, ..Decision::governed(changes) })
}

fn refuse<T>(
    kind: RefusalKind,
    field: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Result<T, Refusal> {
    Err(Refusal::new(kind, field, zh, en))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess;
    use crate::pen::{FRESH, LINKED, Pen, row_of, text};
    use access::{Access, Rows};
    use model::{Attribute, Change, EntityKey, Value};

    fn yard() -> Pen {
        let mut pen = Pen::new();
        pen.install(&[("a", FRESH)]);
        pen.area("north", None);
        pen.binding("1", "eco", "city_eco", None, ["2020-01-01", ""]);
        pen.pump("1", "north");
        pen.report("1");
        pen.assess();
        pen
    }

    #[test]
    fn a_row_is_written_when_its_cell_turns_and_not_between() {
        let mut pen = yard();
        let start = pen.now;
        let row = pen.rows().pop().unwrap();
        for (name, want) in [
            ("duty", "YT.16.1.1"),
            ("body", "urn:ngsi-ld:Body:city_eco"),
            ("subject", "urn:ngsi-ld:Pump:1"),
            ("area", "urn:ngsi-ld:Area:north"),
            ("subject_type", "Pump"),
            ("machine", "none"),
        ] {
            assert_eq!(row.text(name), Some(want), "{name}");
        }
        assert_eq!(
            (row.number("article"), row.number("paragraph"), row.time("since")),
            (Some(16.0), Some(1.0), Some(start))
        );
        let seq = pen.state.seq();
        for step in 1..9 {
            pen.now = start.plus_secs(step * 60);
            assert_eq!(pen.assess(), 0);
        }
        assert_eq!(pen.state.seq(), seq, "nothing is stored while nothing turns");
        pen.now = start.plus_secs(660);
        assert_eq!(pen.assess(), 1);
        let row = pen.rows().pop().unwrap();
        assert_eq!((row_of(&row), row.time("since")), ((false, "hint".into()), Some(start.plus_secs(600))));
        assert_eq!(row.value("sources").unwrap().items().len(), 2);
        pen.report("1");
        assert_eq!(pen.assess(), 1);
        assert_eq!(row_of(&pen.rows()[0]), (true, "none".into()));
        assert_eq!(pen.rows().len(), 1);
    }

    #[test]
    fn what_describes_the_subject_follows_it() {
        let mut pen = yard();
        let since = pen.rows()[0].time("since");
        pen.area("south", None);
        pen.set(
            "1",
            vec![
                Attribute::new("name", text("二号泵")),
                Attribute::new("area", Value::Id("urn:ngsi-ld:Area:south".into())),
            ],
        );
        pen.now = pen.now.plus_secs(30);
        assert_eq!(pen.assess(), 1);
        let row = pen.rows().pop().unwrap();
        assert_eq!(
            (row.text("subject_name"), row.text("area"), row.time("since")),
            (Some("二号泵"), Some("urn:ngsi-ld:Area:south"), since)
        );
    }

    #[test]
    fn a_row_goes_with_its_subject_unless_a_person_decided_on_it() {
        for decided in [false, true] {
            let mut pen = yard();
            if decided {
                let key = pen.rows()[0].key.clone();
                pen.accept(vec![Change::Set {
                    key,
                    attributes: vec![Attribute::new("finding", text("F-1"))],
                }]);
            }
            pen.accept(vec![Change::Delete { key: EntityKey::city("urn:ngsi-ld:Pump:1") }]);
            pen.assess();
            assert_eq!(pen.rows().len(), usize::from(decided));
        }
    }

    #[test]
    fn a_new_bearer_has_a_row_of_its_own() {
        let mut pen = yard();
        pen.binding("2", "eco", "new_eco", None, ["2026-07-06", ""]);
        pen.assess();
        let rows = pen.rows();
        let bodies: Vec<_> = rows.iter().map(|r| r.text("body").unwrap()).collect();
        assert_eq!(bodies, ["urn:ngsi-ld:Body:new_eco"]);
    }

    #[test]
    fn an_older_assessment_does_not_undo_a_newer_one() {
        let mut pen = yard();
        pen.now = pen.now.plus_secs(700);
        let definitions = pen.definitions();
        let old = assess(&pen.state, &definitions, None, pen.now, Time(0));
        let old_as_of = pen.now;
        pen.now = pen.now.plus_secs(10);
        pen.report("1");
        pen.assess();
        // The row was met all the time, so it says met since the first report; it turns for the newer one only.
        pen.now = pen.now.plus_secs(700);
        pen.assess();
        let turned = pen.rows()[0].clone();
        assert!(!old[0].met);
        let late = Assessment { met: true, ..old[0].clone() };
        pen.submit(&bodies(&[late], old_as_of)[0], Access::city("duty", "duty.assess")).unwrap();
        assert_eq!(pen.rows()[0], turned);
    }

    #[test]
    fn only_the_city_assesses_and_within_bounds() {
        let mut pen = yard();
        let body = bodies(&assess(&pen.state, &pen.definitions(), None, pen.now, Time(0)), pen.now).remove(0);
        let person = pen.permit("duty.assess", Rows::All);
        assert_eq!(pen.submit(&body, person).unwrap_err().kind, RefusalKind::Forbidden);
        let city = || Access::city("duty", "duty.assess");
        assert!(pen.submit(&body, city()).is_ok());
        let one = body["cells"][0].clone();
        let many = json!({ "cells": vec![one; CELLS_MAX + 1], "as_of": body["as_of"] });
        assert_eq!(pen.submit(&many, city()).unwrap_err().field, "cells");
        assert_eq!(pen.submit(&json!({ "cells": 1 }), city()).unwrap_err().kind, RefusalKind::Invalid);
        let other = pen.submit_as("duty.forget", &body, Access::city("duty", "duty.forget")).unwrap_err();
        assert_eq!(other.kind, RefusalKind::Missing);
    }

    #[test]
    fn many_assessments_become_several_commands() {
        let pen = yard();
        let one = assess(&pen.state, &pen.definitions(), None, pen.now, Time(0)).remove(0);
        let sizes: Vec<_> = bodies(&vec![one; CELLS_MAX + 1], pen.now)
            .iter()
            .map(|b| b["cells"].as_array().unwrap().len())
            .collect();
        assert_eq!(sizes, [CELLS_MAX, 1]);
        assert!(bodies(&[], pen.now).is_empty());
    }

    #[test]
    fn a_removed_duty_takes_its_rows_along() {
        let mut pen = yard();
        pen.install(&[("b", LINKED)]);
        pen.assess();
        let rows = pen.rows();
        let duties: Vec<_> = rows.iter().map(|r| r.text("duty").unwrap()).collect();
        assert_eq!(duties, ["YT.17.1.1"]);
    }
}
