//! A fault of the page itself: says so in the page, where otherwise everything would just stop answering.

use std::panic::{self, PanicHookInfo};

/// Shows faults in the page from now on; the details go to the browser's console.
pub fn show_crashes() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        console_error_panic_hook::hook(info);
        let bar =
            web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id(BAR));
        if let Some(bar) = bar {
            // Fails for malformed names only.
            let _ = bar.remove_attribute("hidden");
        }
    }));
}

/// The id of what is shown.
const BAR: &str = "crash-bar";
