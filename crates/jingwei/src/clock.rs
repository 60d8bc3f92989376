//! The only place that reads the wall clock and asks for randomness.

use model::Time;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock, moved forward by tests through the control socket.
#[derive(Clone, Default)]
pub struct Clock {
    ahead_us: Arc<AtomicI64>,
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> Time {
        #[expect(clippy::disallowed_methods, reason = "the shell is where the wall clock enters")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX) + self.ahead_us.load(Ordering::Relaxed))
    }

    /// Moves the clock forward.
    #[cfg(feature = "testkit")]
    pub fn advance(&self, seconds: u32) {
        self.ahead_us.fetch_add(i64::from(seconds) * 1_000_000, Ordering::Relaxed);
    }
}

/// Fresh random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        // Without randomness no key, id or token is safe: going on would be worse than stopping.
        std::process::abort();
    }
    bytes
}

/// Random bytes as lower-case hexadecimal.
pub fn random_hex<const N: usize>() -> String {
    random::<N>().iter().map(|b| format!("{b:02x}")).collect()
}

impl door::Shell for Clock {
    fn now(&mut self) -> Time {
        Self::now(self)
    }

    fn entropy(&mut self) -> [u8; 32] {
        random()
    }
}
