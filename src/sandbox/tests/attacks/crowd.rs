//! Many at once, and what one can do to another.

use std::sync::Arc;

use domain::sandbox::Verdict;
use futures_util::future::join_all;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;

use crate::harness::{SMALL, Traces, in_both};

/// How many run at once.
const CROWD: usize = 100;

in_both! {
    /// A hundred at once, every tenth of them a flood: each gets its own answer.
    async fn a_hundred(case: Case) {
        // A server makes a few at a time; all run together.
        let making = Arc::new(Semaphore::new(8));
        let open = |_| async {
            let _turn = making.acquire().await.unwrap();
            case.open(SMALL).await
        };
        let sandboxes = join_all((0..CROWD).map(open)).await;
        let traces: Vec<_> = sandboxes.iter().map(Traces::of).collect();
        let run = |(number, sandbox)| async move {
            if number % 10 == 0 {
                return case.attack("memory").seconds(30).run_in(sandbox).await.outcome.verdict == Verdict::Memory;
            }
            let seen = case.attack(&format!("trivial {number}")).seconds(30).run_in(sandbox).await;
            seen.outcome.verdict == Verdict::Ok && seen.text() == format!("{number}\n")
        };
        let right = join_all(sandboxes.iter().enumerate().map(run)).await;
        assert_eq!(right.iter().filter(|right| **right).count(), CROWD, "{right:?}");
        case.still_answers().await;
        for ended in join_all(sandboxes.iter().map(|sandbox| sandbox.end())).await {
            ended.unwrap();
        }
        for traces in traces {
            traces.gone().await;
        }
    }

    /// Files, memory and queues of another run, and its processes.
    async fn belongings_of_another(case: Case) {
        let (one, other) = (case.open(SMALL).await, case.open(SMALL).await);
        let name = format!("{:08x}", one.id().as_fields().0 | 1);
        let mut planting = one.spawn(case.attack(&format!("plant {name}")).spawn(&one)).await.unwrap();
        said(&mut planting, "planted").await;
        case.attack(&format!("seek {name}")).run_in(&other).await.ended(Verdict::Ok).held();
        let pid = one.pid().expect("a sandbox of this machine");
        case.attack(&format!("outside {pid} /work/{name} /tmp/{name}")).run_in(&other).await.ended(Verdict::Ok).held();
        drop(planting);
        case.close(one).await;
        case.close(other).await;
    }

    /// What the kernel counts by user, taken by one: the other still gets its share.
    async fn shares_of_another(case: Case) {
        let (one, other) = (case.open(SMALL).await, case.open(SMALL).await);
        let mut hoarding = one.spawn(case.attack("hoard").spawn(&one)).await.unwrap();
        said(&mut hoarding, "hoarded").await;
        case.attack("share").run_in(&other).await.ended(Verdict::Ok).held();
        drop(hoarding);
        case.close(one).await;
        case.close(other).await;
    }
}

/// Waits until a command says this.
async fn said(command: &mut sandbox::Command, word: &str) {
    let mut output = command.take_stdout().unwrap();
    let (mut all, mut piece) = (Vec::new(), [0; 256]);
    while !String::from_utf8_lossy(&all).lines().any(|line| line == word) {
        let length = output.read(&mut piece).await.unwrap();
        assert!(length > 0, "it ended after {:?}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&piece[..length]);
    }
}
