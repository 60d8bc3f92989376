//! The duty list: which bodies act on a matter, by the roles that the matter names and the bindings in force.

use crate::area::chain;
use crate::definition::Definition;
use crate::words::{ids, name_of, tail};
use door::Text;
use model::{Entity, EntityId, Time, Value};
use std::sync::Arc;
use store::{Condition, Select, State};

/// Type of a body.
pub(crate) const BODY: &str = "Body";
/// Type of a binding of a role to a body, with dates.
const BINDING: &str = "Binding";
/// Hours that the city's clock is ahead of UTC; a date begins at its midnight.
const CITY_OFFSET: &str = "+08:00";
/// Most bodies or bindings that one role is looked for in.
const FOUND_MAX: usize = 2_000;

/// A body that the duty list gives a case to.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggested {
    /// The body.
    pub body: EntityId,
    /// Its name.
    pub name: Text,
    /// The role by which it is named.
    pub role: String,
    /// Item of the duty list.
    pub item: String,
    /// The item in words.
    pub basis: Text,
    /// The article that the item rests on.
    pub article: String,
    /// What is to be done.
    pub title: Text,
    /// Whether it is to be ticked at first: it has no task of this case yet.
    pub ticked: bool,
}

/// The bodies for a case at a time, the leading one first. A role without a body is left out.
#[must_use]
pub fn duty_list(state: &State, flow: &Definition, case: &Entity, at: Time) -> Vec<Suggested> {
    let Some(matter) = case.text("matter").and_then(|m| flow.matters.get(m)) else { return vec![] };
    let busy = live_bodies(state, flow, case);
    let areas = chain(state, case.object("area"));
    let mut list: Vec<Suggested> = Vec::new();
    for role in &matter.bodies {
        for body in bodies(state, flow, role, &areas, at) {
            if list.iter().any(|s| s.body == *body.id()) {
                continue;
            }
            let item = &matter.item;
            list.push(Suggested {
                body: body.id().clone(),
                name: name_of(&body),
                role: role.clone(),
                item: item.clone(),
                basis: Text {
                    zh: format!("责任清单第 {item} 项"), en: format!("duty list, item {item}")
                },
                article: matter.article.clone(),
                title: matter.task.clone(),
                ticked: !busy.contains(body.id()),
            });
        }
    }
    list
}

fn live_bodies(state: &State, flow: &Definition, case: &Entity) -> Vec<EntityId> {
    let back = flow.task_event("return").map(|e| e.to.as_str());
    let tasks = ids(case, "tasks").into_iter().filter_map(|t| state.city(t.as_str()));
    tasks.filter(|t| t.text("state") != back).filter_map(|t| t.object("body").cloned()).collect()
}

/// The bodies of a role: bound to it for the nearest area, else for the whole city; a role that goes by
/// area falls to the body of the nearest area that has one.
fn bodies(state: &State, flow: &Definition, role: &str, areas: &[EntityId], at: Time) -> Vec<Arc<Entity>> {
    let nearness = |e: &Entity| match e.object("area") {
        Some(area) => areas.iter().position(|a| a == area),
        None => Some(areas.len()),
    };
    let by_area = flow.by_area.iter().any(|r| *r == role);
    let bound = bindings(state, role).into_iter().filter(|b| in_force(b, at));
    let mut found: Vec<(usize, EntityId)> = bound
        .filter_map(|b| Some((nearness(&b)?, b.object("body")?.clone())))
        .filter(|(n, _)| !by_area || *n < areas.len())
        .collect();
    if found.is_empty() && by_area {
        let own = state.all(BODY).take(FOUND_MAX).filter(|b| b.text("kind") == Some(role));
        found =
            own.filter_map(|b| Some((nearness(b).filter(|n| *n < areas.len())?, b.id().clone()))).collect();
    }
    let least = found.iter().map(|(n, _)| *n).min();
    let nearest = found.into_iter().filter(|(n, _)| Some(*n) == least);
    nearest.filter_map(|(_, id)| state.city(id.as_str()).filter(|e| e.kind() == BODY).cloned()).collect()
}

/// Bindings of a role; it may be named by its id or by its key alone.
fn bindings(state: &State, role: &str) -> Vec<Arc<Entity>> {
    let names = [EntityId::new(format!("urn:ngsi-ld:Role:{role}")), EntityId::new(role)];
    let mut select = Select::city(BINDING, FOUND_MAX);
    select.conditions = vec![Condition::OneOf("role".into(), names.iter().map(Value::from).collect())];
    let found = state.select(&select).map(|p| p.entities).unwrap_or_default();
    found.into_iter().filter(|b| b.text("role").map(tail) == Some(role)).collect()
}

fn in_force(binding: &Entity, at: Time) -> bool {
    let date = |name: &str| binding.value(name).and_then(moment);
    date("from").is_none_or(|from| from <= at) && date("to").is_none_or(|to| at < to)
}

/// A date-time, or the midnight of a date in the city.
fn moment(value: &Value) -> Option<Time> {
    match value {
        Value::Time(t) => Some(*t),
        Value::Text(t) if t.len() == 10 => Time::parse(&format!("{t}T00:00:00{CITY_OFFSET}")).ok(),
        Value::Text(t) => Time::parse(t).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{DISTRICT, ECO, Pen, TOWN, TOWN_BODY, person};
    use serde_json::json;

    fn list(pen: &Pen, case: &EntityId, at: Time) -> Vec<(String, bool)> {
        let found = duty_list(pen.state(), &pen.flow(), &pen.entity(case), at);
        found.into_iter().map(|s| (s.body.to_string(), s.ticked)).collect()
    }

    #[test]
    fn roles_fall_to_bound_bodies_and_to_the_body_of_the_area() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("water_pollution");
        assert_eq!(list(&pen, &case, pen.now()), [(ECO.to_owned(), true), (TOWN_BODY.to_owned(), true)]);
        let first = &duty_list(pen.state(), &pen.flow(), &pen.entity(&case), pen.now())[0];
        assert_eq!(
            (first.article.as_str(), first.role.as_str(), first.basis.zh.as_str()),
            ("38", "eco", "责任清单第 1 项")
        );
        assert_eq!(
            (first.name.zh.as_str(), first.title.en.as_str()),
            ("生态局", "Close the gate, take samples, find the cause")
        );
    }

    #[test]
    fn a_binding_counts_only_between_its_dates() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("water_pollution");
        let early = Time::parse("2023-12-31T15:59:59Z").unwrap();
        assert_eq!(list(&pen, &case, early), [(TOWN_BODY.to_owned(), true)]);
        assert_eq!(list(&pen, &case, early.plus_secs(1)).len(), 2, "the date begins at midnight in the city");
        pen.change("urn:ngsi-ld:Binding:1", "to", "2024-02-01");
        assert_eq!(list(&pen, &case, pen.now()).len(), 1);
    }

    #[test]
    fn a_binding_for_the_nearer_area_goes_first() {
        let mut pen = Pen::new();
        pen.put(
            "urn:ngsi-ld:Body:eco2",
            "Body",
            &json!({"name": {"zh": "区生态局", "en": "District ecology"}, "kind": "department"}),
        );
        pen.put(
            "urn:ngsi-ld:Binding:2",
            "Binding",
            &json!({"role": "eco", "body": "urn:ngsi-ld:Body:eco2", "area": DISTRICT}),
        );
        let (case, ..) = pen.reported("monitor_silent");
        assert_eq!(list(&pen, &case, pen.now()), [("urn:ngsi-ld:Body:eco2".to_owned(), true)]);
    }

    #[test]
    fn who_has_a_task_is_not_ticked_again_and_an_unknown_matter_has_no_list() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("water_pollution");
        pen.tell(&person("seat"), "flow.dispatch", json!({"case": case.as_str(), "bodies": [ECO]})).unwrap();
        assert_eq!(list(&pen, &case, pen.now())[0], (ECO.to_owned(), false));
        let mut entity = (*pen.entity(&case)).clone();
        entity.attributes.retain(|a| a.name != "matter");
        assert!(duty_list(pen.state(), &pen.flow(), &entity, pen.now()).is_empty());
        assert_eq!(pen.text(&case, "area"), TOWN);
    }
}
