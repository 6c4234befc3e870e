//! `tatwats login` and `tatwats logout`: keep a token for a server, and forget it.

use std::io::Write;

use clap::Args;
use domain::{ApiToken, Role, User};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::Connection;
use super::bearer::Bearer;
use super::credentials::{Credential, Credentials, environment};
use super::fault::Fault;
use super::http::Client;
use super::out::{Out, harmless, moment};
use crate::prompt;

/// Sign in: keep a token for the server's address, read from the input.
#[derive(Debug, Args)]
pub struct Login {
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// Sign out: forget the token kept for the server's address.
#[derive(Debug, Args)]
pub struct Logout {
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// What the server says of the one who asks.
#[derive(Debug, Deserialize)]
struct Account {
    user: User,
    #[serde(default)]
    token: Option<ApiToken>,
}

#[derive(Serialize)]
struct SignedIn {
    server: String,
    user: User,
    token: Option<ApiToken>,
    file: String,
}

#[derive(Serialize)]
struct SignedOut {
    server: String,
    forgotten: bool,
}

impl Login {
    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let file = place()?;
        let server = client.server();
        // Only for the person who types; whether it can be written changes nothing.
        let tell = |words: &str| drop(writeln!(std::io::stderr(), "{words}"));
        if client.is_overheard() {
            tell("Take care: the way to this server is not encrypted. Whoever listens in can read the token.");
        }
        if prompt::is_someone_there() {
            tell(&format!("Make a token at {server}/account and paste it here."));
        }
        let text = prompt::secret("token", "Token").await?;
        let bearer = Bearer::given(text.expose_secret())?;
        let token = bearer.token.clone();
        let account: Account = client.clone().with(Some(bearer)).get(&["account"], &[]).await?;
        file.keep(&server, Credential { user: account.user.name.clone(), token })?;
        let Account { user, token } = account;
        let signed_in = SignedIn { server, user, token, file: file.path().display().to_string() };
        out.show(&signed_in, text_of)
    }
}

fn text_of(signed_in: &SignedIn) -> String {
    let SignedIn { server, user, token, file } = signed_in;
    let scope = token.as_ref().map_or_else(String::new, |token| {
        let role = Role::with_article(token.scope.role);
        format!(", at most as {role}, by “{}” until {}", harmless(&token.name), moment(token.expires_at))
    });
    format!("Signed in at {server} as {}{scope}. The token is kept in {file}.", user.name)
}

impl Logout {
    pub(super) fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let signed_out = SignedOut { server: client.server(), forgotten: place()?.forget(&client.server())? };
        out.show(&signed_out, |SignedOut { server, forgotten }| match forgotten {
            true => format!("The token for {server} is forgotten here. It can be revoked at {server}/account."),
            false => format!("No token was kept for {server}."),
        })
    }
}

fn place() -> Result<Credentials, Fault> {
    Credentials::below(environment).ok_or_else(|| {
        Fault::Failed("There is no place to keep a token: neither XDG_CONFIG_HOME nor HOME names a folder.".into())
    })
}
