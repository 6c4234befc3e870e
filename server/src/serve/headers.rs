//! What every answer of the workshop tells the browser: run nothing that is not ours, show us in no frame, guess nothing.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::nonce::Nonce;

use super::host::{Addresses, Meant};
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

/// Adds them.
pub(super) async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    let here = match request.extensions().get::<Meant>() {
        Some(Meant::Workshop(origin)) => origin.clone(),
        _ => state.config.public(),
    };
    request.extensions_mut().insert(PageNonce(nonce.clone()));
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (is_page, is_script) = (kind.starts_with("text/html"), kind.starts_with("text/javascript"));
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    add_strict_transport(headers, &here);
    let policy = if is_page {
        page_policy(&nonce, &here, &state)
    } else if is_script {
        // Holds for the service worker, which fetches what it keeps.
        "default-src 'none'; connect-src 'self'; frame-ancestors 'none'".into()
    } else {
        "default-src 'none'; frame-ancestors 'none'".into()
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    response
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
