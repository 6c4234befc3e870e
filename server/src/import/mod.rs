//! Brings in messages from elsewhere: the file-based common room that came before the database.
//!
//! [`parse`] reads one file's bytes and knows nothing else; [`scan`] finds the files without ever leaving the
//! folder; [`Index`] holds what is worth knowing of each in a few bytes and puts them in order; [`run`] writes
//! them in batches; [`archive`] packs the folder away. None of them prints: the command line does.

pub mod archive;
pub mod cli;
mod file;
mod index;
mod message;
mod people;
mod refusal;
mod report;
mod run;
pub mod scan;
mod when;

pub use index::{Entry, Index};
pub use message::{LegacyMessage, parse};
pub use people::People;
pub use refusal::{Reason, Refusal};
pub use report::{Mode, Report};
pub use run::{BATCH, Progress, Quiet, SOURCE, run};
