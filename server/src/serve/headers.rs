//! What every answer of the workshop tells the browser: run nothing that is not ours, show us in no frame, guess nothing.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::nonce::Nonce;

use super::host::Meant;
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

/// Adds them.
pub(super) async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    let authority = match request.extensions().get::<Meant>() {
        Some(Meant::Workshop(authority)) => authority.clone(),
        _ => String::new(),
    };
    request.extensions_mut().insert(PageNonce(nonce.clone()));
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (is_page, is_script) = (kind.starts_with("text/html"), kind.starts_with("text/javascript"));
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let policy = if is_page {
        page_policy(&nonce, &authority, &state)
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

/// Our own files and scripts with the nonce; styles on elements, which charts and sigils use; previews in frames.
fn page_policy(nonce: &str, authority: &str, state: &AppState) -> String {
    let port = state.leptos_options.site_addr.port();
    // The development loop reloads pages over a socket of its own.
    let reload = match std::env::var_os("LEPTOS_WATCH") {
        Some(_) => format!(" ws://127.0.0.1:{0} ws://localhost:{0}", state.leptos_options.reload_port),
        None => String::new(),
    };
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws://{authority}{reload}; \
         frame-src http://*.localhost:{port}; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}
