//! Which places a sandbox may reach.

use std::fmt;

use url::Url;

use crate::Fault;

/// The places that may be reached: by name and port, and by TLS or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    places: Vec<Place>,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    host: Host,
    port: u16,
    tls: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    /// This one. Who named it means it, wherever on the network it stands.
    Exactly(String),
    /// Every one below this one. Others may give out names there, so these must stand on the public internet.
    Below(String),
}

/// How sure it is that a place is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// It was named.
    Exactly,
    /// A whole family of names was.
    AsOneOfMany,
}

impl Allow {
    /// Adds a place: a host name (`packages.example.org`), all names below one (`*.packages.example.org`), each with a
    /// port where it is not 443; or the address of a registry, of which host and port count.
    ///
    /// # Errors
    /// [`Fault::Refused`], saying how a place is written.
    pub fn add(&mut self, place: &str) -> Result<(), Fault> {
        let place = read(place.trim()).ok_or_else(|| {
            Fault::Refused(format!(
                "“{}” is no place to let packages come from. Write a host name such as packages.example.org, all names \
                 below one as *.example.org, or the address of a registry.",
                place.chars().filter(|c| !c.is_control()).take(80).collect::<String>()
            ))
        })?;
        if !self.places.contains(&place) {
            self.places.push(place);
        }
        Ok(())
    }

    /// Whether nothing may be reached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether a place may be reached. `host` is in lower case and without a dot at its end.
    pub(super) fn find(&self, host: &str, port: u16, tls: bool) -> Option<Meant> {
        let fits = |place: &&Place| place.port == port && place.tls == tls;
        let places = self.places.iter().filter(fits);
        places
            .filter_map(|place| match &place.host {
                Host::Exactly(name) => (name == host).then_some(Meant::Exactly),
                Host::Below(suffix) => {
                    let inner = host.strip_suffix(suffix.as_str())?.strip_suffix('.')?;
                    (!inner.is_empty() && !host.starts_with('.')).then_some(Meant::AsOneOfMany)
                }
            })
            .min_by_key(|meant| *meant == Meant::AsOneOfMany)
    }
}

/// As in settings, for people.
impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, place) in self.places.iter().enumerate() {
            let (star, host) = match &place.host {
                Host::Exactly(host) => ("", host),
                Host::Below(host) => ("*.", host),
            };
            let scheme = if place.tls { "" } else { "http://" };
            let usual = place.port == if place.tls { 443 } else { 80 };
            write!(f, "{}{scheme}{star}{host}", if index == 0 { "" } else { ", " })?;
            if !usual {
                write!(f, ":{}", place.port)?;
            }
        }
        Ok(())
    }
}

fn read(place: &str) -> Option<Place> {
    if place.contains("://") {
        let url = Url::parse(place).ok()?;
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = Host::Exactly(plain(url.host_str()?)?);
        return Some(Place { host, port: url.port_or_known_default()?, tls });
    }
    let (below, rest) = place.strip_prefix("*.").map_or((false, place), |rest| (true, rest));
    let (host, port) = authority(rest, 443)?;
    // A name without a dot could be any machine of the own network, and `*.org` half of the internet.
    let host = if below {
        if !host.contains('.') || host.parse::<std::net::Ipv4Addr>().is_ok() || host.starts_with('[') {
            return None;
        }
        Host::Below(host)
    } else {
        Host::Exactly(host)
    };
    Some(Place { host, port, tls: true })
}

/// Host and port of `host:port`, the host as it is compared.
pub(super) fn authority(text: &str, usual_port: u16) -> Option<(String, u16)> {
    let digits = |port: &str| {
        let plain = !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| port.parse::<u16>().ok()).flatten().filter(|port| *port != 0)
    };
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, digits(port)?),
        _ => (text, usual_port),
    };
    Some((plain(host)?, port))
}

/// A host in the one way it is compared: ASCII, lower case, without a dot at its end.
fn plain(host: &str) -> Option<String> {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Some(format!("[{}]", address.parse::<std::net::Ipv6Addr>().ok()?));
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    (host.len() <= 253 && host.split('.').all(label)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(places: &[&str]) -> Allow {
        let mut allow = Allow::default();
        for place in places {
            allow.add(place).unwrap();
        }
        allow
    }

    #[test]
    fn what_was_named_is_let_through_and_nothing_like_it() {
        let allow = allow(&[
            "packages.example.org",
            "*.files.example.org",
            "https://user:secret@mirror.example:8443/npm/",
            "http://10.0.0.5:4873/",
            "https://[2001:DB8::1]/",
        ]);
        for (host, port, tls, meant) in [
            ("packages.example.org", 443, true, Some(Meant::Exactly)),
            ("a.files.example.org", 443, true, Some(Meant::AsOneOfMany)),
            ("a.b.files.example.org", 443, true, Some(Meant::AsOneOfMany)),
            ("mirror.example", 8443, true, Some(Meant::Exactly)),
            ("10.0.0.5", 4873, false, Some(Meant::Exactly)),
            ("[2001:db8::1]", 443, true, Some(Meant::Exactly)),
            ("packages.example.org", 80, true, None),
            ("packages.example.org", 443, false, None),
            ("packages.example.org", 22, true, None),
            ("files.example.org", 443, true, None),
            (".files.example.org", 443, true, None),
            ("evilfiles.example.org", 443, true, None),
            ("packages.example.org.evil.example", 443, true, None),
            ("evil.packages.example.org", 443, true, None),
            ("mirror.example", 443, true, None),
            ("10.0.0.5", 4873, true, None),
        ] {
            assert_eq!(allow.find(host, port, tls), meant, "{host}:{port}");
        }
        assert_eq!(
            allow.to_string(),
            "packages.example.org, *.files.example.org, mirror.example:8443, http://10.0.0.5:4873, [2001:db8::1]"
        );
    }

    #[test]
    fn a_place_is_written_in_one_of_three_ways() {
        for place in [
            "",
            "*",
            "*.",
            "*.org",
            "*.*.example.org",
            "*.1.2.3.4",
            "a b",
            "a/b",
            "a..b",
            "ftp://example.org",
            "a:0",
            "a:99999",
            "a:+80",
            "a:",
            "https://",
            "example.org\n",
            "user@example.org",
            "[::1",
            "münchen.example",
        ] {
            let added = Allow::default().add(place);
            // A line break at the end is nothing that anyone means.
            assert_eq!(added.is_ok(), place == "example.org\n", "{place:?}");
        }
    }
}
