//! Floods from one address are slowed: a bucket per (address, kind), bounded in number.

use crate::Problem;
use model::Time;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most buckets that are remembered; beyond it full ones are forgotten first.
const BUCKETS_MAX: usize = 50_000;

/// What an address may do of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// Seconds until one more.
    pub every_s: u32,
}

/// What is left in a bucket, and when it was last looked at, by address and kind.
type Buckets = HashMap<(String, &'static str), (f64, Time)>;

/// Buckets by address and kind.
#[derive(Default)]
pub struct Floods {
    buckets: Mutex<Buckets>,
}

impl Floods {
    /// Takes one of the kind for the address.
    ///
    /// # Errors
    /// 429 with the seconds to wait.
    pub fn take(&self, address: &str, kind: &'static str, rate: Rate, now: Time) -> Result<(), Problem> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let refill = |left: f64, since: Time| {
            #[expect(clippy::cast_precision_loss, reason = "seconds")]
            let gained = now.secs_since(since).max(0) as f64 / f64::from(rate.every_s.max(1));
            (left + gained).min(f64::from(rate.burst))
        };
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, (left, since)| refill(*left, *since) < f64::from(rate.burst));
        }
        let entry = buckets.entry((address.to_owned(), kind)).or_insert((f64::from(rate.burst), now));
        let left = refill(entry.0, entry.1);
        if left < 1.0 {
            let wait = rate.every_s;
            return Err(Problem::slow(
                format!("这个地址提交得太快。请 {wait} 秒后再试，已填写的内容不会丢。"),
                format!("too many from this address; try again in {wait} seconds, nothing you wrote is lost"),
            ));
        }
        *entry = (left - 1.0, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_slowed_and_another_is_not() {
        let floods = Floods::default();
        let rate = Rate { burst: 2, every_s: 30 };
        let at = |s: i64| Time::from_secs(1_000 + s);
        assert!(
            floods.take("a", "report", rate, at(0)).is_ok()
                && floods.take("a", "report", rate, at(0)).is_ok()
        );
        assert_eq!(floods.take("a", "report", rate, at(1)).unwrap_err().status, 429);
        assert!(floods.take("b", "report", rate, at(1)).is_ok());
        assert!(floods.take("a", "report", rate, at(31)).is_ok());
        assert!(floods.take("a", "report", rate, at(32)).is_err());
    }
}
