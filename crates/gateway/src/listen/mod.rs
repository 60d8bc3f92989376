//! Sockets: one task a connection, bounded in number, time and pace.

pub mod hj212;
pub mod mqtt;
#[cfg(test)]
pub(crate) mod test_city;

use crate::limit::Rate;
use crate::reception::{City, Reception};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Limits of connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Most connections of one listener.
    pub connections_max: usize,
    /// How long a connection may be silent between frames, in seconds (HJ 212).
    pub idle_s_max: u64,
    /// How long a frame, or a CONNECT, may take from its first byte, in seconds.
    pub frame_s_max: u64,
    /// How long an answer may take to leave, in seconds.
    pub write_s_max: u64,
    /// The pace of one connection.
    pub rate: Rate,
    /// Frames of unknown senders on one connection before it is closed.
    pub held_frames_max: u32,
    /// Refused pieces on one connection before it is closed.
    pub refused_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            idle_s_max: 1_800,
            frame_s_max: 20,
            write_s_max: 10,
            rate: Rate { per_minute: 1_200, burst: 200 },
            held_frames_max: 20,
            refused_max: 10_000,
        }
    }
}

/// Told `true` when the city stops.
pub type Stop = watch::Receiver<bool>;

/// Accepts connections until the city stops, then waits until all have ended.
async fn accept<C, F, T>(listener: TcpListener, reception: Reception<C>, mut stop: Stop, serve: F)
where
    C: City,
    F: Fn(TcpStream, SocketAddr, Reception<C>, Stop) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(reception.settings.listen.connections_max));
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(reason) => {
                // Out of file descriptors or the like: the sender tries again, we go on after a moment.
                tracing::warn!(%reason, "connection not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let counters = &reception.shared.counters;
        let Ok(permit) = room.clone().try_acquire_owned() else {
            counters.connections_refused.add(1);
            continue;
        };
        counters.connections_opened.add(1);
        let _ = stream.set_nodelay(true);
        let (shared, served) =
            (reception.shared.clone(), serve(stream, remote, reception.clone(), stop.clone()));
        tasks.spawn(async move {
            served.await;
            shared.counters.connections_closed.add(1);
            drop(permit);
        });
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// Waits until the city stops, or whoever tells it is gone.
async fn stopped(stop: &mut Stop) {
    let _ = stop.wait_for(|stopped| *stopped).await;
}

/// A time that runs out.
type Timer = std::pin::Pin<Box<tokio::time::Sleep>>;

fn timer(milliseconds: u64) -> Timer {
    Box::pin(tokio::time::sleep(Duration::from_millis(milliseconds)))
}

/// The wall clock as a bucket counts it.
fn pace_ms<C: City>(reception: &Reception<C>) -> u64 {
    u64::try_from(reception.now_ms()).unwrap_or(0)
}

/// Writes bytes within the time allowed; false when the connection is no use any more.
async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], seconds_max: u64) -> bool {
    if bytes.is_empty() {
        return true;
    }
    let written = tokio::time::timeout(Duration::from_secs(seconds_max), stream.write_all(bytes)).await;
    matches!(written, Ok(Ok(())))
}

/// Writes changed connections to the city once a second until it stops, and once more then.
pub async fn keep_connections<C: City>(reception: Reception<C>, mut stop: Stop) {
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = tokio::time::sleep(Duration::from_secs(1)) => reception.write_connections(5_000).await,
        }
    }
    reception.write_connections(5_000).await;
}
