//! `GET /api/views/{id}`: a list that a pack declares, under the reader's rights.

use super::cells::Reader;
use super::collection::{Asked, List};
use super::csv;
use super::declaration::{Collection, Export, Format};
use super::wire::{CollectionView, ColumnView, ViewWords};
use crate::public::sight::Sight;
use crate::public::wire::T;
use crate::session::Caller;
use crate::{City, Problem};
use access::Principal;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use door::{AttributeSchema, Form};
use model::{Entity, Name};
use std::sync::Arc;
use store::Select;

/// Most entities that one list looks at.
const SCAN_MAX: usize = 100_000;
/// Entities taken from the state at once.
const PAGE: usize = 10_000;

/// The list, searched (`search`), filtered (`facet.<attribute>`), sorted (`sort`, `-` for the greatest first), in
/// pages (`cursor`, `limit` of at most 200), or with `format=csv` as a file of at most 10,000 rows.
///
/// # Errors
/// 401 for nobody, 403 for a role that is not in its audience, 404 when no pack declares it, 400 for a parameter
/// that it does not declare.
#[utoipa::path(get, path = "/api/views/{id}", tag = "device",
    params(("id" = String, Path, description = "id of the view"), ("search" = Option<String>, Query, description = "words"),
        ("sort" = Option<String>, Query, description = "a column, with - for the greatest first"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("limit" = Option<u32>, Query, description = "rows in a page, at most 200"),
        ("format" = Option<String>, Query, description = "csv for a file")),
    responses((status = 200, body = CollectionView), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn view(
    State(city): State<City>,
    Caller(who): Caller,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let sight = Sight::of(&city, &who)?;
    let view = Collection::installed(&sight.snapshot.state, &id)?;
    admitted(&view, &who)?;
    let mut asked = Asked::read(&view, &query)?;
    if asked.csv {
        (asked.limit, asked.cursor) = (csv::ROWS_MAX, None);
    }
    let all = entities(&sight, &view.entity)?;
    let (scope, reader) = (sight.permit.scope(view.entity.as_str()), Reader::new(&sight.snapshot.state));
    let columns = columns(&sight, &view);
    let list = List { view: &view, asked: &asked, scope: &scope, reader: &reader };
    let shaped = list.shape(&all, &|attr| title(&sight, &view, attr));
    if asked.csv {
        let disposition = format!("attachment; filename=\"{}.csv\"", view.id);
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        return Ok((headers, csv::file(&columns, shaped.rows)).into_response());
    }
    let answer = CollectionView {
        now: sight.now.rfc3339(),
        words: ViewWords { title: (&view.words.title).into(), empty: (&view.words.empty).into() },
        id: view.id,
        kind: "collection".into(),
        article: view.article,
        columns,
        facets: shaped.facets,
        rows: shaped.rows,
        total: shaped.total,
        next_cursor: shaped.next,
        export: view.export.iter().map(|Export::Csv| "csv".to_owned()).collect(),
    };
    Ok(Json(answer).into_response())
}

/// Whether the caller is among those for whom the view is.
fn admitted(view: &Collection, who: &Principal) -> Result<(), Problem> {
    let open = view.audience.iter().any(|role| *role == "public" || who.has_role(role.as_str()));
    match (open, who.via == "public") {
        (true, _) => Ok(()),
        (false, true) => Err(Problem::unknown()),
        (false, false) => {
            let (zh, en) = ("这个页面不对你的岗位开放", "this view is not for your role");
            Err(Problem::new(StatusCode::FORBIDDEN, None, zh, en))
        }
    }
}

/// All entities of a type.
fn entities(sight: &Sight, kind: &Name) -> Result<Vec<Arc<Entity>>, Problem> {
    let mut select = Select::city(kind.clone(), PAGE);
    let mut all = Vec::new();
    loop {
        let page = sight.snapshot.state.select(&select);
        let page = page
            .map_err(|e| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, None, "列表太长", e.to_string()))?;
        all.extend(page.entities);
        match page.next {
            Some(_) if all.len() >= SCAN_MAX => {
                let en = format!("more than {SCAN_MAX} rows would be looked at");
                return Err(Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    None,
                    format!("超过 {SCAN_MAX} 行"),
                    en,
                ));
            }
            Some(next) => select.after = Some(next),
            None => return Ok(all),
        }
    }
}

fn schema<'s>(sight: &'s Sight, view: &Collection, attr: &Name) -> Option<&'s AttributeSchema> {
    sight.snapshot.schemas.get(view.entity.as_str())?.attributes.get(attr)
}

/// The title of an attribute: of its column, else of its schema, else its name.
fn title(sight: &Sight, view: &Collection, attr: &Name) -> T {
    let own = view.column(attr.as_str()).and_then(|c| c.title.as_ref());
    let declared = || schema(sight, view, attr).map(|s| &s.title).filter(|t| !t.zh.is_empty());
    own.or_else(declared).map_or_else(|| T::of(attr.as_str(), attr.as_str()), T::from)
}

fn columns(sight: &Sight, view: &Collection) -> Vec<ColumnView> {
    let column = |c: &super::declaration::Column| {
        let schema = schema(sight, view, &c.attr);
        let by_form = match schema.map(|s| s.form) {
            Some(Form::Number) => Format::Number,
            Some(Form::Time) => Format::Time,
            _ => Format::Text,
        };
        ColumnView {
            attr: c.attr.to_string(),
            title: title(sight, view, &c.attr),
            format: c.format.unwrap_or(by_form).word().into(),
            unit: c.unit.clone().or_else(|| schema.and_then(|s| s.unit.clone())),
        }
    };
    view.columns.iter().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};
    use super::*;

    #[test]
    fn only_its_audience_opens_a_view() {
        let view = Collection::parse(super::super::declaration::tests::TANKS).unwrap();
        let who = |role: &str, via: &str| Principal {
            roles: vec![role.into()],
            via: via.into(),
            ..Principal::public(None)
        };
        let status = |p: &Principal| admitted(&view, p).map_or_else(|e| e.status, |()| 200);
        assert_eq!(status(&who("keeper", "session")), 200);
        assert_eq!(status(&who("guest", "session")), 403);
        assert_eq!(status(&who("public", "public")), 401);
    }

    #[tokio::test]
    async fn the_list_of_devices_is_answered_and_taken_away() {
        let city = TestCity::start().await;
        let answer =
            city.get("/api/views/devices?search=monitor&facet.protocol=hj212", Some(token("clerk"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        assert_eq!(
            (json["total"].as_u64(), json["rows"][0]["cells"]["subject"]["zh"].as_str()),
            (Some(1), Some("仪一"))
        );
        assert_eq!(json["columns"][1]["title"]["zh"], "协议");
        assert_eq!(json["rows"][0]["link"], "/devices/urn%3Angsi-ld%3ADevice%3Amonitor");
        let things = json["facets"].as_array().unwrap().iter().find(|f| f["attr"] == "thing_model").unwrap();
        assert_eq!(things["values"][0]["title"]["zh"], "线上仪");
        let file = city.get("/api/views/devices?format=csv", Some(token("clerk"))).await;
        assert!(file.head.contains("attachment") && file.text().lines().count() == 4, "{}", file.text());
        for (path, who, status) in [
            ("/api/views/devices", None, 401),
            ("/api/views/devices", Some(person("firm")), 403),
            ("/api/views/none", Some(token("clerk")), 404),
            ("/api/views/devices?sort=secret", Some(token("clerk")), 400),
        ] {
            assert_eq!(city.get(path, who).await.status, status, "{path}");
        }
    }
}
