//! A token bucket: how fast one device or connection may speak. Time is a parameter.

use serde::{Deserialize, Serialize};

/// A rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Sustained messages in a minute; at least 1.
    pub per_minute: u32,
    /// Messages that may come at once; at least 1.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_minute: 600, burst: 60 }
    }
}

/// The bucket of one sender. It counts in 60,000ths of a message, so that no fraction of a millisecond is lost.
#[derive(Debug, Clone)]
pub struct Bucket {
    rate: Rate,
    tokens: u64,
    at_ms: u64,
}

const MESSAGE: u64 = 60_000;

impl Bucket {
    /// A full bucket.
    pub fn new(rate: Rate, now_ms: u64) -> Self {
        let rate = Rate { per_minute: rate.per_minute.max(1), burst: rate.burst.max(1) };
        Self { rate, tokens: u64::from(rate.burst) * MESSAGE, at_ms: now_ms }
    }

    /// Takes one message.
    ///
    /// # Errors
    /// The milliseconds to wait before the sender is read again; nothing is taken then.
    pub fn take(&mut self, now_ms: u64) -> Result<(), u64> {
        // A clock that was set back gains nothing once, and counts on from there.
        let elapsed_ms = now_ms.saturating_sub(self.at_ms);
        self.at_ms = now_ms;
        let gained = elapsed_ms.saturating_mul(u64::from(self.rate.per_minute));
        self.tokens = self.tokens.saturating_add(gained).min(u64::from(self.rate.burst) * MESSAGE);
        match self.tokens.checked_sub(MESSAGE) {
            Some(left) => {
                self.tokens = left;
                Ok(())
            }
            None => Err((MESSAGE - self.tokens).div_ceil(u64::from(self.rate.per_minute)).max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = Bucket::new(Rate { per_minute: 60, burst: 3 }, 0);
        assert_eq!((0..3).filter(|_| bucket.take(0).is_ok()).count(), 3);
        assert_eq!(bucket.take(0), Err(1000));
        assert_eq!(bucket.take(400), Err(600));
        assert_eq!(bucket.take(1000), Ok(()));
        assert_eq!(bucket.take(1000), Err(1000));
    }

    #[test]
    fn a_hundredfold_sender_gets_its_rate_and_no_more() {
        let mut bucket = Bucket::new(Rate { per_minute: 60, burst: 1 }, 0);
        let taken = (0..60_000).step_by(10).filter(|now| bucket.take(*now).is_ok()).count();
        assert_eq!(taken, 60);
    }

    #[test]
    fn waiting_the_time_named_is_enough() {
        for per_minute in [1, 7, 61, 100_000] {
            let mut bucket = Bucket::new(Rate { per_minute, burst: 1 }, 5);
            assert!(bucket.take(5).is_ok());
            let wait = bucket.take(5).unwrap_err();
            assert!(bucket.take(5 + wait).is_ok(), "{per_minute}");
        }
    }

    #[test]
    fn a_clock_that_stands_or_leaps_does_no_harm() {
        let mut bucket = Bucket::new(Rate { per_minute: u32::MAX, burst: 2 }, 100);
        assert!(bucket.take(50).is_ok());
        assert!(bucket.take(u64::MAX).is_ok());
        assert!(bucket.take(u64::MAX).is_ok());
        assert!(bucket.take(u64::MAX).is_err());
        let mut bucket = Bucket::new(Rate { per_minute: 60, burst: 1 }, 1_000_000);
        assert!(bucket.take(1_000_000).is_ok());
        assert!(bucket.take(0).is_err());
        assert!(bucket.take(1_000).is_ok(), "a clock set back does not silence the sender");
        assert!(Bucket::new(Rate { per_minute: 0, burst: 0 }, 0).take(0).is_ok());
    }
}
