//! The proxy that this machine itself goes through, where it has to.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use url::Url;

use crate::Fault;

/// The proxies that this machine goes through, as its environment names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upstream {
    https: Option<Via>,
    http: Option<Via>,
    without: Vec<Without>,
}

/// One proxy. What it is to be told is a secret.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Via {
    pub(super) host: String,
    pub(super) port: u16,
    /// For the header `Proxy-Authorization`.
    pub(super) authorization: Option<String>,
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A place that is reached without a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Without {
    Everything,
    /// A host and all below it; only at that port, where there is one.
    Host(String, Option<u16>),
}

impl Upstream {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower case first.
    ///
    /// # Errors
    /// [`Fault::Refused`] names a variable that holds no address of an HTTP proxy.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let get = |name: &str| {
            let found =
                |name: String| variable(&name).filter(|value| !value.trim().is_empty()).map(|value| (name, value));
            found(name.to_lowercase()).or_else(|| found(name.to_owned()))
        };
        let via = |name| get(name).or_else(|| get("ALL_PROXY")).map(|(name, value)| via(&name, &value)).transpose();
        let without = get("NO_PROXY").map(|(_, value)| value.split([',', ' ']).filter_map(without).collect());
        Ok(Self { https: via("HTTPS_PROXY")?, http: via("HTTP_PROXY")?, without: without.unwrap_or_default() })
    }

    /// The proxy on the way to a place.
    pub(super) fn to(&self, host: &str, port: u16, tls: bool) -> Option<&Via> {
        let via = if tls { self.https.as_ref() } else { self.http.as_ref() };
        via.filter(|_| !self.without.iter().any(|without| without.is(host, port)))
    }
}

impl Without {
    fn is(&self, host: &str, port: u16) -> bool {
        match self {
            Self::Everything => true,
            Self::Host(name, at) => {
                let below = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                below && at.is_none_or(|at| at == port)
            }
        }
    }
}

fn without(entry: &str) -> Option<Without> {
    let entry = entry.trim().to_ascii_lowercase();
    let entry = entry.strip_prefix("*.").unwrap_or(&entry);
    match entry {
        "" => None,
        "*" => Some(Without::Everything),
        _ => {
            let (host, port) = match entry.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
                _ => (entry, None),
            };
            Some(Without::Host(host.trim_start_matches('.').to_owned(), port))
        }
    }
}

fn via(name: &str, value: &str) -> Result<Via, Fault> {
    // Without the value: it may hold a password.
    let refused =
        || Fault::Refused(format!("{name} must be the address of an HTTP proxy, such as http://proxy.example:3128."));
    let value = value.trim();
    let url = if value.contains("://") { Url::parse(value) } else { Url::parse(&format!("http://{value}")) };
    let url = url.ok().filter(|url| url.scheme() == "http").ok_or_else(refused)?;
    let decoded = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    let authorization = (!url.username().is_empty()).then(|| {
        let secret = format!("{}:{}", decoded(url.username()), decoded(url.password().unwrap_or_default()));
        format!("Basic {}", BASE64_STANDARD.encode(secret))
    });
    let host = url.host_str().ok_or_else(refused)?.to_owned();
    Ok(Via { host, port: url.port_or_known_default().ok_or_else(refused)?, authorization })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(variables: &[(&str, &str)]) -> Result<Upstream, Fault> {
        let variables: Vec<_> = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Upstream::from_environment(|name| variables.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()))
    }

    #[test]
    fn the_way_is_the_one_that_other_programs_take() {
        let upstream = upstream(&[
            ("https_proxy", "http://me:p%40ss@proxy.example:3128"),
            ("HTTPS_PROXY", "http://other.example:1"),
            ("ALL_PROXY", "all.example:8080"),
            ("NO_PROXY", "localhost, .internal.example,*.lab.example,10.0.0.1,port.example:8443"),
        ])
        .unwrap();
        let secret = upstream.to("packages.example", 443, true).unwrap();
        assert_eq!((secret.host.as_str(), secret.port), ("proxy.example", 3128));
        assert_eq!(secret.authorization.as_deref(), Some("Basic bWU6cEBzcw=="));
        assert!(!format!("{upstream:?}").contains("Basic"));
        assert_eq!(upstream.to("packages.example", 80, false).unwrap().host, "all.example");
        for (host, port) in [
            ("localhost", 443),
            ("a.internal.example", 443),
            ("internal.example", 443),
            ("a.lab.example", 443),
            ("10.0.0.1", 443),
            ("port.example", 8443),
        ] {
            assert_eq!(upstream.to(host, port, true), None, "{host}");
        }
        for (host, port) in [("port.example", 443), ("notinternal.example", 443), ("internal.example.org", 443)] {
            assert!(upstream.to(host, port, true).is_some(), "{host}");
        }
    }

    #[test]
    fn without_variables_there_is_none_and_wrong_ones_are_named_without_their_secret() {
        assert_eq!(upstream(&[("HTTPS_PROXY", " ")]).unwrap(), Upstream::default());
        assert_eq!(upstream(&[("HTTP_PROXY", "http://p:1"), ("no_proxy", "*")]).unwrap().to("a", 80, false), None);
        for value in ["socks5://me:secret@a", "https://me:secret@a", "http://"] {
            let fault = upstream(&[("HTTPS_PROXY", value)]).unwrap_err().to_string();
            assert!(fault.contains("HTTPS_PROXY") && !fault.contains("secret"), "{fault}");
        }
    }
}
