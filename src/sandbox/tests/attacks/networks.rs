//! Ways out over sockets of every kind. Nothing of the host is reached, and nothing beyond it.

use domain::sandbox::{Profile, Verdict};

use crate::harness::host::{self, Doors};
use crate::harness::{Case, SMALL, in_both, probes};

probes! {
    /// Nothing but its own loopback is there, and nothing else can be made.
    interfaces: "interfaces";
    /// vsock above all, which no namespace keeps apart.
    families: "families";
    /// The addresses at which clouds tell their machines' secrets.
    metadata: "reach tcp 80 169.254.169.254 169.254.170.2 100.100.100.200 fd00:ec2::254 192.0.0.192";
    internet: "reach tcp 443 1.1.1.1 8.8.8.8 2606:4700:4700::1111";
}

in_both! {
    async fn tcp(case: Case) {
        knock(case, "tcp").await;
    }

    async fn udp(case: Case) {
        knock(case, "udp").await;
    }

    /// Names, from the servers that this machine asks and from well-known ones.
    async fn dns(case: Case) {
        let settings = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        let servers = settings.lines().filter_map(|line| line.strip_prefix("nameserver ")).map(str::trim);
        let servers: Vec<_> = servers.chain(["8.8.8.8", "9.9.9.9", "2620:fe::fe"]).collect();
        let sandbox = case.open(SMALL).await;
        for kind in ["udp", "tcp"] {
            let words = format!("reach {kind} 53 {}", servers.join(" "));
            case.attack(&words).run_in(&sandbox).await.ended(Verdict::Ok).held();
        }
        case.close(sandbox).await;
    }

    async fn sockets_of_the_host(case: Case) {
        let doors = Doors::open(case.state.path());
        case.probe(&format!("unix {} {}", doors.name, doors.socket.display())).await;
        doors.nobody_came();
    }

    /// Two sandboxes, both at one abstract name: each has its own.
    async fn sockets_of_others(case: Case) {
        let (one, other) = (case.open(SMALL).await, case.open(SMALL).await);
        let meet = || case.attack("meet somewhere");
        let (first, second) = tokio::join!(meet().run_in(&one), meet().run_in(&other));
        first.ended(Verdict::Ok).held();
        second.ended(Verdict::Ok).held();
        case.close(one).await;
        case.close(other).await;
    }

    /// Where the proxy to package registries is all there is, nothing else is reached either.
    async fn past_the_proxy(case: Case) {
        let folder = case.state.path().join("proxy");
        std::fs::create_dir(&folder).unwrap();
        let socket = tokio::net::UnixListener::bind(folder.join("socket")).unwrap();
        let profile = Profile { network: domain::sandbox::Network::Registries, ..SMALL };
        let mut order = case.order(profile);
        order.proxy = Some(folder);
        let sandbox = case.open_order(order).await;
        let doors = Doors::open(case.state.path());
        let all: Vec<_> = host::addresses().iter().map(ToString::to_string).collect();
        for words in [
            "interfaces".to_owned(),
            format!("reach tcp {} {} 1.1.1.1 169.254.169.254", doors.port, all.join(" ")),
            format!("unix {} {}", doors.name, doors.socket.display()),
            "read_only".to_owned(),
        ] {
            case.attack(&words).run_in(&sandbox).await.ended(Verdict::Ok).held();
        }
        doors.nobody_came();
        case.close(sandbox).await;
        drop(socket);
    }
}

/// Tries every address of this machine, at a port where someone listens.
async fn knock(case: &Case, kind: &str) {
    let doors = Doors::open(case.state.path());
    let all: Vec<_> = host::addresses().iter().map(ToString::to_string).collect();
    case.probe(&format!("reach {kind} {} {}", doors.port, all.join(" "))).await;
    doors.nobody_came();
}
