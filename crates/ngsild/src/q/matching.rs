//! Asks a query of an entity.

use super::{Expr, Literal, Op, Operand, Target};
use crate::sub;
use model::{Attribute, Entity, Name, Time, Value};
use std::cmp::Ordering;

pub(super) fn holds(expr: &Expr, entity: &Entity) -> bool {
    match expr {
        Expr::Any(list) => list.iter().any(|e| holds(e, entity)),
        Expr::All(list) => list.iter().all(|e| holds(e, entity)),
        Expr::Exists(target) => !values(target, entity).is_empty(),
        Expr::Compare(target, op, operand) => {
            values(target, entity).iter().any(|v| compares(v, *op, operand))
        }
    }
}

/// The values that a target points at: one for every instance of the attribute that has it.
fn values(target: &Target, entity: &Entity) -> Vec<Value> {
    let Some((first, rest)) = target.names.split_first() else { return vec![] };
    let own = match first.as_str() {
        "createdAt" => Some(entity.created_at),
        "modifiedAt" => Some(entity.modified_at),
        _ => None,
    };
    if let Some(time) = own {
        return if rest.is_empty() && target.inside.is_empty() { vec![Value::Time(time)] } else { vec![] };
    }
    let instances = entity.attributes.iter().filter(|a| a.name == *first);
    let below = instances.filter_map(|a| below(a, rest)).flat_map(|v| inside(&v, &target.inside));
    below.collect()
}

/// The value of the attribute, or of a sub-attribute, or a member such as `observedAt`.
fn below(a: &Attribute, rest: &[Name]) -> Option<Value> {
    let Some((name, more)) = rest.split_first() else { return Some(a.value.clone()) };
    let made = match name.as_str() {
        "observedAt" => Some(Value::Time(a.observed_at?)),
        "unitCode" => Some(Value::text(a.unit_code.as_ref()?.as_str())),
        "datasetId" => Some(Value::Id(a.dataset_id.clone()?)),
        _ => None,
    };
    if let Some(made) = made {
        return more.is_empty().then_some(made);
    }
    let mut kept = a.sub.as_ref()?.get(name)?;
    for name in more {
        kept = kept.get(name.as_str())?;
    }
    Some(sub::inner(kept).clone())
}

/// The members of a value along a path; `*` stands for any member.
fn inside(value: &Value, path: &[String]) -> Vec<Value> {
    let mut all = vec![value.clone()];
    for step in path {
        all = all
            .iter()
            .flat_map(|v| match v {
                Value::Map(map) if step == "*" => map.values().cloned().collect(),
                Value::List(items) => items.iter().filter_map(|i| i.get(step)).cloned().collect::<Vec<_>>(),
                other => other.get(step).cloned().into_iter().collect(),
            })
            .collect();
    }
    all
}

fn compares(value: &Value, op: Op, operand: &Operand) -> bool {
    match (op, operand) {
        (Op::Like, Operand::Pattern(p)) => texts(value).any(|t| p.is_match(t)),
        (Op::Unlike, Operand::Pattern(p)) => !texts(value).any(|t| p.is_match(t)),
        (Op::Equal, operand) => equal(value, operand),
        (Op::Unequal, operand) => !equal(value, operand),
        (op, Operand::One(literal)) => items(value).iter().any(|v| stands(order(v, literal), op)),
        _ => false,
    }
}

fn stands(order: Option<Ordering>, op: Op) -> bool {
    match op {
        Op::Less => order.is_some_and(Ordering::is_lt),
        Op::AtMost => order.is_some_and(Ordering::is_le),
        Op::Greater => order.is_some_and(Ordering::is_gt),
        Op::AtLeast => order.is_some_and(Ordering::is_ge),
        _ => false,
    }
}

/// A list is compared item by item, and so is the object of a LanguageProperty without a language.
fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::List(items) => items.iter().collect(),
        Value::Map(map) => map.values().collect(),
        other => vec![other],
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    items(value).into_iter().filter_map(Value::as_str)
}

fn equal(value: &Value, operand: &Operand) -> bool {
    let is = |v: &Value, l: &Literal| order(v, l) == Some(Ordering::Equal);
    items(value).iter().any(|v| match operand {
        Operand::One(literal) => is(v, literal),
        Operand::List(list) => list.iter().any(|l| is(v, l)),
        Operand::Range(low, high) => {
            let at_least = order(v, low).is_some_and(Ordering::is_ge);
            at_least && order(v, high).is_some_and(Ordering::is_le)
        }
        Operand::Pattern(_) => false,
    })
}

/// How a value stands to a literal; none when they are of different sorts.
fn order(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::Number(n), Literal::Number(l)) => n.partial_cmp(l),
        (Value::Bool(b), Literal::Bool(l)) => Some(b.cmp(l)),
        (Value::Time(t), Literal::Time(l, _)) => Some(t.cmp(l)),
        (Value::Time(t), Literal::Text(l)) => Time::parse(l).ok().map(|l| t.cmp(&l)),
        (Value::Text(t), Literal::Time(l, word)) => match Time::parse(t) {
            Ok(t) => Some(t.cmp(l)),
            Err(_) => Some((**t).cmp(word)),
        },
        (v, Literal::Text(l)) => v.as_str().map(|t| t.cmp(l)),
        _ => None,
    }
}
