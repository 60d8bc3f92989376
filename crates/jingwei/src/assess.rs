//! Evidence: the shell looks at what commits have marked, at most a few times a second, on a snapshot, and
//! submits what it found as a command. A missing report marks nothing, so now and then it looks at all.

use door::{Handle, city_command};
use std::time::Duration;

/// Shortest time between two assessments.
const PAUSE: Duration = Duration::from_secs(1);
/// After so many pauses everything is looked at.
const ALL_EVERY: u32 = 20;

/// Assesses until the task is ended.
pub async fn run(door: Handle, dirty: duty::Dirty, now: impl Fn() -> model::Time) {
    let mut round = 0_u32;
    loop {
        tokio::time::sleep(PAUSE).await;
        let (snapshot, as_of) = (door.snapshot(), now());
        // A mark is made before its commit is durable: one that this snapshot does not show yet stays.
        let taken = dirty.take_until(snapshot.state.seq());
        let all = round.is_multiple_of(ALL_EVERY) || taken.all;
        round = round.wrapping_add(1);
        if taken.is_empty() && !all {
            continue;
        }
        let definitions = duty::Definitions::read(&snapshot.state);
        let cells = if all { None } else { taken.cells() };
        let found = duty::assess(&snapshot.state, &definitions, cells, as_of, dirty.up_since());
        let news = duty::news(&snapshot.state, &definitions, found, as_of);
        for body in duty::bodies(&news, as_of) {
            if let Err(e) = door.submit(city_command("duty", "duty.assess", body)).await {
                tracing::error!(reason = %e, "assessment not taken");
                dirty.give_back(taken);
                break;
            }
        }
    }
}
