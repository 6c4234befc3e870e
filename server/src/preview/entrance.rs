//! The way from the workshop into an app: whoever is signed in and may see the project gets a ticket.

use accounts::Caller;
use app::reached::Reached;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorCode, Slug};
use serde::Deserialize;

use super::door::{ENTER, opens_page, path_in_app};
use crate::error::{ApiError, Result};
use crate::serve::{Meant, nothing_here};
use crate::state::AppState;

/// The route: the app's place in the workshop.
pub(super) const ROUTE: &str = "/projects/{slug}/app";

/// Where to go in the app.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    to: String,
}

/// The address, in the workshop, of the way into an app and there to `to`.
pub(super) fn address(app: &Slug, to: &str) -> String {
    let route = ROUTE.replace("{slug}", app.as_str());
    match path_in_app(to) {
        "/" => route,
        to => format!("{route}?{}", serde_urlencoded::to_string([("to", to)]).unwrap_or_default()),
    }
}

/// Whether a path of the workshop is the way into an app.
pub(crate) fn leads_to_app(path: &str) -> bool {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    path.strip_prefix("/projects/").and_then(|rest| rest.strip_suffix("/app")).is_some_and(|slug| !slug.contains('/'))
}

/// `GET /projects/{slug}/app`: on to the app, with a ticket. The door has let the person through.
pub(super) async fn enter(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    wish: std::result::Result<Query<Wish>, QueryRejection>,
    Extension(caller): Extension<Caller>,
    Extension(reached): Extension<Reached>,
    Extension(meant): Extension<Meant>,
    request: Request,
) -> Result<Response> {
    // An app could have others opened behind the person's back, and use up their tickets.
    if request.headers().contains_key("sec-fetch-mode") && !opens_page(request.headers()) {
        return Err(Error::new(ErrorCode::Forbidden, "An app is opened in a page of its own.").into());
    }
    let Some(session) = caller.session() else {
        let message =
            "An app is opened by a browser that is signed in, not by a token. Programs read its files by the API.";
        return Err(ApiError::from(Error::new(ErrorCode::Forbidden, message)));
    };
    let project = match slug.parse() {
        Ok(slug) => state.store.view(&caller.actor()).project(&slug).await?,
        Err(_) => None,
    };
    let (Some(project), Meant::Workshop(here)) = (project, meant) else {
        return Ok(nothing_here(&state, request).await);
    };
    let Query(wish) = wish.unwrap_or_default();
    let ticket = state.app_door.ticket(session, &project.slug);
    let fields = [("ticket", ticket.as_str()), ("from", &here.authority()), ("to", path_in_app(&wish.to))];
    let query = serde_urlencoded::to_string(fields).map_err(Error::internal)?;
    let app = reached.preview(project.slug.as_str());
    let there =
        HeaderValue::try_from(format!("{}{ENTER}?{query}", app.trim_end_matches('/'))).map_err(Error::internal)?;
    let headers = [
        (header::LOCATION, there),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_into_an_app_is_known_by_its_path() {
        let app = "pods".parse().unwrap();
        assert_eq!(address(&app, "/"), "/projects/pods/app");
        assert_eq!(address(&app, "/a?b=c&d"), "/projects/pods/app?to=%2Fa%3Fb%3Dc%26d");
        assert_eq!(address(&app, "//evil.example"), "/projects/pods/app");
        assert!(leads_to_app(&address(&app, "/")) && leads_to_app(&address(&app, "/a?b")));
        for other in
            ["/", "/projects/pods", "/projects/app", "/projects/a/b/app", "/projects/pods?file=/app", "/x/pods/app"]
        {
            assert!(!leads_to_app(other), "{other}");
        }
    }
}
