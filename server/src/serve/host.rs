//! Whom a request is meant for, by its `Host`: the workshop, a project's preview, or nobody here.
//!
//! A page of another site that makes its own name resolve to this machine (DNS rebinding) is refused here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::{Request, header};
use domain::Slug;

use crate::config::{Config, Origin, default_port};

/// Whom a request is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meant {
    /// The workshop, under this address.
    Workshop(Origin),
    /// The preview of a project, under the name that belongs to this address of the workshop.
    Preview(Slug, Origin),
    /// Nobody here.
    Stranger,
}

/// The addresses by which a server is reached. Cheap to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses<'a> {
    listen: SocketAddr,
    https: bool,
    public: Option<&'a Origin>,
}

impl<'a> Addresses<'a> {
    /// Those of a server with these settings.
    pub(crate) fn of(config: &'a Config) -> Self {
        let Config { server, tls, .. } = config;
        Self { listen: server.listen, https: tls.is_some(), public: server.public_url.as_ref() }
    }

    /// Whom `request` is meant for.
    pub(crate) fn meant<B>(self, request: &Request<B>) -> Meant {
        let in_uri = request.uri().authority().map(|authority| authority.as_str());
        let mut in_headers =
            request.headers().get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
        let authority = match (in_uri, in_headers.next(), in_headers.next()) {
            (Some(uri), None, _) => uri,
            (Some(uri), Some(host), None) if uri.eq_ignore_ascii_case(host) => uri,
            (None, Some(host), None) => host,
            _ => return Meant::Stranger,
        };
        self.named(&authority.to_ascii_lowercase())
    }

    /// Whether what is shown at `origin` can be read and changed on its way by others.
    pub(crate) fn in_the_clear(self, origin: &Origin) -> bool {
        !origin.is_https() && (!self.listen.ip().is_loopback() || self.public == Some(origin))
    }

    /// The address below which the previews lie for someone who reached the workshop at `origin`.
    pub(crate) fn above_previews(self, origin: &Origin) -> Origin {
        let local = || Origin::new(self.https, "localhost".into(), self.listen.port());
        match self.public {
            Some(public) if !public.is_address() && (public == origin || !is_local(origin.host())) => public.clone(),
            _ => local(),
        }
    }

    /// Those of the workshop that have a name of their own: where previews may be shown in frames.
    pub(crate) fn workshops(self) -> impl Iterator<Item = Origin> + use<'a> {
        let local = ["localhost", "127.0.0.1"].map(|host| Origin::new(self.https, host.into(), self.listen.port()));
        local.into_iter().chain(self.public.cloned())
    }

    /// The address of the workshop that is written `authority`, if it has that.
    pub(crate) fn workshop(self, authority: &str) -> Option<Origin> {
        match self.named(authority) {
            Meant::Workshop(origin) => Some(origin),
            Meant::Preview(..) | Meant::Stranger => None,
        }
    }

    fn named(self, authority: &str) -> Meant {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => match number(port) {
                Some(port) => (host, Some(port)),
                None => return Meant::Stranger,
            },
            _ => (authority, None),
        };
        if let Some(public) = self.public
            && port.unwrap_or(default_port(public.is_https())) == public.port()
        {
            if host == public.host() {
                return Meant::Workshop(public.clone());
            }
            if let Some(preview) = below(host, public.host(), public).filter(|_| !public.is_address()) {
                return preview;
            }
        }
        if port.unwrap_or(default_port(self.https)) != self.listen.port() {
            return Meant::Stranger;
        }
        if is_local(host) || self.is_own_address(host) {
            return Meant::Workshop(Origin::new(self.https, host.to_owned(), self.listen.port()));
        }
        below(host, "localhost", &Origin::of_server(self.listen, self.https)).unwrap_or(Meant::Stranger)
    }

    /// No other site can have an address of this machine as its name.
    fn is_own_address(self, host: &str) -> bool {
        let ip = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').and_then(|text| text.parse::<Ipv6Addr>().ok()).map(IpAddr::from),
            None => host.parse::<Ipv4Addr>().ok().map(IpAddr::from),
        };
        ip.is_some_and(|ip| self.listen.ip().is_unspecified() || self.listen.ip() == ip)
    }
}

fn is_local(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

/// A port as it is written: digits only.
fn number(port: &str) -> Option<u16> {
    port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The preview that lies one name below `parent`, of the workshop at `workshop`.
fn below(host: &str, parent: &str, workshop: &Origin) -> Option<Meant> {
    let slug = host.strip_suffix(parent)?.strip_suffix('.')?;
    Some(slug.parse().map_or(Meant::Stranger, |slug| Meant::Preview(slug, workshop.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(listen: &str) -> Addresses<'static> {
        Addresses { listen: listen.parse().unwrap(), https: false, public: None }
    }

    fn workshop(origin: &str) -> Meant {
        Meant::Workshop(Origin::parse(origin).unwrap())
    }

    fn preview(slug: &str, workshop: &str) -> Meant {
        Meant::Preview(slug.parse().unwrap(), Origin::parse(workshop).unwrap())
    }

    #[test]
    fn only_our_own_names_with_our_port_are_ours() {
        let here = at("127.0.0.1:3000");
        for ours in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"] {
            assert_eq!(here.named(ours), workshop(&format!("http://{ours}")));
        }
        assert_eq!(here.named("pod-tracker.localhost:3000"), preview("pod-tracker", "http://127.0.0.1:3000"));
        assert_eq!(here.workshop("localhost:3000"), Some(Origin::parse("http://localhost:3000").unwrap()));
        for no_workshop in
            ["pod-tracker.localhost:3000", "evil.example:3000", "localhost:3000/x", "", "a@localhost:3000"]
        {
            assert_eq!(here.workshop(no_workshop), None, "{no_workshop}");
        }
        for stranger in [
            "",
            "localhost",
            "localhost:3001",
            "evil.example:3000",
            "localhost.evil.example:3000",
            "x.localhost:3000",
            "a.b.localhost:3000",
            "127.0.0.1.nip.io:3000",
            "192.168.1.5:3000",
            "localhost:3000:3000",
            "[::1]",
            "localhost.:3000",
            "localhost:+3000",
            "localhost:+3000x",
            ".localhost:3000",
        ] {
            assert_eq!(here.named(stranger), Meant::Stranger, "{stranger}");
        }
        assert_eq!(at("127.0.0.1:80").named("localhost"), workshop("http://localhost"));
    }

    #[test]
    fn a_server_that_listens_everywhere_answers_to_addresses_and_to_no_other_name() {
        let here = at("0.0.0.0:3000");
        for ours in ["localhost:3000", "192.168.1.5:3000", "[fd00::5]:3000"] {
            assert_eq!(here.named(ours), workshop(&format!("http://{ours}")));
        }
        for stranger in ["evil.example:3000", "192.168.1.5", "192.168.1.5.nip.io:3000", "1921681:3000", "[x]:3000"] {
            assert_eq!(here.named(stranger), Meant::Stranger, "{stranger}");
        }
        assert_eq!(at("192.168.1.5:80").named("192.168.1.5"), workshop("http://192.168.1.5"));
        assert_eq!(at("192.168.1.5:80").named("192.168.1.6"), Meant::Stranger);
    }

    #[test]
    fn the_public_name_is_ours_and_so_are_the_names_below_it() {
        let public = Origin::parse("https://workshop.example").unwrap();
        let here = Addresses { public: Some(&public), ..at("127.0.0.1:3000") };
        for ours in ["workshop.example", "workshop.example:443"] {
            assert_eq!(here.named(ours), workshop("https://workshop.example"));
        }
        assert_eq!(here.named("pod-tracker.workshop.example"), preview("pod-tracker", "https://workshop.example"));
        assert_eq!(here.named("localhost:3000"), workshop("http://localhost:3000"));
        for stranger in ["workshop.example:3000", "workshop.example:80", "a.b.workshop.example", "xworkshop.example"] {
            assert_eq!(here.named(stranger), Meant::Stranger, "{stranger}");
        }
        let address = Origin::parse("http://192.168.1.5").unwrap();
        let by_address = Addresses { public: Some(&address), ..at("127.0.0.1:3000") };
        assert_eq!(by_address.named("192.168.1.5"), workshop("http://192.168.1.5"));
        assert_eq!(by_address.named("pods.192.168.1.5"), Meant::Stranger);
    }

    #[test]
    fn previews_lie_where_the_one_who_looks_can_reach_them() {
        let public = Origin::parse("https://workshop.example").unwrap();
        let local = Origin::parse("http://127.0.0.1:3000").unwrap();
        let here = Addresses { public: Some(&public), ..at("127.0.0.1:3000") };
        assert_eq!(here.above_previews(&public).below("pods").to_string(), "https://pods.workshop.example");
        assert_eq!(here.above_previews(&local).below("pods").to_string(), "http://pods.localhost:3000");
    }

    #[test]
    fn only_tls_and_this_very_machine_keep_what_is_said() {
        let https = Origin::parse("https://workshop.example").unwrap();
        let http = Origin::parse("http://workshop.example").unwrap();
        let local = Origin::parse("http://127.0.0.1:3000").unwrap();
        assert!(!at("127.0.0.1:3000").in_the_clear(&local));
        assert!(at("0.0.0.0:3000").in_the_clear(&local));
        assert!(!Addresses { public: Some(&https), ..at("0.0.0.0:3000") }.in_the_clear(&https));
        assert!(Addresses { public: Some(&http), ..at("127.0.0.1:3000") }.in_the_clear(&http));
    }

    #[test]
    fn two_hosts_that_disagree_are_nobodys() {
        let ask = |uri: &str, hosts: &[&str]| {
            let builder = hosts.iter().fold(Request::builder().uri(uri), |builder, host| builder.header("host", *host));
            at("127.0.0.1:3000").meant(&builder.body(()).unwrap())
        };
        assert_eq!(ask("/", &["localhost:3000", "evil.example"]), Meant::Stranger);
        assert_eq!(ask("http://localhost:3000/", &["evil.example"]), Meant::Stranger);
        assert_eq!(ask("/", &[]), Meant::Stranger);
        assert_eq!(ask("http://LOCALHOST:3000/", &["localhost:3000"]), workshop("http://localhost:3000"));
    }
}
