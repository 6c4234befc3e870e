//! Guests that do not end, or do not end when told to.

use std::time::Duration;

use domain::sandbox::{Limits, Verdict};
use tokio::time::Instant;

use crate::harness::{Case, GRACE, SMALL, Traces, in_both, in_both_alone, in_time};

in_both_alone! {
    /// Never the same process for long.
    async fn rabbit(case: Case) {
        left_nobody(case, "rabbit", Verdict::Timeout).await;
    }

    /// Cancelling is as quick as a limit.
    async fn cancelled(case: Case) {
        let roomy = Limits { memory_bytes: Some(1 << 30), ..Limits::default() };
        for attack in ["deaf", "forks"] {
            let attack = case.attack(attack).limits(&roomy).cancel_after(Duration::from_millis(300));
            attack.run().await.ended(Verdict::Cancelled);
        }
    }

    /// Many that spin get together what one may have.
    async fn processors(case: Case) {
        let half = Limits { cpu_millis: Some(500), ..Limits::default() };
        let seen = case.attack("processors").limits(&half).run().await;
        let millis = seen.ended(Verdict::Ok).number("millis");
        assert!(millis <= 600, "{millis} thousandths of a processor");
    }
}

in_both! {
    async fn spin(case: Case) {
        case.attack("spin").seconds(1).run().await.ended(Verdict::Timeout);
    }

    async fn sleep(case: Case) {
        case.attack("asleep").seconds(1).run().await.ended(Verdict::Timeout);
    }

    /// Ignores every signal that can be ignored.
    async fn deaf(case: Case) {
        case.attack("deaf").seconds(1).run().await.ended(Verdict::Timeout);
    }

    async fn stopped(case: Case) {
        case.attack("stopped").seconds(1).run().await.ended(Verdict::Timeout);
    }

    /// Waits for a child that has borrowed its memory.
    async fn borrowed(case: Case) {
        case.attack("borrowed").seconds(1).run().await.ended(Verdict::Timeout);
    }

    /// Leaves a process behind, in a session of its own: it ends with what started it.
    async fn daemon(case: Case) {
        left_nobody(case, "daemon quiet", Verdict::Ok).await;
    }

    async fn daemon_that_holds_the_output(case: Case) {
        left_nobody(case, "daemon holds", Verdict::Ok).await;
    }

    async fn daemon_that_goes_on_talking(case: Case) {
        left_nobody(case, "daemon talks", Verdict::Ok).await;
    }

    async fn daemon_without_its_mark(case: Case) {
        left_nobody(case, "unmarked", Verdict::Ok).await;
    }

    async fn core_file(case: Case) {
        case.attack("aborts").run().await.held().ended(Verdict::Exit(134));
        assert!(!std::path::Path::new("core").exists());
    }

    async fn priorities_and_clocks(case: Case) {
        case.probe("priority").await;
    }

    /// Many in one sandbox, one after the other: each its own time, and nothing left for the next.
    async fn one_after_the_other(case: Case) {
        let roomy = Limits { memory_bytes: Some(1 << 30), ..Limits::default() };
        let mut sandbox = case.open(SMALL.with(&roomy)).await;
        for attack in ["children", "deaf", "daemon holds", "spin", "zombies", "rabbit", "trivial"] {
            // Each keeps its time in a case of its own.
            let seen = case.attack(attack).seconds(1).measure_in(&sandbox).await;
            let timeout = ["deaf", "spin", "rabbit"].contains(&attack);
            seen.ended(if timeout { Verdict::Timeout } else { Verdict::Ok });
            // What does not die in time takes its sandbox along.
            if timeout && sandbox.closed().is_cancelled() {
                case.close(sandbox).await;
                sandbox = case.open(SMALL.with(&roomy)).await;
            }
        }
        case.close(sandbox).await;
    }
}

/// Nothing of the run is left even while its sandbox is: what was killed is gone as soon as it should end after its time.
async fn left_nobody(case: &Case, attack: &str, verdict: Verdict) {
    let roomy = Limits { memory_bytes: Some(1 << 30), ..Limits::default() };
    in_time(async || {
        let sandbox = case.open(SMALL.with(&roomy)).await;
        let seen = case.attack(attack).seconds(1).measure_in(&sandbox).await;
        let guests = || -> Vec<String> {
            Traces::of(&sandbox).processes().into_iter().filter(|line| line.contains("/work/attack")).collect()
        };
        let by = Instant::now() + GRACE;
        while !guests().is_empty() && Instant::now() < by {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let guests = guests();
        seen.ended(verdict);
        case.close(sandbox).await;
        match (seen.late, guests.as_slice()) {
            (Some(late), _) => Err(late),
            (None, []) => Ok(()),
            (None, left) => Err(format!("{left:?} were left")),
        }
    })
    .await;
}
