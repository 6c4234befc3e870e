//! How long to wait before the next try: of a delivery, and of a helper's process.

/// Attempts after which a delivery is dead.
pub const MAX_ATTEMPTS: i32 = 5;
/// A process that stayed healthy this long starts over with the shortest pause, in seconds.
pub const HEALTHY_AFTER_SECONDS: i64 = 60;

/// Seconds until the next attempt of a delivery after `attempts` that failed; none: give up.
#[must_use]
pub fn delivery_pause(attempts: i32) -> Option<i64> {
    (attempts < MAX_ATTEMPTS).then(|| doubling(attempts, 100))
}

/// Seconds until a process is started again after it ended `failures` times in a row.
#[must_use]
pub fn restart_pause(failures: i32) -> i64 {
    doubling(failures, 60)
}

/// 1 s after the first time, doubled each time, at most `longest`.
fn doubling(times: i32, longest: i64) -> i64 {
    let exponent = u32::try_from(times.clamp(1, 30) - 1).unwrap_or(0);
    (1_i64 << exponent).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_limit() {
        assert_eq!([1, 2, 3, 4].map(delivery_pause), [Some(1), Some(2), Some(4), Some(8)]);
        assert_eq!(delivery_pause(5), None);
        assert_eq!([0, 1, 6, 7, 40].map(restart_pause), [1, 1, 32, 60, 60]);
    }
}
