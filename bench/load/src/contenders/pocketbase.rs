//! PocketBase, with its own migrations, one user and one conversation.

use serde_json::json;

use super::{Messages, words};
use crate::Result;
use crate::http::{ask, request};
use crate::options::Options;
use crate::server::{self, Server};

/// Starts one with an empty database, ready to take messages; none where it is missing.
pub(crate) async fn start(options: &Options) -> Result<Option<Messages>> {
    let Some(program) = &options.pocketbase else { return Ok(None) };
    let folder = tempfile::tempdir()?;
    let address = server::free_port()?;
    let mut serve = server::command(program);
    serve.arg("serve").arg("--http").arg(address.to_string());
    serve.arg("--dir").arg(folder.path().join("pb_data"));
    serve.arg("--migrationsDir").arg(options.peers.join("pocketbase/pb_migrations"));
    let server = Server::start(serve, address, &folder.path().join("log")).await?;
    let login = json!({ "identity": "owner@example.com", "password": "moss lantern orbit quill" });
    let signed = request(address, "POST", "/api/collections/users/auth-with-password", None, Some(&login));
    let signed = ask(address, &signed).await?;
    let token = signed["token"].as_str().ok_or("no token")?;
    let conversation = json!({ "title": "Bench" });
    let opened = request(address, "POST", "/api/collections/conversations/records", Some(token), Some(&conversation));
    let opened = ask(address, &opened).await?;
    let message = json!({ "conversation": opened["id"], "sender": signed["record"]["id"], "body": words() });
    let post = request(address, "POST", "/api/collections/messages/records", Some(token), Some(&message));
    Ok(Some(Messages { server, post, folder: Some(folder) }))
}
