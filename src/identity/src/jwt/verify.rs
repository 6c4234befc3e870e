//! What makes a token good, by RFC 9068 and the advice of RFC 8725.

use serde::Deserialize;
use serde_json::Value;

use super::tokens::LEEWAY;
use super::{Claims, SigningKey, from_base64};

/// The type that keeps access tokens apart from all other tokens.
pub(super) const TYPE: &str = "at+jwt";
/// Longer ones are not looked at.
const LONGEST: usize = 8 * 1024;

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not made of the three parts that a signed token has.
    #[error("this is not a token")]
    Malformed,
    /// It is a token of another type or algorithm, or asks for something that is not known here.
    #[error("this is not an access token")]
    NotAnAccessToken,
    /// The key it names is not one of the workshop's, or not any more.
    #[error("the token was not signed by this workshop")]
    UnknownKey,
    /// The signature is not by the key it names.
    #[error("the token was changed")]
    Signature,
    /// It comes from somewhere else.
    #[error("the token was issued by someone else")]
    Issuer,
    /// It is for someone else.
    #[error("the token is meant for another service")]
    Audience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It was issued in the future.
    #[error("the token is not good yet: a clock must be wrong")]
    NotYet,
}

#[derive(Deserialize)]
struct Header {
    typ: Option<String>,
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// Reads a token whose signature is good; `find` finds a key by its id.
pub(super) fn signed_by<'a>(token: &str, find: impl Fn(&str) -> Option<&'a SigningKey>) -> Result<Claims, Refusal> {
    if token.len() > LONGEST {
        return Err(Refusal::Malformed);
    }
    let (text, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, body) = text.split_once('.').ok_or(Refusal::Malformed)?;
    let part = |text: &str| from_base64(text).ok_or(Refusal::Malformed);
    let (header, body, signature) = (part(header)?, part(body)?, part(signature)?);

    let header: Header = serde_json::from_slice(&header).map_err(|_| Refusal::Malformed)?;
    let typ = header.typ.unwrap_or_default().to_ascii_lowercase();
    let is_access_token = typ.strip_prefix("application/").unwrap_or(&typ) == TYPE;
    if !is_access_token || header.alg != SigningKey::ALGORITHM || header.crit.is_some() {
        return Err(Refusal::NotAnAccessToken);
    }
    let key = header.kid.as_deref().and_then(find).ok_or(Refusal::UnknownKey)?;
    if !key.verifies(text.as_bytes(), &signature) {
        return Err(Refusal::Signature);
    }
    serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)
}

/// Whether what it says makes it good here and now (`now` in seconds since 1970).
pub(super) fn good_for(claims: &Claims, issuer: &str, audience: &str, now: i64) -> Result<(), Refusal> {
    if claims.issuer != issuer {
        return Err(Refusal::Issuer);
    }
    if !claims.audience.iter().any(|one| one == audience) {
        return Err(Refusal::Audience);
    }
    if now >= claims.expires.saturating_add(LEEWAY) {
        return Err(Refusal::Expired);
    }
    if claims.issued > now.saturating_add(LEEWAY) {
        return Err(Refusal::NotYet);
    }
    Ok(())
}
