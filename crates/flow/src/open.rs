//! Signals open cases: a resident's report is taken here, an alert is written by another engine.

use crate::act::{Act, Line, holder};
use crate::area;
use crate::ask::Ask;
use crate::definition::after;
use crate::words::{invalid, missing, text_of, text_value};
use door::{Decision, Refusal, Text};
use model::{Entity, EntityId, Name, Value};
use serde_json::json;

/// Matter of a report that names none, when the list has it.
const OTHER: &str = "other";

/// Fields of `flow.report`.
pub(crate) const REPORT: [&str; 12] = [
    "flow",
    "words",
    "phone",
    "photo",
    "matter",
    "area",
    "location",
    "place",
    "channel",
    "remote_digest",
    "open_words",
    "simulated",
];

/// `flow.report`: stores a resident's report with its code. Its case is opened in the reaction.
pub(crate) fn report(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let (words, photos) = (ask.words_maybe("words")?, ask.photos("photo")?);
    if words.is_none() && photos.is_empty() {
        return invalid("words", "请写一句话，或者放一张照片", "write a sentence or add a photo");
    }
    let flow = act.flow.clone();
    let matter = match ask.words_maybe("matter")? {
        Some(matter) if flow.matters.contains_key(&matter) => matter,
        Some(_) => return invalid("matter", "没有这种事项", "no such matter"),
        None if flow.matters.contains_key(OTHER) => OTHER.to_owned(),
        None => return invalid("matter", "请选一种事项", "choose a matter"),
    };
    let point = ask.point("location")?;
    let area = match ask.id_maybe("area")? {
        Some(id) => match act.state.city(id.as_str()).filter(|e| e.kind() == area::AREA) {
            Some(area) => Some(area.clone()),
            None => return invalid("area", "没有这个地方", "no such area"),
        },
        None => point.and_then(|p| area::containing(act.state, p)),
    };
    if area.is_none() && point.is_none() {
        return invalid("area", "请选一个地方", "choose a place");
    }
    let phone = ask.words_maybe("phone")?;
    let figures = phone.iter().flat_map(|p| p.chars()).filter(char::is_ascii_digit).count();
    let plain = phone.iter().flat_map(|p| p.chars()).all(|c| c.is_ascii_digit() || "+- ".contains(c));
    if phone.is_some() && (!plain || !(7..=15).contains(&figures)) {
        return invalid("phone", "手机号请写 11 位数字", "a telephone number has 7 to 15 figures");
    }
    let simulated =
        ask.flag("simulated")?.or(area.as_ref().and_then(|a| a.value("simulated")).and_then(Value::as_bool));
    let location = point.or_else(|| area.as_ref().and_then(|a| a.point("location")));
    let (code, id) = (act.fresh_code()?, act.dice.id(flow.types.report.as_str()));
    let word = |text: Option<String>| text.map_or(Value::Null, Value::text);
    let attributes = vec![
        ("code", Value::text(&code)),
        ("flow", Value::text(flow.id.as_str())),
        ("received_at", act.now.into()),
        ("words", word(words)),
        ("phone", word(phone)),
        ("photo", if photos.is_empty() { Value::Null } else { Value::list(photos) }),
        ("matter", Value::text(matter)),
        ("area", area.map_or(Value::Null, |a| Value::from(a.id()))),
        ("location", location.map_or(Value::Null, Value::from)),
        ("place", ask.place("place")?.map_or(Value::Null, |t| text_value(&t))),
        ("channel", word(ask.words_maybe("channel")?)),
        ("remote_digest", word(ask.words_maybe("remote_digest")?)),
        ("open_words", ask.flag("open_words")?.map_or(Value::Null, Value::from)),
        ("simulated", simulated.map_or(Value::Null, Value::from)),
    ];
    let now = act.now;
    act.draft.create(&id, &flow.types.report, attributes, now);
    Ok(act.finish(json!({ "report": id.as_str(), "code": code, "received_at": now.rfc3339() })))
}

/// `flow.open`: opens the case of a signal. A signal that a case holds already opens no second one.
pub(crate) fn open(mut act: Act<'_>, signal: &EntityId) -> Result<Decision, Refusal> {
    let flow = act.flow.clone();
    let event = flow
        .event("open")
        .ok_or(())
        .or_else(|()| missing("name", "流程没有这一步", "the flow has no such event"))?;
    crate::act::may(&flow, event, act.permit)?;
    let Some(source) = act.state.city(signal.as_str()).cloned() else {
        return missing("signal", "没有这条线索", "no such signal");
    };
    if let Some(case) = holder(act.state, &flow, signal) {
        return Ok(act.finish(json!({ "case": case.id().as_str() })));
    }
    let matter = source.text("matter").and_then(|m| flow.matters.get(m));
    let level = level(&source).or(matter.map(|m| m.level)).unwrap_or(flow.level);
    let named = source.object("area").and_then(|id| act.state.city(id.as_str())).cloned();
    let area = named.or_else(|| area::containing(act.state, source.point("location")?));
    let place = place(&act, &source, area.as_deref());
    let is_report = source.kind() == flow.types.report.as_str();
    let headline = headline(&source, matter.map(|m| &m.title), is_report);
    let article = source.text("article").map(str::to_owned).or(matter.map(|m| m.article.clone()));
    let location =
        source.value("location").cloned().or(area.as_ref().and_then(|a| a.value("location")).cloned());
    let (now, deadline) = (act.now, after(act.now, flow.deadline_hours));
    let (code, id) = (act.fresh_code()?, act.dice.id(flow.types.case.as_str()));
    let own = Value::map([("deadline", Value::from(deadline)), ("level", f64::from(level).into())]);
    let attributes = vec![
        ("code", Value::text(code)),
        ("flow", Value::text(flow.id.as_str())),
        ("level", f64::from(level).into()),
        ("matter", source.text("matter").map_or(Value::Null, Value::text)),
        ("headline", text_value(&headline)),
        ("place", place.map_or(Value::Null, |p| text_value(&p))),
        ("area", area.map_or(Value::Null, |a| Value::from(a.id()))),
        ("location", location.unwrap_or_default()),
        ("opened_at", now.into()),
        ("deadline", deadline.into()),
        ("deadlines", Value::map::<Name>([])),
        ("own", own),
        ("signals", Value::list([Value::from(signal)])),
        ("tasks", Value::list([])),
        ("bodies", Value::list([])),
        ("absorbed", Value::list([])),
        ("repliers", Value::list([])),
        ("late", false.into()),
        ("supervised", false.into()),
        ("returned", false.into()),
        ("article", article.map_or(Value::Null, Value::text)),
        ("firm", source.value("firm").cloned().unwrap_or_default()),
        ("simulated", source.value("simulated").cloned().unwrap_or_default()),
    ];
    act.draft.create(&id, &flow.types.case, attributes, now);
    if let Some(state) = flow.state(flow.initial.as_str()) {
        act.enter(&id, state);
    }
    if is_report {
        act.draft.set(signal, "case", Value::from(&id));
    }
    act.log(
        &id,
        "open",
        Line {
            from: Some(Name::new("")),
            other: Some(signal.clone()),
            title: Some(headline),
            ..Line::default()
        },
    );
    Ok(act.finish(json!({ "case": id.as_str() })))
}

fn level(source: &Entity) -> Option<u8> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be 1 to 4")]
    source.number("level").filter(|n| (1.0..=4.0).contains(n)).map(|n| n as u8)
}

/// A report's own words are personal, so its headline is that of its matter.
fn headline(source: &Entity, matter: Option<&Text>, is_report: bool) -> Text {
    let unnamed = || Text { zh: "未归类".into(), en: "Not classified".into() };
    let own = if is_report { None } else { text_of(source.value("headline")) };
    own.unwrap_or_else(|| {
        let matter = matter.cloned().unwrap_or_else(unnamed);
        if !is_report {
            return matter;
        }
        Text {
            zh: format!("居民反映：{}", matter.zh), en: format!("Reported by a resident: {}", matter.en)
        }
    })
}

/// The signal's own place in words, else the names of its area and the one above.
fn place(act: &Act<'_>, source: &Entity, area: Option<&Entity>) -> Option<Text> {
    let named = area.map(|a| area::name(act.state, a));
    let own = text_of(source.value("place"));
    match (named, own) {
        (Some(n), Some(o)) if !n.zh.ends_with(&o.zh) => {
            Some(Text { zh: format!("{} {}", n.zh, o.zh), en: format!("{}, {}", o.en, n.en) })
        }
        (named, own) => named.or(own),
    }
}

#[cfg(test)]
mod tests {
    use crate::pen::{Pen, TOWN, person};
    use door::RefusalKind;
    use model::Value;
    use serde_json::json;

    #[test]
    fn a_report_is_stored_and_its_case_follows_in_the_reaction() {
        let mut pen = Pen::new();
        let (case, report, code) = pen.reported("water_pollution");
        assert_eq!(code.len(), 8);
        assert_eq!(pen.text(&report, "words"), "河水发黑");
        assert_eq!(pen.text(&report, "case"), case.as_str());
        let case = pen.entity(&case);
        assert_eq!(
            (case.text("state"), case.number("level"), case.text("article")),
            (Some("received"), Some(2.0), Some("38"))
        );
        assert_eq!(case.value("headline").unwrap().get("zh"), Some(&Value::text("居民反映：水污染")));
        assert_eq!(case.value("place").unwrap().get("zh"), Some(&Value::text("甲区 乙镇 石桥边")));
        assert_eq!(case.time("deadline").unwrap().secs_since(case.time("opened_at").unwrap()), 48 * 3_600);
        assert_eq!(case.time("step_deadline").unwrap().secs_since(case.time("opened_at").unwrap()), 900);
        assert_eq!(case.value("deadlines").unwrap().get("received"), case.value("step_deadline"));
        assert_eq!(pen.log(case.id()), ["open"]);
    }

    #[test]
    fn a_report_with_a_fault_is_refused_by_field() {
        let cases = [
            (json!({"area": TOWN}), "words"),
            (json!({"words": "x"}), "area"),
            (json!({"words": "x", "area": "urn:ngsi-ld:Area:none"}), "area"),
            (json!({"words": "x", "area": TOWN, "matter": "dragons"}), "matter"),
            (json!({"words": "x", "area": TOWN, "phone": "12345x"}), "phone"),
            (json!({"words": "x", "area": TOWN, "phone": "138"}), "phone"),
            (json!({"words": "x", "area": TOWN, "state": "closed"}), "state"),
        ];
        let mut pen = Pen::new();
        for (body, field) in cases {
            let refusal = pen.tell(&person("public"), "flow.report", body).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Invalid, field));
        }
        let answer = pen
            .tell(
                &person("public"),
                "flow.report",
                json!({"photo": ["b3-1"], "location": {"type": "Point", "coordinates": [117.05, 28.05]}}),
            )
            .unwrap();
        let report = pen.entity(&answer["report"].as_str().unwrap().into());
        assert_eq!((report.text("matter"), report.text("area")), (Some("other"), Some(TOWN)));
    }

    #[test]
    fn an_alert_opens_one_case_only_once() {
        let mut pen = Pen::new();
        let (case, alert) = pen.alerted(0.0);
        let entity = pen.entity(&case);
        assert_eq!((entity.number("level"), entity.text("matter")), (Some(2.0), Some("water_pollution")));
        assert_eq!(entity.value("headline").unwrap().get("en"), Some(&Value::text("too high")));
        let before = pen.state().seq();
        let again = pen.city("flow.open", json!({"signal": alert.as_str()})).unwrap();
        assert_eq!((again["case"].as_str().unwrap(), pen.state().count("Case")), (case.as_str(), 1));
        assert_eq!(pen.state().seq(), before, "nothing new is stored");
    }

    #[test]
    fn only_the_city_opens_and_only_from_a_signal() {
        let mut pen = Pen::new();
        let (_, alert) = pen.alerted(0.0);
        let by_hand = pen.tell(&person("seat"), "flow.open", json!({"signal": alert.as_str()})).unwrap_err();
        assert_eq!(by_hand.kind, RefusalKind::Forbidden);
        for wrong in ["urn:ngsi-ld:Alert:none", crate::pen::ECO] {
            assert_eq!(
                pen.city("flow.open", json!({"signal": wrong})).unwrap_err().kind,
                RefusalKind::Missing
            );
        }
    }
}
