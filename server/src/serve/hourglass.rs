//! One timer for all that is waited for over a connection: a head, its answer, the next head.
//!
//! A timer of its own for each is made, set and taken back twice with every request. This one stays as it is set while what is waited for
//! next may take until later, and is set anew only when it has run out too early.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::rt;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// The timer of a connection, over which one thing is waited for at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Hourglass(Arc<Mutex<Glass>>);

struct Glass {
    /// Runs out no later than `until`.
    sand: Pin<Box<Sleep>>,
    /// Whom that wakes.
    wakes: Option<Waker>,
    /// How long what is waited for now may take.
    until: Instant,
}

impl Hourglass {
    /// One that nothing is waited for by yet.
    pub(super) fn new() -> Self {
        let until = Instant::now();
        Self(Arc::new(Mutex::new(Glass { sand: Box::pin(sleep_until(until)), wakes: None, until })))
    }

    /// Waits for `what`; none: it took longer than `patience`.
    pub(super) async fn within<F: Future>(&self, patience: Duration, what: F) -> Option<F::Output> {
        self.glass().set(Instant::now() + patience);
        let mut what = pin!(what);
        poll_fn(|cx| match what.as_mut().poll(cx) {
            Poll::Ready(found) => Poll::Ready(Some(found)),
            Poll::Pending => self.glass().poll(cx).map(|()| None),
        })
        .await
    }

    fn glass(&self) -> MutexGuard<'_, Glass> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Glass {
    fn set(&mut self, until: Instant) {
        self.until = until;
        if until < self.sand.deadline() {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.sand.as_mut().reset(self.until);
        self.wakes = None;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let set = self.wakes.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
            if set && !self.sand.is_elapsed() {
                return Poll::Pending;
            }
            // Else a task that has had its share of the thread would be told to come back, and that it is set be taken for granted.
            if pin!(unconstrained(self.sand.as_mut())).poll(cx).is_pending() {
                self.wakes = Some(cx.waker().clone());
                return Poll::Pending;
            }
            if self.until <= self.sand.deadline() {
                return Poll::Ready(());
            }
            self.turn();
        }
    }
}

/// For heads, which hyper waits for.
impl rt::Timer for Hourglass {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn rt::Sleep>> {
        self.glass().set(deadline.into());
        Box::pin(Running(self.clone()))
    }

    fn now(&self) -> std::time::Instant {
        Instant::now().into()
    }
}

/// Until it has run out.
struct Running(Hourglass);

impl Future for Running {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.glass().poll(cx)
    }
}

impl rt::Sleep for Running {}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use hyper::rt::Timer;
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_has_its_own_time_whatever_was_waited_for_before() {
        let hourglass = Hourglass::new();
        // Shorter ones after longer ones, longer ones after shorter ones, and pauses in which it runs out.
        for (seconds, pause) in [(5, 0), (30, 0), (5, 0), (1, 3), (30, 40), (5, 1)] {
            let began = Instant::now();
            assert_eq!(hourglass.within(30 * SECOND, ready(7)).await, Some(7));
            assert_eq!(hourglass.within(seconds * SECOND, pending::<()>()).await, None);
            assert_eq!(began.elapsed().as_secs(), u64::from(seconds));
            hourglass.sleep(seconds * SECOND).await;
            assert_eq!(began.elapsed().as_secs(), 2 * u64::from(seconds));
            sleep(pause * SECOND).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_wakes_whoever_waits_now() {
        let hourglass = Hourglass::new();
        // One task sets it and goes; another waits by the same.
        let other = hourglass.clone();
        tokio::spawn(async move { other.within(SECOND, sleep(SECOND / 2)).await }).await.unwrap();
        let began = Instant::now();
        assert_eq!(hourglass.within(2 * SECOND, pending::<()>()).await, None);
        assert_eq!(began.elapsed(), 2 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_at_the_last_moment_is_there() {
        let answer = async {
            sleep(SECOND).await;
            7
        };
        assert_eq!(Hourglass::new().within(SECOND, answer).await, Some(7));
    }
}
