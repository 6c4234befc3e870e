//! The section `server`: where it answers, its site folder, how long it takes to stop.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::values::Values;

/// Where the server answers, and how it stops.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder of the pages' scripts and styles.
    pub site: PathBuf,
    /// How long open requests may take once the server stops.
    pub shutdown: Duration,
}

pub(super) fn read(values: &mut Values, default_listen: SocketAddr) -> Server {
    let listen = values.take("server.listen", default_listen, |value| listen(&value.text));
    let here = values.here.clone();
    let default_site = default_site(&here);
    let site = values.take("server.site", default_site, |value| Ok(value.source.folder(&here).join(&value.text)));
    let shutdown = values.take("server.shutdown_seconds", 10, |value| match value.text.parse() {
        Ok(seconds @ 1..=60) => Ok(seconds),
        _ => Err(format!("“{}” will not do; give whole seconds from 1 to 60", value.text)),
    });
    Server { listen, site, shutdown: Duration::from_secs(shutdown) }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let address = match text.strip_prefix("localhost:").map(str::parse) {
        Some(Ok(port)) => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        Some(Err(_)) => None,
        None => text.parse().ok(),
    };
    let address: SocketAddr = address
        .ok_or_else(|| format!("“{text}” is not an address with a port; write it like 127.0.0.1:3000 or [::1]:3000"))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    let port = address.port();
    Err(format!(
        "{address} can be reached from other machines, and the workshop has no accounts yet, so anyone there could act as you. \
         Listen on 127.0.0.1:{port} or [::1]:{port}; to use it from elsewhere: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"
    ))
}

/// Beside the binary where there is one, else where the build puts it.
fn default_site(here: &Path) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("site")));
    beside.filter(|site| site.join("pkg").is_dir()).unwrap_or_else(|| here.join("target/site"))
}
