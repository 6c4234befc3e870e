//! The one error of the workshop: a stable code, words that are safe to show, and a cause for the log only.
//!
//! Say what was wrong and how to mend it: `Error::invalid("name", "must start with a letter, like “pod-tracker”")`.
//! Keep the cause with `.because(err)`: it goes to the log with the request id and nowhere else.

use serde::{Deserialize, Serialize};

/// A result whose failure can be shown to people.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it was. The name is stable: programs may depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request cannot be understood as written.
    Malformed,
    /// A field has a value that the rules refuse.
    Invalid,
    /// Nobody is signed in, or what they showed does not hold.
    Unauthorized,
    /// The actor may not do this.
    Forbidden,
    /// There is no such thing, or the actor may not know of it.
    NotFound,
    /// It clashes with what is there already.
    Conflict,
    /// More bytes than allowed.
    TooLarge,
    /// The queue is full; later it may work.
    TooMany,
    /// A part that is needed does not answer now; later it may work.
    Unavailable,
    /// A fault of the workshop itself.
    Internal,
}

impl ErrorCode {
    /// The HTTP status that carries this code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The code as it is written on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// A few words for people: the title of a problem document.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request could not be read",
            Self::Invalid => "A value is not allowed",
            Self::Unauthorized => "Sign in first",
            Self::Forbidden => "You may not do this",
            Self::NotFound => "Not found",
            Self::Conflict => "It clashes with what is there",
            Self::TooLarge => "Too large",
            Self::TooMany => "Too much at once",
            Self::Unavailable => "Not available right now",
            Self::Internal => "Something broke on our side",
        }
    }
}

/// A failure with words for people and, apart from them, a cause for the log.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind of failure it was.
    pub code: ErrorCode,
    /// What happened and how to mend it; safe to show to anyone who made the request.
    pub message: String,
    /// The field that was wrong, when one was.
    pub field: Option<String>,
    /// The inner cause. For the log, never for the wire.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of kind `code`, in words.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, cause: None }
    }

    /// `field` has a value that the rules refuse; `message` says why and what would do.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorCode::Invalid, message) }
    }

    /// There is no such `what` (for example `"conversation"`).
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}. It may have been removed."))
    }

    /// It clashes with what is there already.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    /// A fault of ours: people see a plain sentence, the log sees `cause`.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorCode::Internal,
            "The workshop could not do this. The log has the details under the request's id.",
        )
        .because(cause)
    }

    /// Keeps the inner cause for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

/// A problem document (RFC 9457), as REST and server functions answer it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Always `about:blank`: the `code` member tells kinds apart.
    #[serde(rename = "type")]
    pub kind: String,
    /// A few words, the same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and how to mend it.
    pub detail: String,
    /// The stable code.
    pub code: ErrorCode,
    /// The field that was wrong, when one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The id under which the log has the details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self {
            kind: "about:blank".into(),
            title: error.code.title().into(),
            status: error.code.status(),
            detail: error.message.clone(),
            code: error.code,
            field: error.field.clone(),
            request_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_the_field_and_never_the_cause() {
        let error = Error::invalid("name", "must start with a letter").because("row 7 of users");
        let json = serde_json::to_value(Problem::from(&error)).unwrap();
        assert_eq!(json["status"], 422);
        assert_eq!(json["field"], "name");
        assert!(!json.to_string().contains("row 7"));
    }

    #[test]
    fn the_name_of_a_code_is_what_serde_writes() {
        for code in [
            ErrorCode::Malformed,
            ErrorCode::Unauthorized,
            ErrorCode::NotFound,
            ErrorCode::TooMany,
            ErrorCode::Unavailable,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }
}
