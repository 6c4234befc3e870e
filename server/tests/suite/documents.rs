//! The commands that the documents show, run as a newcomer would: in their order, against a workshop that has just begun.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::http::ask;
use crate::program::{Program, command, free_address};
use crate::ws::LONG;

/// The lines of shell that call `tatwats`, without the path of the binary and without remarks.
fn shown(document: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document)).unwrap();
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(kind) = line.strip_prefix("```") {
            inside = !inside && matches!(kind, "sh" | "bash");
        } else if inside
            && let Some(rest) = line.strip_prefix("target/release/").unwrap_or(line).strip_prefix("tatwats ")
        {
            found.push(rest.split(" #").next().unwrap_or_default().trim().to_owned());
        }
    }
    found
}

/// As a shell would: words, and double quotes around several of them.
fn words(line: &str) -> Vec<String> {
    line.split('"')
        .enumerate()
        .flat_map(|(number, part)| match number % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// What a newcomer copies from their account page.
async fn token_of_the_account_page(server: SocketAddr) -> String {
    let wanted = json!({ "name": "This computer", "scope": { "role": "operator" }, "days": 90 });
    let made = ask(server, "POST", "/api/v1/account/tokens").json(&wanted).send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_command_of_the_documents_does_what_it_says() {
    let lines: Vec<String> = ["README.md", "CONTRIBUTING.md", "docs/HELPERS.md", "docs/SANDBOX.md"]
        .iter()
        .flat_map(|name| shown(name))
        .collect();
    assert!(lines.len() >= 3, "the documents show how to begin: {lines:?}");
    let place = tempfile::tempdir().unwrap();
    let program = Program::serve(place.path(), free_address(), true).await;
    let token = token_of_the_account_page(program.address).await;
    for line in lines {
        let mut command = command(place.path());
        command.args(words(&line)).env("TATWATS_LISTEN", program.address.to_string());
        command.env("TATWATS_SERVER", format!("http://{}", program.address));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        if words(&line) == ["login"] {
            input.write_all(token.as_bytes()).await.unwrap();
        }
        drop(input);
        let output = timeout(LONG, child.wait_with_output()).await.expect("it does not end").unwrap();
        let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "tatwats {line}\n{out}{errors}");
        assert!(!out.trim().is_empty(), "tatwats {line} says something");
    }
    assert!(place.path().join("data/projects/hello-world/index.html").is_file(), "the first app is there");
    assert!(program.terminate().await.success());
}
