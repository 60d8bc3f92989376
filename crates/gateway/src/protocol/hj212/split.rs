//! Messages that came in packets (PNUM of them, numbered PNO): joined when whole, given up when too old.

use super::{config::Config, segment::Segment};
use crate::reading::UnixMs;
use crate::words::Words;
use std::collections::BTreeMap;

/// What a packet led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// Other packets are missing.
    Waiting {
        /// Packets held.
        have: u32,
        /// Packets in all.
        of: u32,
    },
    /// All packets are here; this is the joined `CP`.
    Whole(String),
    /// The packet cannot be taken.
    Refused(Words),
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Why, in words.
    pub reason: Words,
    /// The device's number.
    pub mn: String,
    /// The request number of the message.
    pub qn: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    mn: String,
    qn: String,
    cn: u16,
}

#[derive(Debug)]
struct Message {
    of: u32,
    since_ms: UnixMs,
    bytes: usize,
    parts: BTreeMap<u32, String>,
}

/// The waiting packets of one connection, bounded in count, bytes and age.
#[derive(Debug, Default)]
pub struct Assembler {
    messages: BTreeMap<Key, Message>,
}

impl Assembler {
    /// Takes a packet. A packet that was here already replaces its former copy.
    pub fn take(&mut self, segment: &Segment, config: &Config, now_ms: UnixMs) -> Joined {
        let Some((of, number)) = segment.packet else { return Joined::Whole(segment.cp.clone()) };
        if of > config.split_parts_max {
            return Joined::Refused(Words::new(
                format!("分包太多。PNUM={of}，上限 {}。", config.split_parts_max),
                format!("Too many packets: PNUM={of}, the limit is {}.", config.split_parts_max),
            ));
        }
        let key = Key { mn: segment.mn.clone(), qn: segment.qn.clone().unwrap_or_default(), cn: segment.cn };
        if !self.messages.contains_key(&key) && self.messages.len() >= config.split_messages_max {
            return Joined::Refused(Words::new(
                format!("等待分包的报文已有 {} 条，不再接收新的分包。", self.messages.len()),
                format!("{} split messages wait already, no further one is taken.", self.messages.len()),
            ));
        }
        if self.bytes() + segment.cp.len() > config.split_bytes_max {
            return Joined::Refused(Words::new(
                format!("等待中的分包超过 {} 字节。", config.split_bytes_max),
                format!("The waiting packets exceed {} bytes.", config.split_bytes_max),
            ));
        }
        let message = self.messages.entry(key.clone()).or_insert_with(|| Message {
            of,
            since_ms: now_ms,
            bytes: 0,
            parts: BTreeMap::new(),
        });
        if message.of != of {
            return Joined::Refused(Words::new(
                format!("同一报文的分包总数不一致：先前 {}，现在 {of}。", message.of),
                format!("The packets of one message disagree: {} in all before, {of} now.", message.of),
            ));
        }
        let former = message.parts.insert(number, segment.cp.clone()).map_or(0, |part| part.len());
        message.bytes = message.bytes + segment.cp.len() - former;
        let have = u32::try_from(message.parts.len()).unwrap_or(u32::MAX);
        if have < of {
            return Joined::Waiting { have, of };
        }
        let parts = self.messages.remove(&key).map(|message| message.parts).unwrap_or_default();
        Joined::Whole(join(parts.values().map(String::as_str)))
    }

    /// Gives up the messages that have waited longer than the limit.
    pub fn expire(&mut self, config: &Config, now_ms: UnixMs) -> Vec<GivenUp> {
        let old: Vec<Key> = self
            .messages
            .iter()
            .filter(|(_, message)| now_ms.saturating_sub(message.since_ms) > config.split_age_ms_max)
            .map(|(key, _)| key.clone())
            .collect();
        old.into_iter().filter_map(|key| self.messages.remove_entry(&key)).map(given_up).collect()
    }

    /// Gives up everything, because the connection ended.
    pub fn finish(&mut self) -> Vec<GivenUp> {
        std::mem::take(&mut self.messages).into_iter().map(given_up).collect()
    }

    /// Bytes of the waiting packets.
    pub fn bytes(&self) -> usize {
        self.messages.values().map(|message| message.bytes).sum()
    }
}

fn given_up((key, message): (Key, Message)) -> GivenUp {
    let missing: Vec<String> = (1..=message.of)
        .filter(|number| !message.parts.contains_key(number))
        .map(|n| n.to_string())
        .collect();
    let missing = missing.join(", ");
    let reason = Words::new(
        format!("分包不全。QN={} 共 {} 包，缺第 {missing} 包，不再等待。", key.qn, message.of),
        format!("Packets are missing: QN={} has {}, number {missing} never came.", key.qn, message.of),
    );
    GivenUp { reason, mn: key.mn, qn: key.qn }
}

/// Joins packets. Devices cut either between factors, repeating `DataTime` or leaving out the `;`, or anywhere in
/// the text. Between whole factors a `;` is put; a cut through a factor is closed without one.
fn join<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for part in parts {
        let last = out.rsplit([';', ',']).next().unwrap_or_default();
        if !out.is_empty() && !last.is_empty() && last.contains('=') && begins_with_key(part) {
            out.push(';');
        }
        out.push_str(part);
    }
    out
}

fn begins_with_key(part: &str) -> bool {
    if part.starts_with("DataTime=") {
        return true;
    }
    let Some((key, _)) = part.split_once('=') else { return false };
    let Some((factor, suffix)) = key.split_once('-') else { return false };
    factor.len() >= 3
        && factor.starts_with(|c: char| c.is_ascii_alphabetic())
        && factor.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && suffix.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    fn part(qn: u32, of: u32, number: u32, cp: &str) -> Segment {
        let text = format!("QN={qn};CN=2061;MN=a;Flag=7;PNUM={of};PNO={number};CP=&&{cp}&&");
        Segment::parse(text.as_bytes()).unwrap()
    }

    fn config() -> Config {
        Config::default()
    }

    #[test]
    fn two_packets_in_either_order() {
        for order in [[1, 2], [2, 1]] {
            let mut assembler = Assembler::default();
            let cp = |n: u32| if n == 1 { "DataTime=2;w01018-Cou=1" } else { "DataTime=2;w21003-Cou=2" };
            let first = assembler.take(&part(1, 2, order[0], cp(order[0])), &config(), 0);
            assert_eq!(first, Joined::Waiting { have: 1, of: 2 });
            let second = assembler.take(&part(1, 2, order[1], cp(order[1])), &config(), 0);
            assert_eq!(second, Joined::Whole("DataTime=2;w01018-Cou=1;DataTime=2;w21003-Cou=2".into()));
            assert_eq!(assembler.bytes(), 0);
        }
    }

    #[test]
    fn a_text_cut_anywhere_is_whole_again() {
        let text = "DataTime=20260706200000;w01018-Cou=151.2,w01018-Min=38.1;w21003-Avg=3.18,w21003-Flag=N";
        for at in 1..text.len() {
            let (a, b) = text.split_at(at);
            let joined = join([a, b].into_iter());
            assert_eq!(joined, text, "cut at {at}");
        }
    }

    #[test]
    fn a_cut_between_factors_without_a_separator_gets_one() {
        let joined = join(["DataTime=1;w01018-Flag=N", "w21003-Rtd=1"].into_iter());
        assert_eq!(joined, "DataTime=1;w01018-Flag=N;w21003-Rtd=1");
    }

    #[test]
    fn a_packet_that_never_comes_is_given_up_with_its_number() {
        let mut assembler = Assembler::default();
        assembler.take(&part(5, 3, 2, "x"), &config(), 1000);
        assert!(assembler.expire(&config(), 601_000).is_empty());
        let given_up = assembler.expire(&config(), 601_001);
        assert_eq!(given_up.len(), 1);
        assert_eq!(given_up[0].qn, "5");
        assert!(given_up[0].reason.zh.contains("缺第 1, 3 包"), "{}", given_up[0].reason.zh);
        assert_eq!(assembler.bytes(), 0);
        assembler.take(&part(6, 2, 1, "x"), &config(), 0);
        assert_eq!(assembler.finish().len(), 1);
    }

    #[test]
    fn a_repeated_packet_changes_nothing() {
        let mut assembler = Assembler::default();
        for _ in 0..5 {
            assert_eq!(
                assembler.take(&part(1, 2, 1, "abc"), &config(), 0),
                Joined::Waiting { have: 1, of: 2 }
            );
        }
        assert_eq!(assembler.bytes(), 3);
    }

    #[test]
    fn limits_hold() {
        let mut assembler = Assembler::default();
        assert!(matches!(assembler.take(&part(1, 65, 1, "x"), &config(), 0), Joined::Refused(_)));
        for qn in 0..8 {
            assert!(matches!(assembler.take(&part(qn, 2, 1, "x"), &config(), 0), Joined::Waiting { .. }));
        }
        assert!(matches!(assembler.take(&part(8, 2, 1, "x"), &config(), 0), Joined::Refused(_)));
        assert!(matches!(assembler.take(&part(0, 3, 2, "x"), &config(), 0), Joined::Refused(_)));
        let small = Config { split_bytes_max: 9, ..config() };
        assert!(matches!(assembler.take(&part(0, 2, 2, "xx"), &small, 0), Joined::Refused(_)));
    }

    #[test]
    fn random_packets_stay_within_bounds() {
        let mut assembler = Assembler::default();
        let mut seeded = Seeded(11);
        for step in 0..5000_u32 {
            let of = 2 + u32::try_from(seeded.below(5)).unwrap();
            let number = 1 + u32::try_from(seeded.below(of as usize)).unwrap();
            let qn = u32::try_from(seeded.below(30)).unwrap();
            let cp = "x".repeat(seeded.below(300));
            assembler.take(&part(qn, of, number, &cp), &config(), i64::from(step) * 5000);
            assembler.expire(&config(), i64::from(step) * 5000);
            assert!(assembler.messages.len() <= 8 && assembler.bytes() <= 65_536);
        }
    }
}
