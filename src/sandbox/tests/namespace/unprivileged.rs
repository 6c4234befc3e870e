//! All of it once more by a user who is not root.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use nix::unistd::Uid;

use crate::common::{bubblewrap, machine};

#[test]
fn all_of_it_works_for_a_user_who_is_not_root() {
    if !Uid::effective().is_root() || bubblewrap().is_none() {
        println!("skipped: needs root, to become somebody else, and bubblewrap");
        return;
    }
    let _alone = machine();
    // Where everyone may read and run it.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["--test-threads=2", "--skip", "unprivileged"])
        .current_dir("/")
        .env("TMPDIR", "/tmp")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
