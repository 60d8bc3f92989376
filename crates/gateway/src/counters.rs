//! What the gateway counts, for metrics and for the pages about devices.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Counters since the start; shared by all connections.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: Counter,)+
        }

        /// The counters at one moment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
        pub struct Snapshot {
            $($(#[$doc])* pub $name: u64,)+
        }

        impl Counters {
            /// All values now.
            pub fn snapshot(&self) -> Snapshot {
                Snapshot { $($name: self.$name.get(),)+ }
            }

            /// Names and values now, for an exposition.
            pub fn rows(&self) -> Vec<(&'static str, u64)> {
                self.snapshot().rows()
            }
        }

        impl Snapshot {
            /// Names and values, for an exposition.
            pub fn rows(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

/// One counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts `by` more.
    pub fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// The value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

counters! {
    /// Connections opened.
    connections_opened,
    /// Connections closed.
    connections_closed,
    /// Connections refused because there are too many.
    connections_refused,
    /// Frames and messages that were right in form.
    frames_accepted,
    /// Frames and messages refused.
    frames_refused,
    /// Bytes passed over as noise.
    noise_bytes,
    /// Frames answered as identical resends.
    frames_resent,
    /// Frames of unknown devices or with a wrong password.
    frames_held,
    /// Observations made durable.
    observations,
    /// Factors or fields that no Thing Model names.
    factors_unknown,
    /// Split messages given up.
    splits_given_up,
    /// Times that a sender was made to wait for its rate.
    slowed,
    /// Connections closed because they sent too slowly or not at all.
    idle_closed,
    /// Answers sent after a commit.
    answers,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_across_threads() {
        let counters = Counters::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).for_each(|_| counters.frames_accepted.add(1)));
            }
        });
        counters.noise_bytes.add(5);
        let snapshot = counters.snapshot();
        assert_eq!((snapshot.frames_accepted, snapshot.noise_bytes, snapshot.answers), (400, 5, 0));
        assert!(snapshot.rows().contains(&("frames_accepted", 400)));
        assert_eq!(snapshot.rows().len(), 14);
    }
}
