//! `tatwats user`, `tatwats group` and `tatwats token`: accounts, roles and tokens made in the database itself, for whoever runs the workshop
//! and cannot sign in yet, or any more.

mod create;
mod groups;
mod list;
mod password;
mod role;
mod token;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use accounts::{Accounts, Lasting, SessionCookie};
use clap::Subcommand;
use domain::{Actor, Grants, ProjectId, Result, Slug, UserName};
use identity::limit::Patience;
use store::Store;
use store::clock::SystemClock;

use crate::beside::Beside;
use crate::client::Fault;
use crate::client::out::Out;
use crate::config::Config;

/// Manage accounts in the database, beside a stopped server.
#[derive(Debug, Subcommand)]
pub enum People {
    /// Make an account. A workshop that has no admin needs one: --admin
    Create(create::Create),
    /// List the accounts
    List,
    /// Set the password of someone who lost it, and end their sessions
    SetPassword(password::SetPassword),
    /// Give someone a role, for the whole workshop or for one project, or take it away
    Role(role::UserRole),
}

/// Manage groups in the database, beside a stopped server.
#[derive(Debug, Subcommand)]
pub enum Groups {
    /// List the groups
    List,
    /// Give the members of a group a role, for the whole workshop or for one project, or take it away
    Role(role::GroupRole),
}

/// Make tokens in the database, beside a stopped server.
#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Make a token, and print it this once
    Create(token::Create),
}

impl People {
    /// Does it.
    pub async fn run(self, config: Config, json: bool) -> ExitCode {
        let mut out = Out::new(json);
        let done = match self {
            Self::Create(args) => args.run(&config, &mut out).await,
            Self::List => list::run(&config, &mut out).await,
            Self::SetPassword(args) => args.run(&config, &mut out).await,
            Self::Role(args) => args.run(&config, &mut out).await,
        };
        end(done, out, json)
    }
}

impl Groups {
    /// Does it.
    pub async fn run(self, config: Config, json: bool) -> ExitCode {
        let mut out = Out::new(json);
        let done = match self {
            Self::List => groups::run(&config, &mut out).await,
            Self::Role(args) => args.run(&config, &mut out).await,
        };
        end(done, out, json)
    }
}

impl Tokens {
    /// Does it.
    pub async fn run(self, config: Config, json: bool) -> ExitCode {
        let mut out = Out::new(json);
        let Self::Create(args) = self;
        let done = args.run(&config, &mut out).await;
        end(done, out, json)
    }
}

fn end(done: Result<(), Fault>, mut out: Out, json: bool) -> ExitCode {
    match done.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fault.report(json),
    }
}

/// Opens the database to write, does `work` with it, and lets go of it however that ended.
async fn with_accounts<T>(config: &Config, work: impl AsyncFnOnce(&Store, &Accounts) -> Result<T>) -> Result<T> {
    let beside = Beside::to_write(config).await?;
    let done = match accounts_of(&beside.store) {
        Ok(accounts) => work(&beside.store, &accounts).await,
        Err(error) => Err(error),
    };
    beside.close().await;
    done
}

/// The ways in, for one who makes them and comes in by none.
fn accounts_of(store: &Store) -> Result<Accounts> {
    let (lasting, patience) = (Lasting::default(), Patience::default());
    Accounts::new(store.clone(), lasting, patience, SessionCookie { over_tls: false }, Arc::new(SystemClock))
}

fn name(text: &str) -> Result<UserName> {
    text.parse()
}

/// The short names of all projects.
async fn project_names(store: &Store) -> Result<BTreeMap<ProjectId, Slug>> {
    let projects = store.view(&Actor::system()).projects().await?;
    Ok(projects.into_iter().map(|project| (project.id, project.slug)).collect())
}

/// Roles in a few words: `viewer, editor on pods`, or a dash.
fn roles(grants: &Grants, projects: &BTreeMap<ProjectId, Slug>) -> String {
    let local = grants.projects.iter().filter_map(|(id, role)| Some(format!("{role} on {}", projects.get(id)?)));
    let words: Vec<String> = grants.workshop.map(|role| role.to_string()).into_iter().chain(local).collect();
    if words.is_empty() { "–".into() } else { words.join(", ") }
}
