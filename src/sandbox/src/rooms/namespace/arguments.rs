//! What bubblewrap is asked for: namespaces, and what of this machine can be seen in them.

use std::fs;
use std::path::{Component, Path};

use domain::sandbox::Network;
use room::enter::Argument;
use room::{GUEST_ID, HOME, PROGRAM, PROXY_SOCKET, WORK};

use crate::Fault;
use crate::rooms::Order;
use crate::rooms::namespace::settings;

/// Folders at the top with programs and libraries; on most systems only links into `/usr`.
const TOP: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// Folders that are something else inside; tools of the host cannot be shown there or below.
const TAKEN: [&str; 9] = ["/proc", "/dev", "/sys", "/run", "/etc", "/tmp", WORK, HOME, PROGRAM];

/// The arguments for one sandbox; `etc` is what it finds under that name.
pub(super) fn arguments(order: &Order, etc: &Path) -> Result<Vec<Argument>, Fault> {
    let mut list = List(Vec::new());
    list.text(["--unshare-all", "--unshare-user", "--disable-userns", "--hostname", "sandbox"]);
    if order.profile.network == Network::Full {
        list.text(["--share-net"]);
    }
    list.text(["--as-pid-1", "--die-with-parent", "--new-session"]);
    let guest = GUEST_ID.to_string();
    list.text(["--uid", &guest, "--gid", &guest]);
    // For what the program inside mounts before anything else; it gives them up then.
    list.text(["--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP"]);
    list.text(["--info-fd"]).0.push(Argument::Report);

    list.text(["--ro-bind", "/usr", "/usr"]);
    for path in TOP {
        match fs::read_link(path) {
            Ok(target) => list.text(["--symlink", &target.to_string_lossy(), path]),
            Err(_) => list.text(["--ro-bind-try", path, path]),
        };
    }
    list.folder(&text(etc)?, "/etc");
    if order.profile.network == Network::Full {
        list.text(["--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf"]);
    }

    list.text(["--proc", "/proc"]).0.push(Argument::Devices);
    for path in [WORK, "/tmp", HOME] {
        list.text(["--dir", path]);
    }
    if let Some(folder) = &order.proxy {
        let place = Path::new(PROXY_SOCKET).parent().unwrap_or(Path::new("/run/proxy"));
        list.folder(&text(folder)?, &place.to_string_lossy());
    }
    for folder in &order.tools {
        check_tools(folder)?;
        let path = text(folder)?;
        list.folder(&path, &path);
    }
    list.text(["--symlink", &format!("etc/{}", settings::PROGRAM), PROGRAM]);
    list.text(["--chdir", "/", "--", PROGRAM, "init"]);
    Ok(list.0)
}

struct List(Vec<Argument>);

impl List {
    fn text<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> &mut Self {
        self.0.extend(texts.into_iter().map(|text| Argument::Text(text.to_owned())));
        self
    }

    fn folder(&mut self, from: &str, to: &str) {
        self.text(["--ro-bind"]).0.push(Argument::Folder(from.to_owned()));
        self.text([to]);
    }
}

fn text(path: &Path) -> Result<String, Fault> {
    let refused = || Fault::Refused(format!("The folder “{}” has a name that is not UTF-8.", path.display()));
    path.to_str().map(str::to_owned).ok_or_else(refused)
}

/// Whether a folder with tools can be shown inside where it is.
fn check_tools(folder: &Path) -> Result<(), Fault> {
    let refused = |why: &str| Err(Fault::Refused(format!("tools: “{}” {why}", folder.display())));
    let plain = folder.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if !folder.is_absolute() || !plain || folder.parent().is_none() {
        return refused("must be the absolute path of a folder, without “..”.");
    }
    if let Some(taken) = TAKEN.iter().find(|taken| folder.starts_with(taken) || Path::new(taken).starts_with(folder)) {
        return refused(&format!("cannot be shown in sandboxes: {taken} is something else there. Move the tools."));
    }
    if !folder.is_dir() {
        return refused("is not a folder that is there.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_stay_out_of_what_is_different_inside() {
        for wrong in ["relative", "/", "/usr/../etc", "/tmp/tools", "/home", "/work", "/proc/self", "/no/such/folder"] {
            assert!(matches!(check_tools(Path::new(wrong)), Err(Fault::Refused(_))), "{wrong}");
        }
        check_tools(Path::new("/usr/lib")).unwrap();
    }
}
