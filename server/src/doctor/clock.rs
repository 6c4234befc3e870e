//! The clock: right enough for times, ids and leases.

use domain::Timestamp;

use super::Report;

const CHECK: &str = "clock";
/// No earlier than this software: 2026-01-01, in microseconds since 1970.
const EARLIEST: i64 = 1_767_225_600_000_000;

const FIX: &str = "timedatectl set-ntp true";

pub(super) fn check(now: Timestamp, report: &mut Report) {
    if now.micros() < EARLIEST {
        report.failed(CHECK, format!("this machine believes it is {now}; times and ids would be wrong"), FIX);
    } else {
        report.ok(CHECK, format!("{now}"));
    }
}

/// Compares with the database's clock. Leases last 30 s: half of that apart, two nodes would both believe to hold one.
pub(super) fn compare(ours: Timestamp, theirs: Timestamp, report: &mut Report) {
    let micros = ours.micros() - theirs.micros();
    let seconds = micros.unsigned_abs() / 1_000_000;
    let apart = format!("this machine is {seconds} s {} the database", if micros < 0 { "behind" } else { "ahead of" });
    match seconds {
        0..2 => report.ok(CHECK, "this machine and the database agree"),
        2..15 => report.warning(CHECK, apart, format!("On both machines: {FIX}")),
        _ => report.failed(CHECK, apart, format!("On both machines: {FIX}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn a_dead_battery_and_a_drift_are_noticed() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let outcome = |check: &dyn Fn(&mut Report)| {
            let mut report = Report::default();
            check(&mut report);
            report.findings[0].outcome
        };
        assert_eq!(outcome(&|report| check(Timestamp::default(), report)), Outcome::Failed);
        assert_eq!(outcome(&|report| check(now, report)), Outcome::Ok);
        for (drift, expected) in
            [(0, Outcome::Ok), (-5, Outcome::Warning), (5, Outcome::Warning), (60, Outcome::Failed)]
        {
            assert_eq!(outcome(&|report| compare(now.plus_seconds(drift), now, report)), expected, "{drift}");
        }
    }
}
