//! Access tokens in the eyes of another implementation: `jose` for JavaScript.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Timestamp};
use identity::jwt::{Grant, SigningKey, Tokens};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

#[derive(Debug)]
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// What `verify.mjs` answers; none when Node or npm's packages are missing, which only a contributor's machine may be
/// without.
fn verified_elsewhere(question: &Value) -> Option<Value> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let node = Command::new("node").arg("--version").output();
    if node.is_err() || !here.join("../../node_modules/jose").exists() {
        assert!(std::env::var_os("CI").is_none(), "Node and npm's packages are required in CI; run script/bootstrap");
        println!("skipped: another implementation, in Node (run script/bootstrap to get it)");
        return None;
    }
    let mut process = Command::new("node")
        .arg(here.join("tests/tokens/verify.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    Some(serde_json::from_slice(&process.wait_with_output().unwrap().stdout).unwrap())
}

#[test]
fn a_token_can_be_verified_elsewhere_by_the_key_set_alone() {
    let now = Timestamp::from_millis(1_790_000_000_000);
    let keys = [0, 60].map(|age| SigningKey::generate(now.plus_seconds(-age)).unwrap());
    let ids: Vec<_> = keys.iter().map(|key| key.id().to_owned()).collect();
    let tokens = Tokens::new("https://workshop.example", Duration::from_secs(600), keys.into(), Arc::new(Still(now)));
    let issued = tokens
        .issue(Grant {
            subject: "anna".into(),
            audience: "https://review.example".into(),
            client: "ci".into(),
            scope: vec!["read".into(), "talk".into()],
            roles: vec!["editor".into()],
        })
        .unwrap();
    let question = |change: &dyn Fn(&mut Value)| {
        let mut question = json!({
            "token": issued.token.expose_secret(), "keys": tokens.key_set(), "issuer": "https://workshop.example",
            "audience": "https://review.example", "now": issued.claims.issued,
        });
        change(&mut question);
        question
    };

    let Some(answer) = verified_elsewhere(&question(&|_| {})) else { return };
    assert_eq!(answer["payload"], serde_json::to_value(&issued.claims).unwrap());
    assert_eq!(answer["payload"]["scope"], "read talk");
    assert_eq!(answer["thumbprints"], json!(ids), "a key's id is the thumbprint that others work out");

    let refused = |change: &dyn Fn(&mut Value)| verified_elsewhere(&question(change)).unwrap()["refused"].clone();
    assert_eq!(refused(&|question| question["now"] = issued.claims.expires.into()), "ERR_JWT_EXPIRED");
    assert_eq!(refused(&|question| question["audience"] = "other".into()), "ERR_JWT_CLAIM_VALIDATION_FAILED");
    let strange = SigningKey::generate(now).unwrap().public();
    assert_eq!(refused(&|question| question["keys"] = json!({ "keys": [strange] })), "ERR_JWKS_NO_MATCHING_KEY");
}
