//! Accounts and tokens made on a data folder, beside a stopped server.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::cookies::PASSWORD;
use crate::http::{Answer, ask, get};
use crate::program::{Program, command, free_address};
use crate::ws::LONG;

/// Runs a command in `folder` with `input`; gives how it ended, its output and its errors.
async fn run(folder: &Path, args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = command(folder);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // One that reads a file instead may have ended already.
    let _ = pipe.write_all(input.as_bytes()).await;
    drop(pipe);
    let Output { status, stdout, stderr } =
        timeout(LONG, child.wait_with_output()).await.expect("it does not end").unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

async fn json(folder: &Path, args: &[&str], input: &str) -> Value {
    let (code, out, errors) = run(folder, &[args, &["--json"]].concat(), input).await;
    assert_eq!(code, Some(0), "{args:?}: {errors}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

async fn sign_in(program: &Program, name: &str, password: &str) -> Answer {
    let fields = [("name", name), ("password", password), ("next", "")];
    ask(program.address, "POST", "/sign-in").stranger().form(&fields).send().await
}

fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    set.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn accounts_are_made_and_listed_without_a_server() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    let (code, out, _) = run(here, &["user", "list"], "").await;
    assert!(code == Some(0) && out.contains("tatwats user create NAME --admin"), "{out}");
    assert!(!here.join("data").exists(), "listing makes no database");

    let (code, out, errors) = run(here, &["user", "create", "ada", "--admin"], &format!("{PASSWORD}\n")).await;
    assert!(code == Some(0) && out.contains("ada can sign in, as an admin"), "{out}{errors}");
    std::fs::write(here.join("word"), format!("{PASSWORD}\n")).unwrap();
    let create = ["user", "create", "bo", "--display-name", "Bo Derek", "--role", "editor", "--password-file", "word"];
    let made = json(here, &create, "").await;
    assert_eq!((made["display_name"].as_str(), made["role"].as_str()), (Some("Bo Derek"), Some("editor")));
    assert_eq!(made["has_password"], true);
    let more = json(here, &["user", "create", "cy", "--admin"], PASSWORD).await;
    assert_eq!(more["role"], "admin", "a second admin is made in the same way");
    let listed = json(here, &["user", "list"], "").await;
    let names: Vec<&str> =
        listed["items"].as_array().unwrap().iter().filter_map(|user| user["name"].as_str()).collect();
    assert_eq!(names, ["ada", "bo", "cy"]);
    let (_, table, _) = run(here, &["user", "list"], "").await;
    assert!(table.starts_with("NAME") && table.contains("Bo Derek") && !table.contains(PASSWORD), "{table}");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_and_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    assert_eq!(run(here, &["user", "create", "ada", "--admin"], PASSWORD).await.0, Some(0));
    for (args, input, code, part) in [
        (&["user", "create", "bo"][..], "short", 1, "at least 10"),
        (&["user", "create", "bo"], "", 1, "no password"),
        (&["user", "create", "bo", "--password-file", "gone"], "", 1, "gone"),
        (&["user", "create", "ada"], PASSWORD, 1, "already"),
        (&["user", "create", "Bo Derek"], PASSWORD, 2, "small letter"),
        (&["user", "create", "bo", "--role", "root"], PASSWORD, 2, "operator"),
        (&["user", "create", "bo", "--role", "viewer", "--admin"], PASSWORD, 2, "cannot be used with"),
        (&["user", "set-password", "bo"], PASSWORD, 1, "no such user"),
        (&["user", "set-password", "ada"], "password123", 1, "tried first"),
        (&["token", "create", "--user", "bo", "--name", "x"], "", 1, "no such user"),
        (&["token", "create", "--user", "ada", "--name", "x", "--days", "400"], "", 2, "366"),
    ] {
        let (ended, _, errors) = run(here, args, input).await;
        assert!(ended == Some(code) && errors.contains(part), "{args:?}: {ended:?} {errors}");
        assert!(input.is_empty() || !errors.contains(input), "{errors}");
    }
    assert_eq!(json(here, &["user", "list"], "").await["items"].as_array().unwrap().len(), 1);
    // One without a role can sign in, and there is nothing that a token of theirs could open.
    let (_, out, _) = run(here, &["user", "create", "bo"], PASSWORD).await;
    assert!(out.contains("no role yet"), "{out}");
    let (code, _, errors) = run(here, &["token", "create", "--user", "bo", "--name", "x"], "").await;
    assert!(code == Some(1) && errors.contains("no role"), "{errors}");
}

#[tokio::test]
async fn whoever_lost_their_password_gets_in_again_and_others_out() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    assert_eq!(run(here, &["user", "create", "ada", "--admin"], PASSWORD).await.0, Some(0));
    let program = Program::serve(here, free_address(), false).await;
    let cookie = cookie(&sign_in(&program, "ada", PASSWORD).await);
    let account = |program: &Program| get(program.address, "/api/v1/account").header("cookie", &cookie).send();
    assert_eq!(account(&program).await.json()["user"]["name"], "ada");

    let (code, _, errors) = run(here, &["user", "set-password", "ada"], "a new one entirely").await;
    assert!(code == Some(1) && errors.contains(&format!("process {}", program.pid())), "{errors}");
    let listed = json(here, &["user", "list"], "").await;
    assert_eq!(listed["items"][0]["name"], "ada", "reading is fine beside a running server");
    assert!(program.terminate().await.success());

    let (code, out, errors) = run(here, &["user", "set-password", "ada"], "a new one entirely").await;
    assert!(code == Some(0) && out.contains("signed out everywhere"), "{out}{errors}");
    let program = Program::serve(here, free_address(), false).await;
    assert_eq!(account(&program).await.status, 401, "the old session has ended");
    assert_ne!(sign_in(&program, "ada", PASSWORD).await.status, 303);
    assert_eq!(sign_in(&program, "ada", "a new one entirely").await.status, 303);
    assert!(program.terminate().await.success());
}

#[tokio::test]
async fn roles_are_given_for_the_workshop_and_for_one_project() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    assert_eq!(run(here, &["user", "create", "ada", "--admin"], PASSWORD).await.0, Some(0));
    assert_eq!(run(here, &["user", "create", "bo"], PASSWORD).await.0, Some(0));
    let program = Program::serve(here, free_address(), false).await;
    let cookie = cookie(&sign_in(&program, "ada", PASSWORD).await);
    for (method, path, body) in [
        ("POST", "/api/v1/projects", serde_json::json!({ "name": "pods" })),
        ("PUT", "/api/v1/groups/crew", serde_json::json!({ "members": ["bo"] })),
    ] {
        let answer = ask(program.address, method, path).header("cookie", &cookie).json(&body).send().await;
        assert!(answer.status < 300, "{path}: {}", answer.said());
    }
    let (code, _, errors) = run(here, &["user", "role", "bo", "viewer"], "").await;
    assert!(code == Some(1) && errors.contains("process"), "beside a running server it is refused: {errors}");
    assert!(program.terminate().await.success());

    let told = async |args: &[&str]| {
        let (code, out, errors) = run(here, args, "").await;
        assert_eq!(code, Some(0), "{args:?}: {errors}");
        out
    };
    assert!(told(&["user", "role", "bo", "viewer"]).await.contains("bo has now: viewer."));
    assert!(told(&["user", "role", "bo", "editor", "--project", "pods"]).await.contains("viewer, editor on pods"));
    assert!(told(&["user", "list"]).await.contains("viewer, editor on pods"));
    assert!(told(&["group", "role", "crew", "operator", "--project", "pods"]).await.contains("operator on pods"));
    let groups = told(&["group", "list"]).await;
    assert!(groups.contains("crew") && groups.contains("operator on pods") && groups.contains("bo"), "{groups}");
    assert!(told(&["user", "role", "bo", "none", "--project", "pods"]).await.contains("bo has now: viewer."));
    let taken = json(here, &["group", "role", "crew", "none", "--project", "pods"], "").await;
    assert!(taken.get("project_roles").is_none(), "{taken}");
    for (args, code, part) in [
        (&["user", "role", "bo", "root"][..], 2, "operator"),
        (&["user", "role", "nobody", "viewer"], 1, "no such user"),
        (&["user", "role", "bo", "viewer", "--project", "gone"], 1, "no project called “gone”"),
        (&["user", "role", "ada", "none"], 1, "last admin"),
        (&["group", "role", "gone", "viewer"], 1, "no such group"),
    ] {
        let (ended, _, errors) = run(here, args, "").await;
        assert!(ended == Some(code) && errors.contains(part), "{args:?}: {ended:?} {errors}");
    }
}

#[tokio::test]
async fn a_token_of_the_command_line_signs_in() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    assert_eq!(run(here, &["user", "create", "ada", "--admin"], PASSWORD).await.0, Some(0));
    let (code, secret, errors) = run(here, &["token", "create", "--user", "ada", "--name", "Desk"], "").await;
    assert!(code == Some(0) && secret.starts_with("tat_") && secret.lines().count() == 1, "{errors}");
    assert!(errors.contains("“Desk”, at most as an admin") && !errors.contains(secret.trim()), "{errors}");
    let args = ["token", "create", "--user", "ada", "--name", "Watch", "--role", "viewer", "--days", "1"];
    let made = json(here, &args, "").await;
    assert_eq!(made["token"]["scope"]["role"], "viewer");

    let program = Program::serve(here, free_address(), false).await;
    let server = format!("http://{}", program.address);
    let (code, out, errors) = run(here, &["login", "--server", &server], &secret).await;
    assert!(code == Some(0) && out.contains("as ada"), "{out}{errors}");
    let pause = ["helper", "pause", "the_author", "--server", &server];
    assert_eq!(run(here, &pause, "").await.0, Some(0));
    let (code, _, errors) = run(here, &["login", "--server", &server], made["secret"].as_str().unwrap()).await;
    assert_eq!(code, Some(0), "{errors}");
    let (code, _, errors) = run(here, &pause, "").await;
    assert!(code == Some(1) && errors.contains("operator") && errors.contains("viewer"), "{errors}");
    assert!(program.terminate().await.success());
}
