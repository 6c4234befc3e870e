//! What every answer of the workshop tells the browser: run nothing that is not ours, show us in no frame, guess nothing.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use leptos::nonce::Nonce;

use super::host::Addresses;
use crate::config::Origin;
use crate::state::AppState;

/// The nonce of one answer: what scripts in the page must carry to run. In the request's extensions.
#[derive(Debug, Clone)]
pub struct PageNonce(pub Nonce);

/// What no page here needs. Signing in with a passkey is left to our own pages.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), usb=(), publickey-credentials-get=(self)";

/// What holds for every answer.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];
/// What tells a page where it may lead and what it may use. Answers for programs do neither.
const SHOWN: [(HeaderName, HeaderValue); 3] = [
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];
/// What may be done with an answer that is no page of ours: nothing.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// The same for our scripts. Holds for the service worker, which fetches what it keeps.
const SCRIPT: HeaderValue = HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'");

/// Over TLS: for a year this host is asked in no other way.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// Adds them to those of an answer of the workshop at `here`; what it says of itself stays. Only with a nonce it may be a page, and run
/// scripts.
pub(super) fn add(headers: &mut HeaderMap, nonce: Option<&str>, here: &Origin, state: &AppState) {
    let shown = if nonce.is_some() { &SHOWN[..] } else { &[] };
    headers.reserve(ALWAYS.len() + shown.len() + 4);
    for (name, value) in ALWAYS.iter().chain(shown) {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    add_strict_transport(headers, here);
    if headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        return;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let policy = if let Some(nonce) = nonce.filter(|_| kind.starts_with("text/html")) {
        HeaderValue::from_str(&page_policy(nonce, here, state)).ok()
    } else if kind.starts_with("text/javascript") {
        Some(SCRIPT)
    } else {
        None
    };
    // Were a name in the page's policy unfit for a header, the page would run nothing.
    let policy = policy.unwrap_or(NOTHING);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

/// Has the browser keep to TLS, where that is how it came.
pub(crate) fn add_strict_transport(headers: &mut HeaderMap, here: &Origin) {
    if here.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    }
}

/// Our own files and scripts with the nonce; styles on elements, which charts and sigils use; previews in frames.
fn page_policy(nonce: &str, here: &Origin, state: &AppState) -> String {
    let sockets = if here.is_https() { "wss" } else { "ws" };
    let authority = here.authority();
    let previews = Addresses::of(&state.config).above_previews(here).below("*");
    // The development loop reloads pages over a socket of its own.
    let reload = match std::env::var_os("LEPTOS_WATCH") {
        Some(_) => format!(" ws://127.0.0.1:{0} ws://localhost:{0}", state.leptos_options.reload_port),
        None => String::new(),
    };
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' {sockets}://{authority}{reload}; \
         frame-src {previews}; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}
