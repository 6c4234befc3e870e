//! The address to answer at: free, or held by this very workshop.

use std::io;

use tokio::net::TcpListener;

use super::{Occasion, Report};
use crate::config::Config;

const CHECK: &str = "address";

pub(super) async fn check(config: &Config, occasion: Occasion, report: &mut Report) {
    let address = config.server.listen;
    match TcpListener::bind(address).await {
        Ok(_) => report.ok(CHECK, format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if let (Occasion::Asked, Some(holder)) = (occasion, crate::serve::lock::holder(config)) {
                return report.ok(CHECK, format!("{address} is in use, and this workshop is running ({holder})"));
            }
            report.failed(
                CHECK,
                format!("{address} is in use by another program"),
                format!(
                    "See which: ss -ltnp 'sport = :{port}'\nor take another: TATWATS_LISTEN=127.0.0.1:{other}",
                    port = address.port(),
                    other = other(address.port())
                ),
            );
        }
        Err(error) => {
            report.failed(CHECK, format!("{address} cannot be listened on: {error}"), fix(&error, address.port()))
        }
    }
}

fn fix(error: &io::Error, port: u16) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("Ports below 1024 need root; take another: TATWATS_LISTEN=127.0.0.1:{}", other(port))
        }
        _ => "Take an address of this machine: TATWATS_LISTEN=127.0.0.1:3000".into(),
    }
}

/// A port that is likelier to do.
const fn other(port: u16) -> u16 {
    if port < 1024 { port + 8000 } else { port.saturating_add(1) }
}
