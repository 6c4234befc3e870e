//! A small chart of a few dozen values, drawn as SVG on the server and again as they change.

use std::fmt::Write;

use leptos::prelude::*;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 34.0;

/// A line over its filled ground. It scales to its place; the words for it are given as `label`.
#[component]
pub fn Sparkline(
    /// The values, oldest first.
    #[prop(into)]
    values: Signal<Vec<i64>>,
    /// What it shows, for those who cannot see it.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let line = Memo::new(move |_| values.with(|values| line(values)));
    let ground = move || line.with(|line| format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z"));
    view! {
        <svg class="sparkline" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=move || label.get()>
            <path class="sparkline-ground" d=ground/>
            <path class="sparkline-line" d=move || line.get() vector-effect="non-scaling-stroke"/>
        </svg>
    }
}

/// The path of the line, from the left edge to the right, the largest value a little below the top.
fn line(values: &[i64]) -> String {
    let max = values.iter().copied().max().unwrap_or(0).max(1);
    let steps = values.len().saturating_sub(1).max(1);
    let mut path = String::with_capacity(values.len() * 12);
    for (index, value) in values.iter().enumerate() {
        let x = WIDTH * as_f64(index) / as_f64(steps);
        let y = HEIGHT - 1.0 - (HEIGHT - 4.0) * share(*value, max);
        // Writing into a String cannot fail.
        let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
    }
    if path.is_empty() { format!("M0 {0}L{WIDTH} {0}", HEIGHT - 1.0) } else { path }
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn share(value: i64, max: i64) -> f64 {
    f64::from(i32::try_from(value.clamp(0, max) * 1000 / max).unwrap_or(0)) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_line_spans_the_width_and_stays_inside() {
        assert_eq!(line(&[]), "M0 33L240 33");
        assert_eq!(line(&[0, 4]), "M0.0 33.0L240.0 3.0");
        assert_eq!(line(&[2, 2, 2]), "M0.0 3.0L120.0 3.0L240.0 3.0");
    }
}
