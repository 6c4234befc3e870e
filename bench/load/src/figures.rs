//! What was measured, and what it says: medians over rounds, ratios within rounds and their spread, targets met or not.

use std::time::Duration;

use serde::Serialize;

/// What one round of one side says.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Sample {
    /// What the row is about.
    #[serde(skip)]
    pub(crate) value: f64,
    /// Milliseconds, half below and half above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p50_ms: Option<f64>,
    /// Milliseconds that 99 of 100 stay below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p99_ms: Option<f64>,
    /// The server's processor time for one unit, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_us: Option<f64>,
    /// The server's memory at the end, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rss_mib: Option<f64>,
    /// Bytes that came over the wire for one unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<f64>,
}

/// All rounds of one side.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// Whose.
    pub(crate) name: &'static str,
    /// A sample for each round.
    pub(crate) rounds: Vec<Sample>,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    /// As many or more.
    AtLeast(f64),
    /// As many or fewer.
    AtMost(f64),
}

impl Aim {
    fn met(self, found: f64) -> bool {
        match self {
            Self::AtLeast(aim) => found >= aim,
            Self::AtMost(aim) => found <= aim,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(aim) => format!("≥ {}", short(aim)),
            Self::AtMost(aim) => format!("≤ {}", short(aim)),
        }
    }
}

/// One line of the results.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: &'static str,
    unit: &'static str,
    /// The median of the rounds.
    value: f64,
    rounds: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_value: Option<f64>,
    /// The median of the rounds' ratios.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    /// The least and the largest of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
    /// The rest of it, as medians.
    ours: Sample,
    #[serde(skip_serializing_if = "Option::is_none")]
    theirs: Option<Sample>,
}

/// A row that holds its value to a target.
pub(crate) fn alone(name: &'static str, unit: &'static str, ours: &Series, aim: Aim) -> Row {
    let row = told(name, unit, ours);
    Row { target: Some(format!("{} {unit}", aim.text())), met: Some(aim.met(row.value)), ..row }
}

/// A row that holds the ratio to a peer, round by round, to a target.
pub(crate) fn beside(name: &'static str, unit: &'static str, ours: &Series, theirs: &Series, aim: Aim) -> Row {
    let row = compared(name, unit, ours, theirs);
    Row { target: Some(format!("{} ×", aim.text())), met: row.ratio.map(|ratio| aim.met(ratio)), ..row }
}

/// A row that tells the ratio to something, round by round.
pub(crate) fn compared(name: &'static str, unit: &'static str, ours: &Series, theirs: &Series) -> Row {
    let mut ratios: Vec<f64> =
        ours.rounds.iter().zip(&theirs.rounds).map(|(ours, theirs)| ours.value / theirs.value).collect();
    ratios.sort_by(f64::total_cmp);
    let theirs_all = theirs.medians();
    Row {
        peer: Some(theirs.name),
        peer_value: Some(theirs_all.value),
        ratio: Some(median(ratios.clone())),
        spread: ratios.first().zip(ratios.last()).map(|(first, last)| [*first, *last]),
        theirs: Some(theirs_all),
        ..told(name, unit, ours)
    }
}

/// A row that tells a value.
fn told(name: &'static str, unit: &'static str, ours: &Series) -> Row {
    let ours_all = ours.medians();
    Row {
        name,
        unit,
        value: ours_all.value,
        rounds: ours.rounds.len(),
        peer: None,
        peer_value: None,
        ratio: None,
        spread: None,
        target: None,
        met: None,
        ours: ours_all,
        theirs: None,
    }
}

impl Series {
    /// An empty one.
    pub(crate) const fn of(name: &'static str) -> Self {
        Self { name, rounds: Vec::new() }
    }

    /// The same rounds, but about something else.
    pub(crate) fn about(&self, value: impl Fn(&Sample) -> Option<f64>) -> Self {
        let rounds = self.rounds.iter().map(|round| Sample { value: value(round).unwrap_or(f64::NAN), ..*round });
        Self { name: self.name, rounds: rounds.collect() }
    }

    fn medians(&self) -> Sample {
        let of = |field: fn(&Sample) -> Option<f64>| {
            let all: Vec<f64> = self.rounds.iter().filter_map(field).collect();
            (!all.is_empty()).then(|| median(all))
        };
        Sample {
            value: of(|round| Some(round.value)).unwrap_or(f64::NAN),
            p50_ms: of(|round| round.p50_ms),
            p99_ms: of(|round| round.p99_ms),
            cpu_us: of(|round| round.cpu_us),
            rss_mib: of(|round| round.rss_mib),
            bytes: of(|round| round.bytes),
        }
    }
}

/// The middle one, or the mean of the two.
fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    let middle = all.len() / 2;
    match all.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => all[middle],
        _ => f64::midpoint(all[middle - 1], all[middle]),
    }
}

/// The nearest-rank percentile, in milliseconds.
pub(crate) fn percentile(took: &mut [Duration], percent: usize) -> Option<f64> {
    took.sort_unstable();
    let rank = (took.len() * percent).div_ceil(100).max(1);
    took.get(rank - 1).map(|took| took.as_secs_f64() * 1000.0)
}

/// A count as a number to calculate with.
pub(crate) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Bytes as MiB.
pub(crate) fn mib(bytes: u64) -> f64 {
    float(usize::try_from(bytes / 1024).unwrap_or(usize::MAX)) / 1024.0
}

/// Without digits that say nothing.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        let rounds = values.iter().map(|value| Sample { value: *value, ..Sample::default() }).collect();
        Series { name: "one", rounds }
    }

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let mut took: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut took, 50), Some(50.0));
        assert_eq!(percentile(&mut took, 99), Some(99.0));
        assert_eq!(percentile(&mut [], 50), None);
    }

    #[test]
    fn ratios_are_taken_within_rounds() {
        let row = beside("a", "b", &series(&[10.0, 40.0, 90.0]), &series(&[10.0, 20.0, 30.0]), Aim::AtLeast(2.0));
        assert_eq!((row.ratio, row.spread, row.met), (Some(2.0), Some([1.0, 3.0]), Some(true)));
        assert_eq!(row.target.as_deref(), Some("≥ 2 ×"));
    }

    #[test]
    fn a_value_alone_is_held_to_its_target() {
        let row = alone("a", "ms", &series(&[3.0, 1.0]), Aim::AtMost(1.5));
        assert_eq!((row.value, row.met, row.target.as_deref()), (2.0, Some(false), Some("≤ 1.5 ms")));
    }
}
