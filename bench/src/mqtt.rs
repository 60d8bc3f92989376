//! MQTT QoS 1 with many messages under way, against Debian's mosquitto, which keeps nothing on disk here.

use crate::empty::{absolute, folder};
use crate::load::{Done, Until, median, run};
use crate::table::{Row, thousands};
use crate::wire::{connect, mqtt_connect, mqtt_publish};
use crate::{Setup, clock};
use std::io::{Error, Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use testkit::{City, Credential};

const CONNECTIONS: usize = 50;
/// Messages of a connection that wait for their acknowledgement.
const WINDOW: u16 = 50;
/// Messages of one connection in one round: less than the burst that a listener allows a new connection.
const MESSAGES: u16 = 190;
const ROUNDS: usize = 7;
const MOSQUITTO: [&str; 2] = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"];

/// Measures both in turns and gives the middle rounds.
pub fn measure(setup: &Setup) -> std::result::Result<Vec<Row>, String> {
    let (binary, packs) = (absolute(&setup.binary)?, absolute(&setup.packs)?);
    let data = folder(&setup.dir)?;
    let io = |e: Error| e.to_string();
    let city = City::start(&binary, &packs, data.path()).map_err(io)?;
    let all = city.credentials().map_err(io)?;
    let meters: Vec<Credential> =
        all.into_iter().filter(|c| c.password.len() == 32).take(CONNECTIONS).collect();
    if meters.len() < CONNECTIONS {
        return Err(format!("only {} meters are registered", meters.len()));
    }
    let other = Mosquitto::start();
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let their = other.as_ref().ok().map(|m| messages(m.at, &meters)).transpose();
        let their = their.map_err(|e| format!("mosquitto: {e}"))?;
        let our = messages(city.mqtt, &meters).map_err(|e| format!("city: {e}"))?;
        // The first round warms both up.
        if round > 0 {
            ours.push(our);
            theirs.extend(their);
        }
    }
    let what = "MQTT QoS 1 持久 durable，50 连接 connections，窗口 window 50";
    let ours = median(ours);
    let figure = format!("{}/s", thousands(ours.rate()));
    if let Err(e) = &other {
        return Ok(vec![Row { against: format!("mosquitto：{e}"), ..Row::plain(what, figure) }]);
    }
    let theirs = median(theirs);
    let against = format!("mosquitto（不落盘 nothing on disk）{}/s", thousands(theirs.rate()));
    Ok(vec![Row::rate(what, (ours.rate(), figure), (theirs.rate(), against), None)])
}

/// One meter.
struct Line {
    stream: TcpStream,
    topic: String,
    first_ms: i64,
}

fn messages(at: SocketAddr, meters: &[Credential]) -> Result<Done> {
    let now_ms = clock::now().millis();
    let line = |meter: &Credential| {
        let mut stream = connect(at)?;
        stream.write_all(&mqtt_connect(&meter.login, &meter.password))?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer)?;
        if answer[0] != 0x20 || answer[3] != 0 {
            return Err(Error::other(format!("{} was not let in: {answer:?}", meter.login)));
        }
        let first_ms = now_ms - i64::from(MESSAGES);
        Ok(Line { stream, topic: format!("up/{}", meter.login), first_ms })
    };
    let lines = meters.iter().map(line).collect::<Result<Vec<_>>>()?;
    run(lines, Until::Steps(1), |line, _| line.publish_all())
}

impl Line {
    fn payload(&self, n: u16) -> String {
        let at = self.first_ms + i64::from(n);
        format!(r#"{{"t":{at},"flow":0.{:03},"total":{}.5,"battery":3.61,"rsrp":-97}}"#, n % 1_000, 1_000 + n)
    }

    /// Sends all messages, never more than the window under way, and reads all acknowledgements.
    fn publish_all(&mut self) -> Result<u64> {
        let (mut sent, mut acknowledged) = (0, 0);
        let (mut held, mut buffer) = (Vec::<u8>::new(), [0; 4_096]);
        while acknowledged < MESSAGES {
            let mut bytes = Vec::new();
            while sent < MESSAGES && sent - acknowledged < WINDOW {
                sent += 1;
                bytes.extend(mqtt_publish(&self.topic, sent, &self.payload(sent)));
            }
            self.stream.write_all(&bytes)?;
            let count = self.stream.read(&mut buffer)?;
            if count == 0 {
                return Err(Error::other("closed before the acknowledgement"));
            }
            held.extend(&buffer[..count]);
            let whole = held.len() / 4 * 4;
            if held[..whole].chunks(4).any(|puback| puback[..2] != [0x40, 2]) {
                return Err(Error::other("something else than an acknowledgement"));
            }
            acknowledged += u16::try_from(whole / 4).unwrap_or(0);
            held.drain(..whole);
        }
        Ok(u64::from(acknowledged))
    }
}

/// Debian's broker on a free port of this machine; dropping it kills it.
struct Mosquitto {
    child: Child,
    at: SocketAddr,
}

impl Mosquitto {
    fn start() -> Result<Self> {
        let binary = MOSQUITTO.iter().find(|p| std::path::Path::new(p).is_file());
        let binary =
            binary.ok_or_else(|| Error::other("未安装 not installed (apt-get install mosquitto)"))?;
        let at = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(binary);
        command.args(["-p", &at.port().to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let broker = Self { child: command.spawn()?, at };
        for _ in 0..100 {
            if TcpStream::connect(at).is_ok() {
                return Ok(broker);
            }
            clock::pause(Duration::from_millis(50));
        }
        Err(Error::other("does not listen"))
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every PUBLISH of short packets by its PUBACK, after `hold` of them.
    fn broker(listener: &TcpListener) -> usize {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut held, mut buffer, mut most, mut answered) = (Vec::new(), [0; 4_096], 0, 0);
        while answered < MESSAGES {
            let count = stream.read(&mut buffer).unwrap();
            held.extend(&buffer[..count]);
            let mut ids = Vec::new();
            while held.len() > 2 && held.len() >= usize::from(held[1]) + 2 {
                let packet: Vec<u8> = held.drain(..usize::from(held[1]) + 2).collect();
                let topic = usize::from(packet[3]);
                ids.push([packet[4 + topic], packet[5 + topic]]);
            }
            most = most.max(ids.len());
            answered += u16::try_from(ids.len()).unwrap();
            let answers: Vec<u8> = ids.iter().flat_map(|id| [0x40, 2, id[0], id[1]]).collect();
            stream.write_all(&answers).unwrap();
        }
        most
    }

    #[test]
    fn never_more_than_the_window_is_under_way() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = connect(listener.local_addr().unwrap()).unwrap();
        let server = std::thread::spawn(move || broker(&listener));
        let mut line = Line { stream, topic: "up/m1".into(), first_ms: 1_783_341_738_042 };
        assert_eq!(line.publish_all().unwrap(), u64::from(MESSAGES));
        assert!(server.join().unwrap() <= usize::from(WINDOW));
    }
}
