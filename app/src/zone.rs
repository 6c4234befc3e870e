//! How far a time zone is from UTC at a moment: the server looks into tables of its own, a browser knows.

use domain::Timestamp;

/// How many seconds the clocks of the time zone `name` are ahead of UTC at a moment. Where it is not known: none.
#[must_use]
pub fn offset_seconds(name: &str, at: Timestamp) -> i32 {
    if name == domain::account::DEFAULT_TIME_ZONE {
        return 0;
    }
    #[cfg(feature = "hydrate")]
    let found = browser::offset_seconds(name, at);
    #[cfg(all(feature = "ssr", not(feature = "hydrate")))]
    let found = domain::zone::offset_seconds(name, at);
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    let found = {
        let _ = at;
        None
    };
    found.unwrap_or(0)
}

/// What `Intl.DateTimeFormat` says behind a date, in seconds: `3/1/2026, GMT+05:30`.
#[cfg(any(feature = "hydrate", test))]
fn said(text: &str) -> Option<i32> {
    let (_, offset) = text.rsplit_once("GMT")?;
    let mut characters = offset.chars();
    let sign = match characters.next() {
        None => return Some(0),
        Some('+') => 1,
        Some('-' | '−') => -1,
        Some(_) => return None,
    };
    let parts: Option<Vec<i32>> = characters.as_str().split(':').map(|part| part.parse().ok()).collect();
    let seconds = match parts?[..] {
        [hours] => hours * 3_600,
        [hours, minutes] => hours * 3_600 + minutes * 60,
        [hours, minutes, seconds] => hours * 3_600 + minutes * 60 + seconds,
        _ => return None,
    };
    Some(sign * seconds)
}

#[cfg(feature = "hydrate")]
mod browser {
    //! Asks the browser.

    use std::cell::RefCell;

    use domain::Timestamp;
    use js_sys::{Array, Date, Function, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    thread_local! {
        /// The zone asked for last, and what writes moments in it: making one takes far longer than using it.
        static LAST: RefCell<Option<(String, Option<Function>)>> = const { RefCell::new(None) };
    }

    pub(super) fn offset_seconds(name: &str, at: Timestamp) -> Option<i32> {
        LAST.with_borrow_mut(|last| {
            if last.as_ref().is_none_or(|(zone, _)| zone != name) {
                *last = Some((name.to_owned(), writer(name).ok()));
            }
            let (_, writer) = last.as_ref()?;
            let date = Date::new(&JsValue::from_f64(at.millis() as f64));
            let text = writer.as_ref()?.call1(&JsValue::UNDEFINED, &date).ok()?;
            super::said(&text.as_string()?)
        })
    }

    /// The function `format` of an `Intl.DateTimeFormat`. By reflection, since what `js_sys` has ends the program when
    /// the browser does not know the zone.
    fn writer(name: &str) -> Result<Function, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"timeZone".into(), &name.into())?;
        Reflect::set(&options, &"timeZoneName".into(), &"longOffset".into())?;
        let intl = Reflect::get(&js_sys::global(), &"Intl".into())?;
        let class: Function = Reflect::get(&intl, &"DateTimeFormat".into())?.dyn_into()?;
        let made = Reflect::construct(&class, &Array::of2(&"en-US".into(), &options))?;
        Reflect::get(&made, &"format".into())?.dyn_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_say_is_understood() {
        for (text, seconds) in [
            ("3/1/2026, GMT+05:30", Some(19_800)),
            ("3/1/2026, GMT", Some(0)),
            ("7/1/2026, GMT-03:30", Some(-12_600)),
            ("7/1/2026, GMT\u{2212}04:00", Some(-14_400)),
            ("1/1/1900, GMT-00:01:15", Some(-75)),
            ("7/1/2026, GMT+2", Some(7_200)),
            ("7/1/2026, CEST", None),
            ("7/1/2026, GMT+1:2:3:4", None),
            ("", None),
        ] {
            assert_eq!(said(text), seconds, "{text}");
        }
    }

    #[test]
    fn a_zone_that_nobody_knows_is_utc() {
        let at = "2026-07-01T00:00:00Z".parse().unwrap();
        assert_eq!(offset_seconds("UTC", at), 0);
        assert_eq!(offset_seconds("Europe/Nowhere", at), 0);
        #[cfg(feature = "ssr")]
        assert_eq!(offset_seconds("Asia/Kolkata", at), 19_800);
    }
}
