//! What guests may have, as the engine really made it.

use bollard::models::HostConfigCgroupnsModeEnum;
use domain::sandbox::{Limits, Network};

use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::inspect;
use crate::Fault;
use crate::rooms::docker::testing::{PATIENCE, ask, order, room};
use crate::rooms::users::OF_CONTAINERS;
use crate::rooms::{Image, Room as _};

#[tokio::test]
async fn a_container_has_every_limit_and_nothing_more() {
    let Some(room) = room().await else { return };
    let order = order();
    let mut opened = room.open(&order).await.unwrap();
    let made = inspect(room.engine(), &opened.hold.name()).await.unwrap();
    let host = made.host_config.unwrap();
    assert_eq!(host.privileged, Some(false));
    assert_eq!(host.readonly_rootfs, Some(true));
    // Podman writes them out.
    let dropped = host.cap_drop.unwrap();
    assert!(dropped == ["ALL"] || dropped.len() > 10, "{dropped:?}");
    assert!(host.cap_add.unwrap_or_default().is_empty() && host.devices.unwrap_or_default().is_empty());
    assert!(host.binds.unwrap_or_default().is_empty());
    let shown = host.mounts.unwrap_or_default();
    assert!(shown.iter().all(|mount| mount.target.as_deref() == Some("/etc/hosts")), "{shown:?}");
    assert!(shown.iter().all(|mount| mount.read_only == Some(true)), "{shown:?}");
    assert!(host.security_opt.unwrap().iter().any(|option| option.starts_with("no-new-privileges")));
    assert_eq!(host.network_mode.as_deref(), Some("none"));
    // Podman has its own words for these.
    if !room.engine().is_podman() {
        assert_eq!(host.ipc_mode.as_deref(), Some("private"));
        assert_eq!(host.cgroupns_mode, Some(HostConfigCgroupnsModeEnum::PRIVATE));
    }
    assert_eq!((host.memory, host.memory_swap), (Some(256 << 20), Some(256 << 20)));
    assert_eq!((host.nano_cpus, host.pids_limit), (Some(1_000_000_000), Some(72)));
    // A user of its own, which no other container of ours is.
    let user = made.config.unwrap().user.unwrap();
    let (id, group) = user.split_once(':').unwrap();
    assert!(OF_CONTAINERS.contains(&id.parse().unwrap()) && id == group, "{user}");

    let inside = ask(
        &mut opened,
        "id -u; id -g; for place in / /run /var/tmp /dev /etc /sys/fs/cgroup; do touch $place/x 2>/dev/null && echo open: $place; done; cat /proc/self/status; cat /proc/self/limits; cat /proc/mounts; echo x 2>/dev/null >/etc/x || echo read-only; ls /sys/class/net",
    )
    .await;
    assert!(inside.starts_with(&format!("{id}\n{id}\n")), "{inside}");
    for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(inside.contains(line), "{line} in {inside}");
    }
    // Podman has no limit on the number of files.
    let inodes = if room.engine().is_podman() { "" } else { "nr_inodes=20000" };
    for (path, size, programs) in
        [("/work", 131072, true), ("/tmp", 32768, false), ("/home/guest", 32768, false), ("/dev/shm", 32768, false)]
    {
        let line = inside.lines().find(|line| line.contains(&format!(" {path} "))).unwrap();
        let options = ["rw,nosuid,nodev", &format!(",size={size}k"), inodes];
        assert!(options.iter().all(|option| line.contains(option)), "{line}");
        assert_eq!(line.contains("noexec"), !programs, "{line}");
    }
    assert!(!inside.contains("open: "), "{inside}");
    assert!(inside.ends_with("read-only\nlo\n"), "{inside}");
    opened.hold.end().await.unwrap();
}

#[tokio::test]
async fn memory_that_runs_out_is_known_while_the_sandbox_lives_on() {
    let Some(room) = room().await else { return };
    let mut order = order();
    order.profile = order.profile.with(&Limits { memory_bytes: Some(32 << 20), ..Limits::default() });
    let mut opened = room.open(&order).await.unwrap();
    assert!(!opened.hold.memory_ran_out().await);
    let said = ask(&mut opened, "dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo $?").await;
    assert_eq!(said, "137\n");
    assert!(opened.hold.memory_ran_out().await);
    assert_eq!(ask(&mut opened, "echo still here").await, "still here\n");
    opened.hold.end().await.unwrap();
}

#[tokio::test]
async fn a_first_process_that_memory_ran_out_for_is_told_as_that() {
    let Some(room) = room().await else { return };
    let mut order = order();
    order.profile = order.profile.with(&Limits { memory_bytes: Some(32 << 20), ..Limits::default() });
    let mut opened = room.open(&order).await.unwrap();
    // The shell itself keeps what it is told.
    opened.input.write_all(b"x=$(dd if=/dev/zero bs=1M count=100 2>/dev/null | tr '\\0' x)\n").await.unwrap();
    let over = timeout(PATIENCE, opened.hold.over()).await.expect("an end");
    // Podman does not find out everywhere.
    assert!(over.memory || room.engine().is_podman(), "{over:?}");
    assert_eq!(opened.hold.memory_ran_out().await, over.memory);
    opened.hold.end().await.unwrap();
}

#[tokio::test]
async fn the_proxys_folder_is_there_to_look_at_only() {
    let Some(room) = room().await else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("socket"), "").unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let mut order = order();
    order.profile.network = Network::Registries;
    order.proxy = Some(folder.path().to_owned());
    let mut opened = room.open(&order).await.unwrap();
    let said = ask(&mut opened, "ls /run/proxy; touch /run/proxy/x 2>&1; ls /sys/class/net").await;
    assert!(
        said.starts_with("socket\n") && said.contains("Read-only file system") && said.ends_with("\nlo\n"),
        "{said}"
    );
    opened.hold.end().await.unwrap();

    order.id = super::super::testing::order().id;
    order.proxy = Some(folder.path().join("missing"));
    let fault = room.open(&order).await.err().unwrap();
    assert!(matches!(fault, Fault::Infrastructure { .. }), "{fault}");
    super::until_none(room.engine(), &order.node).await;
}

#[tokio::test]
async fn an_image_that_is_not_there_is_named() {
    let Some(room) = room().await else { return };
    let mut order = order();
    order.image = Image::Python;
    let fault = room.open(&order).await.err().unwrap();
    assert!(matches!(fault, Fault::NoImage { image: "python" }), "{fault}");
}
