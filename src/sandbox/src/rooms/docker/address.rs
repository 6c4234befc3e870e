//! Where an engine answers.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Fault, Settings};

/// Where an engine answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// At a socket of this machine.
    Unix(PathBuf),
    /// At a port, of this machine or another.
    Tcp {
        /// Its name or address, an IPv6 address without brackets.
        host: String,
        /// Its port.
        port: u16,
        /// The folder with `ca.pem`, `cert.pem` and `key.pem`; without: no TLS.
        tls: Option<PathBuf>,
    },
}

impl Address {
    /// What `text` says, as in `DOCKER_HOST`: `unix:///run/docker.sock`, `tcp://host:2376`. With `tls`, TCP is spoken
    /// through TLS by the files in that folder.
    ///
    /// # Errors
    /// `Refused`, saying what it must be.
    pub fn parse(text: &str, tls: Option<&Path>) -> Result<Self, Fault> {
        let wrong = |why: &str| {
            Fault::Refused(format!(
                "The engine's address “{text}” {why}. Write unix:///path/of/the.sock or tcp://host:port."
            ))
        };
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(rest.into())),
            "unix" => Err(wrong("is no absolute path")),
            "tcp" | "http" | "https" => {
                let rest = rest.trim_end_matches('/');
                let usual = if tls.is_some() || scheme == "https" { 2376 } else { 2375 };
                let (host, port) =
                    split_port(rest, usual).ok_or_else(|| wrong("has no host, or a port that is none"))?;
                if scheme == "https" && tls.is_none() {
                    return Err(wrong("asks for TLS, for which the settings name no folder of certificates"));
                }
                Ok(Self::Tcp { host, port, tls: tls.map(Path::to_owned) })
            }
            "ssh" => Err(wrong("is reached by SSH, which is not spoken here: forward its socket with ssh -L")),
            _ => Err(wrong("has a scheme that is not known")),
        }
    }

    /// Where to look, in this order: where the settings say; else where the environment says; else at the usual
    /// places of Docker and Podman, with root's rights and without.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn candidates(settings: &Settings, environment: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Self>, Fault> {
        if let Some(engine) = &settings.engine {
            return Ok(vec![Self::parse(engine, settings.tls.as_deref())?]);
        }
        if let Some(host) = environment("DOCKER_HOST").filter(|host| !host.is_empty()) {
            let told = environment("DOCKER_CERT_PATH").filter(|_| environment("DOCKER_TLS_VERIFY").is_some());
            let tls = settings.tls.clone().or_else(|| told.map(PathBuf::from));
            return Ok(vec![Self::parse(&host, tls.as_deref())?]);
        }
        let own = environment("XDG_RUNTIME_DIR").filter(|folder| folder.starts_with('/')).map(PathBuf::from);
        let mut found = vec![Self::Unix("/var/run/docker.sock".into())];
        found.extend(own.iter().map(|folder| Self::Unix(folder.join("docker.sock"))));
        found.extend(own.iter().map(|folder| Self::Unix(folder.join("podman/podman.sock"))));
        found.push(Self::Unix("/run/podman/podman.sock".into()));
        Ok(found)
    }

    /// Whether it is on this machine, so that its containers can be shown folders of ours.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Unix(_))
    }

    /// Whether others could listen or speak up on the way.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        match self {
            Self::Unix(_) | Self::Tcp { tls: Some(_), .. } => false,
            Self::Tcp { host, .. } => {
                host != "localhost" && !host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

/// The host and port of `host:port`, `[::1]:port`, or of a host alone.
fn split_port(text: &str, usual: u16) -> Option<(String, u16)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
    } else {
        text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)))
    };
    let port = port.map_or(Some(usual), |port| port.parse().ok().filter(|port| *port != 0))?;
    let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:%".contains(c));
    plain.then(|| (host.to_owned(), port))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port, .. } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port, .. } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16, tls: Option<&str>) -> Address {
        Address::Tcp { host: host.into(), port, tls: tls.map(PathBuf::from) }
    }

    #[test]
    fn addresses_are_read_as_docker_writes_them() {
        let tls = Some(Path::new("/certs"));
        for (text, tls, expected) in [
            ("unix:///var/run/docker.sock", None, Address::Unix("/var/run/docker.sock".into())),
            ("tcp://engine.example:2376", tls, tcp("engine.example", 2376, Some("/certs"))),
            ("tcp://engine.example", tls, tcp("engine.example", 2376, Some("/certs"))),
            ("tcp://10.0.0.7", None, tcp("10.0.0.7", 2375, None)),
            ("http://localhost:99/", None, tcp("localhost", 99, None)),
            ("https://[fd00::1]:2376", tls, tcp("fd00::1", 2376, Some("/certs"))),
        ] {
            assert_eq!(Address::parse(text, tls).unwrap(), expected, "{text}");
        }
        assert_eq!(tcp("fd00::1", 1, None).to_string(), "tcp://[fd00::1]:1");
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_would_be() {
        for text in [
            "/var/run/docker.sock",
            "unix://docker.sock",
            "tcp://:2375",
            "tcp://host:0",
            "tcp://host:port",
            "tcp://user@host",
            "tcp://[::1",
            "https://engine.example",
            "ssh://root@engine.example",
            "npipe:////./pipe/docker_engine",
        ] {
            let fault = Address::parse(text, None).unwrap_err().to_string();
            assert!(fault.contains(text) && fault.contains("unix:///path"), "{fault}");
        }
    }

    #[test]
    fn the_settings_come_before_the_environment_and_that_before_the_usual_places() {
        let environment = |name: &str| match name {
            "DOCKER_HOST" => Some("tcp://there".to_owned()),
            "DOCKER_TLS_VERIFY" => Some("1".to_owned()),
            "DOCKER_CERT_PATH" => Some("/certs".to_owned()),
            "XDG_RUNTIME_DIR" => Some("/run/user/7".to_owned()),
            _ => None,
        };
        let settings = Settings { engine: Some("unix:///here".into()), ..Settings::default() };
        assert_eq!(Address::candidates(&settings, &environment).unwrap(), [Address::Unix("/here".into())]);
        let found = Address::candidates(&Settings::default(), &environment).unwrap();
        assert_eq!(found, [tcp("there", 2376, Some("/certs"))]);
        let usual = |name: &str| environment(name).filter(|_| name == "XDG_RUNTIME_DIR");
        let found: Vec<String> =
            Address::candidates(&Settings::default(), &usual).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "unix:///var/run/docker.sock",
                "unix:///run/user/7/docker.sock",
                "unix:///run/user/7/podman/podman.sock",
                "unix:///run/podman/podman.sock"
            ]
        );
    }

    #[test]
    fn only_tcp_without_tls_to_elsewhere_is_exposed() {
        for (address, exposed) in [
            (Address::Unix("/s".into()), false),
            (tcp("localhost", 1, None), false),
            (tcp("127.0.0.1", 1, None), false),
            (tcp("::1", 1, None), false),
            (tcp("10.0.0.7", 1, None), true),
            (tcp("10.0.0.7", 1, Some("/certs")), false),
        ] {
            assert_eq!(address.is_exposed(), exposed, "{address}");
        }
    }
}
