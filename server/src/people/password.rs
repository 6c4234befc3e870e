//! `tatwats user set-password`, and how a new password is asked for.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::{Actor, Error, Result, UserName};
use identity::password::check;
use secrecy::{ExposeSecret, SecretString};

use super::{name, with_accounts};
use crate::client::Fault;
use crate::client::out::Out;
use crate::config::Config;
use crate::prompt;

/// Set the password of someone who lost it, and end their sessions.
#[derive(Debug, Args)]
pub struct SetPassword {
    /// Whose
    #[arg(value_parser = name)]
    name: UserName,
    /// The file whose first line is the password; else it is asked for, or read from the input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl SetPassword {
    pub(super) async fn run(self, config: &Config, out: &mut Out) -> Result<(), Fault> {
        let user = with_accounts(config, async |store, accounts| {
            let user = store.user(&self.name).await?.ok_or_else(|| Error::not_found("user"))?;
            let password = new(&user.name, &user.display_name, self.password_file.as_deref()).await?;
            accounts.set_password(&Actor::system(), &self.name, password).await
        })
        .await?;
        out.show(&user, |user| {
            format!("{} has a new password, and was signed out everywhere. Tokens still hold.", user.name)
        })
    }
}

/// A new password for `user`, who is called `display_name`: from the first line of `file`, from someone at the terminal, who types it twice, or from
/// the first line of the input.
///
/// # Errors
/// `Invalid` when it is too weak, missing, or not the same twice.
pub(super) async fn new(user: &UserName, display_name: &str, file: Option<&Path>) -> Result<SecretString> {
    let password = match file {
        Some(file) => prompt::secret_in("password", file)?,
        None => prompt::secret("password", &format!("New password for {user}")).await?,
    };
    if file.is_none() && prompt::is_someone_there() {
        // Before it is typed again for nothing.
        check(password.expose_secret(), user, display_name)?;
        let again = prompt::secret("password", "The same again").await?;
        if again.expose_secret() != password.expose_secret() {
            return Err(Error::invalid("password", "The two are not the same. Nothing was changed."));
        }
    }
    Ok(password)
}
