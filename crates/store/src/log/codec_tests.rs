//! The codec over random commits and single cases.

use super::*;
use crate::log::{decode, encode};
use crate::testing::{Random, commit};
use model::{Class, EntityId, Tenant};

fn word(random: &mut Random) -> String {
    ["level", "水位", "", "a", "urn:ngsi-ld:Gauge:00017", "x y"][random.below(6)].into()
}

fn number(random: &mut Random) -> f64 {
    match random.below(5) {
        0 => f64::from_bits(random.next() & !(0x7ff << 52)),
        1 => f64::INFINITY,
        2 => -9_007_199_254_740_992.0,
        3 => 9_007_199_254_740_991.0,
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        _ => random.below(2_000) as f64 / 8.0 - 100.0,
    }
}

fn geometry(random: &mut Random) -> Geometry {
    let mut line = |n: usize| -> Vec<Point> {
        (0..n).map(|_| Point { lon: number(random), lat: number(random) }).collect()
    };
    let (a, b) = (line(3), line(0));
    match a.len() + random.below(6) {
        3 => Geometry::Point(a[0]),
        4 => Geometry::MultiPoint(b),
        5 => Geometry::LineString(a),
        6 => Geometry::MultiLineString(vec![a, b]),
        7 => Geometry::Polygon(vec![a]),
        _ => Geometry::MultiPolygon(vec![vec![b, a], vec![]]),
    }
}

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth > 3 { 8 } else { 11 }) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => Value::Number(number(random)),
        3 => Value::text(word(random)),
        4 => Value::Time(Time(random.next().cast_signed())),
        5 => Value::Id(word(random).as_str().into()),
        6 => Value::Geo(Arc::new(geometry(random))),
        7 => Value::Sealed(Arc::new(Sealed {
            subject: word(random).as_str().into(),
            key_version: u32::MAX,
            bytes: random.next().to_le_bytes()[..random.below(9)].into(),
        })),
        8 => Value::list((0..random.below(4)).map(|_| value(random, depth + 1)).collect::<Vec<_>>()),
        _ => Value::map(
            (0..random.below(4))
                .map(|_| {
                    let key = word(random);
                    (key.as_str().into(), value(random, depth + 1))
                })
                .collect::<Vec<(Name, Value)>>(),
        ),
    }
}

fn attribute(random: &mut Random) -> Attribute {
    let mut maybe = |n: usize| random.below(n) == 0;
    let (dataset, unit, sub, seq, observed) = (maybe(3), maybe(2), maybe(3), maybe(2), maybe(2));
    Attribute {
        name: word(random).as_str().into(),
        dataset_id: dataset.then(|| word(random).as_str().into()),
        kind: kind_of(random.next().to_le_bytes()[0] & 7),
        value: value(random, 0),
        observed_at: observed.then(|| Time(random.next().cast_signed())),
        unit_code: unit.then(|| word(random).as_str().into()),
        sub: sub.then(|| BTreeMap::from([(word(random).as_str().into(), value(random, 2))]).into()),
        seq: if seq { random.next() } else { 0 },
    }
}

fn change(random: &mut Random) -> Change {
    let key = EntityKey { tenant: Tenant::new(word(random)), id: EntityId::new(word(random)) };
    let attributes: Vec<_> = (0..random.below(5)).map(|_| attribute(random)).collect();
    match random.below(4) {
        0 => Change::Create { key, types: vec![word(random).as_str().into(), "T".into()], attributes },
        1 => Change::Set { key, attributes },
        2 => Change::Unset {
            key,
            attributes: attributes.into_iter().map(|a| (a.name, a.dataset_id)).collect(),
        },
        _ => Change::Delete { key },
    }
}

fn any_commit(random: &mut Random) -> Commit {
    let mut c = commit(1, (0..random.below(6)).map(|_| change(random)).collect());
    let h = &mut c.header;
    h.seq = random.next();
    h.epoch = random.next();
    h.recorded_at = Time(random.next().cast_signed());
    h.class = [Class::Telemetry, Class::Governed, Class::Audit, Class::System][random.below(4)];
    let mut maybe = || (random.below(2) == 0).then(|| Name::new(word(random)));
    (h.actor.right, h.actor.remote, h.idempotency_key, h.pack) = (maybe(), maybe(), maybe(), maybe());
    h.reacted_to = maybe().map(|engine| model::Cause { seq: 77, engine });
    h.outcome = match random.below(4) {
        0 => Outcome::Refused(word(random).as_str().into()),
        1 => Outcome::Started { gap_s: random.next() },
        2 => Outcome::Tick,
        _ => Outcome::Accepted,
    };
    if random.below(2) == 0 {
        let bytes = word(random).into_bytes().into();
        c.frame =
            Some(RawFrame { device: "urn:d:1".into(), protocol: "mqtt".into(), bytes, checks: "ok".into() });
    }
    c
}

#[test]
fn any_commit_survives_its_bytes() {
    let mut random = Random::new(3);
    let mut bytes = Vec::new();
    for _ in 0..3_000 {
        let c = any_commit(&mut random);
        bytes.clear();
        encode(&c, 0, &mut bytes).unwrap();
        assert_eq!(decode(&bytes).unwrap(), c);
    }
}

#[test]
fn any_entity_survives_its_bytes_at_any_distance() {
    let mut random = Random::new(4);
    for at in [Time(0), Time(i64::MAX), Time(i64::MIN)] {
        for _ in 0..300 {
            let entity = Entity {
                key: EntityKey::city(word(&mut random).as_str()),
                types: vec!["Gauge".into()],
                attributes: (0..3).map(|_| attribute(&mut random)).collect(),
                created_at: Time(random.next().cast_signed()),
                modified_at: at,
                version: random.next(),
            };
            let mut e = Encoder::new(Vec::new());
            put_entity(&mut e, &entity, at).unwrap();
            let bytes = e.done();
            let mut d = Decoder::new(&bytes);
            assert_eq!(take_entity(&mut d, at).unwrap(), entity);
            d.end().unwrap();
            for cut in 0..bytes.len() {
                assert!(take_entity(&mut Decoder::new(&bytes[..cut]), at).is_err());
            }
        }
    }
}

#[test]
fn a_double_keeps_every_bit() {
    let cases = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::NEG_INFINITY,
        2f64.powi(53),
        2f64.powi(53) - 1.0,
    ];
    for n in cases.into_iter().chain([f64::NAN, -f64::NAN]) {
        let v = Value::Number(n);
        let mut e = Encoder::new(Vec::new());
        put_value(&mut e, &v, 0).unwrap();
        let bytes = e.done();
        let Value::Number(back) = take_value(&mut Decoder::new(&bytes), 0).unwrap() else { panic!("{n}") };
        assert_eq!(back.to_bits(), n.to_bits(), "{n}");
    }
}

#[test]
fn unknown_tags_are_refused_by_name() {
    let cases: [(&[u8], &str); 3] = [
        (&[12], "unknown value"),
        (&[8, 6], "unknown geometry"),
        (&[11, 0, 1, b's', 0xff, 0xff, 0xff, 0xff, 0x7f], "key version too large"),
    ];
    for (bytes, reason) in cases {
        assert_eq!(take_value(&mut Decoder::new(bytes), 0).unwrap_err().reason, reason);
    }
    let deep = [9, 1].repeat(DEPTH_MAX + 2);
    assert_eq!(take_value(&mut Decoder::new(&deep), 0).unwrap_err().reason, "value nested too deep");
    assert_eq!(take_change(&mut Decoder::new(&[7, 0, 0, 1]), Time(0)).unwrap_err().reason, "unknown change");
}
