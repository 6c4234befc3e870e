//! Forms in [parts that are text](super::text). They work by themselves; where scripts run they are sent from where the part
//! is, whatever they ask for, and the part shows what became of them.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server::ServerActionError;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;
use maud::{Markup, html};

use crate::error::AppError;
use crate::few::Few;

/// What becomes of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only browsers send them"))]
enum Stage {
    Sending,
    Failed(AppError),
}

/// What becomes of the forms of a part, by their keys.
#[derive(Clone, Copy)]
pub struct Forms(RwSignal<Few<String, Stage>>);

/// A form as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    key: String,
    address: &'static str,
    /// Whether it is being sent.
    pub sending: bool,
    /// Why it failed the last time.
    pub problem: Option<AppError>,
}

impl Form {
    /// The form with these fields. Its key is what it is known by when it is sent, too.
    #[must_use]
    pub fn with(&self, fields: &Markup) -> Markup {
        html! {
            form data-key=(self.key) action=(self.address) method="post" { (fields) }
        }
    }
}

impl Forms {
    /// Of a part in which nothing was sent yet.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(Few::default()))
    }

    /// The form of the action `A` called `key`, which no other of the part is called. Follows what becomes of it.
    #[must_use]
    pub fn form<A: ServerFn>(self, key: &str) -> Form {
        let stage = self.0.with(|stages| stages.get(key).cloned());
        let (sending, problem) = match stage {
            Some(Stage::Sending) => (true, None),
            Some(Stage::Failed(problem)) => (false, Some(problem)),
            None => (false, by_address(A::url())),
        };
        Form { key: key.to_owned(), address: A::url(), sending, problem }
    }

    /// Sends the form that was submitted, unless it is being sent already. To be called by where the part is.
    pub fn send(self, event: &SubmitEvent) {
        #[cfg(feature = "hydrate")]
        if let Some(sent) = sending::Sent::of(event) {
            event.prevent_default();
            let key = sent.key.clone();
            if self.0.with_untracked(|stages| stages.get(&key) == Some(&Stage::Sending)) {
                return;
            }
            self.0.update(|stages| stages.insert(key.clone(), Stage::Sending));
            leptos::task::spawn_local(async move {
                let result = sent.send().await;
                // The page may have been left meanwhile.
                self.0.try_update(|stages| match result {
                    Ok(()) => stages.remove(&key),
                    Err(problem) => stages.insert(key, Stage::Failed(problem)),
                });
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    }
}

impl Default for Forms {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a form failed that the browser sent by itself: the page's address says so.
fn by_address(action: &str) -> Option<AppError> {
    let error = use_context::<ServerActionError>().filter(|error| error.path() == action)?;
    Some(ServerFnUrlError::decode_err(error.err()))
}

#[cfg(feature = "hydrate")]
mod sending {
    use leptos::ev::SubmitEvent;
    use leptos::server_fn::ContentType as _;
    use leptos::server_fn::client::Client;
    use leptos::server_fn::client::browser::BrowserClient;
    use leptos::server_fn::codec::PostUrl;
    use leptos::server_fn::error::FromServerFnError as _;
    use leptos::server_fn::redirect::call_redirect_hook;
    use leptos::server_fn::request::ClientReq;
    use leptos::server_fn::request::browser::BrowserRequest;
    use leptos::server_fn::response::ClientRes;
    use leptos::wasm_bindgen::JsCast as _;
    use web_sys::{FormData, HtmlButtonElement, HtmlFormElement, UrlSearchParams};

    use super::super::text::KEY;
    use crate::error::AppError;
    use crate::json::JsonText;

    /// What a form sends.
    pub(super) struct Sent {
        pub(super) key: String,
        address: String,
        body: String,
    }

    impl Sent {
        /// What was submitted, when it is a form of a part.
        pub(super) fn of(event: &SubmitEvent) -> Option<Self> {
            let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
            let (key, address) = (form.get_attribute(KEY)?, form.get_attribute("action")?);
            let data = FormData::new_with_form(&form).ok()?;
            let button = event.submitter().and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
            if let Some(button) = button.filter(|button| !button.name().is_empty()) {
                data.append_with_str(&button.name(), &button.value()).ok()?;
            }
            let body = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
            Some(Self { key, address, body: body.to_string().into() })
        }

        /// Sends it as the function that it is for expects it, and goes where the answer leads. What else is in the answer is
        /// left: what was changed comes by the live stream.
        pub(super) async fn send(&self) -> Result<(), AppError> {
            let (kind, wanted) = (PostUrl::CONTENT_TYPE, JsonText::CONTENT_TYPE);
            let request =
                <BrowserRequest as ClientReq<AppError>>::try_new_post(&self.address, kind, wanted, self.body.clone())?;
            let response = <BrowserClient as Client<AppError>>::send(request).await?;
            if ClientRes::<AppError>::status(&response) >= 400 {
                return Err(AppError::de(ClientRes::<AppError>::try_into_bytes(response).await?));
            }
            if ClientRes::<AppError>::has_redirect(&response) {
                call_redirect_hook(&ClientRes::<AppError>::location(&response));
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::ChooseTheme;

    #[test]
    fn a_form_shows_what_becomes_of_it_and_no_other() {
        let owner = Owner::new();
        owner.set();
        let forms = Forms::new();
        let problem = AppError::new(domain::ErrorCode::Conflict, "It is taken.");
        let sent = [("one", Stage::Sending), ("two", Stage::Failed(problem.clone()))];
        forms.0.update(|stages| stages.extend(sent.map(|(key, stage)| (key.to_owned(), stage))));
        let form = |key: &str| forms.form::<ChooseTheme>(key);
        assert!(form("one").sending && form("one").problem.is_none());
        assert!(!form("two").sending && form("two").problem == Some(problem));
        assert_eq!(form("three"), Form { key: "three".into(), address: "/api/fn/choose_theme", ..Form::default() });
        let written = form("three").with(&html! { button { "Go" } }).into_string();
        assert_eq!(
            written,
            r#"<form data-key="three" action="/api/fn/choose_theme" method="post"><button>Go</button></form>"#
        );
    }

    #[test]
    fn why_a_form_failed_that_the_browser_sent_by_itself_is_shown_at_that_form() {
        let owner = Owner::new();
        owner.set();
        let problem = AppError::new(domain::ErrorCode::Invalid, "Too long.");
        let address = ServerFnUrlError::new("/api/fn/choose_theme", problem.clone()).to_url("http://here/").unwrap();
        let told = |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        provide_context(ServerActionError::new(&told("__path"), &told("__err")));
        assert_eq!(Forms::new().form::<ChooseTheme>("any").problem, Some(problem));
        assert_eq!(Forms::new().form::<crate::pages::operate::StartHelper>("any").problem, None);
    }
}
