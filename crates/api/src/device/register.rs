//! `POST /api/devices/register`: a new device gets its password, once.

use super::subject;
use super::wire::Registered;
use crate::public::idempotency_key;
use crate::public::sight::Sight;
use crate::session::Staff;
use crate::staff::Asked;
use crate::{City, Problem};
use access::Principal;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use gateway::directory;
use gateway::protocol::mqtt::topic::valid_login;
use gateway::thing::ThingModel;
use model::{Entity, Name};
use serde::Deserialize;
use serde_json::{Value as Tree, json};
use utoipa::ToSchema;

/// Characters of a password of HJ 212, which has room for no more.
const SHORT: usize = 6;
/// Characters of any other password.
const LONG: usize = 32;

/// A device that is to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// `hj212`, `mqtt` or `http`.
    pub protocol: String,
    /// What it calls itself; one is made when nothing is said.
    #[serde(default)]
    pub login: Option<String>,
    /// Its Thing Model.
    pub thing_model: String,
    /// Its name, a text or `{zh, en}`.
    #[schema(value_type = Object)]
    pub name: Tree,
    /// What it measures; made with the device's name when nothing is said.
    #[serde(default)]
    pub subject: Option<String>,
    /// The responsible body.
    #[serde(default)]
    pub body: Option<String>,
    /// The firm.
    #[serde(default)]
    pub firm: Option<String>,
    /// The area.
    #[serde(default)]
    pub area: Option<String>,
    /// Where it is, as GeoJSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub location: Option<Tree>,
    /// Minutes within which it promises to report.
    #[serde(default)]
    pub promise_minutes: Option<f64>,
}

/// Registers a device. The password is shown in this answer only; the city keeps a digest of it. With the same
/// `Idempotency-Key` the same password is answered again, for a client that lost the first answer.
///
/// # Errors
/// 400 with the field at fault, 403 without the right, 409 when the login is taken.
#[utoipa::path(post, path = "/api/devices/register", tag = "device", request_body = Registration,
    params(("Idempotency-Key" = Option<String>, Header, description = "key of a repetition")),
    responses((status = 200, body = Registered), (status = 400, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn register(
    State(city): State<City>,
    Staff(who): Staff,
    headers: HeaderMap,
    Asked(asked): Asked<Registration>,
) -> Result<Json<Registered>, Problem> {
    let sight = Sight::of(&city, &who)?;
    city.permit(&sight.snapshot.access, &who, "gateway.register")?;
    let key = idempotency_key(&headers)?;
    let seed = seed(&city, &who, key.as_deref(), &asked);
    let given = asked.login.as_deref().map(str::trim).filter(|l| !l.is_empty());
    let login = given.map_or_else(|| login(&asked.protocol, &seed), str::to_owned);
    let password = seed[..if asked.protocol == "hj212" { SHORT } else { LONG }].to_owned();
    let state = &sight.snapshot.state;
    let model = subject::model(state, &asked.thing_model, &asked.protocol)?;
    let key = key.map(Name::new);
    if key.as_ref().is_some_and(|k| state.receipt(&who.id, k).is_some()) {
        let device = directory::find(state, &asked.protocol, &login);
        return repeated(&city, device.as_deref(), &model, login, password).map(Json);
    }
    let name = subject::name(&asked.name)?;
    free(&sight, &asked.protocol, &login)?;
    let subject = match &asked.subject {
        Some(subject) => subject.clone(),
        None => subject::subject(&city, &who, &model, &login, &name).await?,
    };
    let digest = gateway::digest(&asked.protocol, &login, password.as_bytes(), city.ports.gateway.key());
    let body = body(&asked, &login, &name, &subject, &digest);
    let receipt = city.submit(&who, "gateway.register", body, key, vec![]).await?;
    let device = receipt.answer.get("id").and_then(Tree::as_str).unwrap_or_default().to_owned();
    Ok(Json(Registered { device, topic: model.topic_of(&login), login, password }))
}

/// 64 hexadecimal figures that nobody can guess: fresh ones, or those that belong to the caller's key.
fn seed(city: &City, who: &Principal, key: Option<&str>, asked: &Registration) -> String {
    let Some(key) = key else { return city.secret() };
    let mut hasher = blake3::Hasher::new_keyed(&city.ports.gateway.key().0);
    for part in
        ["registration", who.id.as_str(), key, &asked.protocol, asked.login.as_deref().unwrap_or_default()]
    {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// A login for a device that has none: 24 figures for HJ 212, else 16 hexadecimal ones.
fn login(protocol: &str, seed: &str) -> String {
    let tail = &seed[40..];
    if protocol != "hj212" {
        return tail[..16].to_owned();
    }
    tail.bytes().map(|b| char::from(b'0' + b % 10)).collect()
}

/// Whether a login may be taken.
fn free(sight: &Sight, protocol: &str, login: &str) -> Result<(), Problem> {
    if !valid_login(login) {
        return Err(Problem::invalid(
            "login",
            "只能有字母、数字和 _ - . :",
            "may hold letters, figures and _ - . : only",
        ));
    }
    let taken = directory::find(&sight.snapshot.state, protocol, login);
    if taken.is_some_and(|d| d.text("state") != Some("retired")) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            Some("login"),
            "这个编号已经登记",
            "this number is registered already",
        ));
    }
    Ok(())
}

fn body(asked: &Registration, login: &str, name: &Tree, subject: &str, digest: &str) -> Tree {
    let mut body = json!({
        "protocol": asked.protocol, "login": login, "thing_model": asked.thing_model, "name": name,
        "subject": subject, "digest": digest,
    });
    let words = [("body", &asked.body), ("firm", &asked.firm), ("area", &asked.area)];
    for (field, word) in words {
        if let Some(word) = word {
            body[field] = Tree::from(word.as_str());
        }
    }
    if let Some(location) = &asked.location {
        body["location"] = location.clone();
    }
    if let Some(minutes) = asked.promise_minutes {
        body["promise_minutes"] = Tree::from(minutes);
    }
    body
}

/// The first answer again, when the device still has that password.
fn repeated(
    city: &City,
    device: Option<&Entity>,
    model: &ThingModel,
    login: String,
    password: String,
) -> Result<Registered, Problem> {
    let snapshot = city.snapshot();
    let same = device.filter(|d| {
        let secret = snapshot.state.city(gateway::secret_id(d.id()).as_str());
        let stored = secret.and_then(|s| s.text("digest")).unwrap_or_default();
        let protocol = d.text("protocol").unwrap_or_default();
        gateway::secret::matches(protocol, &login, password.as_bytes(), city.ports.gateway.key(), stored)
    });
    match same {
        Some(d) => {
            Ok(Registered { device: d.id().to_string(), topic: model.topic_of(&login), login, password })
        }
        None => {
            let (zh, en) =
                ("这个 Idempotency-Key 已经用过", "this Idempotency-Key has been used for something else");
            Err(Problem::new(StatusCode::CONFLICT, Some("Idempotency-Key"), zh, en))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};
    use super::*;

    #[test]
    fn a_login_is_made_in_the_form_of_its_protocol() {
        let seed = "0123456789abcdef".repeat(4);
        assert_eq!(login("mqtt", &seed), "89abcdef01234567");
        let number = login("hj212", &seed);
        assert!(number.len() == 24 && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
    }

    #[tokio::test]
    async fn a_registered_device_can_report_at_once() {
        let city = TestCity::start().await;
        let body = r#"{"protocol": "http", "login": "h1", "thing_model": "gauge-http", "name": "新仪"}"#;
        let answer = city.send("POST", "/api/commands/gateway.register", Some(token("clerk")), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        let (device, password) = (json["device"].as_str().unwrap(), json["password"].as_str().unwrap());
        assert_eq!((device, password.len()), ("urn:ngsi-ld:Device:http-h1", LONG));
        assert_eq!(city.entity(device).unwrap().object("subject").unwrap().as_str(), "urn:ngsi-ld:Gauge:h1");
        let taken = city.post_basic("/api/readings", "h1", password, r#"{"flow": 1.5}"#).await;
        assert_eq!(taken.status, 200, "{}", taken.text());
        assert_eq!(city.entity("urn:ngsi-ld:Gauge:h1").unwrap().number("flow"), Some(1.5));
        assert!(!format!("{:?}", city.entity(device)).contains(password));
    }

    #[tokio::test]
    async fn a_lost_answer_can_be_had_again_with_its_key() {
        let city = TestCity::start().await;
        let body = r#"{"protocol": "hj212", "thing_model": "gauge-line", "name": {"zh": "仪", "en": "Gauge"}, "subject": "urn:ngsi-ld:Gauge:3"}"#;
        let ask = async |key: &str| {
            city.send_with(
                "POST",
                "/api/devices/register",
                Some(token("clerk")),
                &[("Idempotency-Key", key)],
                body,
            )
            .await
        };
        let first = ask("k1").await;
        assert_eq!(
            (first.status, first.json()["password"].as_str().unwrap().len()),
            (200, SHORT),
            "{}",
            first.text()
        );
        assert_eq!(ask("k1").await.json(), first.json());
        assert_ne!(ask("k2").await.json()["password"], first.json()["password"]);
    }

    #[tokio::test]
    async fn faults_name_their_field() {
        let city = TestCity::start().await;
        let of = |protocol: &str, login: &str, model: &str, name: &str| {
            json!({ "protocol": protocol, "login": login, "thing_model": model, "name": name }).to_string()
        };
        let cases = [
            (of("http", "h1", "none", "仪"), 400, "thing_model"),
            (of("mqtt", "h1", "gauge-http", "仪"), 400, "thing_model"),
            (of("http", "h/1", "gauge-http", "仪"), 400, "login"),
            (of("http", "h1", "gauge-http", " "), 400, "name"),
            (of("http", "poster", "gauge-http", "仪"), 409, "login"),
        ];
        for (body, status, field) in cases {
            let answer = city.send("POST", "/api/devices/register", Some(token("clerk")), &body).await;
            assert_eq!((answer.status, answer.json()["field"].as_str()), (status, Some(field)), "{body}");
        }
        let body = of("http", "h1", "gauge-http", "仪");
        assert_eq!(city.send("POST", "/api/devices/register", Some(person("firm")), &body).await.status, 403);
    }
}
