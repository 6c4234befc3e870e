//! The one error of server functions and pages: a problem document, safe to show, with the HTTP status set on the way out.
//!
//! In a server function use `?` on anything of `domain::Result`. The cause is logged once, here, under the request's
//! id, and never shown. In a view, show it with [`crate::components::ProblemNote`].

use std::fmt;

use domain::ErrorCode;
use domain::error::Problem;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::json::JsonText;

/// What went wrong, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppError(pub Box<Problem>);

impl AppError {
    /// A problem of kind `code`, in words that are safe to show.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::from_parts(code, detail.into(), None)
    }

    /// There is no such `what` (for example `"helper"`).
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::from(domain::Error::not_found(what))
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What happened and how to mend it.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The words for `field`, when it is that field that was wrong.
    #[must_use]
    pub fn about(&self, field: &str) -> Option<String> {
        (self.0.field.as_deref() == Some(field)).then(|| self.0.detail.clone())
    }

    fn from_parts(code: ErrorCode, detail: String, field: Option<String>) -> Self {
        let problem = Problem {
            kind: "about:blank".into(),
            title: code.title().into(),
            status: code.status(),
            detail,
            code,
            field,
            request_id: None,
        };
        Self(Box::new(problem)).on_its_way()
    }

    /// On the server, sets the status of the answer and adds the request's id.
    #[cfg_attr(not(feature = "ssr"), expect(unused_mut, reason = "only the server has something to add"))]
    fn on_its_way(mut self) -> Self {
        #[cfg(feature = "ssr")]
        {
            crate::server::set_status(self.0.status);
            self.0.request_id = crate::server::header("x-request-id");
        }
        self
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for AppError {}

impl From<domain::Error> for AppError {
    fn from(error: domain::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&domain::Error> for AppError {
    fn from(error: &domain::Error) -> Self {
        let shown = Self::from_parts(error.code, error.message.clone(), error.field.clone());
        #[cfg(feature = "ssr")]
        if let Some(cause) = &error.cause {
            let request_id = shown.0.request_id.as_deref().unwrap_or("none");
            tracing::error!(code = error.code.name(), request_id, cause = %chain(cause.as_ref()), "{}", error.message);
        }
        shown
    }
}

/// The cause and the causes behind it, outermost first.
#[cfg(feature = "ssr")]
fn chain(error: &dyn std::error::Error) -> String {
    let behind = std::iter::successors(error.source(), |inner| inner.source()).map(|inner| format!(": {inner}"));
    std::iter::once(error.to_string()).chain(behind).collect()
}

impl FromServerFnError for AppError {
    type Encoder = JsonText;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        let (code, detail) = match &value {
            ServerFnErrorErr::Request(_) => (
                ErrorCode::Unavailable,
                "The workshop does not answer. What you typed is still here: try again once the badge says “live”."
                    .into(),
            ),
            ServerFnErrorErr::Args(why) | ServerFnErrorErr::MissingArg(why) => {
                (ErrorCode::Malformed, format!("The form could not be read ({why}). Reload the page and try again."))
            }
            ServerFnErrorErr::UnsupportedRequestMethod(_) | ServerFnErrorErr::Serialization(_) => (
                ErrorCode::Malformed,
                "The form could not be sent as it is. Check what you typed and try again.".into(),
            ),
            ServerFnErrorErr::Deserialization(_) => (
                ErrorCode::Unavailable,
                "The page and the workshop speak different versions. Keep a copy of what you typed, then reload."
                    .into(),
            ),
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Response(_) => (
                ErrorCode::Internal,
                "The workshop could not do this. The log has the details under the request's id.".into(),
            ),
        };
        #[cfg(feature = "ssr")]
        if code == ErrorCode::Internal {
            tracing::error!(cause = %value, "a server function failed outside its body");
        }
        Self::from_parts(code, detail, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_is_never_a_500_and_travels_whole() {
        let bad = AppError::from_server_fn_error(ServerFnErrorErr::Args("no field `theme`".into()));
        assert_eq!(bad.0.status, 400);
        assert!(bad.detail().contains("theme"));
        assert_eq!(AppError::de(bad.ser()), bad);
    }

    #[test]
    fn a_cause_is_not_shown() {
        let shown = AppError::from(domain::Error::internal("password=hunter2"));
        assert!(!serde_json::to_string(&shown).unwrap().contains("hunter2"));
        assert_eq!(shown.0.status, 500);
    }

    #[test]
    fn the_words_stand_at_the_field_they_are_about() {
        let shown = AppError::from(domain::Error::invalid("title", "Give it a title."));
        assert_eq!(shown.about("title").as_deref(), Some("Give it a title."));
        assert_eq!(shown.about("body"), None);
    }
}
