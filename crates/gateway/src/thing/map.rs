//! Readings to observations, by the device's Thing Model.

use super::model::{ReadingModel, ThingModel};
use crate::reading::{Reading, Readings, Refused, Value};
use crate::words::{Words, quoted};
use model::{EntityId, Name, Observation, Quality, Time};
use std::collections::BTreeSet;

/// What a frame's readings became.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// The observations, in the order of the frame.
    pub observations: Vec<Observation>,
    /// Factors that the model does not name and values that do not fit, each once, with the reason.
    pub refused: Vec<Refused>,
    /// How many of those are factors that the model does not name.
    pub unknown: usize,
}

/// Maps readings to attributes of `subject`. An unknown factor is named in [`Mapped::refused`]; the others go on.
/// A value of a known factor that the model does not map (an hour's minimum, say) rests in the raw frame only.
pub fn map(readings: &Readings, thing: &ThingModel, subject: &EntityId) -> Mapped {
    let mut mapped = Mapped { observations: Vec::new(), refused: readings.refused.clone(), unknown: 0 };
    let mut unknown = BTreeSet::new();
    for reading in &readings.readings {
        if !thing.knows(&reading.factor) {
            if unknown.insert(&reading.factor) {
                mapped.refused.push(unknown_factor(&reading.factor, thing));
            }
            continue;
        }
        let found = thing.readings.iter().find(|entry| {
            entry.from == reading.factor
                && thing.suffix_of(entry) == reading.suffix
                && entry.period == readings.period
        });
        let Some(entry) = found else { continue };
        mapped.observations.push(Observation {
            entity: subject.clone(),
            attribute: entry.attr.clone(),
            value: value(&reading.value),
            unit_code: entry.unit_code.clone(),
            observed_at: Time::from_millis(readings.observed_at_ms),
            quality: quality(reading, entry, thing),
            mark: reading.flag.as_ref().map(Name::new),
        });
    }
    mapped.unknown = unknown.len();
    mapped
}

fn value(value: &Value) -> model::Value {
    match value {
        Value::Bool(yes) => model::Value::Bool(*yes),
        Value::Number(number) => model::Value::Number(*number),
        Value::Text(text) => model::Value::text(text),
    }
}

/// The device's mark decides; a mark that the model does not explain makes a value suspect, and so does a value
/// outside the model's bounds that nothing else speaks against.
fn quality(reading: &Reading, entry: &ReadingModel, thing: &ThingModel) -> Quality {
    let marked = match &reading.flag {
        None => Quality::Valid,
        Some(flag) => thing.flags.get(flag).map_or(Quality::Suspect, |mark| mark.quality()),
    };
    let outside = match reading.value {
        Value::Number(n) => entry.min.is_some_and(|min| n < min) || entry.max.is_some_and(|max| n > max),
        _ => false,
    };
    if outside && marked == Quality::Valid { Quality::Suspect } else { marked }
}

fn unknown_factor(factor: &str, thing: &ThingModel) -> Refused {
    let what = quoted(factor, 64);
    let reason = Words::new(
        format!("因子 {what} 不在物模型 {} 中，其余因子照常接收。", thing.id),
        format!("The factor {what} is not in the Thing Model {}; the other factors were taken.", thing.id),
    );
    Refused { what, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Period;

    fn thing() -> ThingModel {
        ThingModel::parse(
            "{id: gauge, protocol: hj212, readings: [
                {from: w01018, attr: cod, unit_code: M1, min: 0, max: 1000},
                {from: w21003, attr: ammonia},
                {from: w01018, suffix: Avg, period: hour, attr: cod_hour}],
              flags: {N: valid, D: fault, T: over_limit, S: manual}}",
        )
        .unwrap()
    }

    fn reading(factor: &str, suffix: &str, value: f64, flag: Option<&str>) -> Reading {
        Reading {
            factor: factor.into(),
            suffix: suffix.into(),
            value: Value::Number(value),
            flag: flag.map(str::to_owned),
        }
    }

    fn run(period: Period, readings: Vec<Reading>) -> Mapped {
        let readings = Readings { observed_at_ms: 1_783_341_720_000, period, readings, refused: vec![] };
        map(&readings, &thing(), &EntityId::new("urn:ngsi-ld:Gauge:1"))
    }

    #[test]
    fn a_reading_becomes_an_attribute_with_unit_time_and_mark() {
        let mapped = run(Period::Realtime, vec![reading("w01018", "Rtd", 82.4, Some("N"))]);
        let observation = &mapped.observations[0];
        assert_eq!(observation.entity.as_str(), "urn:ngsi-ld:Gauge:1");
        assert_eq!(observation.attribute, "cod");
        assert_eq!(observation.value, model::Value::Number(82.4));
        assert_eq!(observation.unit_code, Some(Name::new("M1")));
        assert_eq!(observation.observed_at.rfc3339(), "2026-07-06T12:42:00Z");
        assert_eq!((observation.quality, &observation.mark), (Quality::Valid, &Some(Name::new("N"))));
    }

    #[test]
    fn marks_and_bounds_make_the_quality() {
        for (value, flag, quality) in [
            (1.0, None, Quality::Valid),
            (1.0, Some("D"), Quality::Invalid),
            (1.0, Some("S"), Quality::Manual),
            (1.0, Some("T"), Quality::Suspect),
            (1.0, Some("?"), Quality::Suspect),
            (1001.0, Some("N"), Quality::Suspect),
            (-1.0, None, Quality::Suspect),
            (1001.0, Some("D"), Quality::Invalid),
        ] {
            let mapped = run(Period::Realtime, vec![reading("w01018", "Rtd", value, flag)]);
            assert_eq!(mapped.observations[0].quality, quality, "{value} {flag:?}");
        }
    }

    #[test]
    fn an_unknown_factor_is_named_once_and_the_others_go_on() {
        let mapped = run(
            Period::Realtime,
            vec![
                reading("w99999", "Rtd", 1.0, None),
                reading("w99999", "Min", 1.0, None),
                reading("w21003", "Rtd", 3.1, None),
            ],
        );
        assert_eq!(mapped.observations.len(), 1);
        assert_eq!((mapped.refused.len(), mapped.unknown), (1, 1));
        assert!(mapped.refused[0].reason.zh.contains("w99999"));
        assert!(mapped.refused[0].reason.zh.contains("gauge"));
    }

    #[test]
    fn period_and_suffix_choose_the_attribute() {
        let values = || vec![reading("w01018", "Avg", 46.3, None), reading("w01018", "Max", 82.4, None)];
        let mapped = run(Period::Hour, values());
        assert_eq!(mapped.observations.len(), 1);
        assert_eq!(mapped.observations[0].attribute, "cod_hour");
        let mapped = run(Period::Day, values());
        assert!(mapped.observations.is_empty() && mapped.refused.is_empty());
    }

    #[test]
    fn texts_and_truth_values_are_carried() {
        assert_eq!(value(&Value::Text("on".into())), model::Value::text("on"));
        assert_eq!(value(&Value::Bool(true)), model::Value::Bool(true));
    }
}
