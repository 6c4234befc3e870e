//! What people and attackers meet when they guess.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;
use crate::testing::HandClock;

const ANNA: Key<'_> = Key::Account("anna");
const HOME: Key<'_> = Key::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
const OFFICE: Key<'_> = Key::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));

fn guesses() -> (Guesses, Arc<HandClock>) {
    let clock = HandClock::new();
    (Guesses::new(Patience::default(), clock.clone()), clock)
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Fails `times` times; all must be let through.
fn fail(guesses: &Guesses, keys: &[Key<'_>], times: usize) {
    for n in 0..times {
        let attempt = guesses.attempt(keys);
        assert!(attempt.is_ok(), "attempt {n}: {attempt:?}");
    }
}

#[test]
fn ten_are_free_and_each_further_one_waits_longer() {
    let (guesses, clock) = guesses();
    fail(&guesses, &[HOME, ANNA], 10);
    for wait in [1, 2, 4, 8, 15, 15, 15] {
        assert_eq!(guesses.attempt(&[ANNA]).unwrap_err().span(), minutes(wait));
        assert_eq!(guesses.attempt(&[HOME]).unwrap_err().span(), minutes(wait));
        clock.advance(minutes(wait));
        fail(&guesses, &[HOME, ANNA], 1);
    }
}

#[test]
fn asking_during_a_wait_does_not_prolong_it() {
    let (guesses, clock) = guesses();
    fail(&guesses, &[ANNA], 10);
    for second in 0..60 {
        assert_eq!(guesses.attempt(&[ANNA]).unwrap_err().retry_after(), 60 - second);
        clock.advance(Duration::from_secs(1));
    }
    assert!(guesses.attempt(&[ANNA]).is_ok());
}

#[test]
fn a_guess_every_two_minutes_never_waits() {
    let (guesses, clock) = guesses();
    for _ in 0..100 {
        fail(&guesses, &[ANNA], 1);
        clock.advance(minutes(2));
    }
}

#[test]
fn a_quiet_window_after_the_wait_makes_good_again() {
    let (guesses, clock) = guesses();
    fail(&guesses, &[ANNA], 10);
    clock.advance(minutes(1));
    fail(&guesses, &[ANNA], 1);
    clock.advance(minutes(2 + 15));
    fail(&guesses, &[ANNA], 10);
    assert_eq!(guesses.attempt(&[ANNA]).unwrap_err().span(), minutes(1));
}

#[test]
fn many_at_the_same_time_are_counted_before_the_first_is_answered() {
    let (guesses, _clock) = guesses();
    let under_way: Vec<_> = (0..100).filter_map(|_| guesses.attempt(&[HOME, ANNA]).ok()).collect();
    assert_eq!(under_way.len(), 10);
}

#[test]
fn signing_in_forgives_the_account_but_the_address_only_this_attempt() {
    let (guesses, _clock) = guesses();
    fail(&guesses, &[HOME, ANNA], 9);
    guesses.attempt(&[HOME, ANNA]).unwrap().succeeded();
    fail(&guesses, &[OFFICE, ANNA], 9);
    fail(&guesses, &[HOME], 1);
    assert!(guesses.attempt(&[HOME]).is_err(), "an own account does not pay for guesses at others");
}

#[test]
fn who_is_refused_by_one_key_is_counted_by_none() {
    let (guesses, _clock) = guesses();
    fail(&guesses, &[ANNA], 10);
    for _ in 0..100 {
        assert!(guesses.attempt(&[HOME, ANNA]).is_err());
    }
    fail(&guesses, &[HOME], 10);
}

#[test]
fn an_attempt_taken_back_leaves_no_trace() {
    let (guesses, _clock) = guesses();
    fail(&guesses, &[HOME], 9);
    for _ in 0..20 {
        guesses.attempt(&[HOME]).unwrap().take_back();
    }
    fail(&guesses, &[HOME], 1);
    assert_eq!(guesses.attempt(&[HOME]).unwrap_err().span(), minutes(1));
}

#[test]
fn names_that_nobody_has_wait_like_all_others() {
    let (guesses, _clock) = guesses();
    let nobody = Key::Account("no such user");
    fail(&guesses, &[nobody], 10);
    assert_eq!(guesses.attempt(&[nobody]).unwrap_err().span(), minutes(1));
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let (guesses, clock) = guesses();
    fail(&guesses, &[ANNA], 10);
    clock.go_back(minutes(60 * 24 * 365));
    let wait = guesses.attempt(&[ANNA]).unwrap_err().span();
    assert_eq!(wait, minutes(15));
    clock.advance(wait);
    fail(&guesses, &[ANNA], 1);
}

proptest! {
    /// Whatever the rhythm: no window sees more than ten guesses and the few that the growing waits let through; nobody
    /// waits before ten guesses; and who waits as told goes through.
    #[test]
    fn no_rhythm_gets_more_guesses(pauses in prop::collection::vec(0_u64..1_200, 1..200), patient in any::<bool>()) {
        let (guesses, clock) = guesses();
        let (mut now, mut made) = (0, Vec::<u64>::new());
        for pause in pauses {
            // In bursts, mostly.
            let pause = pause.saturating_sub(900);
            clock.advance(Duration::from_secs(pause));
            now += pause;
            match guesses.attempt(&[HOME, ANNA]) {
                Ok(_) => made.push(now),
                Err(wait) => {
                    prop_assert!(made.len() >= 10);
                    prop_assert!(wait.span() <= minutes(15));
                    if patient {
                        clock.advance(wait.span());
                        now += wait.retry_after();
                        prop_assert!(guesses.attempt(&[HOME, ANNA]).is_ok());
                        made.push(now);
                    }
                }
            }
        }
        for from in &made {
            let within = made.iter().filter(|at| (*from..from + 900).contains(*at)).count();
            prop_assert!(within <= 10 + 4, "{within} within fifteen minutes");
        }
    }
}
