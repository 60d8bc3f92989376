//! The interface over HTTP, from outside.

use crate::device::testing::{Answer, TestCity, Who, token};
use serde_json::{Value as Json, json};

const ENTITIES: &str = "/ngsi-ld/v1/entities";
const GATE: &str = "/ngsi-ld/v1/entities/urn:ngsi-ld:Gate:1";
const BATCH: &str = "/ngsi-ld/v1/entityOperations";

fn gate(n: u32, width: f64) -> Json {
    json!({ "id": format!("urn:ngsi-ld:Gate:{n}"), "type": "Gate", "width": { "type": "Property", "value": width, "unitCode": "MTR" } })
}

async fn send(city: &TestCity, method: &str, path: &str, body: Json) -> Answer {
    city.send(method, path, Some(token("clerk")), &body.to_string()).await
}

async fn read(city: &TestCity, path: &str) -> Json {
    city.get(path, Some(token("clerk"))).await.json()
}

async fn with_gate() -> TestCity {
    let city = TestCity::start().await;
    assert_eq!(send(&city, "POST", ENTITIES, gate(1, 4.0)).await.status, 201);
    city
}

fn kind(answer: &Answer) -> String {
    let json = answer.json();
    json["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_entity_lives_from_creation_to_deletion() {
    let city = TestCity::start().await;
    let made = send(&city, "POST", ENTITIES, gate(1, 4.0)).await;
    assert_eq!((made.status, made.header("location")), (201, Some(GATE)), "{}", made.text());
    let again = send(&city, "POST", "/ngsi-ld/v1/entities/", gate(1, 4.0)).await;
    assert_eq!(
        (again.status, kind(&again)),
        (409, "AlreadyExists".to_owned()),
        "a slash at the end makes no difference"
    );
    let whole = read(&city, GATE).await;
    assert_eq!(whole["width"], json!({ "type": "Property", "value": 4, "unitCode": "MTR" }));
    assert_eq!(read(&city, &format!("{GATE}?options=keyValues")).await["width"], 4);
    assert!(read(&city, &format!("{GATE}?options=sysAttrs")).await["createdAt"].is_string());
    let merged = send(
        &city,
        "PATCH",
        GATE,
        json!({ "width": { "value": 5 }, "open": { "type": "Property", "value": true } }),
    )
    .await;
    assert_eq!(merged.status, 204, "{}", merged.text());
    let simple = read(&city, &format!("{GATE}/?format=simplified")).await;
    assert_eq!((&simple["width"], &simple["open"]), (&json!(5), &json!(true)));
    assert_eq!(send(&city, "PUT", GATE, gate(1, 9.0)).await.status, 204);
    let replaced = read(&city, &format!("{GATE}?options=keyValues")).await;
    assert_eq!((&replaced["width"], replaced.get("open")), (&json!(9), None));
    assert_eq!(city.send("DELETE", GATE, Some(token("clerk")), "").await.status, 204);
    let gone = city.get(GATE, Some(token("clerk"))).await;
    assert_eq!((gone.status, kind(&gone)), (404, "ResourceNotFound".to_owned()));
}

#[tokio::test]
async fn attributes_are_added_changed_and_removed() {
    let city = with_gate().await;
    let attrs = format!("{GATE}/attrs");
    let value = |v: f64| json!({ "type": "Property", "value": v });
    assert_eq!(send(&city, "POST", &attrs, json!({ "depth": value(2.0) })).await.status, 204);
    let kept = send(
        &city,
        "POST",
        &format!("{attrs}?options=noOverwrite"),
        json!({ "depth": value(7.0), "age": value(1.0) }),
    )
    .await;
    assert_eq!((kept.status, kept.json()["updated"].clone()), (207, json!(["age"])), "{}", kept.text());
    let some = send(
        &city,
        "PATCH",
        &attrs,
        json!({ "depth": value(3.0), "none": { "type": "Property", "value": "urn:ngsi-ld:null" } }),
    )
    .await;
    assert_eq!((some.status, some.json()["notUpdated"][0]["attributeName"].clone()), (207, json!("none")));
    assert_eq!(send(&city, "PATCH", &format!("{attrs}/width"), json!({ "value": 6 })).await.status, 204);
    let width = read(&city, GATE).await["width"].clone();
    assert_eq!(
        (&width["value"], &width["unitCode"]),
        (&json!(6), &json!("MTR")),
        "a partial change keeps the rest"
    );
    assert_eq!(send(&city, "PUT", &format!("{attrs}/width"), value(8.0)).await.status, 204);
    assert_eq!(read(&city, GATE).await["width"].get("unitCode"), None);
    assert_eq!(city.send("DELETE", &format!("{attrs}/depth/"), Some(token("clerk")), "").await.status, 204);
    let gone = city.send("DELETE", &format!("{attrs}/depth"), Some(token("clerk")), "").await;
    assert_eq!((gone.status, kind(&gone)), (404, "ResourceNotFound".to_owned()));
}

#[tokio::test]
async fn queries_are_counted_and_paged() {
    let city = TestCity::start().await;
    let all: Vec<Json> = (1..=5).map(|n| gate(n, f64::from(n))).collect();
    assert_eq!(send(&city, "POST", &format!("{BATCH}/create"), json!(all)).await.status, 201);
    let ids = |json: &Json| {
        json.as_array()
            .unwrap()
            .iter()
            .map(|e| e["id"].as_str().unwrap()[17..].to_owned())
            .collect::<Vec<_>>()
            .join("")
    };
    let page =
        city.get(&format!("{ENTITIES}?type=Gate&limit=2&offset=1&count=true"), Some(token("clerk"))).await;
    assert_eq!(
        (ids(&page.json()).as_str(), page.header("ngsild-results-count")),
        ("23", Some("5")),
        "{}",
        page.text()
    );
    let links: Vec<&str> = page.head.lines().filter(|l| l.to_lowercase().starts_with("link:")).collect();
    assert!(links.iter().any(|l| l.contains("offset=3") && l.contains("rel=\"next\"")), "{links:?}");
    for (query, want) in [
        ("q=width%3E3", "45"),
        ("q=width==2..3", "23"),
        ("id=urn:ngsi-ld:Gate:4", "4"),
        ("idPattern=Gate:[12]$", "12"),
    ] {
        assert_eq!(ids(&read(&city, &format!("{ENTITIES}?type=Gate&{query}")).await), want, "{query}");
    }
    let posted = json!({ "type": "Query", "entities": [{ "type": "Gate" }], "q": "width<2" });
    assert_eq!(ids(&send(&city, "POST", &format!("{BATCH}/query?limit=9"), posted).await.json()), "1");
    for (query, status, want) in [
        ("limit=5", 400, "BadRequestData"),
        ("type=Gate&limit=1001", 403, "TooManyResults"),
        ("type=Gate&limti=5", 400, "InvalidRequest"),
        ("type=Gate&georel=near", 422, "OperationNotSupported"),
        ("type=Gate&q=width%3E", 400, "BadRequestData"),
        ("type=Gate&format=csv", 400, "InvalidRequest"),
    ] {
        let answer = city.get(&format!("{ENTITIES}?{query}"), Some(token("clerk"))).await;
        assert_eq!((answer.status, kind(&answer).as_str()), (status, want), "{query}");
    }
}

#[tokio::test]
async fn a_batch_answers_for_every_entity() {
    let city = with_gate().await;
    let post = async |verb: &str, body: Json| send(&city, "POST", &format!("{BATCH}/{verb}"), body).await;
    let some = post("create", json!([gate(1, 1.0), gate(2, 2.0)])).await;
    let json = some.json();
    assert_eq!(
        (some.status, &json["success"], &json["errors"][0]["entityId"]),
        (207, &json!(["urn:ngsi-ld:Gate:2"]), &json!("urn:ngsi-ld:Gate:1"))
    );
    assert_eq!(json["errors"][0]["error"]["type"], "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists");
    assert_eq!(
        post("upsert", json!([gate(1, 5.0), gate(3, 3.0)])).await.json(),
        json!(["urn:ngsi-ld:Gate:3"])
    );
    assert_eq!(post("upsert?options=update", json!([gate(1, 6.0)])).await.status, 204);
    assert_eq!(post("update", json!([gate(9, 1.0)])).await.status, 207);
    assert_eq!(
        post("merge", json!([{ "id": "urn:ngsi-ld:Gate:1", "width": { "value": 7 } }])).await.status,
        204
    );
    assert_eq!(post("delete", json!(["urn:ngsi-ld:Gate:2", "urn:ngsi-ld:Gate:3"])).await.status, 204);
    assert_eq!(
        read(&city, &format!("{ENTITIES}?type=Gate&options=keyValues")).await,
        json!([{ "id": "urn:ngsi-ld:Gate:1", "type": "Gate", "width": 7 }])
    );
    assert_eq!((post("create", json!({})).await.status, post("create", json!([])).await.status), (400, 400));
}

#[tokio::test]
async fn rights_decide_and_the_flow_is_named() {
    let city = with_gate().await;
    let job = "/ngsi-ld/v1/entities/urn:ngsi-ld:Job:1";
    let ask = async |who: Option<Who>, method: &str, path: &str| {
        city.send(
            method,
            path,
            who,
            &json!({ "state": { "type": "Property", "value": "closed" } }).to_string(),
        )
        .await
    };
    let refused = ask(Some(token("clerk")), "PATCH", job).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("办事") && refused.text().contains("Doing"), "{}", refused.text());
    assert_eq!(ask(Some(token("clerk")), "PATCH", &format!("{job}/attrs/state")).await.status, 403);
    assert_eq!(ask(None, "PATCH", GATE).await.status, 401);
    assert_eq!(ask(Some(token("duty_officer")), "PATCH", GATE).await.status, 403);
    assert_eq!(city.get(GATE, None).await.status, 200, "the public may read what is open to it");
    assert_eq!(city.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Gauge:1", None).await.status, 404);
    assert_eq!(city.get(GATE, Some(("Authorization", "Bearer wrong".into()))).await.status, 401);
}

#[tokio::test]
async fn contexts_stand_in_the_body_or_in_a_link() {
    let city = TestCity::start().await;
    let who = || Some(token("clerk"));
    let own = json!({ "wide": "https://own.example/width" });
    let mut entity = gate(1, 4.0);
    entity["wide"] = entity["width"].take();
    entity.as_object_mut().unwrap().remove("width");
    entity["@context"] = json!([own, "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"]);
    let ld = [("Content-Type", "application/ld+json")];
    let made = city.send_with("POST", ENTITIES, who(), &ld, &entity.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(read(&city, &format!("{GATE}?options=keyValues")).await["https://own.example/width"], 4);
    let answer = city.send_with("GET", GATE, who(), &[("Accept", "application/ld+json")], "").await;
    assert_eq!(
        (answer.header("content-type"), answer.json()["@context"].is_string()),
        (Some("application/ld+json"), true)
    );
    let plain = city.get(GATE, who()).await;
    assert!(plain.header("link").unwrap().contains("ngsi-ld-core-context"));
    let pack = "</ngsi-ld/v1/jsonldContexts/test>; rel=\"http://www.w3.org/ns/json-ld#context\"";
    let linked = city
        .send_with("GET", &format!("{ENTITIES}?type=Gauge&options=keyValues"), who(), &[("Link", pack)], "")
        .await;
    assert_eq!((linked.status, linked.json().as_array().unwrap().len()), (200, 3), "{}", linked.text());
    let misplaced = city.send("POST", ENTITIES, who(), &entity.to_string()).await;
    assert_eq!((misplaced.status, kind(&misplaced).as_str()), (400, "BadRequestData"));
    let away = "<https://away.example/c.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"";
    let unknown = city.send_with("GET", GATE, who(), &[("Link", away)], "").await;
    assert_eq!((unknown.status, kind(&unknown).as_str()), (504, "LdContextNotAvailable"));
    let listed = read(&city, "/ngsi-ld/v1/jsonldContexts").await;
    assert_eq!(listed, json!(["/ngsi-ld/v1/jsonldContexts/core", "/ngsi-ld/v1/jsonldContexts/test"]));
    assert!(
        read(&city, "/ngsi-ld/v1/jsonldContexts/core").await["@context"].as_str().unwrap().contains("v1.9")
    );
    assert_eq!(read(&city, "/ngsi-ld/v1/jsonldContexts/test").await["@context"]["level"], "t:level");
}

#[tokio::test]
async fn what_is_malformed_is_told_with_its_type() {
    let city = with_gate().await;
    let who = || Some(token("clerk"));
    let cases = [
        (
            city.send_with("POST", ENTITIES, who(), &[("Content-Type", "text/plain")], "{}").await,
            415,
            "InvalidRequest",
        ),
        (city.send_with("GET", GATE, who(), &[("Accept", "text/html")], "").await, 406, "InvalidRequest"),
        (
            city.send_with("GET", GATE, who(), &[("NGSILD-Tenant", "other")], "").await,
            404,
            "NonexistentTenant",
        ),
        (city.send("POST", ENTITIES, who(), "{").await, 400, "InvalidRequest"),
        (city.send("POST", ENTITIES, who(), r#"{"type": "Gate"}"#).await, 400, "BadRequestData"),
        (city.send("PATCH", "/ngsi-ld/v1/entities/no%20id", who(), "{}").await, 400, "BadRequestData"),
        (city.get("/ngsi-ld/v1/types/None", who()).await, 404, "ResourceNotFound"),
        (city.get("/ngsi-ld/v1/jsonldContexts/none", who()).await, 404, "ResourceNotFound"),
    ];
    for (answer, status, want) in cases {
        assert_eq!((answer.status, kind(&answer).as_str()), (status, want), "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
}

#[tokio::test]
async fn types_are_those_that_the_caller_sees() {
    let city = with_gate().await;
    let list = read(&city, "/ngsi-ld/v1/types").await;
    assert_eq!(list["typeList"], json!(["Device", "Gate", "Gauge", "Job", "Works"]), "{list}");
    let public = city.get("/ngsi-ld/v1/types/", None).await.json();
    assert_eq!(public["typeList"], json!(["Gate"]));
    let details = read(&city, "/ngsi-ld/v1/types?details=true").await;
    assert_eq!(
        details[1],
        json!({ "id": "Gate", "type": "EntityType", "typeName": "Gate", "attributeNames": ["width"] })
    );
    let one = read(&city, "/ngsi-ld/v1/types/Gate").await;
    assert_eq!(
        (&one["entityCount"], &one["attributeDetails"][0]["attributeTypes"]),
        (&json!(1), &json!(["Property"]))
    );
}

#[test]
fn every_operation_of_the_document_has_a_name_of_its_own() {
    let document: Json = serde_json::from_str(&crate::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|p| p.as_object().unwrap().values());
    let mut names: Vec<&str> = operations.filter_map(|o| o["operationId"].as_str()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(paths.contains_key(ENTITIES) && paths.contains_key("/api/devices/{id}/frames/{seq}"));
}
