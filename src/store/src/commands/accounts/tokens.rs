//! Tokens for programs.

use domain::access::{Action, Subject};
use domain::event::TokenUsed;
use domain::{ApiToken, Error, ErrorCode, EventData, Result, Scope, Timestamp, TokenId, UserName, account};

use super::{known_project, locked_user};
use crate::Hash;
use crate::change::{Change, Command};
use crate::tables::accounts::tokens;

/// Most tokens of one user that hold.
pub const MAX_TOKENS: usize = 100;
/// Longest time that a token holds, in seconds: a year.
pub const MAX_TOKEN_SECONDS: i64 = 366 * 24 * 3_600;
/// Most projects in one scope.
const MAX_PROJECTS: usize = 100;
/// How often at most it is told that a token is in use, in seconds.
pub const TOKEN_USE_SECONDS: i64 = 3_600;

/// Makes a token: for oneself, or as an admin for anyone. It never gives more than its user may.
#[derive(Debug, Clone)]
pub struct CreateToken {
    /// The hash of its secret.
    pub hash: Hash,
    /// Whose it is.
    pub user: UserName,
    /// What it is for, in a few words.
    pub name: String,
    /// How far it goes.
    pub scope: Scope,
    /// Until when it holds, at most [`MAX_TOKEN_SECONDS`] from now.
    pub expires_at: Timestamp,
}

impl Command for CreateToken {
    const ACTION: Action = Action::OwnAccount;
    type Output = ApiToken;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<ApiToken> {
        change.require_account(&self.user, Action::ManageTokens)?;
        let name = account::check_label(&self.name)?;
        if self.expires_at <= change.now || self.expires_at > change.now.plus_seconds(MAX_TOKEN_SECONDS) {
            return Err(Error::invalid("expires_at", "A token holds for at least a moment and at most a year."));
        }
        let projects = self.scope.projects.as_deref().unwrap_or_default();
        if projects.len() > MAX_PROJECTS {
            return Err(Error::invalid(
                "scope",
                format!("A token is for at most {MAX_PROJECTS} projects, or for all."),
            ));
        }
        for project in projects {
            known_project(change, *project).await?;
        }
        locked_user(change, &self.user).await?;
        let held = tokens::of_user(change.tx, &self.user).await?;
        if held.iter().filter(|token| token.holds(change.now)).count() >= MAX_TOKENS {
            return Err(Error::conflict(format!("{MAX_TOKENS} tokens are the most. Revoke one that is not needed.")));
        }
        let token = ApiToken {
            id: change.new_id(),
            user: self.user.clone(),
            name,
            scope: self.scope.clone(),
            expires_at: self.expires_at,
            created_at: change.now,
            used_at: None,
            revoked: false,
        };
        tokens::insert(change.tx, &token, &self.hash).await?;
        change.record(EventData::TokenChanged(token.clone()));
        Ok(token)
    }
}

/// Takes a token back: one's own, or as an admin anyone's.
#[derive(Debug, Clone)]
pub struct RevokeToken {
    /// Which token.
    pub token: TokenId,
}

impl Command for RevokeToken {
    const ACTION: Action = Action::OwnAccount;
    type Output = ApiToken;

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<ApiToken> {
        change.checked = true;
        let missing = || Error::not_found("token");
        let mut token = tokens::get_locked(change.tx, self.token).await?.ok_or_else(missing)?;
        change.require_account(&token.user, Action::ManageTokens).map_err(|error| match error.code {
            ErrorCode::Forbidden => missing(),
            _ => error,
        })?;
        if !token.revoked {
            token.revoked = true;
            tokens::update(change.tx, &token).await?;
            change.record(EventData::TokenChanged(token.clone()));
        }
        Ok(token)
    }
}

/// Notes that a token was used. Within an hour after the last time it changes nothing.
#[derive(Debug, Clone)]
pub struct NoteTokenUse {
    /// Which token.
    pub token: TokenId,
    /// The network address it was used from.
    pub place: String,
}

impl Command for NoteTokenUse {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let Some(mut token) = tokens::get_locked(change.tx, self.token).await? else { return Ok(()) };
        if token.used_at.is_some_and(|at| change.now < at.plus_seconds(TOKEN_USE_SECONDS)) {
            return Ok(());
        }
        token.used_at = Some(change.now);
        tokens::update(change.tx, &token).await?;
        let place = self.place.chars().take(120).collect();
        change.record(EventData::TokenUsed(TokenUsed { token, place }));
        Ok(())
    }
}
