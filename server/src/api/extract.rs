//! Extractors whose failures are problem documents that name the field.

use std::str::FromStr;

use accounts::Caller;
use axum::body::to_bytes;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use domain::{Actor, Error, ErrorCode};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use store::{Store, View};

use super::MAX_REQUEST;
use crate::error::ApiError;
use crate::patient::DidNotCome;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The one who makes the request.
pub(super) struct By(pub(super) Actor);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(caller(parts)?.actor()))
    }
}

/// The workshop as the one who makes the request may see it.
pub(super) struct Seen(pub(super) View);

impl<S: Send + Sync> FromRequestParts<S> for Seen
where
    Store: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self(Store::from_ref(state).view(&caller(parts)?.actor())))
    }
}

/// Who makes the request and how they came in.
pub(super) struct Came(pub(super) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Came {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(caller(parts)?.clone()))
    }
}

/// The door put them there; without, nobody asks.
fn caller(parts: &Parts) -> Result<&Caller, ApiError> {
    parts.extensions.get::<Caller>().ok_or_else(|| crate::door::stranger().into())
}

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let error = Error::new(
                ErrorCode::Malformed,
                "Send the body as JSON, with the header “Content-Type: application/json”.",
            );
            return Err(ApiError::from(error).with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = to_bytes(request.into_body(), MAX_REQUEST).await.map_err(unread)?;
        // Where something is wrong is looked for only once something is: to keep track of the field costs as much as to read it.
        let value = serde_json::from_slice(&bytes).or_else(|_| tracked(&bytes))?;
        Ok(Self(value))
    }
}

fn tracked<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() { wrong(&field, &inner.to_string()) } else { malformed(&inner) }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// Query parameters. Types refuse unknown ones.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let text = parts.uri.query().unwrap_or_default();
        let parameters = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text.as_bytes()));
        serde_path_to_error::deserialize(parameters)
            .map(Self)
            .map_err(|error| wrong(&error.path().to_string(), &error.inner().to_string()).into())
    }
}

/// The one parameter of a path, like an id or a name.
pub(super) struct Named<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr<Err = Error>> FromRequestParts<S> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|error| path(error.body_text()))?;
        Ok(Self(parsed(&text)?))
    }
}

/// The two parameters of a path: a name, and a path within what it names.
pub(super) struct Within<T>(pub(super) T, pub(super) String);

impl<S: Send + Sync, T: FromStr<Err = Error>> FromRequestParts<S> for Within<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((name, rest)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|error| path(error.body_text()))?;
        Ok(Self(parsed(&name)?, rest))
    }
}

/// The two parameters of a path, when both are names.
pub(super) struct Pair<A, B>(pub(super) A, pub(super) B);

impl<S: Send + Sync, A: FromStr<Err = Error>, B: FromStr<Err = Error>> FromRequestParts<S> for Pair<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Within(first, second) = Within::from_request_parts(parts, state).await?;
        Ok(Self(first, parsed(&second)?))
    }
}

/// The header `Idempotency-Key`.
pub(super) struct IdempotencyKey(pub(super) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let value = parts.headers.get(IDEMPOTENCY_KEY).map(|value| value.to_str().map(str::to_owned));
        value.transpose().map(Self).map_err(|_| {
            Error::invalid("Idempotency-Key", "The header “Idempotency-Key” may hold only visible ASCII characters.")
                .into()
        })
    }
}

/// What cannot name anything names nothing: 404, with the rule.
fn parsed<T: FromStr<Err = Error>>(text: &str) -> Result<T, Error> {
    text.parse::<T>().map_err(|error| Error { code: ErrorCode::NotFound, ..error })
}

fn path(text: String) -> ApiError {
    Error::new(ErrorCode::Malformed, format!("The path cannot be read: {text}")).into()
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unread(error: axum::Error) -> ApiError {
    if comes_from::<LengthLimitError>(&error) {
        return Error::new(ErrorCode::TooLarge, format!("The body is larger than {} KiB.", MAX_REQUEST / 1024)).into();
    }
    if comes_from::<DidNotCome>(&error) {
        let told = Error::new(ErrorCode::Malformed, "The body paused for too long, and was given up.");
        return ApiError::from(told.because(error)).with_status(StatusCode::REQUEST_TIMEOUT);
    }
    Error::new(ErrorCode::Malformed, "The body broke off before its end.").because(error).into()
}

/// Whether an `E` is among the causes of `error`.
fn comes_from<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<E>())
}

fn malformed(error: &serde_json::Error) -> Error {
    match error.classify() {
        serde_json::error::Category::Eof => {
            Error::new(ErrorCode::Malformed, "The body is not whole JSON: it ends too early.")
        }
        _ => Error::new(ErrorCode::Malformed, format!("The body is not JSON: {error}.")),
    }
}

/// Says which field is wrong, and why, in our words where serde's are about Rust.
fn wrong(path: &str, why: &str) -> Error {
    let why = why
        .split(" at line ")
        .next()
        .unwrap_or(why)
        .replace("data did not match any variant of untagged enum", "no known form fits:");
    let named = quoted(&why).map(str::to_owned);
    let at_top = path.is_empty() || path == ".";
    let field = match (&named, at_top) {
        (Some(name), true) => name.clone(),
        (Some(name), false) if why.starts_with("unknown field") || why.starts_with("missing field") => {
            if path == name || path.ends_with(&format!(".{name}")) { path.to_owned() } else { format!("{path}.{name}") }
        }
        (None, true) => return Error::new(ErrorCode::Invalid, format!("The request must be an object: {why}.")),
        _ => path.to_owned(),
    };
    let why = spoken(&why);
    Error::invalid(&field, format!("“{field}”: {why}{}", if why.ends_with('.') { "" } else { "." }))
}

/// The first name in backquotes.
fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

/// With the quotation marks of this house.
fn spoken(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (n, part) in text.split('`').enumerate() {
        if n > 0 {
            out.push(if n % 2 == 1 { '“' } else { '”' });
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_named_wherever_it_stands() {
        for (path, why, field) in [
            (".", "missing field `title` at line 1 column 2", "title"),
            ("titel", "unknown field `titel`, expected `title` at line 1 column 9", "titel"),
            ("participants[1]", "“robot:x” is nobody at line 1 column 9", "participants[1]"),
            ("step", "missing field `name`", "step.name"),
        ] {
            let error = wrong(path, why);
            assert_eq!(error.field.as_deref(), Some(field), "{path}");
            assert!(!error.message.contains('`') && !error.message.contains("line 1"), "{}", error.message);
        }
    }

    #[test]
    fn only_json_is_json() {
        let mut headers = HeaderMap::new();
        for (value, expected) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
        ] {
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            assert_eq!(is_json(&headers), expected, "{value}");
        }
    }
}
