//! Pages whose code the browser fetches when it first shows them: what the Overview does not need does not hold it up.

use domain::ErrorCode;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_meta::Title;
use leptos_router::LazyRoute;

use super::account::AccountPage;
use super::conversations::ConversationsPage;
use super::helpers::HelpersPage;
use super::people::PeoplePage;
use super::projects::ProjectsPage;
use crate::components::ProblemPage;
use crate::error::AppError;

impl From<SplitLoaderError> for AppError {
    fn from(_: SplitLoaderError) -> Self {
        // The loader has told the browser's console why.
        let words = "The workshop does not answer, and this page was never opened here before.";
        Self::new(ErrorCode::Unavailable, words)
    }
}

/// Makes a route of each page, whose code is a file of its own, `split_NAME.wasm`; and what fetches that.
macro_rules! later {
    ($($path:literal: $route:ident, $name:ident, $fetch:ident, $page:ident;)*) => {
        $(
            #[doc = concat!("Where `/", $path, "` leads.")]
            pub(super) struct $route;

            impl LazyRoute for $route {
                fn data() -> Self {
                    Self
                }

                async fn view(_: Self) -> AnyView {
                    $name().await.unwrap_or_else(not_fetched)
                }
            }

            #[wasm_split($name, wasm_split_path = leptos::wasm_split, preload($fetch), fallible)]
            fn $name() -> Result<AnyView, AppError> {
                Ok($page().into_any())
            }
        )*

        /// Fetches the code of the page at `path`, if it has any of its own.
        ///
        /// A page is taken over in one go, when all its code is there: what happens in between would be lost on the parts that
        /// were not taken over yet.
        ///
        /// # Errors
        /// When it does not come; the browser's console says why.
        pub async fn fetch(path: &str) -> Result<(), SplitLoaderError> {
            match path.split('/').nth(1) {
                $(Some($path) => $fetch().await,)*
                _ => Ok(()),
            }
        }
    };
}

later! {
    "conversations": Conversations, conversations, fetch_conversations, ConversationsPage;
    "helpers": Helpers, helpers, fetch_helpers, HelpersPage;
    "projects": Projects, projects, fetch_projects, ProjectsPage;
    "people": People, people, fetch_people, PeoplePage;
    "account": Account, account, fetch_account, AccountPage;
}

/// Says that a page's code did not come. It is asked for again when the page is next gone to.
fn not_fetched(error: AppError) -> AnyView {
    view! {
        <Title text="Not fetched"/>
        <ProblemPage error/>
    }
    .into_any()
}
