//! Places of the host and of the kernel.

use domain::sandbox::Verdict;

use crate::harness::{SMALL, host, in_both, probes};

probes! {
    /// `/proc/sys` and `/sys`: sysrq, `core_pattern`, and how the kernel is told to run a program.
    settings: "settings";
    /// `release_agent`, and limits that could be lifted.
    control_groups: "groups";
    devices: "devices";
    /// What the kernel tells of the machine.
    secrets: "secrets";
    /// Memory, environment, streams and namespaces of the process that speaks with the host.
    first_process: "first_process";
    /// Its limits.
    starving_the_first_process: "starve";
}

in_both! {
    /// Frames as the first process writes them, in its stream and in its own: a forged end.
    async fn forged_frames(case: Case) {
        let seen = case.attack("forge").run().await;
        seen.held().ended(Verdict::Exit(9));
        assert!(seen.text().contains("{\"status\":0,\"memory\":false}"));
    }

    /// Every signal, many times. The sandbox still serves afterwards.
    async fn killing_the_first_process(case: Case) {
        let sandbox = case.open(SMALL).await;
        case.attack("murder").run_in(&sandbox).await.ended(Verdict::Ok).held();
        case.attack("trivial").run_in(&sandbox).await.ended(Verdict::Ok);
        case.close(sandbox).await;
    }

    /// A process and files of the host, by every way that could lead there.
    async fn the_host(case: Case) {
        let mut bystander = host::bystander();
        let canaries = host::canaries(case.state.path());
        case.probe(&format!("outside {} {}", bystander.id().unwrap(), canaries.join(" "))).await;
        assert!(bystander.try_wait().unwrap().is_none(), "a process of the host was ended");
    }

    /// What is there of other processes and of their environment; and its own environment is what it was given.
    async fn neighbours(case: Case) {
        // Set for every test by Cargo: so the host has it.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let sandbox = case.open(SMALL).await;
        let seen = case.attack("neighbours CARGO tatwats_ attacked- DOCKER").run_in(&sandbox).await;
        let text = seen.ended(Verdict::Ok).held().text();
        let environment: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("env ")).collect();
        assert_eq!(environment, [format!("ATTACK_MARK={}", sandbox.id())]);
        case.close(sandbox).await;
    }
}
