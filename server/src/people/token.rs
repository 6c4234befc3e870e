//! `tatwats token create`: makes a token for a program, or for `tatwats login`.

use std::io::Write;

use accounts::Accounts;
use clap::Args;
use domain::access::Subject;
use domain::{Actor, ApiToken, Error, Result, Role, Scope, UserName};
use identity::secret::Secret;
use serde::Serialize;
use store::Store;

use super::create::role;
use super::{name, with_accounts};
use crate::client::Fault;
use crate::client::out::{Out, harmless, moment};
use crate::config::Config;

/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

/// Make a token, and print it this once.
#[derive(Debug, Args)]
pub struct Create {
    /// Whose
    #[arg(long, value_name = "NAME", value_parser = name)]
    user: UserName,
    /// What it is for, in a few words
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// The most it may be: viewer, editor, operator or admin [default: what its user is now]
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// How many days it holds
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=366))]
    days: i64,
}

#[derive(Serialize)]
struct Made {
    token: ApiToken,
    secret: String,
}

impl Create {
    pub(super) async fn run(self, config: &Config, out: &mut Out) -> Result<(), Fault> {
        let (token, secret) =
            with_accounts(config, async |store, accounts| self.perform(store, accounts).await).await?;
        if out.is_json() {
            return out.show(&Made { token, secret: secret.reveal().to_owned() }, |_| String::new());
        }
        // The token alone is what the next command reads; the words are for the person who watches.
        let ApiToken { user, name, scope, expires_at, .. } = &token;
        let _ = writeln!(
            std::io::stderr(),
            "A token of {user}, “{}”, at most as {}, until {}. It is shown only this once:",
            harmless(name),
            scope.role.with_article(),
            moment(*expires_at)
        );
        out.line(secret.reveal())
    }

    async fn perform(&self, store: &Store, accounts: &Accounts) -> Result<(ApiToken, Secret)> {
        if store.user(&self.user).await?.is_none() {
            return Err(Error::not_found("user"));
        }
        let held = store.rights(&Actor::user(self.user.clone())).role_on(Subject::Anywhere);
        let Some(role) = self.role.or(held) else {
            return Err(Error::conflict(format!(
                "{} has no role, so a token would open nothing. Give them a role first.",
                self.user
            )));
        };
        let scope = Scope { role, projects: None };
        accounts.create_token(&Actor::system(), &self.user, &self.name, scope, self.days * DAY).await
    }
}
