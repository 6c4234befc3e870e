//! By which address the one who looks reached the workshop: where apps are shown, and whether others can listen in.

use leptos::prelude::*;

/// By which address the workshop was reached. The server puts it into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The address to give to others: the public one where there is one, else that of the request.
    pub origin: String,
    /// The address that the browser shows.
    pub shown: String,
    /// The address below which every app has a name of its own, like `http://localhost:3000`.
    pub above_previews: String,
    /// Whether what is said can be read and changed on its way.
    pub in_the_clear: bool,
}

impl Reached {
    /// That of the request being answered.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn of_request() -> Option<Self> {
        use_context::<axum::http::request::Parts>()?.extensions.get::<Self>().cloned()
    }

    /// The address of the app called `name`.
    #[must_use]
    pub fn preview(&self, name: &str) -> String {
        match self.above_previews.split_once("://") {
            Some((scheme, host)) => format!("{scheme}://{name}.{host}/"),
            None => String::new(),
        }
    }
}

/// The value of the document's `data-overheard`, which shows the [`OverheardBar`] on the page; none: nobody listens in.
#[must_use]
pub fn overheard() -> Option<&'static str> {
    #[cfg(feature = "ssr")]
    let in_the_clear = Reached::of_request().is_some_and(|reached| reached.in_the_clear);
    #[cfg(not(feature = "ssr"))]
    let in_the_clear = false;
    in_the_clear.then_some("true")
}

/// Says on every page that others can listen in. Part of every page and shown by [`overheard`], so that it is the same
/// in the browser as on the server.
#[component]
pub fn OverheardBar() -> impl IntoView {
    view! {
        <p class="overheard" role="note">
            "Others on the network can read and change what goes between you and this workshop: it is not reached over TLS. Its admin can mend that."
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_lies_one_name_below() {
        for (above, preview) in [
            ("http://localhost:3000", "http://pod-tracker.localhost:3000/"),
            ("https://workshop.example", "https://pod-tracker.workshop.example/"),
        ] {
            let reached = Reached {
                origin: above.into(),
                shown: above.into(),
                above_previews: above.into(),
                in_the_clear: false,
            };
            assert_eq!(reached.preview("pod-tracker"), preview);
        }
    }
}
