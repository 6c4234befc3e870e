//! Where a request comes from: behind a trusted proxy, from whom the proxy says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use accounts::Visit;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, header};
use domain::account::device_of;
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where `request` comes from: the address at the other end of the connection, or the one that trusted `proxies` name,
/// and what the browser says of itself.
pub(crate) fn of(request: &Request, proxies: &[IpNet]) -> Visit {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Without a connection (a router called by a test) the limits count everyone together.
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    Visit { device: device_of(agent), address: client(peer, request.headers(), proxies) }
}

/// Each proxy adds at the right whom it was asked by. What stands left of the first that is not trusted, anyone may
/// have written.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    let mut nearest = peer;
    if !trusted(nearest) {
        return nearest;
    }
    let said: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().flat_map(|value| value.to_str().unwrap_or("?").split(',')).collect();
    for entry in said.into_iter().rev() {
        let Some(address) = address(entry.trim()) else { break };
        nearest = address;
        if !trusted(nearest) {
            break;
        }
    }
    nearest
}

/// An address, which some proxies write with its port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port).map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, said: &[&str]) -> String {
        let proxies: Vec<IpNet> = ["127.0.0.1/32", "10.0.0.0/8"].iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        client(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(seen("192.0.2.7", &["203.0.113.9"]), "192.0.2.7");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn proxies_are_believed_from_the_right_as_far_as_they_are_trusted() {
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, 203.0.113.9, 10.1.2.3"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1", "203.0.113.9", "10.1.2.3"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9, 10.1.2.3"]), "10.9.9.9");
        assert_eq!(seen("127.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9:5678"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["::ffff:203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn what_cannot_be_read_ends_the_belief() {
        assert_eq!(seen("127.0.0.1", &["203.0.113.9, unknown"]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9, , 10.1.2.3"]), "10.1.2.3");
    }
}
