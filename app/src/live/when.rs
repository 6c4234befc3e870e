//! Moments by the viewer's clocks. Follows the time zone of their profile.

use domain::Timestamp;
use leptos::prelude::*;
use maud::{Markup, html};

use super::Live;
use crate::{format, zone};

impl Live {
    /// The exact moment: `2026-03-01 15:00:52 UTC+1`.
    #[must_use]
    pub fn exact(self, at: Timestamp) -> String {
        format::exact(at, self.offset(at))
    }

    /// The moment, short: `1 Mar 15:00`.
    #[must_use]
    pub fn short(self, at: Timestamp) -> String {
        format::short(at, self.offset(at))
    }

    /// The time of day: `15:00`. Who has chosen no time zone gets the browser's: this is told for here and now, and not
    /// compared with what others see.
    #[must_use]
    pub fn time_of_day(self, at: Timestamp) -> String {
        #[cfg(feature = "hydrate")]
        if self.me.with(|me| me.as_ref().is_none_or(|me| me.time_zone == domain::account::DEFAULT_TIME_ZONE)) {
            let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.millis() as f64));
            return format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
        }
        format::time_of_day(at, self.offset(at))
    }

    /// The time of day to the second: `15:00:52`.
    #[must_use]
    pub fn time_of_day_to_second(self, at: Timestamp) -> String {
        format!("{}:{:02}", self.time_of_day(at), at.to_utc().second())
    }

    /// The clocks as they stand. Follows them.
    #[must_use]
    pub fn clocks(self) -> Clocks {
        let time_zone = self.me.with(|me| me.as_ref().map(|me| me.time_zone.clone()));
        Clocks { now: self.awake.get().then(|| self.now.get()), time_zone }
    }

    /// How many seconds their clocks are ahead of UTC.
    fn offset(self, at: Timestamp) -> i32 {
        self.me.with(|me| me.as_ref().map_or(0, |me| zone::offset_seconds(&me.time_zone, at)))
    }
}

/// The viewer's clocks as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clocks {
    /// The present moment; none: the page is not awake yet and has no clock.
    pub now: Option<Timestamp>,
    /// Their time zone, by its IANA name; none: UTC.
    pub time_zone: Option<String>,
}

impl Clocks {
    /// A moment, relative to now: `3 min ago`. Without a clock: the moment.
    #[must_use]
    pub fn ago(&self, at: Timestamp) -> String {
        self.now.map_or_else(|| self.short(at), |now| format::relative(at, now))
    }

    /// How long something has lasted since a moment, after `word`: `up 4 d`. Without a clock: since when.
    #[must_use]
    pub fn lasting(&self, word: &str, at: Timestamp) -> String {
        match self.now {
            Some(now) => format!("{word} {}", format::coarse(now.micros_since(at))),
            None => format!("since {}", self.short(at)),
        }
    }

    /// How long [ago](Self::ago) a moment was, in a part that is text, with the exact moment on hover.
    #[must_use]
    pub fn relative(&self, at: Timestamp) -> Markup {
        self.told(at, &self.ago(at))
    }

    /// How long something has been [lasting](Self::lasting), the same way.
    #[must_use]
    pub fn up(&self, at: Timestamp) -> Markup {
        self.told(at, &self.lasting("up", at))
    }

    fn told(&self, at: Timestamp, words: &str) -> Markup {
        html! { time datetime=(at) title=(format::exact(at, self.offset(at))) { (words) } }
    }

    fn short(&self, at: Timestamp) -> String {
        format::short(at, self.offset(at))
    }

    fn offset(&self, at: Timestamp) -> i32 {
        self.time_zone.as_ref().map_or(0, |zone| zone::offset_seconds(zone, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_a_clock_tells_the_moment_and_one_with_a_clock_how_long_ago_it_was() {
        let at: Timestamp = "2026-03-01T14:00:52Z".parse().unwrap();
        let clocks = |now| Clocks { now, time_zone: None };
        let told = |text: &str| {
            format!(r#"<time datetime="2026-03-01T14:00:52Z" title="2026-03-01 14:00:52 UTC">{text}</time>"#)
        };
        let asleep = clocks(None);
        assert_eq!(asleep.relative(at).into_string(), told("1 Mar 14:00"));
        assert_eq!(asleep.up(at).into_string(), told("since 1 Mar 14:00"));
        let awake = clocks(Some(at.plus_seconds(180)));
        assert_eq!(awake.relative(at).into_string(), told("3 min ago"));
        assert_eq!(awake.up(at).into_string(), told("up 3 min"));
    }
}
