//! Signing in and out: by a single-use link, or by name and password.

use super::identify::{COOKIE, Staff, cookie, person_id, principal_of};
use crate::{City, Problem};
use access::Principal;
use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use door::Text;
use model::{Entity, EntityId, Name};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// Key of the person.
    pub person: String,
    /// The password.
    pub password: String,
}

/// One page that the person's roles open.
#[derive(Serialize, ToSchema)]
pub struct MenuItem {
    /// Its path.
    pub path: &'static str,
    /// Its title.
    #[schema(value_type = Object)]
    pub title: Text,
}

/// A role with its title.
#[derive(Serialize, ToSchema)]
pub struct RoleTitle {
    /// The role.
    pub id: String,
    /// Its title.
    #[schema(value_type = Object)]
    pub title: Text,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// Server time.
    pub now: String,
    /// The person's entity.
    pub id: String,
    /// The person's name.
    #[schema(value_type = Object)]
    pub person: Text,
    /// Its roles.
    pub roles: Vec<RoleTitle>,
    /// Its body.
    #[schema(value_type = Option<Object>)]
    pub body: Option<Text>,
    /// The first page for it.
    pub home: &'static str,
    /// The pages that it may open.
    pub menu: Vec<MenuItem>,
}

fn text(zh: &str, en: &str) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

/// Pages by the role that opens them; the first match is the home page.
const PAGES: [(&str, &str, &str, &[&str]); 8] = [
    ("/desk", "值守台", "Duty desk", &["duty_officer"]),
    ("/inbox", "收件箱", "Inbox", &["handler"]),
    ("/check", "核查结案", "Check and close", &["checker", "duty_officer"]),
    ("/firm", "本企业", "Our firm", &["firm"]),
    (
        "/devices",
        "设备",
        "Devices",
        &["duty_officer", "clerk", "administrator", "supervisor", "auditor", "handler", "checker"],
    ),
    ("/holds", "待批准的设备", "Devices on hold", &["clerk", "administrator"]),
    ("/connect", "接入设备", "Connect a device", &["clerk", "administrator"]),
    ("/law", "条例", "The law", &["*"]),
];

fn me_of(city: &City, principal: &Principal) -> Me {
    let snapshot = city.snapshot();
    let named = |id: &EntityId| snapshot.state.city(id.as_str()).and_then(|e| title_of(e));
    let menu: Vec<MenuItem> = PAGES
        .iter()
        .filter(|(_, _, _, roles)| roles.iter().any(|r| *r == "*" || principal.has_role(r)))
        .map(|(path, zh, en, _)| MenuItem { path, title: text(zh, en) })
        .collect();
    let role = |r: &Name| RoleTitle {
        id: r.to_string(),
        title: named(&EntityId::new(format!("urn:ngsi-ld:Role:{r}")))
            .unwrap_or_else(|| text(r.as_str(), r.as_str())),
    };
    Me {
        now: city.now().rfc3339(),
        id: principal.id.to_string(),
        person: named(&principal.id).unwrap_or_default(),
        roles: principal.roles.iter().map(role).collect(),
        body: principal.body.as_ref().and_then(named),
        home: menu.first().map_or("/", |m| m.path),
        menu,
    }
}

/// The `name` of an entity in both languages.
pub(crate) fn title_of(entity: &Entity) -> Option<Text> {
    crate::shape::text_of(entity.value("name").or_else(|| entity.value("title"))?)
}

fn session_cookie(secret: &str) -> String {
    format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200")
}

/// `GET /sign-in/{token}`: uses the link up, opens a session and goes to the person's first page.
pub async fn follow_link(State(city): State<City>, Path(token): Path<String>) -> Response {
    let Some(person) = city.sessions.use_link(&token, city.now()) else {
        return Redirect::to("/sign-in?used=1").into_response();
    };
    let snapshot = city.snapshot();
    let Some(entity) = snapshot.state.city(person.as_str()) else {
        return Redirect::to("/sign-in?used=1").into_response();
    };
    let secret = city.secret();
    city.sessions.open(&secret, &person, city.now());
    let home = me_of(&city, &principal_of(entity, "session", None)).home;
    ([(header::SET_COOKIE, session_cookie(&secret))], Redirect::to(home)).into_response()
}

/// `POST /api/session`: signs in by name and password.
///
/// # Errors
/// 401 without saying which of both was wrong; 429 while the name is locked.
pub async fn sign_in(
    State(city): State<City>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Json(asked): Json<Credentials>,
) -> Result<Response, Problem> {
    let now = city.now();
    city.floods.take(&peer.ip().to_string(), "sign-in", crate::flood::Rate { burst: 20, every_s: 3 }, now)?;
    if let Some(left) = city.sessions.locked(&asked.person, now) {
        let minutes = left / 60 + 1;
        return Err(Problem::slow(
            format!("连续输错，已锁定。请 {minutes} 分钟后再试。"),
            format!("too many failures; try again in {minutes} minutes"),
        ));
    }
    let person = person_id(&asked.person);
    let snapshot = city.snapshot();
    let stored = snapshot
        .state
        .city(door::credential(&person).as_str())
        .and_then(|c| c.text("hash"))
        .map(str::to_owned);
    let password = asked.password;
    // Hashing costs the same whether or not the name exists, so the time tells nothing.
    let passed = tokio::task::spawn_blocking(move || match stored {
        Some(hash) => access::verify_password(&password, &hash).unwrap_or(false),
        None => access::hash_password(&format!("{password:-<10.100}"), &[0; 16]).is_err(),
    })
    .await
    .unwrap_or(false);
    city.sessions.tried(&asked.person, passed, now);
    let Some(entity) = snapshot.state.city(person.as_str()).filter(|_| passed) else {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            None,
            "姓名代码或密码不对",
            "name or password is wrong",
        ));
    };
    let secret = city.secret();
    city.sessions.open(&secret, &person, now);
    let me = me_of(&city, &principal_of(entity, "session", None));
    Ok(([(header::SET_COOKIE, session_cookie(&secret))], Json(me)).into_response())
}

/// `DELETE /api/session`: signs out.
pub async fn sign_out(State(city): State<City>, _: Staff, headers: HeaderMap) -> Response {
    if let Some(secret) = cookie(&headers) {
        city.sessions.close(secret);
    }
    ([(header::SET_COOKIE, format!("{COOKIE}=; Path=/; HttpOnly; Max-Age=0"))], StatusCode::NO_CONTENT)
        .into_response()
}

/// `GET /api/me`: who is signed in.
///
/// # Errors
/// 401 when nobody is.
#[utoipa::path(get, path = "/api/me", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn me(State(city): State<City>, Staff(principal): Staff) -> Result<Json<Me>, Problem> {
    Ok(Json(me_of(&city, &principal)))
}
