//! The scripted day as a pack declares it (`seed/day.yaml`), and its values: the same numbers for the 24
//! hours before the start and for what the simulator sends, because both come from one seed.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A scripted day.
#[derive(Clone, Debug, Deserialize)]
pub struct Day {
    /// Seed of every random number.
    pub seed: u64,
    /// The hours before the start that are filled.
    pub history: History,
    /// Multipliers for the 24 hours, by name.
    pub curves: BTreeMap<String, Vec<f64>>,
    /// What each type reports.
    pub generators: Vec<Generator>,
    /// What happens.
    pub events: Vec<Event>,
}

/// The time before the start.
#[derive(Clone, Debug, Deserialize)]
pub struct History {
    /// How many hours.
    pub hours: i64,
}

/// What entities of one type report.
#[derive(Clone, Debug, Deserialize)]
pub struct Generator {
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds between two reports.
    pub interval_seconds: u64,
    /// Seconds between two points of the hours before.
    pub history_step_seconds: i64,
    /// Attribute by attribute.
    pub attributes: BTreeMap<String, Wave>,
}

/// How one attribute moves.
#[derive(Clone, Debug, Deserialize)]
pub struct Wave {
    /// Mean, a number or a share of another attribute.
    #[serde(default)]
    pub base: Option<Base>,
    /// Name of the daily curve.
    #[serde(default)]
    pub curve: Option<String>,
    /// How far entities differ.
    #[serde(default)]
    pub spread: f64,
    /// How far values differ.
    #[serde(default)]
    pub noise: f64,
    /// Least value.
    #[serde(default)]
    pub min: Option<f64>,
    /// Greatest value.
    #[serde(default)]
    pub max: Option<f64>,
    /// Decimals sent.
    #[serde(default)]
    pub decimals: usize,
    /// A running total of another attribute.
    #[serde(default)]
    pub integrates: Option<String>,
    /// Least start of a total.
    #[serde(default)]
    pub start_min: f64,
    /// Greatest start of a total.
    #[serde(default)]
    pub start_max: f64,
}

/// A mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Base {
    /// A number.
    Number(f64),
    /// A share of an attribute of the entity.
    Share {
        /// The attribute.
        attr: String,
        /// The share.
        ratio: f64,
    },
}

/// Something that happens at a time after the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// An attribute leaves its wave.
    Set {
        /// Which entity.
        entity: String,
        /// Which attribute.
        attribute: String,
        /// When.
        at_seconds: i64,
        /// For how long.
        seconds: i64,
        /// The first value.
        value: f64,
        /// Later values from here …
        then_min: f64,
        /// … to here.
        then_max: f64,
        /// Seconds between two reports meanwhile.
        interval_seconds: u64,
    },
    /// No report at all.
    Silent {
        /// Which entity.
        entity: String,
        /// When.
        at_seconds: i64,
        /// For how long.
        seconds: i64,
    },
    /// One frame whose checksum is wrong.
    BadCrc {
        /// Which entity.
        entity: String,
        /// When.
        at_seconds: i64,
    },
    /// One frame from a clock that runs ahead.
    FutureTime {
        /// Which entity.
        entity: String,
        /// When.
        at_seconds: i64,
        /// By how much.
        ahead_seconds: i64,
    },
    /// A device that nobody registered.
    UnknownDevice {
        /// What it calls itself.
        login: String,
        /// When.
        at_seconds: i64,
        /// Seconds between two tries.
        interval_seconds: u64,
        /// For how long.
        seconds: i64,
    },
    /// A resident's report.
    Report {
        /// When.
        at_seconds: i64,
        /// What it is about.
        matter: String,
        /// Where, by area.
        area: String,
        /// Where, longitude and latitude.
        location: [f64; 2],
        /// Where, in words.
        place: String,
        /// What is wrong.
        words: String,
        /// Whether a photograph goes with it.
        #[serde(default)]
        photo: bool,
        /// A telephone number.
        #[serde(default)]
        phone: Option<String>,
    },
}

/// Uniform in [0, 1), from a seed and words; the same on every machine.
pub fn unit(seed: u64, words: &[&str], at: i64) -> f64 {
    let mut hash = blake3::Hasher::new();
    hash.update(&seed.to_le_bytes()).update(&at.to_le_bytes());
    for word in words {
        hash.update(word.as_bytes()).update(&[0]);
    }
    let bytes = hash.finalize();
    let high = u32::from_le_bytes([
        bytes.as_bytes()[0],
        bytes.as_bytes()[1],
        bytes.as_bytes()[2],
        bytes.as_bytes()[3],
    ]);
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

/// The value with the decimals that the device sends.
fn sent(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}

fn normal(seed: u64, words: &[&str], at: i64) -> f64 {
    let (u, v) = (unit(seed, words, at).max(1e-12), unit(seed ^ 1, words, at));
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

impl Day {
    /// Value of an attribute of an entity at a time, in seconds since the epoch.
    pub fn value(
        &self,
        generator: &Generator,
        entity: &serde_json::Value,
        attribute: &str,
        at_s: i64,
    ) -> Option<f64> {
        let wave = generator.attributes.get(attribute)?;
        let id = entity.get("id")?.as_str()?;
        if let Some(rate) = &wave.integrates {
            let start =
                wave.start_min + (wave.start_max - wave.start_min) * unit(self.seed, &[id, attribute], 0);
            return Some(sent(start + self.total_since_epoch(generator, entity, rate, at_s), wave.decimals));
        }
        let base = match wave.base.as_ref()? {
            Base::Number(n) => *n,
            Base::Share { attr, ratio } => entity.get(attr)?.as_f64()? * ratio,
        };
        let curve = wave.curve.as_ref().and_then(|c| self.curves.get(c));
        let hour = usize::try_from((at_s + 8 * 3_600).rem_euclid(86_400) / 3_600).unwrap_or(0);
        let shape = curve.and_then(|c| c.get(hour)).copied().unwrap_or(1.0);
        let spread = 1.0 + wave.spread * (2.0 * unit(self.seed, &[id, attribute, "u"], 0) - 1.0);
        let value = base * shape * spread * (1.0 + wave.noise * normal(self.seed, &[id, attribute], at_s));
        Some(sent(value.clamp(wave.min.unwrap_or(f64::MIN), wave.max.unwrap_or(f64::MAX)), wave.decimals))
    }

    /// Mean flow times the hours since the start of 2026: a total that only grows.
    fn total_since_epoch(
        &self,
        generator: &Generator,
        entity: &serde_json::Value,
        rate: &str,
        at_s: i64,
    ) -> f64 {
        const START_OF_2026_S: i64 = 1_767_225_600;
        let wave = generator.attributes.get(rate);
        let mean =
            wave.and_then(|w| if let Some(Base::Number(n)) = w.base { Some(n) } else { None }).unwrap_or(0.0);
        let id = entity.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
        let spread = wave.map_or(0.0, |w| w.spread);
        let own = 1.0 + spread * (2.0 * unit(self.seed, &[id, rate, "u"], 0) - 1.0);
        #[expect(clippy::cast_precision_loss, reason = "hours of a few years")]
        let hours = (at_s - START_OF_2026_S).max(0) as f64 / 3_600.0;
        mean * own * hours
    }

    /// The generator of a type.
    pub fn generator(&self, kind: &str) -> Option<&Generator> {
        self.generators.iter().find(|g| g.kind == kind)
    }

    /// Whether the entity is silent, a time after the start.
    pub fn silent(&self, id: &str, since_start_s: i64) -> bool {
        self.events.iter().any(|e| {
            matches!(e, Event::Silent { entity, at_seconds, seconds } if entity == id && (*at_seconds..at_seconds + seconds).contains(&since_start_s))
        })
    }

    /// What overrides the wave of an attribute a time after the start, with the seconds to the next report.
    pub fn set(&self, id: &str, attribute: &str, since_start_s: i64) -> Option<(f64, u64)> {
        self.events.iter().find_map(|e| match e {
            Event::Set {
                entity,
                attribute: a,
                at_seconds,
                seconds,
                value,
                then_min,
                then_max,
                interval_seconds,
            } if entity == id
                && a == attribute
                && (*at_seconds..at_seconds + seconds).contains(&since_start_s) =>
            {
                let first = since_start_s - at_seconds < i64::try_from(*interval_seconds).unwrap_or(60);
                let later =
                    then_min + (then_max - then_min) * unit(self.seed, &[id, a, "set"], since_start_s);
                Some((if first { *value } else { later }, *interval_seconds))
            }
            _ => None,
        })
    }

    /// Seconds until the entity reports next: an event that begins before its usual time comes first.
    pub fn wait(&self, generator: &Generator, id: &str, since_start_s: i64) -> u64 {
        let set =
            generator.attributes.keys().find_map(|a| self.set(id, a, since_start_s)).map(|(_, every)| every);
        let usual = set.unwrap_or(generator.interval_seconds);
        let begins = self.events.iter().filter_map(|e| match e {
            Event::Set { entity, at_seconds, .. } if entity == id && *at_seconds > since_start_s => {
                u64::try_from(at_seconds - since_start_s).ok()
            }
            _ => None,
        });
        begins.min().map_or(usual, |b| b.min(usual))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Day {
        serde_yaml_ng::from_str(
            "{seed: 7, history: {hours: 24}, curves: {flat: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]},
              generators: [{type: Gauge, interval_seconds: 60, history_step_seconds: 600, attributes: {
                level: {base: {attr: limit, ratio: 0.5}, curve: flat, spread: 0.1, noise: 0.02, min: 1, max: 60, decimals: 1},
                sum: {integrates: level, start_min: 1, start_max: 2, decimals: 1}}}],
              events: [{kind: set, entity: 'urn:a', attribute: level, at_seconds: 90, seconds: 600, value: 82.4, then_min: 75, then_max: 90, interval_seconds: 30},
                       {kind: silent, entity: 'urn:b', at_seconds: 10, seconds: 20}]}",
        )
        .unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_day() {
        let (day, gauge) = (day(), serde_json::json!({"id": "urn:a", "limit": 100}));
        let g = &day.generators[0];
        let a = day.value(g, &gauge, "level", 1_800_000_000).unwrap();
        assert_eq!(day.value(g, &gauge, "level", 1_800_000_000), Some(a));
        assert!((35.0..=60.0).contains(&a), "{a}");
        assert!(day.value(g, &gauge, "sum", 1_800_003_600) >= day.value(g, &gauge, "sum", 1_800_000_000));
        assert_eq!(day.value(g, &gauge, "colour", 0), None);
    }

    #[test]
    fn an_event_comes_at_its_time_and_ends() {
        let day = day();
        let g = &day.generators[0];
        assert_eq!(day.wait(g, "urn:a", 60), 30);
        assert_eq!(day.set("urn:a", "level", 89), None);
        assert_eq!(day.set("urn:a", "level", 90), Some((82.4, 30)));
        let (later, _) = day.set("urn:a", "level", 150).unwrap();
        assert!((75.0..=90.0).contains(&later));
        assert_eq!(day.set("urn:a", "level", 690), None);
        assert!(day.silent("urn:b", 10) && !day.silent("urn:b", 30) && !day.silent("urn:a", 10));
    }
}
