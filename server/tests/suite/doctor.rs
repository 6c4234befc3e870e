//! `tatwats doctor`, as people and programs run it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::program::{Program, command, free_address};

async fn doctor(folder: &Path, set: &[(&str, &str)]) -> (bool, Value, String) {
    let output = command(folder).args(["doctor", "--json"]).envs(set.iter().copied()).output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), serde_json::from_str(&text).unwrap_or_default(), errors)
}

fn outcome<'a>(report: &'a Value, check: &str) -> &'a Value {
    let findings = report["findings"].as_array().unwrap();
    &findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("no {check}: {report}"))["outcome"]
}

#[tokio::test]
async fn a_fresh_machine_is_fine_and_the_doctor_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address().to_string();
    let (healthy, report, _) = doctor(folder.path(), &[("TATWATS_LISTEN", &address)]).await;
    assert!(healthy, "{report}");
    for check in ["settings", "data folder", "disk space", "version", "database", "clock", "address", "git"] {
        assert_eq!(outcome(&report, check), "ok", "{report}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_the_doctor_fails_the_server_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    let address = free_address().to_string();
    let (healthy, report, _) = doctor(folder.path(), &[("TATWATS_LISTEN", &address)]).await;
    assert!(!healthy);
    assert_eq!(outcome(&report, "data folder"), "failed");
    let serve = command(folder.path()).arg("serve").env("TATWATS_LISTEN", &address).output().await.unwrap();
    assert!(!serve.status.success());
    let words = String::from_utf8(serve.stderr).unwrap();
    assert!(words.contains("chmod 700") && words.contains("did not start"), "{words}");
}

#[tokio::test]
async fn a_busy_port_is_a_failure_unless_it_is_our_own() {
    let folder = tempfile::tempdir().unwrap();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let (healthy, report, _) = doctor(folder.path(), &[("TATWATS_LISTEN", &address)]).await;
    assert!(!healthy);
    assert_eq!(outcome(&report, "address"), "failed", "{report}");
    drop(busy);
    let program = Program::serve(folder.path(), free_address(), false).await;
    let (healthy, report, _) = doctor(folder.path(), &[("TATWATS_LISTEN", &program.address.to_string())]).await;
    assert!(healthy, "{report}");
    let second =
        command(folder.path()).arg("serve").env("TATWATS_LISTEN", free_address().to_string()).output().await.unwrap();
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(words.contains(&format!("process {}", program.pid())), "{words}");
    assert!(program.terminate().await.success());
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named_before_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let (healthy, _, words) =
        doctor(folder.path(), &[("TATWATS_LISTEN", "everywhere"), ("DATABASE_URL", "hunter2")]).await;
    assert!(!healthy);
    for part in ["server.listen", "TATWATS_LISTEN", "127.0.0.1:3000", "database.url"] {
        assert!(words.contains(part), "{words}");
    }
    assert!(!words.contains("hunter2"), "{words}");
}

#[tokio::test]
async fn an_open_address_without_tls_is_warned_about_and_a_missing_certificate_fails() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("0.0.0.0:{}", free_address().port());
    let (healthy, report, _) = doctor(folder.path(), &[("TATWATS_LISTEN", &address)]).await;
    assert!(healthy, "{report}");
    assert_eq!(outcome(&report, "tls"), "warning", "{report}");
    let certificate = [("TATWATS_TLS_CERTIFICATE", "gone.pem"), ("TATWATS_TLS_KEY", "gone.pem")];
    let (healthy, report, _) = doctor(folder.path(), &certificate).await;
    assert!(!healthy);
    assert_eq!(outcome(&report, "tls"), "failed", "{report}");
}
