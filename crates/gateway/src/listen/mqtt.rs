//! MQTT over TCP: one task a connection; many messages on their way to the log at once, each acknowledged after its
//! own commit.

use super::{Stop, Timer, accept, pace_ms, stopped, timer, write};
use crate::directory::{Identity, Known};
use crate::limit::Bucket;
use crate::protocol::mqtt::session::{Ack, Connect, Event, Output, Publish, Rejection, Session};
use crate::protocol::mqtt::topic::Rights;
use crate::reception::{City, Outcome, Reception};
use door::RefusalKind;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use model::EntityId;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

const PROTOCOL: &str = "mqtt";

/// The newest connection of each device; an older one makes way for it (MQTT 5, 3.1.4).
type Live = Arc<Mutex<BTreeMap<EntityId, Arc<Notify>>>>;

/// Serves MQTT on a socket until the city stops.
pub async fn serve<C: City>(listener: TcpListener, reception: Reception<C>, stop: Stop) {
    let live = Live::default();
    accept(listener, reception, stop, move |stream, remote, reception, stop| {
        let live = live.clone();
        async move { Connection::new(stream, remote, reception, live).run(stop).await }
    })
    .await;
}

type Done = (Option<u16>, Ack);

struct Connection<C: City> {
    stream: TcpStream,
    remote: SocketAddr,
    reception: Reception<C>,
    session: Session,
    live: Live,
    replaced: Arc<Notify>,
    device: Option<(Known, String)>,
    waiting: VecDeque<Publish>,
    running: FuturesUnordered<BoxFuture<'static, Done>>,
    bucket: Bucket,
    silence_ms: u64,
    patience: Timer,
    pause: Timer,
    refused: u32,
}

impl<C: City> Connection<C> {
    fn new(stream: TcpStream, remote: SocketAddr, reception: Reception<C>, live: Live) -> Self {
        let settings = reception.settings.clone();
        let silence_ms = settings.listen.frame_s_max.saturating_mul(1000);
        Self {
            stream,
            remote,
            session: Session::new(settings.mqtt.clone()),
            live,
            replaced: Arc::new(Notify::new()),
            device: None,
            waiting: VecDeque::new(),
            running: FuturesUnordered::new(),
            bucket: Bucket::new(settings.listen.rate, pace_ms(&reception)),
            silence_ms,
            patience: timer(silence_ms),
            pause: timer(0),
            refused: 0,
            reception,
        }
    }

    async fn run(mut self, mut stop: Stop) {
        let mut buffer = vec![0; 4096];
        loop {
            let reads =
                self.session.wants_bytes() && self.waiting.is_empty() && self.running.len() < self.most();
            if !reads {
                // Whoever is not listened to cannot be silent.
                self.patience = timer(self.silence_ms);
            }
            let paced = !self.waiting.is_empty() && self.running.len() < self.most();
            let out = tokio::select! {
                biased;
                () = stopped(&mut stop) => self.session.shut_down(),
                () = self.replaced.notified() => self.session.taken_over(),
                Some((packet_id, ack)) = self.running.next(), if !self.running.is_empty() => {
                    self.finished(packet_id, ack)
                }
                () = &mut self.pause, if paced => Output::default(),
                read = self.stream.read(&mut buffer), if reads => match read {
                    Ok(count) if count > 0 => self.session.receive(&buffer[..count]),
                    _ => break,
                },
                () = &mut self.patience, if reads => {
                    self.reception.shared.counters.idle_closed.add(1);
                    self.session.silent()
                }
            };
            if !self.follow(out).await {
                break;
            }
            self.begin_waiting();
        }
        self.end().await;
    }

    fn most(&self) -> usize {
        usize::from(self.reception.settings.mqtt.receive_max.max(1))
    }

    /// Messages whose commit is under way are finished, so that what is durable has been counted; nobody is left to
    /// be told.
    async fn end(&mut self) {
        while self.running.next().await.is_some() {}
        let Some((device, _)) = &self.device else { return };
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.get(&device.id).is_some_and(|held| Arc::ptr_eq(held, &self.replaced)) {
            live.remove(&device.id);
        }
        drop(live);
        self.reception.shared.disconnect(&device.id);
    }

    fn finished(&mut self, packet_id: Option<u16>, ack: Ack) -> Output {
        match packet_id {
            Some(id) => {
                if ack == Ack::Durable {
                    self.reception.shared.counters.answers.add(1);
                }
                self.session.acknowledge(id, ack)
            }
            None => Output::default(),
        }
    }

    /// Sends what is to be sent and follows the events; false when the connection has ended.
    async fn follow(&mut self, mut out: Output) -> bool {
        loop {
            if let Some(ms) = out.silence_ms_max {
                self.silence_ms = ms;
                self.patience = timer(ms);
            }
            let mut next = None;
            for event in std::mem::take(&mut out.events) {
                match event {
                    Event::Connect(connect) => next = Some(self.connect(connect).await),
                    Event::Publish(publish) => self.waiting.push_back(publish),
                    Event::Refused { reason, bytes } => {
                        self.refused += 1;
                        let login = self.device.as_ref().map(|(_, login)| login.clone());
                        self.reception.quarantine(
                            login.as_deref(),
                            self.remote,
                            reason,
                            bytes,
                            Default::default(),
                        );
                    }
                    Event::Goodbye => {}
                }
            }
            let seconds_max = self.reception.settings.listen.write_s_max;
            if !write(&mut self.stream, &out.send, seconds_max).await || out.close {
                return false;
            }
            match next {
                Some(more) => out = more,
                None => return self.refused <= self.reception.settings.listen.refused_max,
            }
        }
    }

    async fn connect(&mut self, connect: Connect) -> Output {
        match self.reception.identify(PROTOCOL, &connect.login, &connect.password) {
            Identity::Known(device) => self.welcome(device, connect.login),
            other => {
                let sample = format!("CONNECT client {} user {}", connect.client_id, connect.login);
                let (reception, remote) = (self.reception.clone(), self.remote);
                reception
                    .hold(PROTOCOL, &connect.login, &connect.password, &other, remote, sample.as_bytes())
                    .await;
                let wrong = matches!(other, Identity::WrongSecret);
                self.session.reject(if wrong { Rejection::Credentials } else { Rejection::Held })
            }
        }
    }

    fn welcome(&mut self, device: Known, login: String) -> Output {
        let topic = device.thing.as_ref().and_then(|thing| thing.topic_of(&login));
        let rights = Rights { publish: topic.into_iter().collect(), login: login.clone() };
        let older = {
            let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
            live.insert(device.id.clone(), self.replaced.clone())
        };
        if let Some(older) = older {
            older.notify_one();
        }
        self.reception.shared.connect(&device.id, PROTOCOL, self.remote, self.reception.now_ms());
        self.device = Some((device, login));
        self.session.accept(rights)
    }

    /// Sends waiting messages on their way, as far as the pace and the limit of messages under way allow.
    fn begin_waiting(&mut self) {
        while self.running.len() < self.most() && !self.waiting.is_empty() {
            if let Err(wait_ms) = self.bucket.take(pace_ms(&self.reception)) {
                self.reception.shared.counters.slowed.add(1);
                self.pause = timer(wait_ms);
                return;
            }
            let (Some(publish), Some((device, login))) = (self.waiting.pop_front(), self.device.clone())
            else {
                return;
            };
            let (reception, remote) = (self.reception.clone(), self.remote);
            self.running.push(Box::pin(async move {
                let outcome =
                    reception.observe_json(&device, PROTOCOL, &login, remote, &publish.payload).await;
                (publish.packet_id, ack(&outcome))
            }));
        }
    }
}

fn ack(outcome: &Outcome) -> Ack {
    match outcome {
        Outcome::Durable(_) => Ack::Durable,
        Outcome::Unreadable(_) => Ack::Payload,
        Outcome::Refused(refusal) => match refusal.kind {
            RefusalKind::Forbidden => Ack::NotAuthorized,
            RefusalKind::Slow => Ack::Quota,
            _ => Ack::Failed,
        },
    }
}

#[cfg(test)]
#[path = "mqtt_tests.rs"]
mod tests;
