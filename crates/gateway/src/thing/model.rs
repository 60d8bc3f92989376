//! The file of a Thing Model, `things/*.yaml` of a pack.

use crate::reading::Period;
use crate::words::Words;
use model::{Name, Quality};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most readings of one model.
const READINGS_MAX: usize = 256;

/// How devices of a model speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HJ 212 over TCP.
    Hj212,
    /// JSON over MQTT.
    Mqtt,
    /// JSON over HTTP.
    Http,
}

impl Protocol {
    /// The word in packs and entities.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hj212 => "hj212",
            Self::Mqtt => "mqtt",
            Self::Http => "http",
        }
    }
}

/// What a device's mark says about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Nothing against it.
    Valid,
    /// The source stands still.
    Stopped,
    /// The device is being maintained.
    Maintenance,
    /// Entered by hand.
    Manual,
    /// The device is faulty.
    Fault,
    /// The device is being calibrated.
    Calibrate,
    /// Beyond what the instrument can measure.
    OverLimit,
    /// The line between instrument and logger is down.
    Comms,
}

impl Mark {
    /// How far a value with this mark can be trusted.
    pub fn quality(self) -> Quality {
        match self {
            Self::Valid => Quality::Valid,
            Self::Manual => Quality::Manual,
            Self::OverLimit => Quality::Suspect,
            Self::Stopped | Self::Maintenance | Self::Fault | Self::Calibrate | Self::Comms => {
                Quality::Invalid
            }
        }
    }
}

/// One reading and the attribute that it becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingModel {
    /// The factor's code, or the dotted path of a field in JSON.
    pub from: String,
    /// Which value of the factor: `Rtd` unless stated. Empty in JSON.
    #[serde(default)]
    pub suffix: Option<String>,
    /// The period of the data: real-time unless stated.
    #[serde(default = "realtime")]
    pub period: Period,
    /// The attribute.
    pub attr: Name,
    /// The unit in words.
    #[serde(default)]
    pub unit: Option<String>,
    /// UN/CEFACT common code of the unit.
    #[serde(default)]
    pub unit_code: Option<Name>,
    /// The smallest step that the device resolves.
    #[serde(default)]
    pub precision: Option<f64>,
    /// The least value that can be true; below it a value is suspect.
    #[serde(default)]
    pub min: Option<f64>,
    /// The greatest value that can be true; above it a value is suspect.
    #[serde(default)]
    pub max: Option<f64>,
    /// Its title.
    #[serde(default)]
    pub title: Words,
}

/// A Thing Model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThingModel {
    /// Its id, unique in the city.
    pub id: Name,
    /// How its devices speak.
    pub protocol: Protocol,
    /// The type of the entity that is observed.
    #[serde(default, rename = "type")]
    pub kind: Option<Name>,
    /// HJ 212 system type (`ST`), for the reader; frames of another are not refused.
    #[serde(default)]
    pub system: Option<String>,
    /// MQTT topic to which a device publishes; `{login}` stands for its own number.
    #[serde(default)]
    pub topic: Option<String>,
    /// JSON field with the time of the values; without it the time of arrival counts.
    #[serde(default)]
    pub time: Option<String>,
    /// Its title.
    #[serde(default)]
    pub title: Words,
    /// What its devices say.
    pub readings: Vec<ReadingModel>,
    /// The device's marks and what they say.
    #[serde(default)]
    pub flags: BTreeMap<String, Mark>,
}

fn realtime() -> Period {
    Period::Realtime
}

impl ThingModel {
    /// Reads and checks a model from the text of its file.
    ///
    /// # Errors
    /// One line that names the field at fault.
    pub fn parse(yaml: &str) -> Result<Self, String> {
        let model: Self = serde_yaml_ng::from_str(yaml).map_err(|e| e.to_string())?;
        model.check()?;
        Ok(model)
    }

    /// The MQTT topic of one device.
    pub fn topic_of(&self, login: &str) -> Option<String> {
        self.topic.as_ref().map(|topic| topic.replace("{login}", login))
    }

    /// Whether any reading comes from this factor.
    pub fn knows(&self, factor: &str) -> bool {
        self.readings.iter().any(|reading| reading.from == factor)
    }

    fn check(&self) -> Result<(), String> {
        if self.readings.is_empty() || self.readings.len() > READINGS_MAX {
            return Err(format!("readings: 1 to {READINGS_MAX} are needed"));
        }
        if self.protocol == Protocol::Mqtt {
            let topic = self.topic.as_deref().unwrap_or_default();
            if !topic.contains("{login}") || topic.contains(['+', '#', '$']) || topic.len() > 128 {
                return Err("topic: must hold {login}, no wildcard, at most 128 bytes".into());
            }
        }
        let mut seen = BTreeSet::new();
        for (at, reading) in self.readings.iter().enumerate() {
            Name::checked(reading.attr.as_str()).map_err(|e| format!("readings[{at}].attr: {e}"))?;
            if reading.from.is_empty() || reading.from.len() > 128 {
                return Err(format!("readings[{at}].from: 1 to 128 bytes are needed"));
            }
            if let (Some(min), Some(max)) = (reading.min, reading.max)
                && min > max
            {
                return Err(format!("readings[{at}].min: greater than max"));
            }
            if reading.precision.is_some_and(|step| !step.is_finite() || step <= 0.0) {
                return Err(format!("readings[{at}].precision: must be greater than 0"));
            }
            if !seen.insert((&reading.from, self.suffix_of(reading), reading.period)) {
                return Err(format!("readings[{at}].from: the same value is mapped twice"));
            }
        }
        Ok(())
    }

    /// Which value of a factor a reading takes.
    pub fn suffix_of<'a>(&self, reading: &'a ReadingModel) -> &'a str {
        match (&reading.suffix, self.protocol) {
            (Some(suffix), _) => suffix,
            (None, Protocol::Hj212) => "Rtd",
            (None, _) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"
id: gauge
protocol: hj212
title: { zh: 仪表, en: Gauge }
readings:
  - { from: w01018, attr: cod, unit: mg/L, unit_code: M1, precision: 0.1, min: 0, max: 1000 }
  - { from: w01018, suffix: Avg, period: hour, attr: cod_hour }
flags: { N: valid, D: fault, T: over_limit, S: manual }
"#;

    #[test]
    fn a_model_is_read_with_its_defaults() {
        let model = ThingModel::parse(MODEL).unwrap();
        assert_eq!(model.suffix_of(&model.readings[0]), "Rtd");
        assert_eq!(model.suffix_of(&model.readings[1]), "Avg");
        assert_eq!(model.readings[0].period, Period::Realtime);
        assert!(model.knows("w01018") && !model.knows("w00000"));
        let qualities: Vec<_> = model.flags.values().map(|mark| mark.quality()).collect();
        assert_eq!(qualities, [Quality::Invalid, Quality::Valid, Quality::Manual, Quality::Suspect]);
    }

    #[test]
    fn faults_name_their_field() {
        for (from, to, field) in [
            ("attr: cod_hour", "attr: cod-hour", "readings[1].attr"),
            ("min: 0", "min: 2000", "readings[0].min"),
            ("precision: 0.1", "precision: 0", "readings[0].precision"),
            ("suffix: Avg, period: hour, ", "", "mapped twice"),
            ("protocol: hj212", "protocol: mqtt", "topic"),
            ("protocol: hj212", "protocol: smoke", "protocol"),
            ("unit: mg/L", "units: mg/L", "units"),
            ("N: valid", "N: good", "flags"),
        ] {
            let error = ThingModel::parse(&MODEL.replace(from, to)).unwrap_err();
            assert!(error.contains(field), "{field}: {error}");
        }
        assert!(ThingModel::parse("id: a\nprotocol: hj212\nreadings: []").is_err());
    }

    #[test]
    fn a_topic_holds_the_login_and_no_wildcard() {
        let text = |topic: &str| {
            format!(
                "{{id: m, protocol: mqtt, topic: \"{topic}\", time: t, readings: [{{from: a, attr: a}}]}}"
            )
        };
        let model = ThingModel::parse(&text("up/{login}")).unwrap();
        assert_eq!(model.topic_of("m1").as_deref(), Some("up/m1"));
        assert_eq!(model.suffix_of(&model.readings[0]), "");
        for topic in ["up/x", "up/#/{login}", "$SYS/{login}", "+/{login}"] {
            assert!(ThingModel::parse(&text(topic)).is_err(), "{topic}");
        }
    }
}
