//! Moments by the viewer's clocks. Follows the time zone of their profile.

use domain::Timestamp;
use leptos::prelude::*;

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

    /// How many seconds their clocks are ahead of UTC.
    fn offset(self, at: Timestamp) -> i32 {
        self.me.with(|me| me.as_ref().map_or(0, |me| zone::offset_seconds(&me.time_zone, at)))
    }
}
