//! Times, durations, sizes and counts as people read them. Pure: the present moment is handed in.

use domain::Timestamp;

/// The exact moment to the second, by clocks that are `offset` seconds ahead of UTC: `2026-03-01 15:00:52 UTC+1`.
#[must_use]
pub fn exact(at: Timestamp, offset: i32) -> String {
    let there = at.plus_seconds(offset.into()).to_utc();
    let (date, time) = (there.date(), there.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        ahead(offset)
    )
}

/// The moment, short, by clocks that are `offset` seconds ahead of UTC, for a page without a clock: `1 Mar 15:00`.
#[must_use]
pub fn short(at: Timestamp, offset: i32) -> String {
    let there = at.plus_seconds(offset.into()).to_utc();
    let month = there.month().to_string();
    format!("{} {} {}", there.day(), month.get(..3).unwrap_or(&month), time_of_day(at, offset))
}

/// The time of day, by clocks that are `offset` seconds ahead of UTC: `15:00`.
#[must_use]
pub fn time_of_day(at: Timestamp, offset: i32) -> String {
    let there = at.plus_seconds(offset.into()).to_utc();
    format!("{:02}:{:02}", there.hour(), there.minute())
}

/// How far clocks are ahead of UTC: `UTC`, `UTC+1`, `UTC−3:30`.
#[must_use]
pub fn ahead(offset: i32) -> String {
    let (hours, minutes) = (offset.abs() / 3_600, offset.abs() / 60 % 60);
    let sign = if offset < 0 { '−' } else { '+' };
    match (hours, minutes) {
        (0, 0) => "UTC".into(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// How long ago `at` was, or how soon it is: `now`, `42 s ago`, `in 3 min`, `4 d ago`.
#[must_use]
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let ahead = at.micros_since(now);
    if ahead >= 1_000_000 {
        return format!("in {}", coarse(ahead));
    }
    match now.micros_since(at) {
        recent if recent < 5_000_000 => "now".into(),
        ago => format!("{} ago", coarse(ago)),
    }
}

/// A span in its largest whole unit: `42 s`, `3 min`, `2 h`, `4 d`, `3 mo`, `2 y`.
#[must_use]
pub fn coarse(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let (count, unit) = match seconds {
        ..60 => (seconds, "s"),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        86_400..2_592_000 => (seconds / 86_400, "d"),
        2_592_000..31_536_000 => (seconds / 2_592_000, "mo"),
        _ => (seconds / 31_536_000, "y"),
    };
    format!("{count} {unit}")
}

/// A span in its two largest units: `0.4 s`, `42 s`, `3 min 5 s`, `4 d 2 h`.
#[must_use]
pub fn duration(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{large} {large_unit}") } else { format!("{large} {large_unit} {small} {small_unit}") }
    };
    match seconds {
        ..10 => format!("{}.{} s", seconds, micros / 100_000 % 10),
        10..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// A size: `512 B`, `14.2 MiB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut tenths = count.saturating_mul(10) / 1024;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = larger;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// Thousandths of one processor core as a percentage: `1.5 %`.
#[must_use]
pub fn permille(value: u32) -> String {
    format!("{}.{} %", value / 10, value % 10)
}

/// A count and its noun, which takes an `s` for all but one: `1 message`, `3 messages`.
#[must_use]
pub fn counted(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn moments_read_well() {
        let moment = at("2026-03-01T14:00:52.25Z");
        assert_eq!(exact(moment, 0), "2026-03-01 14:00:52 UTC");
        assert_eq!(short(moment, 0), "1 Mar 14:00");
        for (seconds, words) in [
            (0, "now"),
            (-42, "42 s ago"),
            (-180, "3 min ago"),
            (-7_200, "2 h ago"),
            (9, "in 9 s"),
            (-345_600, "4 d ago"),
        ] {
            assert_eq!(relative(moment.plus_seconds(seconds), moment), words);
        }
    }

    #[test]
    fn moments_are_told_by_the_clocks_of_the_reader() {
        let moment = at("2026-02-28T23:45:52Z");
        for (offset, exactly, shortly) in [
            (3_600, "2026-03-01 00:45:52 UTC+1", "1 Mar 00:45"),
            (19_800, "2026-03-01 05:15:52 UTC+5:30", "1 Mar 05:15"),
            (-12_600, "2026-02-28 20:15:52 UTC−3:30", "28 Feb 20:15"),
            (-28_800, "2026-02-28 15:45:52 UTC−8", "28 Feb 15:45"),
        ] {
            assert_eq!((exact(moment, offset).as_str(), short(moment, offset).as_str()), (exactly, shortly));
        }
        // A clock of a time before zones.
        assert_eq!(ahead(-75), "UTC−0:01");
    }

    #[test]
    fn spans_and_sizes_have_units() {
        assert_eq!(duration(430_000), "0.4 s");
        assert_eq!(duration(185_000_000), "3 min 5 s");
        assert_eq!(duration(3_600_000_000), "1 h");
        assert_eq!(duration(352_800_000_000), "4 d 2 h");
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(14_900_000), "14.2 MiB");
        assert_eq!(permille(15), "1.5 %");
        assert_eq!(counted(1, "message"), "1 message");
        assert_eq!(counted(0, "message"), "0 messages");
    }
}
