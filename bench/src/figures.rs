//! What was measured, and what it says: medians, 99th percentiles, ratios to peers, and whether a target is met.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::ways::Way;

/// How long each start took.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<Way, Vec<Duration>>);

/// One line of the results.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: &'static str,
    /// Milliseconds, half of the starts below and half above.
    p50_ms: f64,
    /// Milliseconds that 99 of 100 starts stay below.
    p99_ms: f64,
    starts: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'static str>,
    /// Its median to the peer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
}

impl Figures {
    pub(crate) fn add(&mut self, way: Way, took: Duration) {
        self.0.entry(way).or_default().push(took);
    }

    /// A row for each way that was measured.
    pub(crate) fn report(&self) -> Vec<Row> {
        self.0.keys().filter_map(|way| self.row(*way)).collect()
    }

    fn row(&self, way: Way) -> Option<Row> {
        let took = self.0.get(&way)?;
        let p50 = percentile(took, 50)?;
        let beside = way.peer().and_then(|(peer, target)| Some((peer, target, percentile(self.0.get(&peer)?, 50)?)));
        let ratio = beside.map(|(_, _, other)| p50 / other);
        Some(Row {
            name: way.name(),
            p50_ms: p50,
            p99_ms: percentile(took, 99)?,
            starts: took.len(),
            peer: beside.map(|(peer, ..)| peer.name()),
            ratio,
            target: beside.map(|(_, target, _)| target),
            met: ratio.zip(beside).map(|(ratio, (_, target, _))| ratio <= target),
        })
    }
}

/// The nearest-rank percentile, in milliseconds.
fn percentile(took: &[Duration], percent: usize) -> Option<f64> {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|took| took.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let took: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&took, 50), Some(50.0));
        assert_eq!(percentile(&took, 99), Some(99.0));
        assert_eq!(percentile(&took[..1], 99), Some(100.0));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_row_says_how_it_stands_to_its_peer() {
        let mut figures = Figures::default();
        figures.add(Way::DockerRun, Duration::from_millis(400));
        figures.add(Way::DockerWarm, Duration::from_millis(20));
        let rows = figures.report();
        let warm = rows.iter().find(|row| row.name == Way::DockerWarm.name()).unwrap();
        assert_eq!((warm.ratio, warm.met), (Some(0.05), Some(true)));
    }
}
