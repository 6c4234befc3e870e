//! `tatwats secrets`: the key that seals what is stored sealed.

use std::process::ExitCode;
use std::sync::Arc;

use accounts::rotate_secrets;
use clap::Subcommand;
use domain::{Actor, Error, Result};
use identity::seal::Seal;
use serde::Serialize;

use crate::beside::Beside;
use crate::client::Fault;
use crate::client::out::Out;
use crate::config::Config;

/// Manage the key that seals stored secrets.
#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Seal everything with a new key, beside a stopped server, and drop the old one. When it is interrupted, run it again
    Rotate,
}

/// What was done.
#[derive(Serialize)]
struct Rotated {
    resealed: usize,
    key_file: String,
}

impl Secrets {
    /// Does it.
    pub async fn run(self, config: Config, json: bool) -> ExitCode {
        let mut out = Out::new(json);
        let Self::Rotate = self;
        let done = rotate(&config).await.map_err(Fault::from);
        let shown = done.and_then(|rotated| out.show(&rotated, said));
        match shown.and_then(|()| out.flush()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => fault.report(json),
        }
    }
}

fn said(rotated: &Rotated) -> String {
    let Rotated { resealed, key_file } = rotated;
    let secrets = if *resealed == 1 { "secret is" } else { "secrets are" };
    format!(
        "{resealed} {secrets} sealed with a new key, which is in {key_file}. Keep it apart from copies of the database."
    )
}

async fn rotate(config: &Config) -> Result<Rotated> {
    let beside = Beside::to_write(config).await?;
    let path = config.secrets_key();
    let key_file = path.display().to_string();
    let done = async {
        let seal = tokio::task::spawn_blocking(move || Seal::open_or_create(path)).await.map_err(Error::internal)??;
        rotate_secrets(&beside.store, Arc::new(seal), &Actor::system()).await
    };
    let resealed = done.await;
    beside.close().await;
    Ok(Rotated { resealed: resealed?, key_file })
}
