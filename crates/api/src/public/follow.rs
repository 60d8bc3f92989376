//! `GET /api/reports/{code}`: how far a report is, for whoever has its code. No person's name, no word of
//! the desk's own notes.

use super::declared::declared;
use super::report::address;
use super::wire::{Choice, FollowReply, FollowStep, FollowView, Rating, T, at};
use crate::flood::Rate;
use crate::session::Caller;
use crate::{City, Problem};
use access::Principal;
use axum::Json;
use axum::extract::{Path, State};
use flow::{Definition, Follow, Reply, Step};

/// How often one address may look up codes.
const LOOK: Rate = Rate { burst: 60, every_s: 1 };
/// How often it may be wrong.
const MISS: Rate = Rate { burst: 10, every_s: 60 };
/// Longest text that is looked at as a code.
const CODE_MAX: usize = 40;

/// The report with the code.
///
/// # Errors
/// 404 when there is none; 429 when one address looks up too many.
#[utoipa::path(get, path = "/api/reports/{code}", tag = "public", params(("code" = String, Path, description = "code of the receipt")),
    responses((status = 200, body = FollowView), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn follow(
    State(city): State<City>,
    Caller(who): Caller,
    Path(code): Path<String>,
) -> Result<Json<FollowView>, Problem> {
    let snapshot = city.snapshot();
    let declared = declared(&snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let found = slowed(&city, &who, || ::flow::follow(&snapshot.state, flow, &code), &code)?;
    Ok(Json(view(flow, &found, at(city.now()))))
}

/// Looks a code up, slowly for an address that guesses.
///
/// # Errors
/// 404, or 429 once an address has looked or guessed too often.
pub(super) fn slowed(
    city: &City,
    who: &Principal,
    look: impl FnOnce() -> Option<Follow>,
    code: &str,
) -> Result<Follow, Problem> {
    let (address, now) = (address(who), city.now());
    city.floods.take(&address, "code", LOOK, now)?;
    let found = if code.len() <= CODE_MAX { look() } else { None };
    found.ok_or(()).or_else(|()| {
        city.floods.take(&address, "code-miss", MISS, now)?;
        Err(Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            Some("code"),
            "没有这个查询码，请对一遍回执",
            "no report has this code, check the receipt",
        ))
    })
}

/// The code as it is shown: that of the report, else of the case.
pub(super) fn code_of(found: &Follow) -> &str {
    let own = found.report.as_ref().unwrap_or(&found.case);
    own.text("code").unwrap_or_default()
}

fn view(flow: &Definition, found: &Follow, now: String) -> FollowView {
    let code = code_of(found);
    let rating = found.report.as_ref().and_then(|r| r.text("rating"));
    FollowView {
        now,
        state: found.case.text("state").unwrap_or_default().to_owned(),
        title: (&found.state).into(),
        steps: steps(flow, found),
        reply: reply(&found.replies, code),
        rating: rating.map(|word| Rating { word: word.to_owned() }),
        may_rate: found.can_rate,
        rating_words: flow.ratings.iter().map(rating_word).collect(),
        code: code.to_owned(),
    }
}

fn rating_word(of: &flow::Choice) -> Choice {
    Choice { id: of.id.to_string(), title: of.plain.as_ref().unwrap_or(&of.title).into() }
}

/// What has happened, then the states that are still to come.
fn steps(flow: &Definition, found: &Follow) -> Vec<FollowStep> {
    let now = found.case.text("state").unwrap_or_default();
    let done = |s: &Step| FollowStep {
        state: s.state.clone(),
        title: (&s.title).into(),
        at: Some(at(s.at)),
        by: s.by_body.as_ref().map(T::from),
        text: None,
    };
    let place = flow.states.iter().position(|s| s.id == now);
    let ended = flow.states.iter().find(|s| s.id == now).is_none_or(|s| s.ended);
    // The first ended state is where the way ends; what comes after it is the resident's own.
    let last = flow.states.iter().position(|s| s.ended);
    let ahead = flow
        .states
        .iter()
        .enumerate()
        .filter(|(i, _)| !ended && place.is_some_and(|p| *i > p) && last.is_some_and(|l| *i <= l));
    let ahead = ahead.map(|(_, s)| FollowStep {
        state: s.id.to_string(),
        title: (&s.title).into(),
        at: None,
        by: None,
        text: None,
    });
    found.steps.iter().map(done).chain(ahead).collect()
}

/// The replies of all bodies as one, each after the body's name when there are several.
fn reply(replies: &[Reply], code: &str) -> Option<FollowReply> {
    let newest = replies.iter().max_by_key(|r| r.at)?;
    let words = match replies {
        [one] => one.words.clone(),
        all => all.iter().map(|r| format!("{}：{}", r.body.zh, r.words)).collect::<Vec<_>>().join("\n"),
    };
    let bodies: Vec<T> = replies.iter().map(|r| T::from(&r.body)).collect();
    let photo = replies.iter().find_map(|r| r.photos.first());
    Some(FollowReply {
        words,
        photo_url: photo.map(|id| format!("/api/blobs/{id}?code={code}")),
        photo_before_url: None,
        at: Some(at(newest.at)),
        by: T::list(&bodies),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sight::tests::entity;
    use super::*;
    use door::Text;
    use model::{Name, Time};
    use std::sync::Arc;

    fn flow() -> Definition {
        Definition::read(
            include_str!("../../../../packs/case/flows/case.yaml"),
            include_str!("../../../../packs/case/codes/matters.csv"),
            &Name::new("case@0.1.0"),
        )
        .unwrap()
    }

    fn found(state: &str, steps: Vec<Step>, replies: Vec<Reply>) -> Follow {
        let case =
            Arc::new(entity("urn:c:1", "Case", vec![("state", state.into()), ("code", "CASECODE".into())]));
        let report = Some(Arc::new(entity(
            "urn:r:1",
            "Report",
            vec![("code", "K7M39QXA".into()), ("rating", "partly".into())],
        )));
        Follow { report, case, state: Text::default(), steps, replies, deadline: None, can_rate: false }
    }

    #[test]
    fn the_way_ahead_ends_with_the_closing() {
        let step = Step {
            event: "open".into(),
            state: "received".into(),
            title: Text::default(),
            at: Time(0),
            by_body: None,
        };
        let ahead = |state: &str| {
            let steps = steps(&flow(), &found(state, vec![step.clone()], vec![]));
            assert!(steps[0].at.is_some());
            steps[1..].iter().map(|s| (s.state.clone(), s.at.is_none())).collect::<Vec<_>>()
        };
        let names: Vec<_> = ahead("filed").into_iter().map(|(s, _)| s).collect();
        assert_eq!(names, ["dispatched", "replied", "checked", "closed"]);
        assert!(ahead("filed").iter().all(|(_, open)| *open));
        assert!(ahead("closed").is_empty() && ahead("rated").is_empty() && ahead("lost").is_empty());
    }

    #[test]
    fn several_replies_name_their_bodies() {
        let reply_of = |zh: &str, at: i64, photos: &[&str]| Reply {
            body: Text { zh: zh.into(), en: zh.to_lowercase() },
            words: "已办".into(),
            photos: photos.iter().map(|p| (*p).to_owned()).collect(),
            at: Time::from_secs(at),
        };
        let one = reply(&[reply_of("A", 5, &[])], "K").unwrap();
        assert_eq!((one.words.as_str(), one.photo_url), ("已办", None));
        let two = reply(&[reply_of("A", 5, &[]), reply_of("B", 9, &["b3-1"])], "K").unwrap();
        assert_eq!(two.words, "A：已办\nB：已办");
        assert_eq!(
            (two.photo_url.as_deref(), two.by.unwrap().zh.as_str()),
            (Some("/api/blobs/b3-1?code=K"), "A、B")
        );
        assert_eq!(two.at.as_deref(), Some("1970-01-01T00:00:09Z"));
        assert_eq!(reply(&[], "K"), None);
    }

    #[test]
    fn the_view_shows_the_report_s_own_code_and_the_plain_ratings() {
        let view = view(&flow(), &found("rated", vec![], vec![]), String::new());
        assert_eq!((view.code.as_str(), view.rating), ("K7M39QXA", Some(Rating { word: "partly".into() })));
        assert_eq!((view.rating_words.len(), view.rating_words[0].title.zh.as_str()), (3, "办好了"));
    }
}
