//! The fields of a frame with their meaning, by the protocol and the device's Thing Model. Pure.

use super::wire::FrameField;
use crate::public::wire::T;
use gateway::protocol::hj212::Segment;
use gateway::protocol::hj212::codec::cn;
use gateway::thing::{Mark, ThingModel};
use serde_json::Value as Json;

/// Most fields of one frame.
const FIELDS_MAX: usize = 512;
/// Deepest nesting of a JSON payload that is followed.
const DEPTH_MAX: usize = 6;

/// The fields of a frame in order; none when it cannot be read.
pub(crate) fn fields(protocol: &str, bytes: &[u8], thing: Option<&ThingModel>) -> Vec<FrameField> {
    let mut found = if protocol == "hj212" { line(bytes, thing) } else { json(bytes, thing) };
    found.truncate(FIELDS_MAX);
    found
}

fn field(name: &str, value: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> FrameField {
    FrameField { name: name.to_owned(), value: value.into(), meaning: T::of(zh, en) }
}

/// A frame of HJ 212 as it is kept: header, data segment, checksum. The length in the header is that of the frame
/// as it came; the digest in the place of the password has another one.
fn line(bytes: &[u8], thing: Option<&ThingModel>) -> Vec<FrameField> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end();
    let (length, rest) = match text.strip_prefix("##").and_then(|t| t.split_at_checked(4)) {
        Some((length, rest)) => (Some(length), rest),
        None => (None, text),
    };
    let end = rest.rfind("&&").map_or(rest.len(), |at| at + 2);
    let (segment, crc) = rest.split_at(end);
    let Ok(read) = Segment::parse(segment.as_bytes()) else { return vec![] };
    let mut found = Vec::new();
    found.extend(length.map(|l| field("##", l, "包头和数据段长度", "header and length of the data segment")));
    found.extend(head(&read));
    for pair in read.cp.split([';', ',']).map(str::trim).filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let meaning = meaning(name.trim(), value.trim(), thing);
        found.push(FrameField { name: name.trim().to_owned(), value: value.trim().to_owned(), meaning });
    }
    if !crc.is_empty() {
        found.push(field("CRC", crc, "校验码", "checksum"));
    }
    found
}

fn head(read: &Segment) -> Vec<FrameField> {
    let mut found = Vec::new();
    found.extend(read.qn.as_ref().map(|qn| {
        field("QN", qn, "请求编码（发送时刻，北京时间）", "request number (time of sending, Beijing)")
    }));
    if !read.st.is_empty() {
        found.push(field("ST", &read.st, "系统编码", "system type"));
    }
    let (zh, en) = command(read.cn);
    found.push(field("CN", read.cn.to_string(), format!("命令编码：{zh}"), format!("command: {en}")));
    if !read.pw.0.is_empty() {
        found.push(field(
            "PW",
            &read.pw.0,
            "口令（存的是摘要，不是原文）",
            "password (a digest is kept, not the password)",
        ));
    }
    found.push(field("MN", &read.mn, "设备唯一标识", "number of the device"));
    let answer = if read.flag.wants_answer() {
        ("要求应答", "wants an answer")
    } else {
        ("不要求应答", "wants no answer")
    };
    found.push(field(
        "Flag",
        read.flag.0.to_string(),
        format!("标志：{}", answer.0),
        format!("flag: {}", answer.1),
    ));
    if let Some((count, number)) = read.packet {
        found.push(field("PNUM", count.to_string(), "总包数", "number of packets"));
        found.push(field("PNO", number.to_string(), "包号", "number of this packet"));
    }
    found
}

fn command(number: u16) -> (&'static str, &'static str) {
    match number {
        cn::REALTIME => ("实时数据", "real-time data"),
        cn::MINUTE => ("分钟数据", "minute data"),
        cn::HOUR => ("小时数据", "hour data"),
        cn::DAY => ("日数据", "day data"),
        cn::HEARTBEAT => ("心跳", "sign of life"),
        cn::READ_TIME => ("时间", "time"),
        _ => ("其他", "other"),
    }
}

fn meaning(name: &str, value: &str, thing: Option<&ThingModel>) -> T {
    match name {
        "DataTime" => return T::of("数据时间（北京时间）", "time of the data (Beijing)"),
        "BeginTime" => return T::of("开始时间", "begin"),
        "EndTime" => return T::of("结束时间", "end"),
        _ => {}
    }
    let (factor, suffix) = name.split_once('-').unwrap_or((name, ""));
    let reading = thing.and_then(|t| t.readings.iter().find(|r| r.from == factor));
    let title = reading.map_or_else(
        || T::of("物模型中没有的因子", "factor not in the Thing Model"),
        |r| T::of(&r.title.zh, &r.title.en),
    );
    if suffix == "Flag" {
        let (zh, en) =
            thing.and_then(|t| t.flags.get(value)).map_or(("未说明", "not explained"), |m| mark(*m));
        return T::of(format!("{}标记：{zh}", title.zh), format!("{}, mark: {en}", title.en));
    }
    let (zh, en) = kind(suffix);
    let unit = reading.and_then(|r| r.unit.as_ref()).map(|u| format!(" ({u})")).unwrap_or_default();
    T::of(format!("{}{zh}{unit}", title.zh), format!("{}{en}{unit}", title.en))
}

fn kind(suffix: &str) -> (&'static str, &'static str) {
    match suffix {
        "Rtd" => ("，实时值", ", momentary"),
        "Avg" => ("，平均值", ", mean"),
        "Min" => ("，最小值", ", least"),
        "Max" => ("，最大值", ", greatest"),
        "Cou" => ("，累计值", ", sum"),
        "ZsRtd" => ("，折算实时值", ", converted, momentary"),
        "ZsAvg" => ("，折算平均值", ", converted, mean"),
        "SampleTime" => ("，采样时间", ", time of sampling"),
        _ => ("", ""),
    }
}

fn mark(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Valid => ("有效", "valid"),
        Mark::Stopped => ("停运", "stopped"),
        Mark::Maintenance => ("维护", "maintenance"),
        Mark::Manual => ("手工录入", "entered by hand"),
        Mark::Fault => ("故障", "fault"),
        Mark::Calibrate => ("校准", "calibration"),
        Mark::OverLimit => ("超测量上限", "beyond the instrument's range"),
        Mark::Comms => ("通讯中断", "line down"),
    }
}

/// A JSON payload; fields of inner objects by dotted paths.
fn json(bytes: &[u8], thing: Option<&ThingModel>) -> Vec<FrameField> {
    let mut found = Vec::new();
    if let Ok(payload) = serde_json::from_slice::<Json>(bytes) {
        flatten("", &payload, thing, 0, &mut found);
    }
    found
}

fn flatten(path: &str, json: &Json, thing: Option<&ThingModel>, depth: usize, found: &mut Vec<FrameField>) {
    if let Json::Object(members) = json
        && depth < DEPTH_MAX
        && found.len() < FIELDS_MAX
    {
        for (key, value) in members {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            flatten(&inner, value, thing, depth + 1, found);
        }
        return;
    }
    let value = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    found.push(FrameField { meaning: of_path(path, thing), name: path.to_owned(), value });
}

fn of_path(path: &str, thing: Option<&ThingModel>) -> T {
    let Some(thing) = thing else { return T::of("没有物模型", "no Thing Model") };
    if thing.time.as_deref() == Some(path) {
        return T::of("数据时间", "time of the data");
    }
    let named = path.strip_prefix("values.").unwrap_or(path);
    match thing.readings.iter().find(|r| r.from == path || r.from == named) {
        Some(r) => {
            let unit = r.unit.as_ref().map(|u| format!(" ({u})")).unwrap_or_default();
            T::of(format!("{}{unit}", r.title.zh), format!("{}{unit}", r.title.en))
        }
        None => T::of("物模型中没有的字段", "field not in the Thing Model"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BY_LINE, BY_TOPIC};
    use super::*;

    fn of(fields: &[FrameField]) -> Vec<(&str, &str, &str)> {
        fields.iter().map(|f| (f.name.as_str(), f.value.as_str(), f.meaning.zh.as_str())).collect()
    }

    #[test]
    fn a_line_is_taken_apart_with_its_meaning() {
        let thing = ThingModel::parse(BY_LINE).unwrap();
        let frame = b"##0101QN=20260706204218000;ST=32;CN=2011;PW=blake3:0a0b;MN=36;Flag=5;CP=&&DataTime=20260706204200;w01018-Rtd=82.4,w01018-Flag=D;x9-Rtd=1&&ABCD\r\n";
        let found = fields("hj212", frame, Some(&thing));
        assert_eq!(
            of(&found),
            [
                ("##", "0101", "包头和数据段长度"),
                ("QN", "20260706204218000", "请求编码（发送时刻，北京时间）"),
                ("ST", "32", "系统编码"),
                ("CN", "2011", "命令编码：实时数据"),
                ("PW", "blake3:0a0b", "口令（存的是摘要，不是原文）"),
                ("MN", "36", "设备唯一标识"),
                ("Flag", "5", "标志：要求应答"),
                ("DataTime", "20260706204200", "数据时间（北京时间）"),
                ("w01018-Rtd", "82.4", "液位，实时值 (m)"),
                ("w01018-Flag", "D", "液位标记：故障"),
                ("x9-Rtd", "1", "物模型中没有的因子，实时值"),
                ("CRC", "ABCD", "校验码"),
            ]
        );
    }

    #[test]
    fn a_payload_is_taken_apart_by_paths() {
        let thing = ThingModel::parse(BY_TOPIC).unwrap();
        let found = fields("mqtt", br#"{"t": 5, "values": {"flow": 1.5, "x": "a"}}"#, Some(&thing));
        assert_eq!(
            of(&found),
            [
                ("t", "5", "数据时间"),
                ("values.flow", "1.5", "流量 (L/s)"),
                ("values.x", "a", "物模型中没有的字段")
            ]
        );
        assert_eq!(fields("http", br#"{"a": 1}"#, None)[0].meaning.zh, "没有物模型");
    }

    #[test]
    fn what_cannot_be_read_has_no_fields() {
        for bytes in [&b"##"[..], b"noise", b"##0005MN=&&", "##罐罐罐".as_bytes(), b""] {
            assert!(fields("hj212", bytes, None).is_empty());
        }
        assert!(fields("mqtt", b"{", None).is_empty());
    }
}
