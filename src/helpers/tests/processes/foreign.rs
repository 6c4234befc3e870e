//! Helpers written by others, in Node: our own sample, and the example agent of the official SDK.

use std::path::PathBuf;

use crate::common::{Setup, repository, until};

/// Where npm's packages are; none when Node or they are missing, which only a contributor's machine may be without.
fn packages() -> Option<PathBuf> {
    let packages = repository().join("node_modules");
    let node = std::process::Command::new("node").arg("--version").output();
    if node.is_ok() && packages.join("@agentclientprotocol/sdk").exists() {
        return Some(packages);
    }
    assert!(std::env::var_os("CI").is_none(), "Node and npm's packages are required in CI; run script/bootstrap");
    println!("skipped: helpers in Node (run script/bootstrap to get them)");
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_in_the_documentation_runs() {
    let Some(packages) = packages() else { return };
    let sample = repository().join("docs/examples/echo-helper");
    let manifest = std::fs::read_to_string(sample.join("helper.toml")).unwrap();
    let needed = ["@agentclientprotocol/sdk", "zod"].map(|name| packages.join(name));
    let files = [
        (sample.join("helper.mjs"), "helper.mjs"),
        (needed[0].clone(), "node_modules/@agentclientprotocol/sdk"),
        (needed[1].clone(), "node_modules/zod"),
    ];
    let setup = Setup::default().helper("echo", &manifest).files("echo", &files);
    let Some(workshop) = setup.start().await else { return };
    let conversation = workshop.converse(&["echo"]).await;
    let asked = workshop.say(&conversation, "hello there").await;
    assert_eq!(workshop.answers(&asked).await[0].body, "You said: hello there");
    until("its command", async || workshop.entry("echo").await.helper.commands.first().map(|c| c.name.clone())).await;
    let asked = workshop.say(&conversation, "@echo /shout quietly").await;
    assert_eq!(workshop.answers(&asked).await[0].body, "QUIETLY");
    let log = workshop.log_of("echo");
    assert!(log.iter().any(|line| line.starts_with("answering delivery ")), "{log:?}");
    workshop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_agent_of_the_sdk_can_be_hired() {
    let Some(packages) = packages() else { return };
    let agent = "node_modules/acp-sdk-with-examples";
    let manifest = format!("command = 'node'\nargs = ['{agent}/dist/examples/agent.js']");
    let files = [(packages.join("acp-sdk-with-examples"), agent), (packages.join("zod"), "node_modules/zod")];
    let Some(workshop) = Setup::default().helper("example", &manifest).files("example", &files).start().await else {
        return;
    };
    let conversation = workshop.converse(&["example"]).await;
    let asked = workshop.say(&conversation, "Please change the configuration").await;
    let permission = workshop.until_asked().await;
    assert_eq!(permission.what, "Modifying critical configuration file");
    assert_eq!((permission.message, permission.command), (asked.id, None));
    workshop.decide(permission.id, false, false).await;
    let answer = workshop.answers(&asked).await.remove(0).body;
    assert!(answer.starts_with("I'll help you with that."), "{answer}");
    // It is refused what it asks for, and goes on without.
    assert!(answer.ends_with("I'll skip the configuration update."), "{answer}");
    workshop.close().await;
}
