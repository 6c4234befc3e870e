//! The peers that run on Node.js: `bench/peers/NAME.mjs`, told by the environment where to listen.

use super::{Messages, postgres, words};
use crate::Result;
use crate::http::{ask, request};
use crate::options::{Options, Postgres};
use crate::server::{self, Server};
use serde_json::json;

/// Starts the peer of that name; it listens where PORT says.
pub(crate) async fn start(options: &Options, name: &str, environment: &[(&str, &str)]) -> Result<Server> {
    let address = server::free_port()?;
    let mut serve = server::command("node");
    serve.arg(options.peers.join(name).with_extension("mjs"));
    serve.env("NODE_ENV", "production").env("PORT", address.port().to_string());
    serve.envs(environment.iter().copied());
    let folder = tempfile::tempdir()?;
    Server::start(serve, address, &folder.path().join("log")).await
}

/// Starts Express on a new database, ready to take messages.
pub(crate) async fn express(options: &Options, on: &Postgres) -> Result<Messages> {
    let url = postgres::fresh(on, "express").await?;
    let token = "tok_4c1f0b7a9e2d4f5688a1c3e5d7f90b2a";
    let server = start(options, "express", &[("DATABASE_URL", &url), ("TOKEN", token)]).await?.beside(on.postmaster);
    let opened = request(server.address, "POST", "/conversations", Some(token), Some(&json!({ "title": "Bench" })));
    let opened = ask(server.address, &opened).await?;
    let path = format!("/conversations/{}/messages", opened["id"].as_str().ok_or("a conversation without id")?);
    let post = request(server.address, "POST", &path, Some(token), Some(&json!({ "body": words() })));
    Ok(Messages { server, post, folder: None })
}
