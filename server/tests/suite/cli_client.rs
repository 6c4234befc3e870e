//! The commands that talk to a running server, as people and scripts run them.

use std::path::Path;
use std::process::{Output, Stdio};

use domain::Actor;
use serde_json::{Value, json};
use store::commands::{AnswerDelivery, ClaimDelivery};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::cookies;
use crate::program::{command, free_address};
use crate::workshop::Workshop;
use crate::ws::LONG;

struct Shell {
    workshop: Workshop,
    folder: tempfile::TempDir,
    token: String,
}

impl Shell {
    async fn open() -> Self {
        let workshop = Workshop::open().await;
        let token = cookies::token(&workshop.store, 3_600).await;
        Self { workshop, folder: tempfile::tempdir().unwrap(), token }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.folder.path());
        command.args(args).env("TATWATS_SERVER", format!("http://{}", self.workshop.address));
        command.env("TATWATS_TOKEN", &self.token);
        command
    }

    async fn run(&self, args: &[&str]) -> Output {
        timeout(LONG, self.command(args).output()).await.expect("it does not end").unwrap()
    }

    /// The output of a command that must succeed.
    async fn text(&self, args: &[&str]) -> String {
        let output = self.run(args).await;
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    async fn json(&self, args: &[&str]) -> Value {
        let text = self.text(&[args, &["--json"]].concat()).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    async fn close(self) {
        self.workshop.close().await;
    }
}

#[tokio::test]
async fn something_is_said_once_found_and_saved() {
    let shell = Shell::open().await;
    let posted = shell.json(&["send", "--to", "the_author", "--key", "k", "Three pods arrived"]).await;
    assert_eq!(posted["deliveries"][0]["helper"], "the_author");
    let again = shell.json(&["send", "--to", "the_author", "--key", "k", "Three pods arrived"]).await;
    assert_eq!(
        (again["repeated"].clone(), again["message"]["id"].clone()),
        (json!(true), posted["message"]["id"].clone())
    );
    let id = posted["message"]["conversation"].as_str().unwrap().to_owned();
    let words = shell.text(&["send", "--conversation", &id, "/templates"]).await;
    assert!(words.contains("number 2") && words.contains("the_author"), "{words}");
    let found = shell.text(&["search", "pods", "arr"]).await;
    assert!(found.contains("Three pods arrived") && found.contains(&id), "{found}");
    assert!(shell.text(&["search", "unheard"]).await.contains("Nothing was found"));
    let markdown = shell.text(&["export", &id]).await;
    assert!(markdown.contains("Three pods arrived") && markdown.starts_with("# "), "{markdown}");
    let file = shell.folder.path().join("saved.json");
    std::fs::write(&file, "older").unwrap();
    shell.text(&["export", &id, "--format", "json", "-o", file.to_str().unwrap()]).await;
    let saved: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(saved["messages"].as_array().unwrap().len(), 2);
    shell.close().await;
}

#[tokio::test]
async fn what_is_said_can_come_from_the_input() {
    let shell = Shell::open().await;
    let mut child = shell
        .command(&["send", "--to", "the_author", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("zwei\nZeilen ü".as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let posted: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(posted["message"]["body"], "zwei\nZeilen ü");
    shell.close().await;
}

#[tokio::test]
async fn waiting_prints_the_answer() {
    let shell = Shell::open().await;
    let store = shell.workshop.store.clone();
    let helper = tokio::spawn(async move {
        let mut log = store.log().watch();
        let claim = ClaimDelivery { helper: "the_author".parse().unwrap() };
        let claimed = loop {
            match store.run(&Actor::system(), claim.clone()).await.unwrap() {
                Some(claimed) => break claimed,
                None => log.changed().await.unwrap(),
            }
        };
        let answer =
            AnswerDelivery { delivery: claimed.delivery.id, token: claimed.token, body: Some("Made it.".into()) };
        store.run(&Actor::helper("the_author".parse().unwrap(), None), answer).await.unwrap();
    });
    let text = shell.text(&["send", "--to", "the_author", "--wait", "Make it"]).await;
    assert_eq!(text, "the_author:\nMade it.\n");
    helper.await.unwrap();
    let late = shell.run(&["send", "--to", "the_author", "--wait", "--timeout", "0", "Again"]).await;
    assert_eq!(late.status.code(), Some(4), "{}", String::from_utf8_lossy(&late.stderr));
    shell.close().await;
}

#[tokio::test]
async fn tail_follows_from_a_cursor_and_from_now() {
    let shell = Shell::open().await;
    let conversation = shell.workshop.conversation().await;
    let head = shell.workshop.store.log().head();
    shell.workshop.say(&conversation, "one").await;
    shell.workshop.say(&conversation, "two").await;
    let lines = shell.text(&["tail", "--json", "--after", &head.to_string(), "--count", "2"]).await;
    let bodies: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["data"]["message"]["body"].clone())
        .collect();
    assert_eq!(bodies, [json!("one"), json!("two")]);
    let topic = format!("conversation:{}", conversation.id);
    let mut child =
        shell.command(&["tail", "--topics", &topic, "--count", "1"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    // It may begin to listen at any time: say things until one is heard.
    let line = loop {
        shell.workshop.say(&conversation, "\u{1b}[31mthree").await;
        tokio::select! {
            line = out.next_line() => break line.unwrap().unwrap(),
            () = tokio::time::sleep(std::time::Duration::from_millis(50)) => {}
        }
    };
    assert!(line.contains("message.posted") && line.contains("three") && !line.contains('\u{1b}'), "{line}");
    assert!(timeout(LONG, child.wait()).await.unwrap().unwrap().success());
    shell.close().await;
}

#[tokio::test]
async fn helpers_are_listed_and_ordered_about() {
    let shell = Shell::open().await;
    let table = shell.text(&["helper", "list"]).await;
    assert!(table.starts_with("NAME") && table.contains("the_mediator"), "{table}");
    assert_eq!(shell.json(&["helper", "list"]).await["items"].as_array().unwrap().len(), 3);
    assert_eq!(shell.json(&["helper", "pause", "the_author"]).await["helper"]["paused"], true);
    assert!(shell.text(&["helper", "resume", "the_author"]).await.contains("deliveries again"));
    assert_eq!(shell.json(&["helper", "stop", "the_author"]).await["helper"]["wanted"], false);
    assert_eq!(shell.json(&["helper", "start", "the_author"]).await["helper"]["wanted"], true);
    assert!(shell.text(&["helper", "restart", "the_author"]).await.contains("restarted"));
    assert_eq!(shell.text(&["helper", "logs", "the_author", "-n", "5"]).await, "");
    let unknown = shell.run(&["helper", "stop", "nobody", "--json"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    let problem: Value = serde_json::from_slice(&unknown.stderr).unwrap();
    assert_eq!(problem["code"], "not_found");
    shell.close().await;
}

#[tokio::test]
async fn a_project_is_made_while_one_watches() {
    let shell = Shell::open().await;
    let output = shell.run(&["project", "new", "pod-tracker", "--wait"]).await;
    let (out, steps) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && out.contains("Made Pod Tracker (pod-tracker)"), "{out}{steps}");
    assert!(steps.matches('✓').count() >= 3, "{steps}");
    let table = shell.text(&["project", "list"]).await;
    assert!(table.contains("pod-tracker") && table.contains("ready"), "{table}");
    let taken = shell.run(&["project", "new", "pod-tracker"]).await;
    assert_eq!(taken.status.code(), Some(1));
    let nameless = shell.run(&["project", "new", "---"]).await;
    assert!(!nameless.status.success() && !nameless.stderr.is_empty());
    shell.close().await;
}

#[tokio::test]
async fn a_log_is_followed_line_by_line() {
    use domain::stream::{LogLine, Notice};
    let shell = Shell::open().await;
    let mut child = shell.command(&["helper", "logs", "the_author", "-f"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut number = 0;
    let line = loop {
        number += 1;
        let line = LogLine {
            helper: "the_author".parse().unwrap(),
            number,
            at: shell.workshop.store.now(),
            text: "ready".into(),
        };
        shell.workshop.store.log().notify(Notice::Log(line));
        tokio::select! {
            line = out.next_line() => break line.unwrap().unwrap(),
            () = tokio::time::sleep(std::time::Duration::from_millis(50)) => {}
        }
    };
    assert!(line.ends_with("ready"), "{line}");
    child.kill().await.unwrap();
    shell.close().await;
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_it_quietly() {
    let shell = Shell::open().await;
    let conversation = shell.workshop.conversation().await;
    for n in 0..30 {
        shell.workshop.say(&conversation, &"long ".repeat(2_000 + n)).await;
    }
    let mut child = shell
        .command(&["export", &conversation.id.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 10]).await.unwrap();
    drop(out);
    let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    shell.close().await;
}

#[tokio::test]
async fn nobody_there_and_nothing_meant_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |args: &[&str]| {
        let output = command(folder.path()).args(args).output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let nowhere = format!("http://{}", free_address());
    let (code, words) = run(&["helper", "list", "--server", &nowhere]).await;
    assert!(code == Some(3) && words.contains(&nowhere) && words.contains("tatwats serve"), "{words}");
    for args in [
        &["send", "hello"][..],
        &["send", "--to", "The Author", "hello"],
        &["export", "not-an-id"],
        &["tail", "--topics", "everything"],
        &["helper", "list", "--server", "ftp://x"],
    ] {
        let (code, words) = run(args).await;
        assert!(code == Some(2) && !words.is_empty(), "{args:?}: {words}");
    }
}

#[tokio::test]
async fn the_documents_are_written_and_their_drift_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |args: &[&str]| command(folder.path()).args(args).output().await.unwrap();
    assert_eq!(run(&["docs", "out", "--check"]).await.status.code(), Some(1));
    assert!(run(&["docs", "out"]).await.status.success());
    assert!(run(&["docs", "out", "--check"]).await.status.success());
    std::fs::write(folder.path().join("out/asyncapi.json"), "{}").unwrap();
    let drifted = run(&["docs", "out", "--check", "--json"]).await;
    let report: Value = serde_json::from_slice(&drifted.stdout).unwrap();
    assert_eq!((drifted.status.code(), report["drifted"].clone()), (Some(1), json!(["asyncapi.json"])));
    assert!(Path::new(&folder.path().join("out/openapi.json")).exists());
}
