//! What an engine is told to make: a container with nothing in it that its guests do not need.

use std::collections::HashMap;
use std::path::Path;

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, Mount,
    MountBindOptions, MountBindOptionsPropagationEnum, MountType, ResourcesUlimits,
};
use domain::sandbox::{Network, Profile};
use room::{HOME, PROGRAM, PROXY_SOCKET, WORK};

use crate::rooms::Order;

/// Names the node that made a container.
pub(super) const NODE: &str = "tatwats.node";
/// Names the sandbox that a container is.
pub(super) const SANDBOX: &str = "tatwats.sandbox";
/// Says what a container is for.
const PURPOSE: &str = "tatwats.purpose";
/// The program itself needs some files open, however few its guests may have. It limits them by itself.
const LEAST_OPEN_FILES: i64 = 1024;
/// Processes and threads of the program itself, which are not its guests'.
const OWN_PIDS: i64 = 8;

/// What the engine calls the sandbox.
pub(super) fn container_name(order: &Order) -> String {
    format!("tatwats-{}", order.id.simple())
}

/// The container for `order`, from the image of that name, as that user, in the words of Docker or of Podman. With
/// `hosts` the engine makes no network of its own for it.
pub(super) fn container(
    order: &Order,
    image: &str,
    user: u32,
    podman: bool,
    hosts: Option<&Path>,
) -> ContainerCreateBody {
    let labels = [(NODE, order.node.clone()), (SANDBOX, order.id.to_string()), (PURPOSE, order.purpose.clone())];
    ContainerCreateBody {
        hostname: Some("sandbox".into()),
        user: Some(format!("{user}:{user}")),
        image: Some(image.into()),
        // Nothing of what the image would run, check or keep.
        entrypoint: Some(vec![PROGRAM.into(), "init".into()]),
        cmd: Some(Vec::new()),
        env: Some(Vec::new()),
        working_dir: Some("/".into()),
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".into()]), ..HealthConfig::default() }),
        // Its standard input ends with our connection, and with that the program and all its guests.
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(true),
        stdin_once: Some(true),
        tty: Some(false),
        stop_signal: Some("SIGKILL".into()),
        stop_timeout: Some(0),
        labels: Some(labels.map(|(name, value)| (name.to_owned(), value)).into()),
        network_disabled: Some(hosts.is_some()),
        host_config: Some(HostConfig {
            tmpfs: Some(tmpfs(&order.profile, user, podman)),
            mounts: Some(mounts(order.proxy.as_deref(), hosts)),
            ..host(&order.profile)
        }),
        ..ContainerCreateBody::default()
    }
}

fn host(profile: &Profile) -> HostConfig {
    let memory = signed(profile.memory_bytes);
    HostConfig {
        privileged: Some(false),
        cap_drop: Some(vec!["ALL".into()]),
        // The engine's own filter on system calls stays on: it is on unless it is named here.
        security_opt: Some(vec!["no-new-privileges".into()]),
        readonly_rootfs: Some(true),
        memory: Some(memory),
        // Memory and swap together: so, no swap.
        memory_swap: Some(memory),
        nano_cpus: Some(i64::from(profile.cpu_millis) * 1_000_000),
        pids_limit: Some(i64::from(profile.pids) + OWN_PIDS),
        ulimits: Some(vec![
            limit("nofile", i64::from(profile.open_files).max(LEAST_OPEN_FILES)),
            limit("fsize", signed(profile.file_bytes)),
            limit("core", 0),
            limit("msgqueue", 0),
        ]),
        // When the machine itself runs out of memory, guests go before anything of the host.
        oom_score_adj: Some(500),
        network_mode: Some(match profile.network {
            Network::None | Network::Registries => "none".into(),
            Network::Full => "default".into(),
        }),
        ipc_mode: Some("private".into()),
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        init: Some(false),
        auto_remove: Some(false),
        log_config: Some(HostConfigLogConfig { typ: Some("none".into()), config: None }),
        ..HostConfig::default()
    }
}

/// What guests can write to, all of it in memory and limited. Podman has no limit on the number of files, and would by
/// itself let them write to more places: those it gets small and not theirs.
fn tmpfs(profile: &Profile, user: u32, podman: bool) -> HashMap<String, String> {
    let inodes = profile.inodes;
    let places = [
        (WORK, profile.work_bytes, "exec", true),
        (HOME, profile.tmp_bytes, "noexec", true),
        ("/tmp", profile.tmp_bytes, "noexec", false),
        ("/dev/shm", profile.tmp_bytes, "noexec", false),
    ]
    .into_iter()
    .map(|(path, bytes, programs, own)| {
        let mode = if own { "0755" } else { "1777" };
        let more = match (podman, own) {
            // To the user of the container.
            (true, _) => "U".to_owned(),
            (false, true) => format!("nr_inodes={inodes},uid={user},gid={user}"),
            (false, false) => format!("nr_inodes={inodes}"),
        };
        (path.to_owned(), format!("rw,nosuid,nodev,{programs},size={bytes},mode={mode},{more}"))
    });
    let closed = ["/run", "/var/tmp"].into_iter().filter(|_| podman);
    let closed = closed.map(|path| (path.to_owned(), "rw,nosuid,nodev,noexec,size=65536,mode=0755".to_owned()));
    places.chain(closed).collect()
}

/// What of the host is shown: the folder in which the proxy's socket is, and the file by which guests find themselves.
fn mounts(proxy: Option<&Path>, hosts: Option<&Path>) -> Vec<Mount> {
    let inside = Path::new(PROXY_SOCKET).parent().unwrap_or(Path::new("/"));
    let proxy = proxy.map(|folder| shown(folder, inside));
    proxy.into_iter().chain(hosts.map(|file| shown(file, Path::new("/etc/hosts")))).collect()
}

fn shown(path: &Path, inside: &Path) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(path.to_string_lossy().into_owned()),
        target: Some(inside.to_string_lossy().into_owned()),
        read_only: Some(true),
        bind_options: Some(MountBindOptions {
            propagation: Some(MountBindOptionsPropagationEnum::RPRIVATE),
            ..MountBindOptions::default()
        }),
        ..Mount::default()
    }
}

fn limit(name: &str, most: i64) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.into()), soft: Some(most), hard: Some(most) }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::Image;
    use domain::sandbox::Preset;
    use uuid::Uuid;

    fn order(network: Network) -> Order {
        Order {
            id: Uuid::from_u128(7),
            node: "here".into(),
            purpose: "a test".into(),
            profile: Profile { network, ..Preset::Run.profile() },
            image: Image::Node,
            proxy: (network == Network::Registries).then(|| "/run/tatwats/7".into()),
            tools: Vec::new(),
        }
    }

    #[test]
    fn nothing_is_left_to_the_image_or_to_the_engine() {
        let made = container(&order(Network::None), "tatwats/node:1", 59_007, false, None);
        let host = made.host_config.unwrap();
        assert_eq!(made.user.as_deref(), Some("59007:59007"));
        assert_eq!(made.entrypoint.unwrap(), ["/room", "init"]);
        assert_eq!(made.labels.unwrap()["tatwats.sandbox"], Uuid::from_u128(7).to_string());
        assert_eq!((host.privileged, host.readonly_rootfs), (Some(false), Some(true)));
        assert_eq!(host.cap_drop.unwrap(), ["ALL"]);
        assert_eq!(host.security_opt.unwrap(), ["no-new-privileges"]);
        assert_eq!(host.memory, Some(256 << 20));
        assert_eq!(host.memory_swap, host.memory);
        assert_eq!((host.nano_cpus, host.pids_limit), (Some(1_000_000_000), Some(72)));
        assert_eq!(host.mounts, Some(Vec::new()));
        assert!(host.binds.is_none() && host.devices.is_none() && host.cap_add.is_none());
    }

    #[test]
    fn what_can_be_written_to_has_a_size_and_a_number_of_files() {
        let docker = tmpfs(&Preset::Run.profile(), 59_007, false);
        assert_eq!(docker["/tmp"], "rw,nosuid,nodev,noexec,size=33554432,mode=1777,nr_inodes=20000");
        assert!(docker["/work"].contains("nodev,exec,size=134217728,") && docker["/work"].contains("uid=59007"));
        assert!(docker.values().all(|options| options.contains("nr_inodes=20000")), "{docker:?}");
        let podman = tmpfs(&Preset::Run.profile(), 59_007, true);
        assert_eq!(podman["/tmp"], "rw,nosuid,nodev,noexec,size=33554432,mode=1777,U");
        assert!(podman.contains_key("/var/tmp") && !docker.contains_key("/var/tmp"));
    }

    #[test]
    fn only_a_full_network_has_one_and_registries_get_the_proxys_folder() {
        for (network, mode, mounts) in
            [(Network::None, "none", 0), (Network::Registries, "none", 1), (Network::Full, "default", 0)]
        {
            let host = container(&order(network), "image", 59_007, false, None).host_config.unwrap();
            assert_eq!(host.network_mode.as_deref(), Some(mode));
            assert_eq!(host.mounts.as_ref().map_or(0, Vec::len), mounts);
            if let Some(mount) = host.mounts.iter().flatten().next() {
                assert_eq!((mount.target.as_deref(), mount.read_only), (Some("/run/proxy"), Some(true)));
            }
        }
    }

    #[test]
    fn one_that_finds_itself_gets_no_network_of_the_engines_making() {
        let made = container(&order(Network::Registries), "image", 59_007, false, Some(Path::new("/our/hosts")));
        assert_eq!(made.network_disabled, Some(true));
        let mounts = made.host_config.unwrap().mounts.unwrap();
        let targets: Vec<_> = mounts.iter().map(|mount| (mount.target.as_deref().unwrap(), mount.read_only)).collect();
        assert_eq!(targets, [("/run/proxy", Some(true)), ("/etc/hosts", Some(true))]);
    }
}
