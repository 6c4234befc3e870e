//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use accounts::Visit;
use axum::extract::{ConnectInfo, Request};
use axum::http::header;
use domain::account::device_of;

/// Where `request` comes from: the address at the other end of the connection, and what the browser says of itself.
pub(super) fn of(request: &Request) -> Visit {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Without a connection (a router called by a test) the limits count everyone together.
    Visit { device: device_of(agent), address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical() }
}
