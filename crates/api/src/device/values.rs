//! A device with what it measures: newest values with their titles, units and limits, and its promise.

use super::kept::{Kept, kept};
use super::wire::DeviceValue;
use crate::public::sight::Sight;
use crate::public::wire::T;
use crate::{City, Point, Problem};
use door::AttributeSchema;
use gateway::directory::Directory;
use gateway::thing::{ReadingModel, ThingModel};
use model::{Attribute, Entity, EntityId, Name, Time, Value};
use std::sync::Arc;

/// Seconds of a day.
pub(crate) const DAY_S: i64 = 86_400;
/// Most reports of a day that are looked at; what comes after them is not judged.
const REPORTS_MAX: usize = 20_000;

/// A device that the reader may see, with what it measures.
pub(crate) struct Measured<'a> {
    pub(crate) sight: &'a Sight,
    /// The device, its open columns only.
    pub(crate) device: Entity,
    /// What it measures, whole: its scope is asked for every column.
    subject: Option<Arc<Entity>>,
    /// How its words are read.
    pub(crate) thing: Option<Arc<ThingModel>>,
}

impl<'a> Measured<'a> {
    /// The device of an id.
    ///
    /// # Errors
    /// 404, the same whether it is not there or closed to the reader.
    pub(crate) fn must(sight: &'a Sight, id: &str) -> Result<Self, Problem> {
        Ok(Self::of(sight, sight.must(id, &Name::new(gateway::DEVICE))?))
    }

    /// A device that the reader sees.
    pub(crate) fn of(sight: &'a Sight, device: Entity) -> Self {
        let state = &sight.snapshot.state;
        let subject = device.object("subject").unwrap_or(device.id());
        let subject = state.city(subject.as_str()).filter(|e| sight.permit.sees(e)).cloned();
        let thing =
            device.text("thing_model").and_then(|id| Directory::default().models(state).get(id).cloned());
        Self { sight, device, subject, thing }
    }

    /// A word of the device; empty when there is none.
    pub(crate) fn word(&self, attr: &str) -> String {
        self.device.text(attr).unwrap_or_default().to_owned()
    }

    /// Its own name, else that of what it measures, else its id.
    pub(crate) fn name(&self) -> T {
        let own = crate::shape::text_at(&self.device, "name").map(T::from);
        own.unwrap_or_else(|| self.sight.name(self.device.object("subject").unwrap_or(self.device.id())))
    }

    /// When its newest report was true.
    pub(crate) fn last_report_at(&self) -> Option<Time> {
        self.device.time("last_report_at").or_else(|| self.subject.as_ref()?.time("last_report_at"))
    }

    /// Minutes within which it promises to report; 0 without a promise.
    pub(crate) fn promise_minutes(&self) -> f64 {
        let own = self.device.number("promise_minutes");
        let minutes = own.or_else(|| self.subject.as_ref()?.number("promise_minutes"));
        minutes.filter(|m| m.is_finite() && *m > 0.0).unwrap_or(0.0)
    }

    /// The promise in seconds; 0 without one.
    pub(crate) fn promise_s(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a float is cast to the nearest whole that fits")]
        let seconds = (self.promise_minutes() * 60.0) as i64;
        seconds
    }

    /// The newest values that the reader may see, in the order of the Thing Model; without a model all that have a
    /// time of observation.
    pub(crate) fn values(&self) -> Vec<DeviceValue> {
        self.measured().into_iter().map(|a| self.value(a)).collect()
    }

    fn measured(&self) -> Vec<&Attribute> {
        let Some(subject) = &self.subject else { return vec![] };
        let scope = self.sight.permit.scope(subject.kind());
        let open = |a: &&Attribute| scope.column(subject, a.name.as_str()) && a.observed_at.is_some();
        match &self.thing {
            Some(thing) => {
                let mut found: Vec<&Attribute> = Vec::new();
                for attribute in
                    thing.readings.iter().filter_map(|r| subject.attribute(r.attr.as_str())).filter(open)
                {
                    if found.iter().all(|a| a.name != attribute.name) {
                        found.push(attribute);
                    }
                }
                found
            }
            None => subject.attributes.iter().filter(|a| a.name != *"last_report_at").filter(open).collect(),
        }
    }

    fn value(&self, attribute: &Attribute) -> DeviceValue {
        let attr = attribute.name.as_str();
        let sub = |name: &str| attribute.sub.as_ref()?.get(name)?.as_str().map(str::to_owned);
        DeviceValue {
            attr: attr.to_owned(),
            title: self.title(attr),
            value: match &attribute.value {
                Value::Time(t) => t.rfc3339().into(),
                other => other.to_json(),
            },
            unit: self.unit(attr),
            limit: self.limit(attr),
            quality: sub("mark").or_else(|| sub("quality")),
            observed_at: attribute.observed_at.unwrap_or_default().rfc3339(),
            seq: attribute.seq,
        }
    }

    fn reading(&self, attr: &str) -> Option<&ReadingModel> {
        self.thing.as_ref()?.readings.iter().find(|r| r.attr == *attr)
    }

    fn schema(&self, attr: &str) -> Option<&AttributeSchema> {
        self.sight.snapshot.schemas.get(self.subject.as_ref()?.kind())?.attributes.get(attr)
    }

    /// The title of an attribute: of the Thing Model, else of the type's schema, else its name.
    pub(crate) fn title(&self, attr: &str) -> T {
        let of_model = self.reading(attr).map(|r| &r.title).filter(|t| !t.zh.is_empty());
        let of_model = of_model.map(|t| T::of(&t.zh, &t.en));
        let of_schema = || self.schema(attr).map(|s| &s.title).filter(|t| !t.zh.is_empty()).map(T::from);
        of_model.or_else(of_schema).unwrap_or_else(|| T::of(attr, attr))
    }

    /// The unit of an attribute in words.
    pub(crate) fn unit(&self, attr: &str) -> Option<String> {
        let of_model = self.reading(attr).and_then(|r| r.unit.clone());
        of_model.or_else(|| self.schema(attr)?.unit.clone())
    }

    /// The upper limit of an attribute, when what is measured has one: the attribute `<attr>_limit`.
    pub(crate) fn limit(&self, attr: &str) -> Option<f64> {
        let subject = self.subject.as_ref()?;
        let limit = format!("{attr}_limit");
        let open = self.sight.permit.scope(subject.kind()).column(subject, &limit);
        subject.number(&limit).filter(|_| open)
    }

    /// Whether the attribute is one of those measured that the reader may see.
    pub(crate) fn measures(&self, attr: &str) -> bool {
        let Some(subject) = &self.subject else { return false };
        let known = self.reading(attr).is_some() || subject.attribute(attr).is_some();
        known && self.sight.permit.scope(subject.kind()).column(subject, attr)
    }

    /// Points of an attribute, oldest first.
    pub(crate) async fn points(
        &self,
        city: &City,
        attr: &str,
        from: Time,
        to: Time,
        limit: usize,
    ) -> Vec<Point> {
        let Some(subject) = self.subject.clone() else { return vec![] };
        let (history, permit, attr) =
            (city.ports.history.clone(), self.sight.permit.clone(), attr.to_owned());
        let read = move || history.between(&permit, &subject, &attr, from, to, limit);
        tokio::task::spawn_blocking(read).await.unwrap_or_default()
    }

    /// How the promise was kept in the last 24 hours, by the reports of the attribute that came last. A device that
    /// came later is judged from then on.
    pub(crate) async fn kept(&self, city: &City) -> Kept {
        let to = self.sight.now;
        let day = to.plus_secs(-DAY_S);
        let newest = self.measured().into_iter().max_by_key(|a| a.observed_at).map(|a| a.name.clone());
        let points = match newest {
            Some(attr) => self.points(city, attr.as_str(), day, to, REPORTS_MAX).await,
            None => vec![],
        };
        let end = if points.len() < REPORTS_MAX { to } else { points.last().map_or(to, |p| p.at) };
        let mut times: Vec<Time> = points.into_iter().map(|p| p.at).collect();
        times.dedup();
        let came = times.first().copied().unwrap_or(to).min(self.device.created_at);
        kept(&times, day.max(came), end, self.promise_s())
    }
}

/// The state of a device in words.
pub(crate) fn state_title(state: &str) -> T {
    match state {
        "registered" => T::of("已登记", "Registered"),
        "retired" => T::of("已停用", "Out of service"),
        other => T::of(other, other),
    }
}

/// Page of a device.
pub(crate) fn link(device: &EntityId) -> String {
    format!("/devices/{}", super::escape(device.as_str()))
}
