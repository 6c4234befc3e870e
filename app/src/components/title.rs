//! The title of a page that changes while the page is open.

use leptos::prelude::*;
use leptos_meta::Title;

/// The title, following `text`.
#[component]
pub fn LiveTitle(
    /// What it says.
    text: Memo<String>,
) -> impl IntoView {
    view! { <Title text=shown(text)/> }
}

/// What is shown: what `text` says now, as long as it is there.
fn shown(text: Memo<String>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let first = text.get_untracked();
    move || {
        // The server writes the title last, when what the page followed may be gone, and what stands in its place is of the
        // page that is rendered next. Nothing changes there anyway.
        let now = if cfg!(feature = "ssr") { None } else { text.try_get() };
        now.unwrap_or_else(|| first.clone())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_a_page_is_its_own_while_another_page_is_rendered() {
        let page = Owner::new_root(None);
        let title = page.with(|| shown(Memo::new(|_| "mine".to_owned())));
        let another = Owner::new_root(None);
        another.with(|| {
            let theirs = Memo::new(|_| "theirs".to_owned());
            assert_eq!((theirs.get_untracked().as_str(), title().as_str()), ("theirs", "mine"));
        });
    }
}
