//! An origin: scheme, host and port, as browsers compare them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// An origin: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// From its parts; `host` in small letters, an address of IPv6 in brackets.
    #[must_use]
    pub const fn new(https: bool, host: String, port: u16) -> Self {
        Self { https, host, port }
    }

    /// Of a server at `address`; one that listens everywhere is named by this machine's own address.
    #[must_use]
    pub fn of_server(address: SocketAddr, https: bool) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let host = match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self::new(https, host, address.port())
    }

    /// From text like `https://workshop.example`.
    ///
    /// # Errors
    /// In words, when it is something else or more than an origin.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("“{text}” {why}; write it like https://workshop.example");
        let url: Url = text.parse().map_err(|_| wrong("is not a web address"))?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong("begins with neither https:// nor http://")),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => format!("[{ip}]"),
            None => return Err(wrong("names no host")),
        };
        let alone = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !alone || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("says more than scheme, host and port"));
        }
        Ok(Self::new(https, host, url.port().unwrap_or(default_port(https))))
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// `https` or `http`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, the port only where it is not the scheme's own: what browsers send as `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == default_port(self.https) { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The origins one name below: `https://*.workshop.example`, or that of one name.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self::new(self.https, format!("{name}.{}", self.host), self.port)
    }

    /// Whether the host is an address, below which there are no names.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.host.starts_with('[') || self.host.parse::<Ipv4Addr>().is_ok()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme(), self.authority())
    }
}

/// The port of a scheme.
pub(crate) const fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, shown) in [
            ("https://Workshop.Example/", "https://workshop.example"),
            ("https://workshop.example:443", "https://workshop.example"),
            ("https://workshop.example.:8443", "https://workshop.example:8443"),
            ("http://192.168.1.5:3000", "http://192.168.1.5:3000"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), shown);
        }
        for bad in [
            "workshop.example",
            "ftp://workshop.example",
            "https://",
            "https://workshop.example/path",
            "https://workshop.example/?a",
            "https://a:b@workshop.example",
            "*",
            "null",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_that_listens_everywhere_is_found_on_this_machine() {
        let of = |address: &str, https| Origin::of_server(address.parse().unwrap(), https).to_string();
        assert_eq!(of("0.0.0.0:3000", false), "http://127.0.0.1:3000");
        assert_eq!(of("[::]:443", true), "https://[::1]");
        assert_eq!(of("192.168.1.5:3000", false), "http://192.168.1.5:3000");
    }

    #[test]
    fn names_lie_below_names_and_not_below_addresses() {
        let origin = Origin::parse("https://workshop.example:8443").unwrap();
        assert_eq!(origin.below("*").to_string(), "https://*.workshop.example:8443");
        assert!(!origin.is_address());
        assert!(Origin::parse("http://127.0.0.1").unwrap().is_address());
        assert!(Origin::parse("http://[::1]").unwrap().is_address());
    }
}
