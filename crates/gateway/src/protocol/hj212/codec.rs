//! Segments to readings in the device's words, and the answers that a device waits for.

use super::{beijing, crc::crc, segment::Segment};
use crate::reading::{Period, Reading, Readings, Refused, UnixMs, Value, check_time};
use crate::words::{Words, quoted};

/// Command numbers that the gateway acts on.
pub mod cn {
    /// Set or read the time.
    pub const READ_TIME: u16 = 1011;
    /// Real-time data.
    pub const REALTIME: u16 = 2011;
    /// Minute data.
    pub const MINUTE: u16 = 2051;
    /// Hour data.
    pub const HOUR: u16 = 2061;
    /// Day data.
    pub const DAY: u16 = 2031;
    /// A device answers that it carries out a request.
    pub const REQUEST_ANSWER: u16 = 9011;
    /// A device reports the result of a request.
    pub const RESULT: u16 = 9012;
    /// A notice was received.
    pub const NOTICE_ANSWER: u16 = 9013;
    /// Data were received.
    pub const DATA_ANSWER: u16 = 9014;
    /// The line is alive.
    pub const HEARTBEAT: u16 = 9015;
}

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Readings of this period.
    Data(Period),
    /// Data of a kind that gives no readings here (equipment state, raw data, device information): it is kept as it
    /// came and answered.
    OtherData,
    /// A sign of life.
    Heartbeat,
    /// A notice, such as one that a door was opened (3xxx, 1xxx from a device).
    Notice,
    /// The answer to something that the city asked.
    Reply,
}

/// What a command number is for.
pub fn kind(number: u16) -> Kind {
    match number {
        cn::REALTIME => Kind::Data(Period::Realtime),
        cn::MINUTE => Kind::Data(Period::Minute),
        cn::HOUR => Kind::Data(Period::Hour),
        cn::DAY => Kind::Data(Period::Day),
        cn::HEARTBEAT => Kind::Heartbeat,
        9001..=9014 => Kind::Reply,
        2000..=2999 => Kind::OtherData,
        _ => Kind::Notice,
    }
}

/// Reads the values of a data segment.
///
/// `cp` is what stands between `CP=&&` and `&&`, joined when it came in packets. A value that cannot be read is
/// named in [`Readings::refused`]; the others go on.
///
/// # Errors
/// The reason in words when `DataTime` is missing, is no date, or lies more than `ahead_ms_max` after `now_ms`:
/// then no value can be placed in time.
pub fn decode(cp: &str, period: Period, now_ms: UnixMs, ahead_ms_max: i64) -> Result<Readings, Words> {
    let mut found = Found::default();
    for pair in cp.split([';', ',']).map(str::trim).filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((key, value)) => found.take(key.trim(), value.trim()),
            None => found.refuse(pair, "不是“名称=值”。", "It is not name=value."),
        }
    }
    let text = found.data_time.ok_or_else(|| {
        Words::new("缺少 DataTime，读数没有时间。", "DataTime is missing: the readings have no time.")
    })?;
    let observed_at_ms = beijing::parse(&text).ok_or_else(|| {
        let text = quoted(&text, 24);
        Words::new(
            format!("DataTime=“{text}”不是有效的时间（应为 yyyyMMddHHmmss）。"),
            format!("DataTime \"{text}\" is no valid time (yyyyMMddHHmmss)."),
        )
    })?;
    check_time(observed_at_ms, now_ms, ahead_ms_max)?;
    Ok(Readings { observed_at_ms, period, readings: found.readings, refused: found.refused })
}

#[derive(Default)]
struct Found {
    data_time: Option<String>,
    readings: Vec<Reading>,
    refused: Vec<Refused>,
    flags_without_value: Vec<(String, String)>,
}

impl Found {
    fn take(&mut self, key: &str, value: &str) {
        if key == "DataTime" {
            self.data_time.get_or_insert_with(|| value.to_owned());
            return;
        }
        let Some((factor, suffix)) = key.split_once('-') else {
            self.refuse(key, "不是“因子-后缀”。", "It is not factor-suffix.");
            return;
        };
        match suffix {
            "Flag" => self.flag(factor, value),
            "Rtd" | "Avg" | "Min" | "Max" | "Cou" | "ZsRtd" | "ZsAvg" | "ZsMin" | "ZsMax" => {
                self.value(factor, suffix, value);
            }
            // Time of sampling, equipment mark and free information: kept with the raw frame only.
            "SampleTime" | "EFlag" | "Info" | "SN" | "RS" | "RT" => {}
            _ => self.refuse(key, "后缀不是 Rtd、Avg、Min、Max、Cou、Flag。", "The suffix is not known."),
        }
    }

    fn value(&mut self, factor: &str, suffix: &str, text: &str) {
        let Some(value) = number(text) else {
            self.refuse(factor, &format!("值“{}”不是数。", quoted(text, 24)), "The value is no number.");
            return;
        };
        let early = self.flags_without_value.iter().find(|(name, _)| name == factor);
        let flag = early.map(|(_, flag)| flag.clone());
        self.readings.push(Reading {
            factor: factor.to_owned(),
            suffix: suffix.to_owned(),
            value: Value::Number(value),
            flag,
        });
    }

    fn flag(&mut self, factor: &str, value: &str) {
        let value: String = value.chars().take(4).collect();
        let mut of_factor = false;
        for reading in self.readings.iter_mut().filter(|reading| reading.factor == factor) {
            reading.flag = Some(value.clone());
            of_factor = true;
        }
        if !of_factor {
            self.flags_without_value.push((factor.to_owned(), value));
        }
    }

    fn refuse(&mut self, what: &str, zh: &str, en: &str) {
        self.refused.push(Refused { what: quoted(what, 64), reason: Words::new(zh, en) });
    }
}

/// A decimal number as the standard writes it, perhaps with an exponent. `NaN`, `inf`, hex, an empty text and a
/// dash are no values of a measurement.
fn number(text: &str) -> Option<f64> {
    let shape =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    if !shape {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// An answer to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Data were received and are durable (9014).
    Data,
    /// A notice was received (9013).
    Notice,
    /// A request of the device will be carried out (9011, `QnRtn`: 1 accepted, 2 refused, 3 wrong password).
    Request(u8),
    /// A request of the device was carried out (9012, `ExeRtn`: 1 done, 2 failed).
    Result(u8),
}

impl Answer {
    /// The frame of the answer with header, checksum and line end. The request's `QN`, `PW`, `MN` and version are
    /// kept, `ST` is 91, and no answer to the answer is asked for (2017 text, clause 6.6.5 and Annex C).
    pub fn encode(self, to: &Segment) -> Vec<u8> {
        let (number, cp) = match self {
            Self::Data => (cn::DATA_ANSWER, String::new()),
            Self::Notice => (cn::NOTICE_ANSWER, String::new()),
            Self::Request(code) => (cn::REQUEST_ANSWER, format!("QnRtn={code}")),
            Self::Result(code) => (cn::RESULT, format!("ExeRtn={code}")),
        };
        let qn = to.qn.as_ref().map(|qn| format!("QN={qn};")).unwrap_or_default();
        let flag = to.flag.version() << 2;
        encode(&format!("{qn}ST=91;CN={number};PW={};MN={};Flag={flag};CP=&&{cp}&&", to.pw.0, to.mn))
    }
}

/// A whole frame from a data segment: header, checksum, line end.
pub fn encode(segment: &str) -> Vec<u8> {
    format!("##{:04}{segment}{:04X}\r\n", segment.len(), crc(segment.as_bytes())).into_bytes()
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
