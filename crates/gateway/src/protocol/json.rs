//! JSON readings over MQTT and HTTP: one object with fields, `{"t": …, "flow": 1.2}`, or with its values apart,
//! `{"t": …, "values": {"flow": 1.2}}`. Fields of inner objects are named by dotted paths.

use crate::reading::{Period, Reading, Readings, Refused, UnixMs, Value, check_time};
use crate::words::{Words, quoted};
use model::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Limits of a JSON payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Longest payload in bytes.
    pub bytes_max: usize,
    /// Deepest nesting of objects and lists.
    pub depth_max: usize,
    /// Most fields in all.
    pub fields_max: usize,
    /// Longest text value in bytes.
    pub text_bytes_max: usize,
    /// How far ahead of the city's clock the time may be, in milliseconds.
    pub ahead_ms_max: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bytes_max: 16 * 1024,
            depth_max: 6,
            fields_max: 256,
            text_bytes_max: 1024,
            ahead_ms_max: 300_000,
        }
    }
}

/// Reads a payload. `time_field` is the dotted path of the time; a payload without it takes `now_ms`.
///
/// A time is an RFC 3339 text, or a number of seconds or, from 10^11 on, of milliseconds since 1970.
///
/// # Errors
/// The reason in words when the payload is too long or too deep, is no JSON object, has too many fields, or its time
/// is malformed or in the future.
pub fn decode(
    payload: &[u8],
    time_field: Option<&str>,
    config: &Config,
    now_ms: UnixMs,
) -> Result<Readings, Words> {
    if payload.len() > config.bytes_max {
        return Err(Words::new(
            format!("报文太长：{} 字节，上限 {}。", payload.len(), config.bytes_max),
            format!("The payload is too long: {} bytes, the limit is {}.", payload.len(), config.bytes_max),
        ));
    }
    if depth(payload) > config.depth_max {
        return Err(Words::new(
            format!("JSON 嵌套超过 {} 层。", config.depth_max),
            format!("The JSON is nested deeper than {}.", config.depth_max),
        ));
    }
    let json: Json = serde_json::from_slice(payload).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Words::new(
            format!("不是有效的 JSON：第 {line} 行第 {column} 列。"),
            format!("Not valid JSON: line {line}, column {column}."),
        )
    })?;
    let Json::Object(object) = json else {
        return Err(Words::new("JSON 应是一个对象。", "The JSON must be an object."));
    };
    let mut fields =
        Fields { config, time_field, time: None, readings: Vec::new(), refused: Vec::new(), count: 0 };
    fields.object("", &object)?;
    let observed_at_ms = fields.time.unwrap_or(now_ms);
    check_time(observed_at_ms, now_ms, config.ahead_ms_max)?;
    Ok(Readings {
        observed_at_ms,
        period: Period::Realtime,
        readings: fields.readings,
        refused: fields.refused,
    })
}

struct Fields<'a> {
    config: &'a Config,
    time_field: Option<&'a str>,
    time: Option<UnixMs>,
    readings: Vec<Reading>,
    refused: Vec<Refused>,
    count: usize,
}

impl Fields<'_> {
    // The depth was bounded before, so that this recursion is too.
    fn object(&mut self, prefix: &str, object: &Map<String, Json>) -> Result<(), Words> {
        for (name, json) in object {
            self.count += 1;
            if self.count > self.config.fields_max {
                let most = self.config.fields_max;
                return Err(Words::new(format!("字段超过 {most} 个。"), format!("More than {most} fields.")));
            }
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            if self.time_field == Some(path.as_str()) {
                self.time = Some(time(json)?);
                continue;
            }
            match json {
                Json::Object(inner) if path == "values" => self.object("", inner)?,
                Json::Object(inner) => self.object(&path, inner)?,
                Json::Null => {}
                _ => self.value(path, json),
            }
        }
        Ok(())
    }

    fn value(&mut self, path: String, json: &Json) {
        let value = match json {
            Json::Bool(yes) => Some(Value::Bool(*yes)),
            Json::Number(number) => number.as_f64().filter(|n| n.is_finite()).map(Value::Number),
            Json::String(text) if text.len() <= self.config.text_bytes_max => Some(Value::Text(text.clone())),
            _ => None,
        };
        match value {
            Some(value) => {
                self.readings.push(Reading { factor: path, suffix: String::new(), value, flag: None });
            }
            None => self.refused.push(Refused {
                what: quoted(&path, 64),
                reason: Words::new(
                    "值不是数、真假或短文字。",
                    "The value is no number, truth value or short text.",
                ),
            }),
        }
    }
}

fn time(json: &Json) -> Result<UnixMs, Words> {
    let found = match json {
        Json::String(text) => Time::parse(text).ok().map(Time::millis),
        Json::Number(number) => {
            number.as_f64().filter(|n| n.is_finite() && *n >= 0.0 && *n < 1e14).map(|n| {
                let ms = if n < 1e11 { n * 1000.0 } else { n };
                // Below 10^14 every millisecond is exact in a double.
                #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
                let ms = ms as i64;
                ms
            })
        }
        _ => None,
    };
    found.ok_or_else(|| {
        let text = quoted(&json.to_string(), 40);
        Words::new(
            format!("时间“{text}”不是 RFC 3339 文字，也不是 1970 年以来的秒或毫秒数。"),
            format!("The time {text} is neither RFC 3339 nor seconds or milliseconds since 1970."),
        )
    })
}

/// The deepest nesting of brackets outside texts, found without building anything.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    const NOW: UnixMs = 1_783_341_800_000;

    fn read(text: &str) -> Result<Readings, Words> {
        decode(text.as_bytes(), Some("t"), &Config::default(), NOW)
    }

    fn pairs(readings: &Readings) -> Vec<(String, Value)> {
        readings.readings.iter().map(|r| (r.factor.clone(), r.value.clone())).collect()
    }

    #[test]
    fn flat_and_apart_mean_the_same() {
        let flat =
            read(r#"{"t":"2026-07-06T20:42:00+08:00","flow":1.25,"valve":true,"mode":"auto"}"#).unwrap();
        let apart =
            read(r#"{"t":"2026-07-06T20:42:00+08:00","values":{"flow":1.25,"valve":true,"mode":"auto"}}"#)
                .unwrap();
        assert_eq!(flat, apart);
        assert_eq!(flat.observed_at_ms, 1_783_341_720_000);
        assert_eq!(
            pairs(&flat),
            [
                ("flow".into(), Value::Number(1.25)),
                ("valve".into(), Value::Bool(true)),
                ("mode".into(), Value::Text("auto".into()))
            ]
        );
    }

    #[test]
    fn seconds_and_milliseconds_and_no_time() {
        assert_eq!(read(r#"{"t":1783341720,"a":1}"#).unwrap().observed_at_ms, 1_783_341_720_000);
        assert_eq!(read(r#"{"t":1783341720277,"a":1}"#).unwrap().observed_at_ms, 1_783_341_720_277);
        assert_eq!(read(r#"{"a":1}"#).unwrap().observed_at_ms, NOW);
        for bad in [
            r#"{"t":"noon"}"#,
            r#"{"t":-1}"#,
            r#"{"t":1e300}"#,
            r#"{"t":[]}"#,
            r#"{"t":"2099-01-01T00:00:00Z"}"#,
        ] {
            assert!(read(bad).unwrap_err().zh.contains("时间"), "{bad}");
        }
    }

    #[test]
    fn inner_fields_have_dotted_paths() {
        let text = br#"{"timestamp":1783341720277,"payload":{"serviceData":{"TData":30}}}"#;
        let readings = decode(text, Some("timestamp"), &Config::default(), NOW).unwrap();
        assert_eq!(pairs(&readings), [("payload.serviceData.TData".into(), Value::Number(30.0))]);
    }

    #[test]
    fn what_is_no_value_is_refused_alone() {
        let text = format!(r#"{{"a":[1,2],"b":null,"c":"{}","d":1}}"#, "x".repeat(2000));
        let readings = read(&text).unwrap();
        assert_eq!(pairs(&readings), [("d".into(), Value::Number(1.0))]);
        let whats: Vec<_> = readings.refused.iter().map(|r| r.what.as_str()).collect();
        assert_eq!(whats, ["a", "c"]);
    }

    #[test]
    fn bounds_hold() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(7), "}".repeat(7));
        assert!(read(&deep).unwrap_err().zh.contains("嵌套"));
        assert!(read(&"[".repeat(16_000)).unwrap_err().zh.contains("嵌套"));
        assert!(read(&" ".repeat(20_000)).unwrap_err().zh.contains("太长"));
        let many: Vec<String> = (0..300).map(|n| format!("\"a{n}\":1")).collect();
        assert!(read(&format!("{{{}}}", many.join(","))).unwrap_err().zh.contains("256"));
        assert!(read("[1]").unwrap_err().zh.contains("对象"));
        assert!(read("{\"a\":1").unwrap_err().zh.contains("第 1 行"));
        assert!(read(r#"{"a":"[[[[[[[[\"[["}"#).is_ok(), "brackets in a text are no nesting");
    }

    #[test]
    fn any_bytes_do_no_harm() {
        for seed in 0..2000 {
            let mut seeded = Seeded(seed);
            let count = seeded.below(200);
            let bytes = seeded.from(b"{}[]\":,.0123456789eEtruefalsn\\u\xE4\xFF ", count);
            let _ = decode(&bytes, Some("t"), &Config::default(), NOW);
        }
    }
}
