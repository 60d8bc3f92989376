//! Memory of the empty city and of an entity, and the start with a million entities.

use crate::empty::{Empty, absolute, folder, token};
use crate::table::{Row, thousands};
use crate::wire::{Http, connect, request};
use crate::{Setup, clock, say};
use std::net::TcpStream;
use std::time::Duration;

/// Entities in one request; the most that a batch may hold.
const BATCH: usize = 1_000;
/// Entities before the memory of one is read for the first time.
const FIRST: usize = 100_000;
/// Bytes of an entity's JSON.
const BYTES: usize = 600;
const EMPTY_MB_MAX: f64 = 80.0;
const ENTITY_KB_MAX: f64 = 1.2;
const START_S_MAX: f64 = 5.0;
/// Time for a process to give back what it no longer needs before its memory is read.
const SETTLE: Duration = Duration::from_secs(3);

/// Fills a city without a demonstration and reads its memory before, on the way and after a start.
pub fn measure(setup: &Setup) -> Result<Vec<Row>, String> {
    let (binary, packs) = (absolute(&setup.binary)?, absolute(&setup.packs)?);
    let data = folder(&setup.dir)?;
    let city = Empty::start(&binary, &packs, data.path())?;
    clock::pause(SETTLE);
    let empty = city.resident_bytes()?;
    let mb = empty / f64::from(1 << 20);
    let mut rows = vec![Row::at_most(
        "空城内存 memory of the empty city（有包，无演示 packs, no demo）",
        (mb, format!("{mb:.0} MB")),
        Some((EMPTY_MB_MAX, "80 MB")),
    )];
    // What comes after may fail without taking this figure along.
    match filled(setup, city, data.path()) {
        Ok(more) => rows.extend(more),
        Err(e) => {
            rows.push(Row::failed("每实体内存，百万实体启动 memory per entity, start with a million", &e))
        }
    }
    Ok(rows)
}

fn filled(setup: &Setup, city: Empty, data: &std::path::Path) -> Result<Vec<Row>, String> {
    let (binary, packs) = (absolute(&setup.binary)?, absolute(&setup.packs)?);
    // Installing packs leaves room behind that entities would fill unseen: count from a city that found its own.
    city.stop()?;
    let city = Empty::start(&binary, &packs, data)?;
    clock::pause(SETTLE);
    let empty = city.resident_bytes()?;
    let token = token(&binary, data)?;
    let mut line = Http::new(connect(city.http).map_err(|e| e.to_string())?);
    let first = FIRST.min(setup.entities);
    upsert(&mut line, &token, 0, first)?;
    clock::pause(SETTLE);
    let mut rows = vec![per_entity("写入后 after writing", first, city.resident_bytes()? - empty, true)];
    say(&format!("  {}", rows[0].line()));
    let begun = clock::instant();
    upsert(&mut line, &token, first, setup.entities)?;
    let spent = begun.elapsed().as_secs_f64();
    if setup.entities > first {
        #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
        let rate = (setup.entities - first) as f64 / spent;
        let what = "批量写入 batch upsert，1 连接 connection，每批 1,000 a batch";
        rows.push(Row::plain(what, format!("{} 实体 entities/s", thousands(rate))));
    }
    drop(line);
    let begun = clock::instant();
    city.stop()?;
    let stop = begun.elapsed().as_secs_f64();
    say(&format!("  stopped in {stop:.1} s"));
    let city = Empty::start(&binary, &packs, data)?;
    let start = city.started_in.as_secs_f64();
    clock::pause(SETTLE);
    rows.push(per_entity("重启后 after a start", setup.entities, city.resident_bytes()? - empty, true));
    let count = thousands(f64::from(u32::try_from(setup.entities).unwrap_or(u32::MAX)));
    // The bar is for a million; another number is shown without one.
    let bar = (setup.entities == 1_000_000).then_some((START_S_MAX, "5 s"));
    rows.push(Row::at_most(
        &format!("启动 start，{count} 实体 entities（存档 savepoint）"),
        (start, format!("{start:.1} s")),
        bar,
    ));
    Ok(rows)
}

fn per_entity(when: &str, count: usize, bytes: f64, bar: bool) -> Row {
    let count_f = f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
    let kb = bytes / count_f / 1_024.0;
    Row::at_most(
        &format!("每实体内存 memory per entity（600 字节 bytes JSON），{when}，{} 个", thousands(count_f)),
        (kb, format!("{kb:.2} KB")),
        bar.then_some((ENTITY_KB_MAX, "1.2 KB")),
    )
}

fn upsert(line: &mut Http<TcpStream>, token: &str, from: usize, to: usize) -> Result<(), String> {
    for first in (from..to).step_by(BATCH) {
        let all: Vec<String> = (first..(first + BATCH).min(to)).map(entity).collect();
        let body = format!("[{}]", all.join(","));
        let ask = request("POST", "/ngsi-ld/v1/entityOperations/upsert", Some(token), &body);
        let status = line.exchange(&ask).map_err(|e| format!("upsert of {first}: {e}"))?;
        if status != 201 && status != 204 {
            return Err(format!("upsert of {first}: status {status}"));
        }
    }
    Ok(())
}

/// An entity of exactly [`BYTES`] bytes: a place, a link, a name, three measured values and a note.
fn entity(n: usize) -> String {
    let minute = n % 60;
    let value = |name: &str, v: String, unit: &str| {
        format!(
            r#""{name}":{{"type":"Property","value":{v},"unitCode":"{unit}","observedAt":"2026-07-06T12:{minute:02}:00Z"}}"#
        )
    };
    let head = format!(
        r#"{{"id":"urn:ngsi-ld:BenchLamp:{n:07}","type":"BenchLamp","name":{{"type":"Property","value":"lamp {n}"}},"area":{{"type":"Relationship","object":"urn:ngsi-ld:Area:{}"}},{},{},{},"note":{{"type":"Property","value":""#,
        360_681_000 + n % 500,
        value("power", format!("{}.5", n % 100), "WTT"),
        value("voltage", format!("{}", 220 + n % 7), "VLT"),
        value("hours", format!("{n}"), "HUR"),
    );
    let tail = r#""}}"#;
    let room = BYTES.saturating_sub(head.len() + tail.len());
    format!("{head}{}{tail}", "n".repeat(room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entity_has_six_hundred_bytes_and_is_json() {
        for n in [0, 7, 99_999, 999_999] {
            let text = entity(n);
            assert_eq!(text.len(), BYTES, "{n}");
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(!json["note"]["value"].as_str().unwrap().is_empty(), "{n}");
        }
    }

    #[test]
    fn memory_is_divided_among_the_entities() {
        let row = per_entity("x", 1_000, 1_228_800.0, true);
        assert_eq!((row.figure.as_str(), row.reached), ("1.20 KB", Some(true)));
        assert_eq!(per_entity("x", 1_000, 1_300_000.0, true).reached, Some(false));
        assert_eq!(per_entity("x", 1_000, 1.0, false).reached, None);
    }
}
