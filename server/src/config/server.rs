//! The section `server`: where it answers, by which address it is reached, its site folder, how long it takes to stop.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use super::origin::Origin;
use super::values::Values;

/// Where the server answers, by which address it is reached, and how it stops.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address by which people reach it, where that is another one.
    pub public_url: Option<Origin>,
    /// The proxies that are believed when they say whom a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// The other sites whose pages may use the API, with a token.
    pub cors_origins: Vec<Origin>,
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
    Server {
        listen,
        public_url: values.take("server.public_url", None, |value| Origin::parse(&value.text).map(Some)),
        trusted_proxies: values.take("server.trusted_proxies", Vec::new(), |value| list(&value.text, network)),
        cors_origins: values.take("server.cors_origins", Vec::new(), |value| list(&value.text, Origin::parse)),
        site,
        shutdown: Duration::from_secs(shutdown),
    }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let address = match text.strip_prefix("localhost:").map(str::parse) {
        Some(Ok(port)) => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        Some(Err(_)) => None,
        None => text.parse().ok(),
    };
    address.ok_or_else(|| format!("“{text}” is not an address with a port; write it like 127.0.0.1:3000 or [::1]:3000"))
}

/// What stands between commas.
fn list<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(read).collect()
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("“{text}” is neither an address nor a network; write it like 127.0.0.1 or 10.0.0.0/8"))
}

/// Beside the binary where there is one, else where the build puts it.
fn default_site(here: &Path) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("site")));
    beside.filter(|site| site.join("pkg").is_dir()).unwrap_or_else(|| here.join("target/site"))
}
