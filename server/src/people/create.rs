//! `tatwats user create`: makes an account.

use std::path::PathBuf;

use accounts::{Accounts, NewPerson};
use clap::Args;
use domain::{Actor, Error, Result, Role, User, UserName};
use store::Store;

use super::{name, password, with_accounts};
use crate::client::Fault;
use crate::client::out::Out;
use crate::config::Config;

/// Make an account.
#[derive(Debug, Args)]
pub struct Create {
    /// The name to sign in with: small letters, digits, “_”, “-” and “.”
    #[arg(value_parser = name)]
    name: UserName,
    /// The name for people [default: the same]
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// The role for the whole workshop: viewer, editor, operator or admin [default: none]
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// The role of an admin; the set-up link does not hold any more once there is one
    #[arg(long, conflicts_with = "role")]
    admin: bool,
    /// The file whose first line is the password; else it is asked for, or read from the input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(super) fn role(text: &str) -> Result<Role> {
    text.parse()
}

impl Create {
    pub(super) async fn run(self, config: &Config, out: &mut Out) -> Result<(), Fault> {
        let user = with_accounts(config, async |store, accounts| self.perform(store, accounts).await).await?;
        out.show(&user, said)
    }

    async fn perform(self, store: &Store, accounts: &Accounts) -> Result<User> {
        // Before anybody types a password for nothing.
        if store.user(&self.name).await?.is_some() {
            return Err(Error {
                field: Some("name".into()),
                ..Error::conflict(format!("There is someone called “{}” already. Choose another name.", self.name))
            });
        }
        let display_name = self.display_name.unwrap_or_default();
        let password = password::new(&self.name, &display_name, self.password_file.as_deref()).await?;
        let who = NewPerson { name: self.name.to_string(), display_name, password };
        let role = if self.admin { Some(Role::Admin) } else { self.role };
        accounts.create_user(&Actor::system(), who, role).await
    }
}

fn said(user: &User) -> String {
    match user.role {
        Some(role) => format!("{} can sign in, as {}.", user.name, role.with_article()),
        None => format!(
            "{} can sign in, and has no role yet: an admin gives one on the page People, or `tatwats user role`.",
            user.name
        ),
    }
}
