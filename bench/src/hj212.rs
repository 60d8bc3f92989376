//! HJ 212 frames, durable and acknowledged, against the same listener acknowledging without a commit.

use crate::baseline::{PASSWORD, devices};
use crate::empty::{absolute, folder};
use crate::load::{Done, Until, median, run};
use crate::table::{Row, thousands};
use crate::{Setup, clock};
use gateway::protocol::hj212::{beijing, codec};
use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use testkit::{City, Credential};

const CONNECTIONS: usize = 200;
/// Frames of one connection in one round: less than the burst that a listener allows a new connection, so that
/// the pace limit of one connection is not what is measured.
const FRAMES: u64 = 180;
const ROUNDS: usize = 5;
const BAR: f64 = 0.4;

/// Measures both in turns and gives the middle rounds.
pub fn measure(setup: &Setup) -> std::result::Result<Vec<Row>, String> {
    let (binary, packs) = (absolute(&setup.binary)?, absolute(&setup.packs)?);
    let data = folder(&setup.dir)?;
    let io = |e: Error| e.to_string();
    let baseline = Baseline::start(&packs).map_err(io)?;
    let city = City::start(&binary, &packs, data.path()).map_err(io)?;
    let real = city.credentials().map_err(io)?.into_iter().filter(|c| c.device.contains(":outfall"));
    let real: Vec<Credential> = real.collect();
    let same = devices(&packs)?.iter().map(credential).collect::<Vec<_>>();
    let (mut nothing, mut durable) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let without = frames(baseline.at, &same).map_err(|e| format!("baseline: {e}"))?;
        let with = frames(city.hj212, &real).map_err(|e| format!("city: {e}"))?;
        // The first round warms both up.
        if round > 0 {
            nothing.push(without);
            durable.push(with);
        }
    }
    let (nothing, durable) = (median(nothing), median(durable));
    let words = |d: &Done| {
        format!(
            "{}/s，p50 {:.1} ms，p99 {:.1} ms",
            thousands(d.rate()),
            d.latency_ms(0.5),
            d.latency_ms(0.99)
        )
    };
    Ok(vec![Row::rate(
        "HJ 212 报文持久后应答 frames durable and acknowledged，200 连接 connections",
        (durable.rate(), words(&durable)),
        (nothing.rate(), format!("同一监听，不提交 same listener, no commit: {}", words(&nothing))),
        Some(BAR),
    )])
}

fn credential(device: &serde_json::Value) -> Credential {
    let word = |key: &str| device[key].as_str().unwrap_or_default().to_owned();
    Credential { device: word("id"), login: word("login"), password: PASSWORD.into() }
}

/// One connection of one monitor; several may share a monitor.
struct Line {
    stream: TcpStream,
    login: String,
    password: String,
    /// Time of its first frame, milliseconds; no two connections of one monitor have the same.
    first_ms: i64,
    step_ms: i64,
}

/// Every connection sends its frames, each after the acknowledgement of the one before.
fn frames(at: SocketAddr, devices: &[Credential]) -> Result<Done> {
    if devices.is_empty() {
        return Err(Error::other("no registered monitor"));
    }
    let shared = i64::try_from(CONNECTIONS.div_ceil(devices.len())).unwrap_or(1);
    let began_ms = clock::now().millis() - shared * i64::try_from(FRAMES).unwrap_or(0);
    let line = |n: usize| {
        let device = &devices[n % devices.len()];
        let stream = crate::wire::connect(at)?;
        let slot = i64::try_from(n / devices.len()).unwrap_or(0);
        let (login, password) = (device.login.clone(), device.password.clone());
        Ok(Line { stream, login, password, first_ms: began_ms + slot, step_ms: shared })
    };
    let lines = (0..CONNECTIONS).map(line).collect::<Result<Vec<_>>>()?;
    run(lines, Until::Steps(FRAMES), |line, n| {
        let n = i64::try_from(n).unwrap_or(0);
        line.exchange(line.first_ms + n * line.step_ms, n)
    })
}

/// A real-time report (CN 2011) of four factors with their flags, as the monitors of the city send them.
fn frame(login: &str, password: &str, at_ms: i64, n: i64) -> (String, Vec<u8>) {
    let stamp = format!("{}{:03}", beijing::format(at_ms), at_ms.rem_euclid(1_000));
    let tenth = n % 10;
    let values = format!(
        "w01018-Rtd=21.{tenth},w01018-Flag=N;w21003-Rtd=1.2{tenth},w21003-Flag=N;w01001-Rtd=7.2{tenth},w01001-Flag=N;w00000-Rtd=41.{tenth},w00000-Flag=N"
    );
    let segment =
        format!("QN={stamp};ST=32;CN=2011;PW={password};MN={login};Flag=5;CP=&&DataTime={stamp};{values}&&");
    (stamp, codec::encode(&segment))
}

impl Line {
    fn exchange(&mut self, at_ms: i64, n: i64) -> Result<u64> {
        let (stamp, bytes) = frame(&self.login, &self.password, at_ms, n);
        self.stream.write_all(&bytes)?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n") {
            let mut part = [0; 512];
            let count = self.stream.read(&mut part)?;
            if count == 0 {
                return Err(Error::other("closed before the acknowledgement"));
            }
            answer.extend(&part[..count]);
        }
        let text = String::from_utf8_lossy(&answer);
        if text.contains("CN=9014") && text.contains(&stamp) { Ok(1) } else { Err(Error::other(text)) }
    }
}

/// The baseline in a process of its own, as the city is; dropping it kills it.
struct Baseline {
    child: Child,
    at: SocketAddr,
}

impl Baseline {
    fn start(packs: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("baseline")
            .arg("--packs")
            .arg(packs)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let at = line.trim().strip_prefix("listening ").and_then(|a| a.parse().ok());
        match at {
            Some(at) => Ok(Self { child, at }),
            None => {
                drop(child.kill());
                drop(child.wait());
                Err(Error::other("the baseline does not listen"))
            }
        }
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway::protocol::hj212::{Config, Decoder, Item, Segment};

    #[test]
    fn a_frame_is_one_that_the_city_reads() {
        let (stamp, bytes) = frame("360681000000000000000101", "123456", 1_783_341_738_042, 3);
        assert_eq!(stamp, "20260706204218042");
        let mut decoder = Decoder::new(&Config::default());
        assert_eq!(decoder.push(&bytes), bytes.len());
        let Some(Item::Frame(frame)) = decoder.next() else { panic!("no frame") };
        assert!(frame.checks.passed());
        let segment = Segment::parse(&frame.segment).unwrap();
        assert_eq!((segment.cn, segment.mn.as_str()), (2011, "360681000000000000000101"));
    }

    #[test]
    fn without_monitors_there_is_no_rate() {
        let at = SocketAddr::from(([127, 0, 0, 1], 9));
        assert_eq!(frames(at, &[]).unwrap_err().to_string(), "no registered monitor");
    }
}
