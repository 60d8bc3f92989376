use super::super::{Config, Decoder, Item, segment::DigestKey, segment::redact};
use super::*;
use crate::seeded::Seeded;
use serde_json::{Value as Json, json};
use std::path::PathBuf;

const NOW: UnixMs = 1_783_341_800_000;
const SIX: &str = "QN=20260706204218000;ST=32;CN=2011;PW=123456;MN=360681000000000000000101;Flag=5;CP=&&&&";

fn decode_now(cp: &str) -> Result<Readings, Words> {
    decode(cp, Period::Realtime, NOW, 300_000)
}

/// What a frame file means, as the JSON beside it states it.
fn meaning(bytes: &[u8]) -> Json {
    let mut decoder = Decoder::new(&Config::default());
    assert_eq!(decoder.push(bytes), bytes.len());
    let item = match decoder.next().or_else(|| decoder.finish()) {
        Some(item) => item,
        None => return json!({}),
    };
    let frame = match item {
        Item::Bad(bad) => return json!({"refused": bad.reason, "checks": bad.checks}),
        Item::Frame(frame) => frame,
    };
    let segment = Segment::parse(&frame.segment).unwrap();
    let mut out = json!({
        "qn": segment.qn, "st": segment.st, "cn": segment.cn, "mn": segment.mn,
        "flag": segment.flag.0, "version": segment.flag.version(),
        "wants_answer": segment.wants_answer(), "packet": segment.packet,
        "stored": String::from_utf8_lossy(&redact(&frame.segment, &DigestKey([0; 32]))),
    });
    if segment.wants_answer() {
        out["answer_9014"] = json!(String::from_utf8_lossy(&Answer::Data.encode(&segment)));
    }
    if let Kind::Data(period) = kind(segment.cn) {
        out["readings"] = json!(decode(&segment.cp, period, NOW + 86_400_000, 300_000).unwrap());
    } else {
        out["cp"] = json!(segment.cp);
    }
    out
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Every `testdata/*.hex` means what the `.json` beside it says. `BLESS=1` writes the JSON anew.
#[test]
fn test_data() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/protocol/hj212/testdata");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "hex") {
            continue;
        }
        let found = meaning(&unhex(&std::fs::read_to_string(&path).unwrap()));
        let expected_path = path.with_extension("json");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&expected_path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        }
        let expected: Json = serde_json::from_str(&std::fs::read_to_string(&expected_path).unwrap()).unwrap();
        assert_eq!(found, expected, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 12, "{seen} files");
}

#[test]
fn a_whole_reading() {
    let found = decode_now(
        "DataTime=20260706204200;w01018-Rtd=82.4,w01018-Flag=N;w21003-Rtd=3.12,w21003-Flag=D;w00000-Rtd=-4.16e1",
    )
    .unwrap();
    assert_eq!(found.observed_at_ms, 1_783_341_720_000);
    let rows: Vec<_> = found
        .readings
        .iter()
        .map(|r| (r.factor.as_str(), r.suffix.as_str(), r.value.clone(), r.flag.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [
            ("w01018", "Rtd", Value::Number(82.4), Some("N")),
            ("w21003", "Rtd", Value::Number(3.12), Some("D")),
            ("w00000", "Rtd", Value::Number(-41.6), None),
        ]
    );
    assert!(found.refused.is_empty());
}

#[test]
fn a_flag_before_its_value_counts_too_and_marks_every_value_of_its_factor() {
    let found =
        decode_now("DataTime=20260706204200;a-Flag=M,a-Avg=1,a-Max=2;b-Min=1,b-Flag=T,b-Max=2").unwrap();
    let flags: Vec<_> = found.readings.iter().map(|r| r.flag.as_deref().unwrap_or("-")).collect();
    assert_eq!(flags[..3], ["M", "M", "T"]);
}

#[test]
fn one_bad_value_does_not_stop_the_others() {
    let found = decode_now(
        "DataTime=20260706204200;a-Rtd=-;b-Rtd=NaN;c-Rtd=inf;d-Rtd=0x10;e-Rtd=;f-Rtd=1;g;h=1;i-Xyz=1",
    )
    .unwrap();
    assert_eq!(found.readings.len(), 1);
    assert_eq!(found.readings[0].factor, "f");
    let whats: Vec<_> = found.refused.iter().map(|r| r.what.as_str()).collect();
    assert_eq!(whats, ["a", "b", "c", "d", "e", "g", "h", "i-Xyz"]);
    assert!(found.refused[0].reason.zh.contains("不是数"));
}

#[test]
fn without_a_time_nothing_is_read() {
    assert!(decode_now("a-Rtd=1").unwrap_err().zh.contains("缺少 DataTime"));
    assert!(decode_now("DataTime=20260732000000;a-Rtd=1").unwrap_err().zh.contains("20260732000000"));
}

#[test]
fn a_time_in_the_future_is_refused_in_words() {
    let ahead = beijing::format(NOW + 3_600_000);
    let words = decode_now(&format!("DataTime={ahead};a-Rtd=1")).unwrap_err();
    assert!(words.zh.contains("将来"), "{}", words.zh);
    let near = beijing::format(NOW + 240_000);
    assert!(decode_now(&format!("DataTime={near};a-Rtd=1")).is_ok());
}

#[test]
fn answers_keep_qn_mn_and_version() {
    for (asked, answered) in [("1", "0"), ("5", "4"), ("7", "4"), ("9", "8")] {
        let segment = Segment::parse(SIX.replace("Flag=5", &format!("Flag={asked}")).as_bytes()).unwrap();
        let text = String::from_utf8(Answer::Data.encode(&segment)).unwrap();
        assert!(
            text.contains("QN=20260706204218000;ST=91;CN=9014;PW=123456;MN=360681000000000000000101;"),
            "{text}"
        );
        assert!(text.contains(&format!("Flag={answered};CP=&&&&")), "{text}");
    }
}

#[test]
fn the_standards_shape_of_a_data_answer_is_reproduced() {
    let text = "QN=20260706103512345;ST=32;CN=2011;PW=123456;MN=A110000_0001;Flag=9;CP=&&&&";
    let answer = Answer::Data.encode(&Segment::parse(text.as_bytes()).unwrap());
    let expected =
        "##0075QN=20260706103512345;ST=91;CN=9014;PW=123456;MN=A110000_0001;Flag=8;CP=&&&&0140\r\n";
    assert_eq!(String::from_utf8(answer).unwrap(), expected);
}

#[test]
fn every_answer_is_a_frame_that_we_read_ourselves() {
    let segment = Segment::parse(SIX.as_bytes()).unwrap();
    for (answer, number, cp) in [
        (Answer::Data, 9014, ""),
        (Answer::Notice, 9013, ""),
        (Answer::Request(3), 9011, "QnRtn=3"),
        (Answer::Result(1), 9012, "ExeRtn=1"),
    ] {
        let mut decoder = Decoder::new(&Config::default());
        decoder.push(&answer.encode(&segment));
        let Some(Item::Frame(frame)) = decoder.next() else { panic!("{answer:?}") };
        let back = Segment::parse(&frame.segment).unwrap();
        assert_eq!((back.cn, back.cp.as_str()), (number, cp));
        assert!(!back.wants_answer());
        assert_eq!(kind(number), Kind::Reply);
    }
}

#[test]
fn kinds() {
    for (number, expected) in [
        (2011, Kind::Data(Period::Realtime)),
        (2051, Kind::Data(Period::Minute)),
        (2061, Kind::Data(Period::Hour)),
        (2031, Kind::Data(Period::Day)),
        (2021, Kind::OtherData),
        (9015, Kind::Heartbeat),
        (3020, Kind::Notice),
        (1013, Kind::Notice),
    ] {
        assert_eq!(kind(number), expected, "{number}");
    }
}

#[test]
fn any_text_does_no_harm() {
    for seed in 0..2000 {
        let mut seeded = Seeded(seed);
        let count = seeded.below(200);
        let bytes = seeded.from(b"DataTime=20260706;,-=w01018RtdFlagN.eE\xE6", count);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(found) = decode_now(&format!("DataTime=20260706204200;{text}")) {
            assert!(found.readings.iter().all(|r| matches!(r.value, Value::Number(n) if n.is_finite())));
        }
    }
}
