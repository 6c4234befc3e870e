//! Signing in from a shell, and what a shell is told that is not signed in.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use domain::Clock;
use identity::secret::{Kind, Secret};
use nix::pty::openpty;
use serde_json::Value;
use server::config::StreamLimits;
use store::clock::SystemClock;
use store::testing::{HandClock, TestStore};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::cookies;
use crate::program::command;
use crate::workshop::Workshop;
use crate::ws::LONG;

struct Shell {
    workshop: Workshop,
    folder: tempfile::TempDir,
}

impl Shell {
    async fn open() -> Self {
        Self { workshop: Workshop::open().await, folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.folder.path());
        command.args(args).env("TATWATS_SERVER", format!("http://{}", self.workshop.address));
        command
    }

    /// Runs a command with `input`; gives how it ended, its output and its errors.
    async fn run(&self, mut command: Command, input: &str) -> (Option<i32>, String, String) {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // One that needs no input may have ended already.
        let _ = pipe.write_all(input.as_bytes()).await;
        drop(pipe);
        let Output { status, stdout, stderr } =
            timeout(LONG, child.wait_with_output()).await.expect("it does not end").unwrap();
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    async fn list(&self, set: &[(&str, &str)]) -> (Option<i32>, String, String) {
        let mut command = self.command(&["helper", "list"]);
        command.envs(set.iter().copied());
        self.run(command, "").await
    }

    async fn token(&self) -> String {
        cookies::token(&self.workshop.store, 3_600).await
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_token_is_kept_used_and_forgotten() {
    let shell = Shell::open().await;
    let token = shell.token().await;
    let (code, out, errors) = shell.list(&[]).await;
    assert!(code == Some(1) && out.is_empty() && errors.contains("Sign in first: tatwats login"), "{errors}");

    let (code, out, errors) = shell.run(shell.command(&["login"]), &format!("{token}\n")).await;
    assert_eq!(code, Some(0), "{errors}");
    assert!(out.contains("as owner, at most as an admin, by “A test” until 2"), "{out}");
    assert!(!format!("{out}{errors}").contains(&token), "{out}{errors}");
    let kept = shell.folder.path().join("config/tatwats/credentials.json");
    assert_eq!((mode(&kept), mode(kept.parent().unwrap())), (0o600, 0o700));
    let file: Value = serde_json::from_slice(&std::fs::read(&kept).unwrap()).unwrap();
    let server = format!("http://{}", shell.workshop.address);
    assert_eq!(file["servers"][&server]["token"], token.as_str());

    let (code, out, errors) = shell.list(&[]).await;
    assert!(code == Some(0) && out.contains("the_author"), "{errors}");
    let conversation = shell.workshop.conversation().await;
    let (head, topic) = (shell.workshop.store.log().head().to_string(), format!("conversation:{}", conversation.id));
    shell.workshop.say(&conversation, "heard").await;
    let tail = shell.command(&["tail", "--topics", &topic, "--after", &head, "--count", "1"]);
    let (code, out, errors) = shell.run(tail, "").await;
    assert!(code == Some(0) && out.contains("message.posted"), "{out}{errors}");
    // Another server has nothing to do with it.
    let other = Workshop::open().await;
    let (code, _, errors) = shell.list(&[("TATWATS_SERVER", &format!("http://{}", other.address))]).await;
    assert!(
        code == Some(1) && errors.contains(&format!("tatwats login --server http://{}", other.address)),
        "{errors}"
    );
    other.close().await;

    let (code, out, _) = shell.run(shell.command(&["logout"]), "").await;
    assert!(code == Some(0) && out.contains("forgotten"), "{out}");
    let (_, out, _) = shell.run(shell.command(&["logout", "--json"]), "").await;
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["forgotten"], false);
    assert_eq!(shell.list(&[]).await.0, Some(1));
    assert!(!std::fs::read_to_string(&kept).unwrap().contains(&token));
    shell.workshop.close().await;
}

#[tokio::test]
async fn a_token_comes_from_the_environment_or_a_file_too() {
    let shell = Shell::open().await;
    let (set, filed) = (shell.token().await, shell.token().await);
    let path = shell.folder.path().join("token");
    std::fs::write(&path, format!("{filed}\n")).unwrap();
    let file = ("TATWATS_TOKEN_FILE", path.to_str().unwrap());
    for given in [&[("TATWATS_TOKEN", set.as_str())][..], &[file], &[("TATWATS_TOKEN", &set), file]] {
        let (code, _, errors) = shell.list(given).await;
        assert_eq!(code, Some(0), "{errors}");
    }
    let (code, _, errors) = shell.list(&[("TATWATS_TOKEN", "hunter2"), file]).await;
    assert!(code == Some(2) && errors.contains("tat_") && !errors.contains("hunter2"), "{errors}");
    shell.workshop.close().await;
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_neither_kept_nor_shown() {
    let clock = HandClock::at(SystemClock.now());
    let database = TestStore::sqlite_with(clock.clone()).await;
    let workshop = Workshop::over(database.store.clone(), StreamLimits::default()).await;
    let shell = Shell { workshop, folder: tempfile::tempdir().unwrap() };
    let unknown = Secret::generate(Kind::ApiToken).unwrap().reveal().to_owned();
    let expired = cookies::token(&shell.workshop.store, 60).await;
    clock.advance(60);
    for token in [&unknown, &expired] {
        let (code, _, errors) = shell.run(shell.command(&["login"]), token).await;
        assert!(code == Some(1) && errors.contains("expired or was revoked"), "{errors}");
        assert!(!errors.contains(token.as_str()), "{errors}");
        let (code, _, errors) = shell.list(&[("TATWATS_TOKEN", token.as_str())]).await;
        assert!(code == Some(1) && errors.contains("TATWATS_TOKEN"), "{errors}");
    }
    for (input, expected) in [("hunter2", 2), ("", 1), ("tas_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 2)] {
        let (code, _, errors) = shell.run(shell.command(&["login"]), input).await;
        assert!(code == Some(expected) && !errors.contains("hunter2"), "{input}: {errors}");
    }
    assert!(!shell.folder.path().join("config/tatwats/credentials.json").exists());

    let mut command = shell.command(&["tail", "--json"]);
    command.env("TATWATS_TOKEN", &expired);
    let (code, _, errors) = shell.run(command, "").await;
    let problem: Value = serde_json::from_str(&errors).unwrap_or_else(|error| panic!("{error}: {errors}"));
    assert_eq!(
        (code, problem["code"].as_str(), problem["status"].as_u64()),
        (Some(1), Some("unauthorized"), Some(401))
    );
    assert!(problem["detail"].as_str().unwrap().contains("tatwats login"), "{problem}");
    shell.workshop.close().await;
    database.finish().await;
}

#[tokio::test]
async fn what_is_typed_at_a_terminal_does_not_show() {
    let shell = Shell::open().await;
    let token = shell.token().await;
    let terminal = openpty(None, None).unwrap();
    let (screen, desk) = (terminal.master, terminal.slave);
    let same = |side: &OwnedFd| side.try_clone().unwrap();
    let child =
        shell.command(&["login"]).stdin(same(&desk)).stderr(same(&desk)).stdout(Stdio::piped()).spawn().unwrap();
    let mut shown = Screen { of: screen.try_clone().unwrap().into(), text: String::new() };
    let mut shown = tokio::task::spawn_blocking(move || {
        shown.wait_for("Token: ");
        shown
    })
    .await
    .unwrap();
    std::fs::File::from(screen).write_all(format!("{token}\n").as_bytes()).unwrap();
    let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && out.contains("as owner"), "{out}{}", shown.text);
    shown.wait_for("Token: \r\n");
    assert!(shown.text.contains("/account") && !shown.text.contains(&token), "{}", shown.text);
    let settings = nix::sys::termios::tcgetattr(&desk).unwrap();
    assert!(settings.local_flags.contains(nix::sys::termios::LocalFlags::ECHO), "it is as it was before");
    shell.workshop.close().await;
}

/// What a terminal shows.
struct Screen {
    of: std::fs::File,
    text: String,
}

impl Screen {
    fn wait_for(&mut self, part: &str) {
        let mut bytes = [0; 1_024];
        while !self.text.contains(part) {
            let read = std::io::Read::read(&mut self.of, &mut bytes).unwrap();
            self.text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }
}
