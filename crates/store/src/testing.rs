//! Commits and randomness for the tests of this crate.

use model::{Actor, Attribute, Change, Class, Commit, EntityKey, Header, Outcome, Time};

/// A key of the city's own tenant.
pub(crate) fn key(id: &str) -> EntityKey {
    EntityKey::city(id)
}

/// A change that makes an entity.
pub(crate) fn create(id: &str, kind: &str, attributes: Vec<Attribute>) -> Change {
    Change::Create { key: key(id), types: vec![kind.into()], attributes }
}

/// A change that sets attributes.
pub(crate) fn set(id: &str, attributes: Vec<Attribute>) -> Change {
    Change::Set { key: key(id), attributes }
}

/// A commit recorded `seq` seconds after 1970.
pub(crate) fn commit(seq: u64, changes: Vec<Change>) -> Commit {
    let actor =
        Actor { principal: "urn:ngsi-ld:Device:1".into(), right: None, via: "device".into(), remote: None };
    let header = Header {
        seq,
        epoch: 1,
        recorded_at: Time::from_secs(i64::try_from(seq).unwrap()),
        class: Class::Telemetry,
        actor,
        command: "observe".into(),
        idempotency_key: None,
        reacted_to: None,
        pack: None,
        outcome: Outcome::Accepted,
    };
    Commit { header, changes, frame: None }
}

/// A seeded stream of numbers (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }
}

/// One geometry of every form.
fn geometries() -> [model::Geometry; 6] {
    use model::{Geometry, Point};
    let p = |lon: f64, lat: f64| Point { lon, lat };
    let ring = vec![p(117.0, 28.2), p(117.1, 28.2), p(117.1, 28.3), p(117.0, 28.2)];
    [
        Geometry::Point(p(117.03, 28.25)),
        Geometry::MultiPoint(ring.clone()),
        Geometry::LineString(ring.clone()),
        Geometry::MultiLineString(vec![ring.clone(), vec![]]),
        Geometry::Polygon(vec![ring.clone()]),
        Geometry::MultiPolygon(vec![vec![ring.clone()], vec![ring]]),
    ]
}

/// A commit that uses every field and every form of value.
pub(crate) fn full_commit() -> Commit {
    use model::{AttributeKind, Cause, EntityId, Name, RawFrame, Sealed, Tenant, Value};
    use std::sync::Arc;
    let geometries = geometries();
    let sealed =
        Sealed { subject: "urn:ngsi-ld:Person:7".into(), key_version: 3, bytes: Arc::from([9, 8, 7]) };
    let mut values = vec![
        Value::Null,
        true.into(),
        false.into(),
        12.0.into(),
        (-0.0).into(),
        0.125.into(),
        1e300.into(),
        "信江".into(),
        Time(-5).into(),
        EntityId::new("urn:ngsi-ld:Body:eco").into(),
        Value::map([("en", Value::text("a")), ("zh", Value::list([Value::Null, 1.5.into()]))]),
        Value::Sealed(Arc::new(sealed)),
    ];
    values.extend(geometries.into_iter().map(|g| Value::Geo(Arc::new(g))));
    let mut attributes: Vec<_> =
        values.into_iter().enumerate().map(|(i, v)| Attribute::new(format!("a{i:02}").as_str(), v)).collect();
    attributes[3] = Attribute {
        name: "level".into(),
        dataset_id: Some("urn:ngsi-ld:Dataset:2".into()),
        kind: AttributeKind::ListRelationship,
        value: 3.5.into(),
        observed_at: Some(Time::from_secs(1_783_341_000)),
        unit_code: Some("MTR".into()),
        sub: Some(std::collections::BTreeMap::from([(Name::new("quality"), "valid".into())]).into()),
        seq: 41,
    };
    let theirs = EntityKey { tenant: Tenant::new("harbour"), id: "urn:ngsi-ld:Gauge:1".into() };
    let mut c = commit(
        42,
        vec![
            Change::Create {
                key: key("urn:ngsi-ld:Gauge:1"),
                types: vec!["Gauge".into(), "Sensor".into()],
                attributes,
            },
            Change::Set { key: theirs.clone(), attributes: vec![Attribute::new("level", 1.0.into())] },
            Change::Unset {
                key: theirs.clone(),
                attributes: vec![("x".into(), None), ("y".into(), Some("urn:d:1".into()))],
            },
            Change::Delete { key: theirs },
        ],
    );
    c.header.epoch = 7;
    c.header.recorded_at = Time::from_secs(1_783_341_720);
    c.header.class = Class::Governed;
    c.header.actor.right = Some("duty-officer-2".into());
    c.header.actor.remote = Some("192.0.2.7".into());
    c.header.idempotency_key = Some("k-1".into());
    c.header.reacted_to = Some(Cause { seq: 40, engine: "rules".into() });
    c.header.pack = Some("case@0.1.0".into());
    c.frame = Some(RawFrame {
        device: "urn:ngsi-ld:Device:1".into(),
        protocol: "hj212".into(),
        bytes: Arc::from(*b"##0012QN=1;ST=32\r\n"),
        checks: "crc ok, length ok".into(),
    });
    c
}
