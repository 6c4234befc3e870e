//! Whom a request is meant for, by its `Host`: the workshop, a project's preview, or nobody here.
//!
//! A page of another site that makes its own name resolve to this machine (DNS rebinding) is refused here.

use std::net::SocketAddr;

use axum::http::{Request, header};
use domain::Slug;

/// Whom a request is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meant {
    /// The workshop, under this authority (`localhost:3000`).
    Workshop(String),
    /// The preview of a project.
    Preview(Slug),
    /// Nobody here.
    Stranger,
}

/// Whom `request` is meant for, at a server that listens on `here`.
pub(super) fn meant<B>(request: &Request<B>, here: SocketAddr) -> Meant {
    let in_uri = request.uri().authority().map(|authority| authority.as_str());
    let mut in_headers = request.headers().get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
    let authority = match (in_uri, in_headers.next(), in_headers.next()) {
        (Some(uri), None, _) => uri,
        (Some(uri), Some(host), None) if uri.eq_ignore_ascii_case(host) => uri,
        (None, Some(host), None) => host,
        _ => return Meant::Stranger,
    };
    named(&authority.to_ascii_lowercase(), here)
}

fn named(authority: &str, here: SocketAddr) -> Meant {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, Some(80)),
    };
    if port != Some(here.port()) {
        return Meant::Stranger;
    }
    let ip = match here {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    if ["localhost", "127.0.0.1", "[::1]", &ip].contains(&host) {
        return Meant::Workshop(authority.to_owned());
    }
    host.strip_suffix(".localhost").and_then(|slug| slug.parse().ok()).map_or(Meant::Stranger, Meant::Preview)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_with_our_port_are_ours() {
        let here = "127.0.0.1:3000".parse().unwrap();
        for ours in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"] {
            assert_eq!(named(ours, here), Meant::Workshop(ours.into()));
        }
        assert_eq!(named("pod-tracker.localhost:3000", here), Meant::Preview("pod-tracker".parse().unwrap()));
        for stranger in [
            "",
            "localhost",
            "localhost:3001",
            "evil.example:3000",
            "localhost.evil.example:3000",
            "x.localhost:3000",
            "a.b.localhost:3000",
            "127.0.0.1.nip.io:3000",
            "localhost:3000:3000",
            "[::1]",
            "localhost.:3000",
            "localhost:+3000x",
            ".localhost:3000",
        ] {
            assert_eq!(named(stranger, here), Meant::Stranger, "{stranger}");
        }
        assert_eq!(named("localhost", "127.0.0.1:80".parse().unwrap()), Meant::Workshop("localhost".into()));
    }

    #[test]
    fn two_hosts_that_disagree_are_nobodys() {
        let here = "127.0.0.1:3000".parse().unwrap();
        let ask = |uri: &str, hosts: &[&str]| {
            let builder = hosts.iter().fold(Request::builder().uri(uri), |builder, host| builder.header("host", *host));
            meant(&builder.body(()).unwrap(), here)
        };
        assert_eq!(ask("/", &["localhost:3000", "evil.example"]), Meant::Stranger);
        assert_eq!(ask("http://localhost:3000/", &["evil.example"]), Meant::Stranger);
        assert_eq!(ask("/", &[]), Meant::Stranger);
        assert_eq!(ask("http://LOCALHOST:3000/", &["localhost:3000"]), Meant::Workshop("localhost:3000".into()));
    }
}
