//! System calls that a guest has no business with.

use domain::sandbox::Verdict;

use crate::harness::{attack, in_both, probes};

probes! {
    mounts: "mounts";
    /// New ones, those of the first process, and those around them.
    namespaces: "namespaces";
    tracing: "tracing";
    /// bpf, userfaultfd, `io_uring` and their like.
    engines: "engines";
    keys: "keys";
    /// To restart it, to load modules, to change its clock and its name.
    machine: "machine";
    /// By the numbers for programs with short pointers.
    second_table: "x32";
}

in_both! {
    /// By the door for programs of 32 bits: whoever takes it does not come back.
    async fn third_table(case: Case) {
        case.attack("interrupt").run().await.ended(Verdict::Exit(159));
    }

    /// Into the terminal, in someone else's name.
    async fn typing(case: Case) {
        case.attack("typing").terminal().run().await.ended(Verdict::Ok).held();
    }
}

/// That all this is refused says nothing unless it is otherwise where nobody refuses it: on the host itself.
#[test]
fn it_would_work_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = attack::on_the_host(folder.path()) else { return };
    for (attack, least) in [("namespaces", 5), ("keys", 1), ("families", 1), ("engines", 1)] {
        let output = std::process::Command::new(&program).arg(attack).env_clear().output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(66), "{said}");
        assert!(said.lines().filter(|line| line.starts_with("BROKE")).count() >= least, "{attack}: {said}");
    }
}
