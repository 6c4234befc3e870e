//! The door of an app, at the app's own address: lets a browser in by a ticket, knows it again by its cookie, and sends
//! everyone else to the workshop.

use accounts::{ShownToApp, Visit};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Error, ErrorCode, Slug};
use serde::Deserialize;

use super::entrance;
use super::page::page;
use crate::config::Origin;
use crate::door::is_local;
use crate::error::{ApiError, Result};
use crate::serve::Addresses;
use crate::state::AppState;

/// Where tickets are shown. No file has such a name: those that begin with a dot are never served.
pub(super) const ENTER: &str = "/.workshop/enter";
/// Where it shows whether the browser kept the cookie.
const ENTERED: &str = "/.workshop/entered";

/// A request to an app.
pub(super) struct Knock<'a> {
    pub(super) state: &'a AppState,
    pub(super) app: &'a Slug,
    /// Where the workshop is, for someone of whom nothing else is known.
    pub(super) workshop: Origin,
    pub(super) visit: Visit,
    pub(super) request: &'a Parts,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    ticket: String,
    from: String,
    to: String,
}

impl Knock<'_> {
    /// The answer of the door; none: the person may see the app.
    pub(super) async fn answer(&self) -> Result<Option<Response>> {
        let path = self.request.uri.path();
        if self.request.method == Method::GET && path == ENTER {
            return self.enter().await.map(Some);
        }
        let is_in = self.is_in().await?;
        Ok(match path {
            ENTERED => {
                let Fields { to, .. } = self.fields();
                Some(if is_in { see(path_in_app(&to)) } else { self.no_cookie(&to) })
            }
            _ if is_in => None,
            _ => Some(self.turned_away()),
        })
    }

    /// Whether the browser shows a cookie of a session whose person may read this project. As with everything that is
    /// asked here, what they may do is looked up anew.
    async fn is_in(&self) -> Result<bool> {
        let Some(shown) = self.shown() else { return Ok(false) };
        let door = &self.state.app_door;
        let Some(caller) = door.recognised(shown, self.app, &self.visit).await? else { return Ok(false) };
        Ok(self.state.store.view(&caller.actor()).project(self.app).await?.is_some())
    }

    fn shown(&self) -> Option<ShownToApp<'_>> {
        let cookies = self.request.headers.get_all(header::COOKIE).iter();
        self.state.app_door.shown(cookies.filter_map(|value| value.to_str().ok()))
    }

    fn fields(&self) -> Fields {
        serde_urlencoded::from_str(self.request.uri.query().unwrap_or_default()).unwrap_or_default()
    }

    /// Takes a ticket for a cookie. Whether the browser keeps that, shows on the next page: else a browser that keeps
    /// none would go round in circles.
    async fn enter(&self) -> Result<Response> {
        let Fields { ticket, from, to } = self.fields();
        let to = path_in_app(&to);
        let from = self.own(&from).unwrap_or_else(|| self.workshop.clone());
        if let Some(cookie) = self.state.app_door.let_in(&ticket, self.app, &from.authority()).await? {
            let query = serde_urlencoded::to_string([("to", to)]).map_err(Error::internal)?;
            let mut response = see(&format!("{ENTERED}?{query}"));
            response.headers_mut().append(header::SET_COOKIE, HeaderValue::try_from(cookie).map_err(Error::internal)?);
            return Ok(response);
        }
        // The page was loaded again, or come back to.
        if self.is_in().await? {
            return Ok(see(to));
        }
        let text = "The way into this app holds for a minute, and once. This one was used, or is too old.";
        let again = self.entrance(&from, to);
        Ok(page(StatusCode::UNAUTHORIZED, "Not this way", text, Some((&again, "Open the app again"))))
    }

    fn no_cookie(&self, to: &str) -> Response {
        let text = "Your browser did not show the cookie by which the app knows that you may see it. \
                    Allow cookies for this address, and open the app again.";
        let again = self.entrance(&self.home(), to);
        page(StatusCode::UNAUTHORIZED, "The app did not open", text, Some((&again, "Open the app again")))
    }

    /// To the workshop, which knows who is there; whoever asks for no page is told why they get nothing. It is the same
    /// answer whether there is such an app or not.
    fn turned_away(&self) -> Response {
        let headers = &self.request.headers;
        let to = self.request.uri.path_and_query().map_or("/", |asked| asked.as_str());
        let entrance = self.entrance(&self.home(), to);
        if opens_page(headers) {
            return see(&entrance);
        }
        if said(headers, header::ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html")) {
            let text = "An app of the workshop is shown to people who are signed in there and may see its project.";
            return page(StatusCode::UNAUTHORIZED, "Sign in first", text, Some((&entrance, "Open the app")));
        }
        let manifest = match said(headers, "sec-fetch-dest") {
            Some("manifest") => {
                " Browsers fetch a manifest without cookies unless its link has the attribute crossorigin=\"use-credentials\"."
            }
            _ => "",
        };
        let message = format!("This app is shown to people who are signed in. Open {entrance} in a browser.{manifest}");
        ApiError::from(Error::new(ErrorCode::Unauthorized, message)).into_response()
    }

    /// The address at which a workshop leads into this app.
    fn entrance(&self, workshop: &Origin, to: &str) -> String {
        format!("{workshop}{}", entrance::address(self.app, to))
    }

    /// The workshop's address from which this browser came in last: at another one it may not be signed in.
    fn home(&self) -> Origin {
        self.shown().and_then(|shown| self.own(shown.from)).unwrap_or_else(|| self.workshop.clone())
    }

    fn own(&self, authority: &str) -> Option<Origin> {
        Addresses::of(&self.state.config).workshop(authority)
    }
}

/// `to`, if it is a path of the app; else its front page.
pub(super) fn path_in_app(to: &str) -> &str {
    if is_local(to) && !to.starts_with("/.workshop/") { to } else { "/" }
}

/// Whether a request asks for a page of its own: neither a file that a page or a script fetches, nor a frame. Service
/// workers that hand on a request for a page keep its mode, not its destination.
pub(super) fn opens_page(headers: &HeaderMap) -> bool {
    match said(headers, "sec-fetch-mode") {
        Some("navigate") => {
            let dest = said(headers, "sec-fetch-dest").unwrap_or_default();
            !["iframe", "frame", "embed", "object", "fencedframe"].contains(&dest)
        }
        Some(_) => false,
        // Where a name is neither of this machine nor reached over TLS, browsers do not say.
        None => said(headers, header::ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html")),
    }
}

fn said<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn see(there: &str) -> Response {
    let there = HeaderValue::from_str(there).unwrap_or(HeaderValue::from_static("/"));
    let headers = [
        (header::LOCATION, there),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_app_are_gone_on_to() {
        for fine in ["/", "/a/b?c=d", "/api/x", "/.git/config", "/a//b"] {
            assert_eq!(path_in_app(fine), fine);
        }
        for wrong in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/\t/evil.example",
            "/.workshop/enter",
        ] {
            assert_eq!(path_in_app(wrong), "/", "{wrong}");
        }
    }

    #[test]
    fn a_page_is_told_from_a_file_and_a_frame() {
        let opens = |said: &[(&'static str, &str)]| {
            let headers = said.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            opens_page(&headers)
        };
        for page in [
            &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")][..],
            &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "empty")],
            &[("accept", "text/html,*/*")],
        ] {
            assert!(opens(page), "{page:?}");
        }
        for other in [
            &[][..],
            &[("accept", "*/*")],
            &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe"), ("accept", "text/html")],
            &[("sec-fetch-mode", "cors"), ("accept", "text/html")],
            &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
        ] {
            assert!(!opens(other), "{other:?}");
        }
    }
}
