//! Packets are written here byte by byte, as the standard lays them out, so that the core is not tested by itself.

use super::*;
use crate::seeded::Seeded;

fn text(s: &str) -> Vec<u8> {
    let mut out = u16::try_from(s.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(s.as_bytes());
    out
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    let mut length = body.len();
    loop {
        let byte = u8::try_from(length % 128).unwrap();
        length /= 128;
        out.push(if length > 0 { byte | 0x80 } else { byte });
        if length == 0 {
            break;
        }
    }
    out.extend_from_slice(body);
    out
}

fn connect(version: u8, flags: u8, keep_alive: u16) -> Vec<u8> {
    let mut body = text("MQTT");
    body.extend_from_slice(&[version, flags]);
    body.extend_from_slice(&keep_alive.to_be_bytes());
    if version == 5 {
        body.push(0);
    }
    body.extend(text("client-1"));
    if flags & 4 != 0 {
        if version == 5 {
            body.push(0);
        }
        body.extend(text("will/topic"));
        body.extend(text("gone"));
    }
    if flags & 0x80 != 0 {
        body.extend(text("m1"));
    }
    if flags & 0x40 != 0 {
        body.extend(text("secret"));
    }
    packet(0x10, &body)
}

fn publish(version: u8, first: u8, topic: &str, id: Option<u16>, payload: &[u8]) -> Vec<u8> {
    let mut body = text(topic);
    if let Some(id) = id {
        body.extend_from_slice(&id.to_be_bytes());
    }
    if version == 5 {
        body.push(0);
    }
    body.extend_from_slice(payload);
    packet(first, &body)
}

fn subscribe(version: u8, filters: &[&str]) -> Vec<u8> {
    let mut body = vec![0, 9];
    if version == 5 {
        body.push(0);
    }
    for filter in filters {
        body.extend(text(filter));
        body.push(1);
    }
    packet(0x82, &body)
}

fn rights() -> Rights {
    Rights { publish: vec!["up/m1".into()], login: "m1".into() }
}

fn open(version: u8) -> Session {
    let mut session = Session::new(Config::default());
    let out = session.receive(&connect(version, 0xC2, 60));
    assert!(matches!(out.events[..], [Event::Connect(_)]), "{out:?}");
    assert!(!session.wants_bytes(), "nothing is read before the decision");
    let out = session.accept(rights());
    assert_eq!(out.send[0], 0x20);
    assert_eq!(out.send[3], 0, "reason code is success");
    assert_eq!(out.silence_ms_max, Some(90_000));
    assert!(session.is_open() && session.wants_bytes());
    session
}

fn published(out: &Output) -> Vec<&Publish> {
    out.events.iter().filter_map(|e| if let Event::Publish(p) = e { Some(p) } else { None }).collect()
}

fn refused_words(out: &Output) -> Vec<&str> {
    out.events
        .iter()
        .filter_map(|e| if let Event::Refused { reason, .. } = e { Some(&*reason.zh) } else { None })
        .collect()
}

#[test]
fn connect_carries_login_and_secret_and_hides_it_in_debug() {
    for version in [4, 5] {
        let mut session = Session::new(Config::default());
        let out = session.receive(&connect(version, 0xC2, 60));
        let Event::Connect(connect) = &out.events[0] else { panic!("{out:?}") };
        assert_eq!((connect.login.as_str(), connect.version), ("m1", version));
        assert_eq!(connect.password, b"secret");
        assert!(!format!("{connect:?}").contains("secret"));
        assert!(out.send.is_empty() && !out.close);
    }
}

#[test]
fn a_refused_client_gets_the_code_of_its_version() {
    for (version, why, expected) in [
        (4, Rejection::Credentials, vec![0x20, 2, 0, 4]),
        (4, Rejection::Held, vec![0x20, 2, 0, 5]),
        (4, Rejection::Busy, vec![0x20, 2, 0, 3]),
        (5, Rejection::Credentials, vec![0, 0x86]),
        (5, Rejection::Held, vec![0, 0x87]),
        (5, Rejection::Busy, vec![0, 0x89]),
    ] {
        let mut session = Session::new(Config::default());
        session.receive(&connect(version, 0xC2, 60));
        let out = session.reject(why);
        let seen = if version == 4 { out.send.clone() } else { out.send[2..4].to_vec() };
        assert_eq!(seen, expected, "{version} {why:?}");
        assert!(out.close && !session.wants_bytes());
    }
}

#[test]
fn no_login_or_no_secret_is_turned_away_at_once() {
    for (version, flags) in [(4, 0x02), (4, 0x82), (5, 0x02), (5, 0x82)] {
        let out = Session::new(Config::default()).receive(&connect(version, flags, 60));
        assert!(out.close, "{version} {flags:x}");
        assert!(refused_words(&out)[0].contains("密钥"), "{out:?}");
    }
}

#[test]
fn a_will_is_answered_as_not_supported() {
    let out = Session::new(Config::default()).receive(&connect(5, 0xC6, 60));
    assert_eq!(out.send[3], 0x83);
    assert!(out.close && refused_words(&out)[0].contains("遗嘱"));
    let out = Session::new(Config::default()).receive(&connect(4, 0xC6, 60));
    assert!(out.send.is_empty() && out.close);
}

#[test]
fn version_five_is_told_what_is_not_there() {
    let mut session = Session::new(Config::default());
    session.receive(&connect(5, 0xC2, 60));
    let connack = session.accept(rights()).send;
    for property in [[0x24, 1].as_slice(), &[0x25, 0], &[0x2A, 0], &[0x21, 0, 64], &[0x27, 0, 0, 0x80, 0]] {
        assert!(
            connack.windows(property.len()).any(|window| window == property),
            "{property:?} in {connack:?}"
        );
    }
}

#[test]
fn a_message_is_acknowledged_only_when_the_caller_says_so() {
    for version in [4, 5] {
        let mut session = open(version);
        let out = session.receive(&publish(version, 0x32, "up/m1", Some(7), b"{}"));
        let message = published(&out)[0];
        assert_eq!((message.topic.as_str(), message.packet_id, message.dup), ("up/m1", Some(7), false));
        assert_eq!(message.payload, b"{}");
        assert!(out.send.is_empty(), "no answer before the commit");
        assert_eq!(session.in_flight(), 1);
        let out = session.acknowledge(7, Ack::Durable);
        assert_eq!(out.send[0], 0x40);
        assert_eq!(out.send[2..4], [0, 7]);
        assert_eq!(session.in_flight(), 0);
        assert_eq!(session.acknowledge(7, Ack::Durable), Output::default(), "once only");
    }
}

#[test]
fn failures_have_a_code_in_five_and_end_three_one_one() {
    for (ack, code) in
        [(Ack::Payload, 0x99), (Ack::Quota, 0x97), (Ack::Failed, 0x80), (Ack::NotAuthorized, 0x87)]
    {
        let mut session = open(5);
        session.receive(&publish(5, 0x32, "up/m1", Some(1), b"x"));
        let out = session.acknowledge(1, ack);
        assert_eq!(out.send[4], code);
        assert!(!out.close);
        let mut session = open(4);
        session.receive(&publish(4, 0x32, "up/m1", Some(1), b"x"));
        let out = session.acknowledge(1, ack);
        assert!(out.send.is_empty() && out.close);
    }
}

#[test]
fn qos_0_has_no_number() {
    let mut session = open(4);
    let out = session.receive(&publish(4, 0x30, "up/m1", None, b"1"));
    assert_eq!(published(&out)[0].packet_id, None);
    assert_eq!(session.in_flight(), 0);
}

#[test]
fn a_foreign_topic_is_refused() {
    let mut session = open(5);
    let out = session.receive(&publish(5, 0x32, "up/m2", Some(3), b"x"));
    assert_eq!((out.send[0], out.send[4], out.close), (0x40, 0x87, false));
    assert!(refused_words(&out)[0].contains("up/m2"));
    let out = session.receive(&publish(5, 0x30, "up/m2", None, b"x"));
    assert!(out.send.is_empty() && !out.close && refused_words(&out).len() == 1);
    let mut session = open(4);
    let out = session.receive(&publish(4, 0x32, "up/m2", Some(3), b"x"));
    assert!(out.send.is_empty() && out.close);
}

#[test]
fn qos_2_and_retain_are_answered_as_not_supported() {
    for (first, code) in [(0x34, 0x9B), (0x33, 0x9A)] {
        let mut session = open(5);
        let out = session.receive(&publish(5, first, "up/m1", Some(3), b"x"));
        assert_eq!((out.send[0], out.send[2], out.close), (0xE0, code, true));
        assert!(published(&out).is_empty());
        let mut session = open(4);
        let out = session.receive(&publish(4, first, "up/m1", Some(3), b"x"));
        assert!(out.send.is_empty() && out.close && published(&out).is_empty());
    }
}

#[test]
fn subscriptions_follow_the_rights_and_get_messages() {
    let filters = ["down/m1/#", "down/m2/#", "#"];
    for (version, codes) in [(4, vec![0, 0x80, 0x80]), (5, vec![0, 0x87, 0x87])] {
        let mut session = open(version);
        let out = session.receive(&subscribe(version, &filters));
        assert_eq!(out.send[0], 0x90);
        assert!(out.send.ends_with(&codes), "{:?}", out.send);
        let out = session.deliver("down/m1/set", b"30");
        assert_eq!(out.send[0], 0x30);
        assert!(out.send.ends_with(b"30"));
        assert!(session.deliver("down/m2/set", b"30").send.is_empty());
        let mut body = vec![0, 10];
        if version == 5 {
            body.push(0);
        }
        body.extend(text("down/m1/#"));
        let out = session.receive(&packet(0xA2, &body));
        assert_eq!(out.send[0], 0xB0);
        assert!(session.deliver("down/m1/set", b"30").send.is_empty());
    }
}

#[test]
fn subscriptions_are_bounded() {
    let mut session = open(4);
    for n in 0..8 {
        let out = session.receive(&subscribe(4, &[&format!("down/m1/{n}")]));
        assert!(out.send.ends_with(&[0]));
    }
    assert!(session.receive(&subscribe(4, &["down/m1/8"])).send.ends_with(&[0x80]));
    assert!(
        session.receive(&subscribe(4, &["down/m1/7"])).send.ends_with(&[0]),
        "a repeated one is no new one"
    );
}

#[test]
fn ping_goodbye_and_silence() {
    let mut session = open(4);
    let out = session.receive(&[0xC0, 0]);
    assert_eq!(out.send, [0xD0, 0]);
    assert_eq!(out.silence_ms_max, Some(90_000));
    let out = session.receive(&[0xE0, 0]);
    assert_eq!(out.events, [Event::Goodbye]);
    assert!(out.close);
    let mut session = open(5);
    let out = session.silent();
    assert_eq!((out.send[0], out.send[2], out.close), (0xE0, 0x8D, true));
    assert_eq!(open(5).taken_over().send[2], 0x8E);
    assert_eq!(open(5).shut_down().send[2], 0x8B);
    assert!(open(4).shut_down().send.is_empty());
}

#[test]
fn no_keep_alive_gets_the_servers_own() {
    for (asked, told) in [(0, true), (65_535, true), (60, false)] {
        let mut session = Session::new(Config::default());
        session.receive(&connect(5, 0xC2, asked));
        let out = session.accept(rights());
        let tells = out.send.windows(3).any(|window| window == [0x13, 0x0E, 0x10]);
        assert_eq!(tells, told, "{asked}");
        let silence = Some(if told { 5_400_000 } else { 90_000 });
        assert_eq!(out.silence_ms_max, silence);
        assert_eq!(session.receive(&[0xC0, 0]).silence_ms_max, silence, "every packet is a sign of life");
        assert_eq!(session.receive(&[0xC0]).silence_ms_max, None, "half a packet is none");
    }
}

#[test]
fn reading_pauses_while_too_many_messages_wait() {
    let config = Config { receive_max: 3, ..Config::default() };
    let mut session = Session::new(config);
    session.receive(&connect(4, 0xC2, 60));
    session.accept(rights());
    let bytes: Vec<u8> = (1..=10).flat_map(|id| publish(4, 0x32, "up/m1", Some(id), b"x")).collect();
    let out = session.receive(&bytes);
    assert_eq!(published(&out).len(), 3);
    assert!(!out.close && !session.wants_bytes());
    let mut seen = 3;
    for id in 1..=10 {
        let out = session.acknowledge(id, Ack::Durable);
        seen += published(&out).len();
        assert!(session.in_flight() <= 3);
    }
    assert_eq!(seen, 10);
    assert!(session.wants_bytes());
}

#[test]
fn a_repeated_number_in_flight_is_one_message() {
    let mut session = open(4);
    session.receive(&publish(4, 0x32, "up/m1", Some(5), b"x"));
    let out = session.receive(&publish(4, 0x3A, "up/m1", Some(5), b"x"));
    assert!(published(&out).is_empty());
    assert!(!session.acknowledge(5, Ack::Durable).send.is_empty());
    let out = session.receive(&publish(4, 0x3A, "up/m1", Some(5), b"x"));
    assert!(published(&out)[0].dup);
}

#[test]
fn bytes_after_connect_wait_for_the_decision() {
    let mut bytes = connect(4, 0xC2, 60);
    bytes.extend(publish(4, 0x32, "up/m1", Some(1), b"x"));
    let mut session = Session::new(Config::default());
    let out = session.receive(&bytes);
    assert_eq!(out.events.len(), 1);
    let out = session.accept(rights());
    assert_eq!(published(&out).len(), 1);
}

#[test]
fn any_way_to_split_gives_the_same_messages() {
    let mut bytes = publish(5, 0x32, "up/m1", Some(1), b"{\"flow\":1}");
    bytes.extend(publish(5, 0x30, "up/m1", None, &[b'x'; 300]));
    for at in 0..bytes.len() {
        let mut session = open(5);
        let first = session.receive(&bytes[..at]);
        let second = session.receive(&bytes[at..]);
        let sizes: Vec<usize> =
            published(&first).iter().chain(&published(&second)).map(|p| p.payload.len()).collect();
        assert_eq!(sizes, [10, 300], "split at {at}");
    }
}

#[test]
fn what_is_no_mqtt_is_closed_in_words() {
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"##0101QN=2016".to_vec(),
        vec![0x30, 2, 0, 0],
        vec![0xF0, 0],
        vec![0; 64],
    ] {
        let out = Session::new(Config::default()).receive(&bytes);
        assert!(out.close || out.events.is_empty(), "{bytes:?}");
        assert!(out.send.is_empty());
    }
    let out = Session::new(Config::default()).receive(&connect(3, 0xC2, 60));
    assert_eq!(out.send, [0x20, 2, 0, 1]);
    assert!(out.close);
}

#[test]
fn a_packet_beyond_the_limit_is_refused_before_it_is_held() {
    let mut session = open(5);
    let out = session.receive(&[0x32, 0xFF, 0xFF, 0xFF, 0x7F]);
    assert_eq!((out.send[0], out.send[2], out.close), (0xE0, 0x95, true));
    let mut session = open(4);
    assert!(session.receive(&[0x32, 0xFF, 0xFF, 0xFF, 0x7F]).close);
}

#[test]
fn any_bytes_do_no_harm() {
    for seed in 0..3000 {
        let mut seeded = Seeded(seed);
        let version = if seed % 2 == 0 { 4 } else { 5 };
        let mut session = if seed % 3 == 0 { Session::new(Config::default()) } else { open(version) };
        for _ in 0..4 {
            let count = seeded.below(40);
            let mut body = seeded.bytes(count);
            if seed % 5 == 0 {
                body = publish(version, 0x32, "up/m1", Some(1), &body);
                let at = seeded.below(body.len());
                body[at] ^= 1 << seeded.below(8);
            } else if seed % 7 == 0 {
                let first = u8::try_from(seeded.below(256)).unwrap();
                body = packet(first, &body);
            }
            let out = session.receive(&body);
            if out.close {
                assert!(!session.wants_bytes());
                break;
            }
        }
    }
}
