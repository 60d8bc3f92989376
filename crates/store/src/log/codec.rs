//! A commit's body in bytes: all fields of `model::Commit` that are not in the record's header.

use super::wire::{CodecError, Decoder, Encoder};
use model::{
    Actor, Attribute, AttributeKind, Change, Commit, Entity, EntityKey, Geometry, Name, Outcome, Point,
    RawFrame, Sealed, Time, Value,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Deepest nesting of values in a record.
const DEPTH_MAX: usize = 32;
/// Whole numbers below this are written as varints.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

type Read<T> = Result<T, CodecError>;

const RIGHT: u8 = 1;
const REMOTE: u8 = 2;
const IDEMPOTENCY: u8 = 4;
const PACK: u8 = 8;
const REACTED: u8 = 16;
const FRAME: u8 = 32;

/// Writes the body; the header's fixed fields stand before it.
pub(super) fn put_body<'a>(e: &mut Encoder<'a>, c: &'a Commit) -> Read<()> {
    let h = &c.header;
    let flag = |on: bool, bit: u8| if on { bit } else { 0 };
    e.byte(
        flag(h.actor.right.is_some(), RIGHT)
            | flag(h.actor.remote.is_some(), REMOTE)
            | flag(h.idempotency_key.is_some(), IDEMPOTENCY)
            | flag(h.pack.is_some(), PACK)
            | flag(h.reacted_to.is_some(), REACTED)
            | flag(c.frame.is_some(), FRAME),
    );
    e.word(h.actor.principal.as_str());
    e.word(h.actor.via.as_str());
    e.word(h.command.as_str());
    let engine = h.reacted_to.as_ref().map(|r| &r.engine);
    for name in
        [&h.actor.right, &h.actor.remote, &h.idempotency_key, &h.pack].into_iter().flatten().chain(engine)
    {
        e.word(name.as_str());
    }
    match &h.outcome {
        Outcome::Accepted => e.byte(0),
        Outcome::Refused(reason) => {
            e.byte(1);
            e.word(reason.as_str());
        }
        Outcome::Started { gap_s } => {
            e.byte(2);
            e.varint(*gap_s);
        }
        Outcome::Tick => e.byte(3),
    }
    e.len(c.changes.len());
    for change in &c.changes {
        put_change(e, change, h.recorded_at)?;
    }
    if let Some(f) = &c.frame {
        e.word(f.device.as_str());
        e.word(f.protocol.as_str());
        e.bytes(&f.bytes);
        e.word(f.checks.as_str());
    }
    Ok(())
}

/// Reads a body into a commit whose header's fixed fields are given.
pub(super) fn take_body(d: &mut Decoder, fixed: &super::RecordHeader) -> Read<Commit> {
    let flags = d.byte()?;
    let (principal, via, command) = (d.id()?, d.name()?, d.name()?);
    let mut optional = |bit: u8| if flags & bit == 0 { Ok(None) } else { d.name().map(Some) };
    let (right, remote) = (optional(RIGHT)?, optional(REMOTE)?);
    let (idempotency_key, pack, engine) = (optional(IDEMPOTENCY)?, optional(PACK)?, optional(REACTED)?);
    let outcome = match d.byte()? {
        0 => Outcome::Accepted,
        1 => Outcome::Refused(d.name()?),
        2 => Outcome::Started { gap_s: d.varint()? },
        3 => Outcome::Tick,
        _ => return d.fail("unknown outcome"),
    };
    let n = d.len()?;
    let mut changes = Vec::with_capacity(n.min(1024));
    for _ in 0..n {
        changes.push(take_change(d, fixed.recorded_at)?);
    }
    let frame = if flags & FRAME == 0 {
        None
    } else {
        Some(RawFrame { device: d.id()?, protocol: d.name()?, bytes: d.bytes()?.into(), checks: d.name()? })
    };
    let header = model::Header {
        seq: fixed.seq,
        epoch: fixed.epoch,
        recorded_at: fixed.recorded_at,
        class: fixed.class,
        actor: Actor { principal, right, via, remote },
        command,
        idempotency_key,
        reacted_to: engine.map(|engine| model::Cause { seq: fixed.reacted_to, engine }),
        pack,
        outcome,
    };
    Ok(Commit { header, changes, frame })
}

fn put_key<'a>(e: &mut Encoder<'a>, key: &'a EntityKey) {
    e.word(key.tenant.as_str());
    e.word(key.id.as_str());
}

fn take_key(d: &mut Decoder) -> Read<EntityKey> {
    Ok(EntityKey { tenant: d.tenant()?, id: d.id()? })
}

fn put_change<'a>(e: &mut Encoder<'a>, change: &'a Change, at: Time) -> Read<()> {
    let tag = match change {
        Change::Create { .. } => 0,
        Change::Set { .. } => 1,
        Change::Unset { .. } => 2,
        Change::Delete { .. } => 3,
    };
    e.byte(tag);
    put_key(e, change.key());
    match change {
        Change::Create { types, attributes, .. } => {
            put_names(e, types);
            put_attributes(e, attributes, at)
        }
        Change::Set { attributes, .. } => put_attributes(e, attributes, at),
        Change::Unset { attributes, .. } => {
            e.len(attributes.len());
            for (name, dataset_id) in attributes {
                e.word(name.as_str());
                e.byte(u8::from(dataset_id.is_some()));
                if let Some(id) = dataset_id {
                    e.word(id.as_str());
                }
            }
            Ok(())
        }
        Change::Delete { .. } => Ok(()),
    }
}

fn take_change(d: &mut Decoder, at: Time) -> Read<Change> {
    let tag = d.byte()?;
    let key = take_key(d)?;
    Ok(match tag {
        0 => Change::Create { key, types: take_names(d)?, attributes: take_attributes(d, at)? },
        1 => Change::Set { key, attributes: take_attributes(d, at)? },
        2 => {
            let n = d.len()?;
            let mut attributes = Vec::with_capacity(n.min(1024));
            for _ in 0..n {
                let name = d.name()?;
                attributes.push((name, if d.byte()? == 0 { None } else { Some(d.id()?) }));
            }
            Change::Unset { key, attributes }
        }
        3 => Change::Delete { key },
        _ => return d.fail("unknown change"),
    })
}

fn put_names<'a>(e: &mut Encoder<'a>, names: &'a [Name]) {
    e.len(names.len());
    names.iter().for_each(|n| e.word(n.as_str()));
}

fn take_names(d: &mut Decoder) -> Read<Vec<Name>> {
    let n = d.len()?;
    (0..n).map(|_| d.name()).collect()
}

/// An entity of a savepoint; times are written as distances from `at`.
pub(crate) fn put_entity<'a>(e: &mut Encoder<'a>, entity: &'a Entity, at: Time) -> Read<()> {
    put_key(e, &entity.key);
    put_names(e, &entity.types);
    e.signed(entity.created_at.0.wrapping_sub(at.0));
    e.signed(entity.modified_at.0.wrapping_sub(at.0));
    e.varint(entity.version);
    put_attributes(e, &entity.attributes, at)
}

/// Reads what `put_entity` wrote with the same `at`.
pub(crate) fn take_entity(d: &mut Decoder, at: Time) -> Read<Entity> {
    Ok(Entity {
        key: take_key(d)?,
        types: take_names(d)?,
        created_at: Time(at.0.wrapping_add(d.signed()?)),
        modified_at: Time(at.0.wrapping_add(d.signed()?)),
        version: d.varint()?,
        attributes: take_attributes(d, at)?,
    })
}

const DATASET: u8 = 8;
const OBSERVED: u8 = 16;
const UNIT: u8 = 32;
const SUB: u8 = 64;
const SEQ: u8 = 128;

fn put_attributes<'a>(e: &mut Encoder<'a>, attributes: &'a [Attribute], at: Time) -> Read<()> {
    e.len(attributes.len());
    for a in attributes {
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        e.byte(
            kind_number(a.kind)
                | flag(a.dataset_id.is_some(), DATASET)
                | flag(a.observed_at.is_some(), OBSERVED)
                | flag(a.unit_code.is_some(), UNIT)
                | flag(a.sub.is_some(), SUB)
                | flag(a.seq != 0, SEQ),
        );
        e.word(a.name.as_str());
        put_value(e, &a.value, 0)?;
        if let Some(id) = &a.dataset_id {
            e.word(id.as_str());
        }
        if let Some(t) = a.observed_at {
            e.signed(t.0.wrapping_sub(at.0));
        }
        if let Some(unit) = &a.unit_code {
            e.word(unit.as_str());
        }
        if let Some(sub) = &a.sub {
            put_map(e, sub, 0)?;
        }
        if a.seq != 0 {
            e.varint(a.seq);
        }
    }
    Ok(())
}

fn take_attributes(d: &mut Decoder, at: Time) -> Read<Vec<Attribute>> {
    let n = d.len()?;
    let mut attributes = Vec::with_capacity(n.min(1024));
    for _ in 0..n {
        let flags = d.byte()?;
        let has = |bit: u8| flags & bit != 0;
        attributes.push(Attribute {
            name: d.name()?,
            kind: kind_of(flags & 7),
            value: take_value(d, 0)?,
            dataset_id: if has(DATASET) { Some(d.id()?) } else { None },
            observed_at: if has(OBSERVED) { Some(Time(at.0.wrapping_add(d.signed()?))) } else { None },
            unit_code: if has(UNIT) { Some(d.name()?) } else { None },
            sub: if has(SUB) { Some(take_map(d, 0)?.into()) } else { None },
            seq: if has(SEQ) { d.varint()? } else { 0 },
        });
    }
    Ok(attributes)
}

fn kind_number(kind: AttributeKind) -> u8 {
    match kind {
        AttributeKind::Property => 0,
        AttributeKind::GeoProperty => 1,
        AttributeKind::Relationship => 2,
        AttributeKind::LanguageProperty => 3,
        AttributeKind::VocabProperty => 4,
        AttributeKind::JsonProperty => 5,
        AttributeKind::ListProperty => 6,
        AttributeKind::ListRelationship => 7,
    }
}

fn kind_of(number: u8) -> AttributeKind {
    match number {
        1 => AttributeKind::GeoProperty,
        2 => AttributeKind::Relationship,
        3 => AttributeKind::LanguageProperty,
        4 => AttributeKind::VocabProperty,
        5 => AttributeKind::JsonProperty,
        6 => AttributeKind::ListProperty,
        7 => AttributeKind::ListRelationship,
        _ => AttributeKind::Property,
    }
}

/// The whole number that a double is, when a varint gives back the same double.
fn whole(n: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^53")]
    let whole = || n as i64;
    (n.fract() == 0.0 && n.abs() < WHOLE_MAX && (n != 0.0 || n.is_sign_positive())).then(whole)
}

fn put_value<'a>(e: &mut Encoder<'a>, value: &'a Value, depth: usize) -> Read<()> {
    if depth > DEPTH_MAX {
        return Err(CodecError { offset: 0, reason: "value nested too deep" });
    }
    match value {
        Value::Null => e.byte(0),
        Value::Bool(b) => e.byte(1 + u8::from(*b)),
        Value::Number(n) => {
            if let Some(n) = whole(*n) {
                e.byte(3);
                e.signed(n);
            } else {
                e.byte(4);
                e.float(*n);
            }
        }
        Value::Text(t) => {
            e.byte(5);
            e.bytes(t.as_bytes());
        }
        Value::Time(t) => {
            e.byte(6);
            e.signed(t.0);
        }
        Value::Id(id) => {
            e.byte(7);
            e.word(id.as_str());
        }
        Value::Geo(g) => {
            e.byte(8);
            put_geometry(e, g);
        }
        Value::List(items) => {
            e.byte(9);
            e.len(items.len());
            for item in items.iter() {
                put_value(e, item, depth + 1)?;
            }
        }
        Value::Map(map) => {
            e.byte(10);
            put_map(e, map, depth)?;
        }
        Value::Sealed(s) => {
            e.byte(11);
            e.word(s.subject.as_str());
            e.varint(u64::from(s.key_version));
            e.bytes(&s.bytes);
        }
    }
    Ok(())
}

fn put_map<'a>(e: &mut Encoder<'a>, map: &'a BTreeMap<Name, Value>, depth: usize) -> Read<()> {
    e.len(map.len());
    for (key, value) in map {
        e.word(key.as_str());
        put_value(e, value, depth + 1)?;
    }
    Ok(())
}

fn take_value(d: &mut Decoder, depth: usize) -> Read<Value> {
    if depth > DEPTH_MAX {
        return d.fail("value nested too deep");
    }
    Ok(match d.byte()? {
        0 => Value::Null,
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        #[expect(clippy::cast_precision_loss, reason = "written from a double below 2^53")]
        3 => Value::Number(d.signed()? as f64),
        4 => Value::Number(d.float()?),
        5 => Value::Text(d.text()?.into()),
        6 => Value::Time(Time(d.signed()?)),
        7 => Value::Id(d.id()?),
        8 => Value::Geo(Arc::new(take_geometry(d)?)),
        9 => {
            let n = d.len()?;
            let mut items = Vec::with_capacity(n.min(1024));
            for _ in 0..n {
                items.push(take_value(d, depth + 1)?);
            }
            Value::List(items.into())
        }
        10 => Value::Map(take_map(d, depth)?.into()),
        11 => {
            let subject = d.id()?;
            let Ok(key_version) = u32::try_from(d.varint()?) else { return d.fail("key version too large") };
            Value::Sealed(Arc::new(Sealed { subject, key_version, bytes: d.bytes()?.into() }))
        }
        _ => return d.fail("unknown value"),
    })
}

fn take_map(d: &mut Decoder, depth: usize) -> Read<BTreeMap<Name, Value>> {
    let n = d.len()?;
    let mut map = BTreeMap::new();
    for _ in 0..n {
        let key = d.name()?;
        map.insert(key, take_value(d, depth + 1)?);
    }
    Ok(map)
}

fn put_geometry(e: &mut Encoder, g: &Geometry) {
    fn point(e: &mut Encoder, p: &Point) {
        e.float(p.lon);
        e.float(p.lat);
    }
    fn line(e: &mut Encoder, points: &[Point]) {
        e.len(points.len());
        points.iter().for_each(|p| point(e, p));
    }
    fn rings(e: &mut Encoder, lines: &[Vec<Point>]) {
        e.len(lines.len());
        lines.iter().for_each(|l| line(e, l));
    }
    let tag = match g {
        Geometry::Point(_) => 0,
        Geometry::MultiPoint(_) => 1,
        Geometry::LineString(_) => 2,
        Geometry::MultiLineString(_) => 3,
        Geometry::Polygon(_) => 4,
        Geometry::MultiPolygon(_) => 5,
    };
    e.byte(tag);
    match g {
        Geometry::Point(p) => point(e, p),
        Geometry::MultiPoint(l) | Geometry::LineString(l) => line(e, l),
        Geometry::MultiLineString(r) | Geometry::Polygon(r) => rings(e, r),
        Geometry::MultiPolygon(m) => {
            e.len(m.len());
            m.iter().for_each(|r| rings(e, r));
        }
    }
}

fn take_geometry(d: &mut Decoder) -> Read<Geometry> {
    fn point(d: &mut Decoder) -> Read<Point> {
        Ok(Point { lon: d.float()?, lat: d.float()? })
    }
    fn line(d: &mut Decoder) -> Read<Vec<Point>> {
        let n = d.len()?;
        (0..n).map(|_| point(d)).collect()
    }
    fn rings(d: &mut Decoder) -> Read<Vec<Vec<Point>>> {
        let n = d.len()?;
        (0..n).map(|_| line(d)).collect()
    }
    Ok(match d.byte()? {
        0 => Geometry::Point(point(d)?),
        1 => Geometry::MultiPoint(line(d)?),
        2 => Geometry::LineString(line(d)?),
        3 => Geometry::MultiLineString(rings(d)?),
        4 => Geometry::Polygon(rings(d)?),
        5 => {
            let n = d.len()?;
            Geometry::MultiPolygon((0..n).map(|_| rings(d)).collect::<Read<_>>()?)
        }
        _ => return d.fail("unknown geometry"),
    })
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
