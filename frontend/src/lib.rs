//! Starts the pages in the browser, on top of what the server rendered.

mod held;

use std::sync::Arc;

use any_spawner::Executor;
use app::App;
use app::live::{Found, provide_live};
use hydration_context::HydrateSharedContext;
use leptos::IntoView;
use leptos::leptos_dom::helpers::location;
use leptos::prelude::{AnyView, IntoAny};
use leptos::reactive::owner::Owner;
use leptos::tachys::dom::body;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{PositionState, RenderHtml};
use wasm_bindgen::prelude::*;

use held::Held;

/// Room for what splits the code by pages. It lays the constants of each file out anew, aligned, and where that takes more room
/// than they took before, all of them go into the file that every page begins with. This is part of none.
#[used]
static ROOM: [u8; 4096] = [1; 4096];

/// The page that the server rendered, to be taken over in pieces of work: `leptos::mount::hydrate_body` is one, in which a slow
/// phone answers to no finger. Called by the page (`app/src/start.js`), one after the other.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Page(Owner);

#[wasm_bindgen]
impl Page {
    /// Fetches the page's own code and reads what the server rendered it from, once the browser has loaded this module.
    ///
    /// # Errors
    /// When the page's own code does not come. Then it stays as the server rendered it.
    pub async fn read() -> Result<Page, JsError> {
        app::crash::show_crashes();
        app::pages::later::fetch(&location().pathname().unwrap_or_default()).await?;
        // The only error is that there is one already.
        _ = Executor::init_local_custom_executor(Held);
        let root = Owner::new_root(Some(Arc::new(HydrateSharedContext::new())));
        root.with(|| provide_live(Found::of_page()));
        Ok(Self(root))
    }

    /// Makes the views around the page. What they listen for is not to reach them before they are laid over it, and what they
    /// set off is held until then.
    #[must_use]
    pub fn make(self) -> Views {
        let Self(root) = self;
        held::hold();
        let view = root.with(|| App().into_view().into_any());
        Views { root, view }
    }
}

/// The views around the page.
#[wasm_bindgen]
#[expect(missing_debug_implementations, reason = "views have none")]
pub struct Views {
    root: Owner,
    view: AnyView,
}

#[wasm_bindgen]
impl Views {
    /// Makes the page in them and lays all of it over what the server rendered, for as long as the page is open.
    pub fn take_over(self) {
        let Self { root, view } = self;
        let page = root.with(|| view.hydrate::<true>(&Cursor::new(body().unchecked_into()), &PositionState::default()));
        if let Some(shared) = root.shared_context() {
            shared.hydration_complete();
        }
        std::mem::forget((root, page));
    }
}

/// Does what making the views set off.
#[wasm_bindgen]
pub fn wake() {
    held::let_go();
}
