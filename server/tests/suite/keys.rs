//! Access tokens for other services, the keys that verify them, and the key that seals those.

use std::path::Path;

use identity::jwt::Claims;
use serde_json::{Value, json};

use crate::cookies;
use crate::http::{ask, get};
use crate::program::{Program, command, free_address};
use crate::workshop::Workshop;

const KEYS: &str = "/.well-known/jwks.json";

#[tokio::test]
async fn other_services_learn_who_someone_is_by_a_token_that_they_verify_themselves() {
    let workshop = Workshop::set(&[("TATWATS_PUBLIC_URL", "https://workshop.example")]).await;
    let to = workshop.address;
    let bearer = format!("Bearer {}", cookies::token(&workshop.store, 3_600).await);
    let make =
        |body: &Value| ask(to, "POST", "/api/v1/account/access-token").header("authorization", &bearer).json(body);
    let made = make(&json!({ "audience": "https://billing.example" })).send().await;
    assert_eq!((made.status, made.header("cache-control")), (200, Some("no-store")), "{}", made.text());
    let made = made.json();
    assert_eq!((&made["token_type"], &made["expires_in"]), (&json!("Bearer"), &json!(600)));
    let token = made["access_token"].as_str().unwrap();

    let answer = get(to, KEYS).stranger().send().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jwk-set+json")));
    assert!(answer.header("cache-control").unwrap().starts_with("public, max-age="));
    let claims = verified(token, &answer.json());
    assert_eq!((claims.issuer.as_str(), claims.subject.as_str()), ("https://workshop.example", "owner"));
    assert_eq!((claims.audience, claims.roles), (vec!["https://billing.example".to_owned()], vec!["admin".to_owned()]));

    // It opens nothing here.
    let back = get(to, "/api/v1/account").header("authorization", &format!("Bearer {token}")).send().await;
    assert_eq!(back.status, 401);
    let without = make(&json!({ "audience": "two words" })).send().await;
    assert_eq!((without.status, without.json()["field"].as_str()), (422, Some("audience")));
    let nobody = ask(to, "POST", "/api/v1/account/access-token").stranger().json(&json!({ "audience": "x" }));
    assert_eq!(nobody.send().await.status, 401);
    workshop.close().await;
}

/// What `token` says, checked as another service does it: by the published key that the token names.
fn verified(token: &str, keys: &Value) -> Claims {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, body) = signed.split_once('.').unwrap();
    let head: Value = serde_json::from_slice(&bytes(head)).unwrap();
    assert_eq!((&head["typ"], &head["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == head["kid"]).expect("no such key");
    let point = [vec![4], bytes(key["x"].as_str().unwrap()), bytes(key["y"].as_str().unwrap())].concat();
    assert!(key.get("d").is_none(), "the private part is published");
    ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &bytes(signature))
        .expect("the signature does not hold");
    serde_json::from_slice(&bytes(body)).unwrap()
}

fn bytes(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[tokio::test]
async fn the_sealing_key_is_changed_beside_a_stopped_server_and_everything_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let rotate = async || command(folder.path()).args(["secrets", "rotate", "--json"]).output().await.unwrap();
    let program = Program::serve(folder.path(), free_address(), false).await;
    let before = get(program.address, KEYS).send().await.json();
    let refused = rotate().await;
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is in use by another TATWATS"), "{refused:?}");
    assert!(program.terminate().await.success());

    let old = key_file(folder.path());
    let done = rotate().await;
    assert!(done.status.success(), "{done:?}");
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(said["resealed"], 1);
    assert_ne!(key_file(folder.path()), old);

    let program = Program::serve(folder.path(), free_address(), false).await;
    assert_eq!(get(program.address, KEYS).send().await.json(), before, "the signing key opens and stays");
    assert!(program.terminate().await.success());
}

fn key_file(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("data/secrets.key")).unwrap()
}
