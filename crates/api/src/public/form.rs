//! The report's form: read part by part with a bound on each, before anything is stored.

use super::photo::{self, PHOTO_MAX};
use crate::Problem;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use serde_json::{Map, Value as Json, json};

/// Most characters of the report's words.
const WORDS_MAX: usize = 2_000;
/// Most characters of any other field.
const FIELD_MAX: usize = 200;
/// Most parts of a form.
const PARTS_MAX: usize = 20;

/// What the form says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Form {
    /// Body of the command, without the photograph.
    pub(super) body: Map<String, Json>,
    /// The cleaned photograph.
    pub(super) photo: Option<Vec<u8>>,
    lon: Option<f64>,
    lat: Option<f64>,
}

/// Reads the form.
///
/// # Errors
/// 400 with the field at fault; 413 when the whole is too large.
pub(super) async fn read(mut parts: Multipart) -> Result<Form, Problem> {
    let mut form = Form::default();
    for _ in 0..PARTS_MAX {
        let Some(part) = parts.next_field().await.map_err(broken)? else { return form.finish() };
        let name = part.name().unwrap_or_default().to_owned();
        let limit = if name == "photo" { PHOTO_MAX } else { WORDS_MAX * 4 };
        let bytes = bounded(part, &name, limit).await?;
        form.take(&name, &bytes)?;
    }
    Err(Problem::invalid("", "表单的项太多", "the form has too many parts"))
}

async fn bounded(mut part: Field<'_>, name: &str, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > limit {
            return Err(if name == "photo" {
                photo::Fault::Large.problem(name)
            } else {
                too_long(name, WORDS_MAX)
            });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

fn broken(e: MultipartError) -> Problem {
    Problem::new(
        e.status(),
        None,
        "表单不完整，请再提交一次",
        format!("the form is damaged: {}", e.body_text()),
    )
}

fn too_long(name: &str, most: usize) -> Problem {
    Problem::invalid(name, format!("最多 {most} 个字"), format!("at most {most} characters"))
}

impl Form {
    /// Takes one part; an empty one says nothing.
    fn take(&mut self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        if name == "photo" {
            if !bytes.is_empty() {
                self.photo = Some(photo::clean(bytes).map_err(|f| f.problem(name))?);
            }
            return Ok(());
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Problem::invalid(name, "不是 UTF-8 文字", "is no UTF-8 text"))?
            .trim();
        let most = if name == "words" { WORDS_MAX } else { FIELD_MAX };
        if text.chars().count() > most {
            return Err(too_long(name, most));
        }
        // Control characters have no place in what people write, line breaks aside.
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Problem::invalid(name, "有不能显示的字符", "has characters that cannot be shown"));
        }
        if text.is_empty() {
            return Ok(());
        }
        let field = match name {
            "words" | "phone" | "matter" => name,
            "place" => "area",
            "place_words" => "place",
            "lon" => return degrees(name, text, 180.0).map(|d| self.lon = Some(d)),
            "lat" => return degrees(name, text, 90.0).map(|d| self.lat = Some(d)),
            "simulated" => {
                let yes = matches!(text, "true" | "1" | "on" | "yes");
                self.body.insert(name.to_owned(), Json::Bool(yes));
                return Ok(());
            }
            _ => return Err(Problem::invalid(name, "没有这一项", "no such field")),
        };
        self.body.insert(field.to_owned(), Json::String(text.to_owned()));
        Ok(())
    }

    fn finish(mut self) -> Result<Self, Problem> {
        match (self.lon, self.lat) {
            (Some(lon), Some(lat)) => {
                self.body.insert("location".into(), json!({ "type": "Point", "coordinates": [lon, lat] }));
            }
            (None, None) => {}
            (Some(_), None) => return Err(Problem::invalid("lat", "缺少纬度", "is missing")),
            (None, Some(_)) => return Err(Problem::invalid("lon", "缺少经度", "is missing")),
        }
        if self.photo.is_none() && !self.body.contains_key("words") {
            return Err(Problem::invalid(
                "words",
                "请写一句话，或者放一张照片",
                "write a sentence or add a photo",
            ));
        }
        self.body.insert("channel".into(), Json::String("web".into()));
        Ok(self)
    }
}

fn degrees(name: &str, text: &str, most: f64) -> Result<f64, Problem> {
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && n.abs() <= most);
    number.ok_or_else(|| Problem::invalid(name, "不是经纬度", "is no number of degrees"))
}

/// The names by which the portal knows the fields of the command.
pub(super) fn field_of_form(problem: Problem) -> Problem {
    let field = problem.field.as_deref().map(|f| match f.split(['.', '[']).next().unwrap_or(f) {
        "area" | "location" => "place".into(),
        "place" => "place_words".into(),
        other => other.into(),
    });
    Problem { field, ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(parts: &[(&str, &str)]) -> Result<Form, Problem> {
        let mut form = Form::default();
        for (name, value) in parts {
            form.take(name, value.as_bytes())?;
        }
        form.finish()
    }

    #[test]
    fn a_form_becomes_the_body_of_the_command() {
        let parts = [
            ("words", " 河水发黑 "),
            ("place", "urn:ngsi-ld:Area:1"),
            ("place_words", "石桥边"),
            ("phone", ""),
            ("simulated", "true"),
        ];
        let form = form(&parts).unwrap();
        let want = json!({"words": "河水发黑", "area": "urn:ngsi-ld:Area:1", "place": "石桥边", "simulated": true, "channel": "web"});
        assert_eq!(Json::Object(form.body), want);
        let placed = super::tests::form(&[("words", "x"), ("lon", "117.19"), ("lat", "28.29")]).unwrap();
        assert_eq!(placed.body["location"]["coordinates"], json!([117.19, 28.29]));
    }

    #[test]
    fn every_fault_names_its_field() {
        let (long, longer) = ("字".repeat(FIELD_MAX + 1), "字".repeat(WORDS_MAX + 1));
        let cases: [(&[(&str, &str)], &str); 10] = [
            (&[], "words"),
            (&[("words", &longer)], "words"),
            (&[("words", "x\u{7}")], "words"),
            (&[("place_words", &long)], "place_words"),
            (&[("words", "x"), ("lon", "117")], "lat"),
            (&[("words", "x"), ("lat", "28")], "lon"),
            (&[("words", "x"), ("lat", "128"), ("lon", "1")], "lat"),
            (&[("words", "x"), ("lon", "east"), ("lat", "1")], "lon"),
            (&[("words", "x"), ("state", "closed")], "state"),
            (&[("photo", "GIF89a")], "photo"),
        ];
        for (parts, field) in cases {
            let problem = form(parts).unwrap_err();
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{parts:?}");
            assert!(!problem.detail_zh.is_empty() && problem.detail.is_ascii());
        }
    }

    #[test]
    fn a_refused_command_names_the_form_s_field() {
        for (field, want) in [
            ("area", "place"),
            ("location.coordinates", "place"),
            ("place", "place_words"),
            ("photo[0]", "photo"),
            ("phone", "phone"),
        ] {
            assert_eq!(field_of_form(Problem::invalid(field, "", "")).field.as_deref(), Some(want));
        }
    }
}
