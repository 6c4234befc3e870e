//! Whether something grows: a straight line through samples.

/// By how much `y` grows for each unit of `x`, by the least squares; none from fewer than two different `x`.
pub(crate) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = crate::figures::float(points.len());
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (mut above, mut below) = (0.0, 0.0);
    for point in points {
        above += (point.0 - x) * (point.1 - y);
        below += (point.0 - x).powi(2);
    }
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_whatever_jitters_around_it() {
        let points: Vec<(f64, f64)> =
            (0..50).map(|x| (f64::from(x), 7.0 + 3.0 * f64::from(x) + f64::from(x % 2))).collect();
        assert!((slope(&points).unwrap() - 3.0).abs() < 0.01);
        let level: Vec<(f64, f64)> = (0..50).map(|x| (f64::from(x), 7.0 + f64::from(x % 3))).collect();
        assert!(slope(&level).unwrap().abs() < 0.01);
        assert_eq!(slope(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(slope(&[]), None);
    }
}
