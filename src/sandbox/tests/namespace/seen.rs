//! What of this machine can be seen inside: tools, and the socket of a proxy.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use domain::sandbox::{Network, Preset, Verdict};
use sandbox::{Fault, Sandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use crate::common::{LIMIT, places, run, sh};

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_shown_where_they_are_and_cannot_be_changed() {
    for place in places().await {
        // In a folder that only the server may walk.
        let hidden = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::set_permissions(hidden.path(), Permissions::from_mode(0o700)).unwrap();
        let tools = hidden.path().join("tools");
        fs::create_dir(&tools).unwrap();
        fs::set_permissions(&tools, Permissions::from_mode(0o777)).unwrap();
        fs::write(tools.join("hello"), "#!/bin/sh\necho from a tool\n").unwrap();
        fs::set_permissions(tools.join("hello"), Permissions::from_mode(0o755)).unwrap();
        let mut order = place.order(Preset::Run.profile());
        order.tools.push(tools.clone());
        let sandbox = Sandbox::open(place.room.clone(), order).await.unwrap();
        let shown = tools.display();
        let (outcome, said) =
            run(&sandbox, sh(&format!("{shown}/hello; touch {shown}/x 2>&1; ls /mnt /srv 2>&1")), &LIMIT).await;
        assert!(said.starts_with("from a tool\n") && said.contains("Read-only file system"), "{outcome:?} {said}");
        assert_eq!(said.matches("No such file").count(), 2, "{said}");
        let mut order = place.order(Preset::Run.profile());
        order.tools.push("/tmp".into());
        let fault = Sandbox::open(place.room.clone(), order).await.unwrap_err();
        assert!(matches!(&fault, Fault::Refused(why) if why.contains("/tmp")), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_is_the_only_way_out_and_full_is_the_hosts() {
    for place in places().await {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
        let proxy = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4];
            connection.read_exact(&mut asked).await.unwrap();
            connection.write_all(b"answered\n").await.unwrap();
            asked
        });
        let mut profile = Preset::Run.profile();
        profile.network = Network::Registries;
        let mut order = place.order(profile);
        order.proxy = Some(folder.path().to_owned());
        let sandbox = Sandbox::open(place.room.clone(), order).await.unwrap();
        let script = "cat /proc/net/dev | grep -c : ; exec 3<>/dev/tcp/127.0.0.1/3128 || exit 9; printf abcd >&3; head -n 1 <&3; \
            rm -f /run/proxy/socket || touch /run/proxy/x; exec 4<>/dev/tcp/192.0.2.1/80";
        let (outcome, said) = run(&sandbox, crate::common::command(&["bash", "-c", script]), &LIMIT).await;
        assert!(said.starts_with("1\nanswered\n"), "{outcome:?} {said}");
        assert!(said.contains("Read-only file system") && said.contains("unreachable"), "{said}");
        assert_eq!(&proxy.await.unwrap(), b"abcd");

        profile.network = Network::Full;
        let sandbox = place.open_with(profile).await;
        let own = fs::read_link("/proc/self/ns/net").unwrap();
        let (outcome, said) = run(&sandbox, sh("readlink /proc/self/ns/net"), &LIMIT).await;
        assert_eq!((outcome.verdict, said.trim()), (Verdict::Ok, own.to_str().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_the_usual_ones_and_nobody_changes_them() {
    for place in places().await {
        let sandbox = place.open().await;
        let script = "ls /dev | grep -v core | tr '\\n' ' '; echo; readlink /dev/fd /dev/stdin /dev/ptmx
            for name in zero random urandom; do head -c 4 /dev/$name | wc -c; done
            echo gone > /dev/null && echo x > /dev/full || echo full; stat -c %t:%T:%a /dev/null /dev/tty
            for change in 'rm /dev/zero' 'chmod 600 /dev/null' 'touch /dev/x' 'mknod /dev/m c 1 1' 'mv /dev/fd /dev/f'; do
                $change && echo \"$change went well\"; done
            mknod /tmp/m c 1 1 || echo no other ones";
        let (_, said) = run(&sandbox, sh(&format!("exec 2>/dev/null\n{script}")), &LIMIT).await;
        let usual = "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero";
        let links = "/proc/self/fd\n/proc/self/fd/0\npts/ptmx";
        assert_eq!(said, format!("{usual} \n{links}\n4\n4\n4\nfull\n1:3:666\n5:0:666\nno other ones\n"));
    }
}
