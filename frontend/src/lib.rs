//! Starts the pages in the browser, on top of what the server rendered.

use std::sync::Arc;

use any_spawner::Executor;
use app::App;
use app::live::provide_live;
use hydration_context::HydrateSharedContext;
use leptos::IntoView;
use leptos::leptos_dom::helpers::location;
use leptos::reactive::owner::Owner;
use leptos::tachys::dom::body;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{PositionState, RenderHtml};
use wasm_bindgen::prelude::*;

/// The page that the server rendered, to be taken over in two pieces of work: `leptos::mount::hydrate_body` is one, in which a
/// slow phone answers to no finger.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Page(Owner);

#[wasm_bindgen]
impl Page {
    /// Fetches the page's own code and reads what the server rendered it from. Called by the page (`app/src/start.js`) once the
    /// browser has loaded this module.
    ///
    /// # Errors
    /// When the page's own code does not come. Then it stays as the server rendered it.
    pub async fn read() -> Result<Page, JsError> {
        app::crash::show_crashes();
        app::pages::later::fetch(&location().pathname().unwrap_or_default()).await?;
        // The only error is that there is one already.
        _ = Executor::init_wasm_bindgen();
        let root = Owner::new_root(Some(Arc::new(HydrateSharedContext::new())));
        root.with(provide_live);
        Ok(Self(root))
    }

    /// Takes the page over, for as long as it is open.
    pub fn take_over(self) {
        let Self(root) = self;
        let page = root.with(|| {
            let body = Cursor::new(body().unchecked_into());
            App().into_view().hydrate::<true>(&body, &PositionState::default())
        });
        if let Some(shared) = root.shared_context() {
            shared.hydration_complete();
        }
        std::mem::forget((root, page));
    }
}
