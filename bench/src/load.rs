//! Load: one thread a connection, all starting together, bounded in count or in time.

use crate::clock::instant;
use std::io::{Error, Result};
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread::Builder;
use std::time::Duration;

/// Stack of a thread that only reads and writes a socket.
const STACK_BYTES: usize = 256 << 10;
/// Most latencies that one connection remembers.
const LATENCIES_MAX: usize = 20_000;

/// When a connection has done enough.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After so many steps.
    Steps(u64),
    /// After so long.
    Time(Duration),
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// Acknowledged pieces of work.
    pub count: u64,
    /// From the common start to the end of the last connection.
    pub seconds: f64,
    latencies_us: Vec<u32>,
}

impl Done {
    /// Pieces a second.
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
        let count = self.count as f64;
        if self.seconds > 0.0 { count / self.seconds } else { 0.0 }
    }

    /// The latency below which a share of all steps stayed, in milliseconds.
    pub fn latency_ms(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index within the list"
        )]
        let at = ((self.latencies_us.len() as f64 - 1.0).max(0.0) * share.clamp(0.0, 1.0)).round() as usize;
        self.latencies_us.get(at).map_or(0.0, |us| f64::from(*us) / 1_000.0)
    }
}

/// Lets every connection do its steps, each in a thread of its own, all starting together. `step` gets the
/// connection and the number of the step, and tells how many pieces of work were acknowledged in it.
///
/// # Errors
/// The first connection that failed: a rate with failures in it would be no rate.
pub fn run<C: Send>(
    connections: Vec<C>,
    until: Until,
    step: impl Fn(&mut C, u64) -> Result<u64> + Sync,
) -> Result<Done> {
    // Held while threads are made: all start when it is let go, also when one could not be made.
    let gate = RwLock::new(());
    let all = Mutex::new(Done::default());
    let failed = Mutex::new(None);
    std::thread::scope(|scope| -> Result<()> {
        let closed = gate.write().unwrap_or_else(PoisonError::into_inner);
        for mut connection in connections {
            let (gate, all, failed, step) = (&gate, &all, &failed, &step);
            Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, move || {
                drop(gate.read().unwrap_or_else(PoisonError::into_inner));
                match steps(&mut connection, until, step) {
                    Ok(done) => add(all, done),
                    Err(e) => drop(failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(e)),
                }
            })?;
        }
        drop(closed);
        Ok(())
    })?;
    if let Some(e) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(e);
    }
    let mut done = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.latencies_us.sort_unstable();
    if done.count == 0 { Err(Error::other("nothing was acknowledged")) } else { Ok(done) }
}

fn steps<C>(
    connection: &mut C,
    until: Until,
    step: &(impl Fn(&mut C, u64) -> Result<u64> + Sync),
) -> Result<Done> {
    let begun = instant();
    let mut done = Done::default();
    let mut before = begun;
    for n in 0_u64.. {
        let over = match until {
            Until::Steps(steps) => n >= steps,
            Until::Time(time) => before.duration_since(begun) >= time,
        };
        if over {
            break;
        }
        done.count += step(connection, n)?;
        let now = instant();
        if done.latencies_us.len() < LATENCIES_MAX {
            let us = now.duration_since(before).as_micros();
            done.latencies_us.push(u32::try_from(us).unwrap_or(u32::MAX));
        }
        before = now;
    }
    done.seconds = before.duration_since(begun).as_secs_f64();
    Ok(done)
}

fn add(all: &Mutex<Done>, one: Done) {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.count += one.count;
    all.seconds = all.seconds.max(one.seconds);
    all.latencies_us.extend(one.latencies_us);
}

/// The round whose rate is the middle one; rounds of the same work differ by what else the machine does.
pub fn median(mut rounds: Vec<Done>) -> Done {
    rounds.sort_by(|a, b| a.rate().total_cmp(&b.rate()));
    let at = rounds.len() / 2;
    rounds.into_iter().nth(at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_connections_do_their_steps() {
        let done = run(vec![1_u64, 10, 100], Until::Steps(5), |weight, _| Ok(*weight)).unwrap();
        assert_eq!((done.count, done.latencies_us.len()), (555, 15));
        assert!(done.latency_ms(0.0) <= done.latency_ms(1.0));
    }

    #[test]
    fn a_failure_is_no_rate() {
        let failing = |_: &mut (), n| if n == 3 { Err(Error::other("cut")) } else { Ok(1) };
        assert_eq!(run(vec![(), ()], Until::Steps(5), failing).unwrap_err().to_string(), "cut");
        assert!(run(vec![()], Until::Steps(2), |(), _| Ok(0)).is_err());
    }

    #[test]
    fn time_ends_it_too() {
        let done = run(vec![()], Until::Time(Duration::from_millis(5)), |(), _| Ok(1)).unwrap();
        assert!(done.seconds >= 0.005 && done.count > 0);
    }

    #[test]
    fn the_middle_round_counts() {
        let round = |count| Done { count, seconds: 2.0, latencies_us: vec![1_000, 2_000, 9_000] };
        let middle = median(vec![round(30), round(10), round(20)]);
        assert_eq!((middle.rate(), middle.latency_ms(0.5), middle.latency_ms(1.0)), (10.0, 2.0, 9.0));
        assert_eq!(median(vec![]).rate(), 0.0);
        assert_eq!(median(vec![]).latency_ms(0.5), 0.0);
    }
}
