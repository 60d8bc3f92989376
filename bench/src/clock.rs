//! The clock of the measurements.

use model::Time;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock.
pub fn now() -> Time {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The monotonic clock.
pub fn instant() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    Instant::now()
}

/// Waits a little before something is looked at again.
pub fn pause(duration: Duration) {
    #[expect(clippy::disallowed_methods, reason = "waits for another process, which tells nobody")]
    std::thread::sleep(duration);
}
