//! What the command line of a soak says.

use std::path::PathBuf;

use crate::Result;
use crate::options::value_of;

/// How it is called.
pub(crate) const USAGE: &str = "Usage: load soak --server FILE --site FOLDER --helper FOLDER --report FILE [--minutes N] \
     [--alone N] [--date DATE] [--commit COMMIT]";

/// Where things are, and how long it goes on.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The server's binary.
    pub(crate) server: PathBuf,
    /// The built scripts and styles of its pages.
    pub(crate) site: PathBuf,
    /// The folder of the helper that is hired besides the built-in ones, with everything it needs.
    pub(crate) helper: PathBuf,
    /// Where the report goes.
    pub(crate) report: PathBuf,
    /// How long the load goes on.
    pub(crate) minutes: u32,
    /// Minutes of it without a kill, at the end.
    pub(crate) alone: Option<u32>,
    /// What day it is, for the report.
    pub(crate) date: String,
    /// What the server was built from, for the report.
    pub(crate) commit: String,
}

impl Options {
    /// Reads the command line.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let nothing = PathBuf::new;
        let mut options = Self {
            server: nothing(),
            site: nothing(),
            helper: nothing(),
            report: nothing(),
            minutes: 30,
            alone: None,
            date: "no date given".into(),
            commit: "no commit given".into(),
        };
        while let Some(argument) = arguments.next() {
            let mut value = || value_of(&argument, &mut arguments);
            match argument.as_str() {
                "--server" => options.server = value()?.into(),
                "--site" => options.site = value()?.into(),
                "--helper" => options.helper = value()?.into(),
                "--report" => options.report = value()?.into(),
                "--minutes" => options.minutes = value()?.parse()?,
                "--alone" => options.alone = Some(value()?.parse()?),
                "--date" => options.date = value()?,
                "--commit" => options.commit = value()?,
                other => return Err(format!("unknown argument {other}").into()),
            }
        }
        let missing = [&options.server, &options.site, &options.helper, &options.report];
        if missing.iter().any(|path| path.as_os_str().is_empty()) {
            return Err("--server, --site, --helper and --report are needed".into());
        }
        if options.minutes < 2 || options.alone.is_some_and(|alone| alone < 1 || alone >= options.minutes) {
            return Err("--minutes must be 2 or more, and --alone less than that".into());
        }
        Ok(options)
    }
}
