//! Readings: what a device said, in the device's own words, whatever the protocol was.

use crate::words::Words;
use serde::{Deserialize, Serialize};

/// A moment as milliseconds since 1970-01-01T00:00:00Z.
pub type UnixMs = i64;

/// A value as the device gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A finite number in the device's unit.
    Number(f64),
    /// A text of bounded length.
    Text(String),
}

/// The span of time that a value speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// A momentary value.
    Realtime,
    /// A value over some minutes.
    Minute,
    /// A value over one hour.
    Hour,
    /// A value over one day.
    Day,
}

/// One value of one factor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// The factor's code or the field's name in the device's words, such as `w01018`.
    pub factor: String,
    /// What the value is of the factor: `Rtd`, `Avg`, `Min`, `Max`, `Cou`; empty where a protocol has none.
    pub suffix: String,
    /// The value in the device's unit.
    pub value: Value,
    /// The device's own mark on the value, such as `N` or `D`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
}

/// Something in a frame that gave no reading, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The factor or field, shortened to 64 characters.
    pub what: String,
    /// The reason in words.
    pub reason: Words,
}

/// All readings of one frame: they share one time and one period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Readings {
    /// When the values were observed.
    pub observed_at_ms: UnixMs,
    /// What span they speak for.
    pub period: Period,
    /// The values, in the order of the frame.
    pub readings: Vec<Reading>,
    /// Parts of the frame that gave no reading.
    pub refused: Vec<Refused>,
}

/// Refuses a time later than `now_ms + ahead_ms_max`; the reason names how far ahead it is.
pub fn check_time(observed_at_ms: UnixMs, now_ms: UnixMs, ahead_ms_max: i64) -> Result<(), Words> {
    let ahead_ms = observed_at_ms.saturating_sub(now_ms);
    if ahead_ms <= ahead_ms_max {
        return Ok(());
    }
    let (ahead_s, max_s) = (ahead_ms / 1000, ahead_ms_max / 1000);
    Err(Words::new(
        format!("时间在将来。读数的时间比本系统快 {ahead_s} 秒，最多容许 {max_s} 秒。请给设备校时。"),
        format!(
            "The time lies in the future: {ahead_s} s ahead of this system, {max_s} s are allowed. Set the device's clock."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_ahead_is_refused_beyond_the_limit_only() {
        assert!(check_time(300_000, 0, 300_000).is_ok());
        assert!(check_time(-5, 0, 300_000).is_ok());
        let words = check_time(301_000, 0, 300_000).unwrap_err();
        assert!(words.zh.contains("快 301 秒"), "{}", words.zh);
        assert!(words.en.contains("301 s ahead"));
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        assert!(check_time(i64::MAX, i64::MIN, 1).is_err());
        assert!(check_time(i64::MIN, i64::MAX, 1).is_ok());
    }
}
