//! `tatwats run` and `tatwats sandbox policy`, from a shell.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use crate::api_runs::{id, workshop};
use crate::cookies;
use crate::program::command;
use crate::ws::LONG;

#[tokio::test]
async fn from_a_shell_a_command_ends_as_it_ended_there() {
    let Some(workshop) = workshop().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let token = cookies::token(&workshop.store, 3_600).await;
    let tatwats = |args: &[&str]| {
        let mut command = command(folder.path());
        command.args(args).env("TATWATS_SERVER", format!("http://{}", workshop.address)).env("TATWATS_TOKEN", &token);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let done = async |args: &[&str]| {
        let output = timeout(LONG, tatwats(args).output()).await.expect("it does not end").unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, errors) = done(&["run", "pod-tracker", "ls index.html; exit 3"]).await;
    assert_eq!((code, out.as_str(), errors.as_str()), (Some(3), "index.html\n", ""));
    assert_eq!(done(&["run", "pod-tracker", "true"]).await.0, Some(0));
    let (code, _, errors) = done(&["run", "pod-tracker", "--seconds", "1", "sleep 30"]).await;
    assert!(code == Some(124) && errors.contains("time was up"), "{code:?} {errors}");
    assert_eq!(done(&["run", "pod-tracker", "yes"]).await.0, Some(122));
    let (code, out, _) = done(&["run", "pod-tracker", "--json", "echo hi; exit 5"]).await;
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, json["output"].clone()), (Some(5), json!("hi\n")));
    let again = id(&json["run"]);
    assert_eq!(done(&["run", "--attach", &again, "--after", "1"]).await.1, "i\n");
    let list = done(&["run", "--list", "pod-tracker"]).await.1;
    assert!(list.starts_with("ID") && list.contains("exit 5") && list.contains("timeout"), "{list}");
    let (_, out, _) = done(&["run", "pod-tracker", "--detach", "--json", "true"]).await;
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["command"], "true");
    assert_eq!(done(&["run", "pod-tracker"]).await.0, Some(2));
    assert_eq!(done(&["run", "nothing-here", "true"]).await.0, Some(1));

    // Ctrl-C.
    let mut child = tatwats(&["run", "pod-tracker", "--seconds", "60", "echo on; sleep 60"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(timeout(LONG, lines.next_line()).await.unwrap().unwrap().as_deref(), Some("on"));
    let pid = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));

    // With a terminal.
    let mut child = tatwats(&["run", "pod-tracker", "--tty", "stty -echo; read x; echo got $x"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"it\n").await.unwrap();
    let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("got it"), "{text} {}", String::from_utf8_lossy(&output.stderr));
    drop(input);
    workshop.close().await;
}

#[tokio::test]
async fn from_a_shell_policies_are_shown_and_set() {
    let Some(workshop) = workshop().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let token = cookies::token(&workshop.store, 3_600).await;
    let done = async |args: &[&str]| {
        let mut command = command(folder.path());
        command.args(["sandbox", "policy"]).args(args);
        command.env("TATWATS_SERVER", format!("http://{}", workshop.address)).env("TATWATS_TOKEN", &token);
        let output = timeout(LONG, command.output()).await.expect("it does not end").unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), text)
    };
    let subject = "project:pod-tracker";
    let (code, text) = done(&["show", subject]).await;
    assert!(code == Some(0) && text.contains("256 MiB") && text.contains("No rules"), "{text}");
    let set = ["set", subject, "--preset", "build", "--memory", "2GiB", "--network", "full", "--seconds", "900"];
    let (code, text) = done(&set).await;
    assert!(code == Some(0) && text.contains("2 GiB*") && text.contains("full*") && text.contains("900*"), "{text}");
    assert_eq!(done(&["rule", "add", subject, "ask", "npm run *"]).await.0, Some(0));
    let (_, text) = done(&["rule", "add", subject, "allow", "npm run *"]).await;
    assert!(text.contains("npm run *") && text.contains("allow") && !text.contains("ask "), "{text}");
    assert_eq!(done(&["rule", "remove", subject, "deny", "npm run *"]).await.0, Some(1));
    let (_, text) = done(&["rule", "remove", subject, "allow", "npm run *"]).await;
    assert!(text.contains("No rules") && text.contains("2 GiB*"), "{text}");
    let (_, text) = done(&["set", subject, "--preset", "build", "--reset"]).await;
    assert!(!text.contains("2 GiB"), "{text}");
    for wrong in [&["set", subject, "--preset", "build"][..], &["show", "everyone"], &["set", subject, "--pids", "9"]] {
        assert_eq!(done(wrong).await.0, Some(2), "{wrong:?}");
    }
    workshop.close().await;
}
