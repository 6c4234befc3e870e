//! Where to go after signing in: a page of the workshop, whatever the address says.

use axum::http::Uri;

/// Longest address to come back to, in bytes.
const MAX: usize = 2_048;

/// Whether `asked` leads to a path of the same origin, and nowhere else.
pub(crate) fn is_local(asked: &str) -> bool {
    asked.len() <= MAX
        && asked.starts_with('/')
        // Browsers read `//host` and `/\host` as another site.
        && !asked.starts_with("//")
        && !asked.contains('\\')
        && asked.bytes().all(|byte| byte.is_ascii_graphic())
        && asked.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none())
}

/// `asked`, if it is a page of the workshop; else its front page.
pub(super) fn checked(asked: &str) -> &str {
    let a_page = is_local(asked)
        && !["/api/", "/sign-in", "/sign-out", "/set-up", "/join"].iter().any(|no| asked.starts_with(no));
    if a_page { asked } else { "/" }
}

/// The address of the sign-in that leads back to `uri`.
pub(super) fn sign_in_and_back(uri: &Uri) -> String {
    let asked = uri.path_and_query().map_or("/", |asked| asked.as_str());
    match checked(asked) {
        "/" => "/sign-in".into(),
        next => format!("/sign-in?{}", serde_urlencoded::to_string([("next", next)]).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_workshop_are_come_back_to() {
        for good in ["/", "/projects/pod-tracker?file=a%2Fb", "/conversations/1#x", "/helpers?a=b&c"] {
            assert_eq!(checked(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "evil",
            "/a\r\nSet-Cookie: x",
            "/ä",
            "/api/fn/stop_helper",
            "/sign-out",
            "/sign-in?next=/",
            &format!("/{}", "a".repeat(MAX)),
        ] {
            assert_eq!(checked(bad), "/", "{bad}");
        }
    }

    #[test]
    fn the_way_back_is_one_parameter() {
        assert_eq!(sign_in_and_back(&"/a?b=c&d".parse().unwrap()), "/sign-in?next=%2Fa%3Fb%3Dc%26d");
        assert_eq!(sign_in_and_back(&"/".parse().unwrap()), "/sign-in");
    }
}
