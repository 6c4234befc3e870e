//! Serving the app. Routes of your own go here.

use std::{io, path::Path};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    routing::get,
};
use tokio::net::TcpListener;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Sent with everything. Files keep their names while they change, so browsers ask first.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
];

/// Serves the files of `folder` at `address` until someone stops it.
pub async fn serve(folder: &Path, address: &str) -> io::Result<()> {
    let mut app = Router::new().route("/healthz", get(|| async { "ok\n" })).fallback_service(ServeDir::new(folder));
    for (name, value) in HEADERS {
        app = app.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)));
    }
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Where nobody can stop it that way, it serves on.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await
}
