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

const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Over TLS: for a year this host is asked in no other way.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// Adds them to those of an answer of the workshop at `here`; what it says of itself stays. Only with a nonce may a page run scripts.
pub(super) fn add(headers: &mut HeaderMap, nonce: Option<&str>, here: &Origin, state: &AppState) {
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    add_strict_transport(headers, here);
    if headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        return;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let policy = if let Some(nonce) = nonce.filter(|_| kind.starts_with("text/html")) {
        HeaderValue::from_str(&page_policy(nonce, here, state)).ok()
    } else if kind.starts_with("text/javascript") {
        // Holds for the service worker, which fetches what it keeps.
        Some(HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'"))
    } else {
        None
    };
    // Were a name in the page's policy unfit for a header, the page would run nothing.
    let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
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
