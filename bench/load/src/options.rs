//! What the command line says: where things are, and what to measure.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::{Result, say};

/// How it is called.
pub(crate) const USAGE: &str = "Usage: load --server FILE --site FOLDER --peers FOLDER [--pocketbase FILE] [--nats FILE] \
     [--postgres URL --postmaster PID] [--image BYTES] [--quick] [ROW…]";

/// Where things are, and what to measure.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The server's binary.
    pub(crate) server: PathBuf,
    /// The built scripts and styles of its pages.
    pub(crate) site: PathBuf,
    /// The folder `bench/peers`, with npm's packages in it.
    pub(crate) peers: PathBuf,
    /// PocketBase, where there is one.
    pub(crate) pocketbase: Option<PathBuf>,
    /// The NATS server, where there is one.
    pub(crate) nats: Option<PathBuf>,
    /// A PostgreSQL that keeps its promises, with a superuser's rights.
    pub(crate) postgres: Option<Postgres>,
    /// How large the container image is, in bytes, where one could be made.
    pub(crate) image: Option<u64>,
    /// Fewer and shorter rounds.
    pub(crate) quick: bool,
    /// Only these rows; none: all.
    pub(crate) only: Vec<String>,
}

/// The PostgreSQL server of the run.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    /// Its address, with the name of a database at the end.
    pub(crate) url: String,
    /// Its first process, whose children are its connections.
    pub(crate) postmaster: u32,
}

/// The value that follows `argument`.
pub(crate) fn value_of(argument: &str, arguments: &mut impl Iterator<Item = String>) -> Result<String> {
    let value = arguments.next().filter(|value| !value.is_empty());
    Ok(value.ok_or_else(|| format!("{argument} wants a value"))?)
}

/// Ends with what is wrong with the command line, and how it should be.
pub(crate) fn refuse(error: &dyn std::error::Error, usage: &str) -> ExitCode {
    say(&format!("{error}\n{usage}"));
    ExitCode::from(2)
}

impl Options {
    /// Reads the command line.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        let (mut url, mut postmaster) = (None, None);
        while let Some(argument) = arguments.next() {
            let mut value = || value_of(&argument, &mut arguments);
            match argument.as_str() {
                "--server" => options.server = value()?.into(),
                "--site" => options.site = value()?.into(),
                "--peers" => options.peers = value()?.into(),
                "--pocketbase" => options.pocketbase = Some(value()?.into()),
                "--nats" => options.nats = Some(value()?.into()),
                "--postgres" => url = Some(value()?),
                "--postmaster" => postmaster = Some(value()?.parse()?),
                "--image" => options.image = Some(value()?.parse()?),
                "--quick" => options.quick = true,
                flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}").into()),
                row => options.only.push(row.to_owned()),
            }
        }
        if options.server.as_os_str().is_empty() || options.site.as_os_str().is_empty() {
            return Err("--server, --site and --peers are needed".into());
        }
        options.postgres = url.zip(postmaster).map(|(url, postmaster)| Postgres { url, postmaster });
        Ok(options)
    }

    /// How often the sides take turns.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// One of two lengths.
    pub(crate) fn either(&self, quick: f64, full: f64) -> Duration {
        Duration::from_secs_f64(if self.quick { quick } else { full })
    }

    /// Whether a row is wanted.
    pub(crate) fn wants(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == row)
    }
}
