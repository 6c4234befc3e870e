//! The import as a whole: find, order, compare or write, report.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use domain::{Actor, Error, ErrorCode, Party, Result};
use store::Store;
use store::commands::{CompleteImport, ImportMessages, ImportOutcome, ImportedMessage};

use super::index::{Entry, Index, Loaded};
use super::people::People;
use super::refusal::{Reason, Refusal};
use super::report::{Mode, PairReport, Report};
use super::scan;

/// What the import calls itself, in the log and in idempotency keys.
pub const SOURCE: &str = "common-room";
/// Most messages in one transaction, and so in memory at once.
pub const BATCH: usize = 500;
/// Helpers that are known even before the server ran for the first time.
const BUILT_IN: [&str; 3] = ["the_author", "the_archivist", "the_mediator"];

/// Hears how far the import is.
pub trait Progress: Send + Sync {
    /// A part of the work begins: what it does, and how many steps it has.
    fn begin(&self, what: &'static str, steps: u64);
    /// So many steps are done.
    fn step(&self, steps: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: &'static str, _: u64) {}
    fn step(&self, _: u64) {}
}

/// Brings in the common room at `folder`, or says what that would do. No store means that there is no database yet.
///
/// # Errors
/// When the folder cannot be listed, the database fails, or there is nothing to write to.
pub async fn run(
    store: Option<&Store>,
    actor: &Actor,
    folder: &Path,
    mode: Mode,
    progress: Arc<dyn Progress>,
) -> Result<Report> {
    let index = Arc::new(look(store, actor, folder, Arc::clone(&progress)).await?);
    let mut report = Report {
        folder: folder.to_owned(),
        mode,
        imported: 0,
        already_there: index.repeated,
        conversations: Vec::with_capacity(index.pairs.len()),
        refused: index.refused.clone(),
        archive: None,
    };
    let target = match (mode, store) {
        (Mode::Applied, Some(store)) => Target::Written(store, actor),
        (Mode::Applied, None) => return Err(Error::conflict("There is no database to write to.")),
        (Mode::DryRun, Some(store)) => Target::Compared(store),
        (Mode::DryRun, None) => Target::Nothing,
    };
    progress.begin(if mode == Mode::Applied { "Writing" } else { "Comparing" }, index.entries.len() as u64);
    let mut end = 0;
    for same in index.entries.chunk_by(|a, b| a.pair == b.pair) {
        let entries = end..end + same.len();
        end = entries.end;
        let pair = index.pairs[same[0].pair].clone();
        let mut tally = Tally {
            index: &index,
            refused: &mut report.refused,
            pair: PairReport { between: pair, imported: 0, already_there: 0 },
        };
        hand_over(&target, entries, &mut tally, &*progress).await?;
        let done = tally.pair;
        report.imported += done.imported;
        report.already_there += done.already_there;
        report.conversations.push(done);
    }
    report.refused.sort_by(|a, b| a.path.cmp(&b.path));
    if let (Mode::Applied, Some(store), 1..) = (mode, store, report.imported) {
        let refused = i64::try_from(report.refused.len()).unwrap_or(i64::MAX);
        let (imported, already_there) = (report.imported, report.already_there);
        store.run(actor, CompleteImport { source: SOURCE.into(), imported, already_there, refused }).await?;
    }
    Ok(report)
}

/// Reads the folder once.
async fn look(store: Option<&Store>, actor: &Actor, folder: &Path, progress: Arc<dyn Progress>) -> Result<Index> {
    let person =
        actor.person().cloned().ok_or_else(|| Error::new(ErrorCode::Forbidden, "Only a person can import."))?;
    let mut helpers: Vec<_> = BUILT_IN.iter().filter_map(|name| name.parse().ok()).collect();
    if let Some(store) = store {
        helpers.extend(store.helpers().await?.into_iter().map(|entry| entry.helper.name));
    }
    let folder = folder.to_owned();
    blocking(move || {
        let inboxes = scan::inboxes(&folder).map_err(|error| cannot_list(&folder, error))?;
        helpers.extend(inboxes.items.iter().map(|inbox| inbox.helper.clone()));
        let people = People::new(person, helpers);
        Index::build(&folder, people, inboxes, &*progress).map_err(|error| cannot_list(&folder, error))
    })
    .await
}

/// Where the messages go.
enum Target<'a> {
    /// Into the database, in one transaction for each batch.
    Written(&'a Store, &'a Actor),
    /// Nowhere: they are only looked up.
    Compared(&'a Store),
    /// Nowhere, and there is nothing to look up in.
    Nothing,
}

impl Target<'_> {
    async fn take(&self, one: &Party, other: &Party, messages: Vec<ImportedMessage>) -> Result<Vec<ImportOutcome>> {
        match self {
            _ if messages.is_empty() => Ok(Vec::new()),
            Self::Written(store, actor) => {
                store.run(actor, ImportMessages { one: one.clone(), other: other.clone(), messages }).await
            }
            Self::Compared(store) => store.compare_import(&messages).await,
            Self::Nothing => Ok(vec![ImportOutcome::Imported; messages.len()]),
        }
    }
}

struct Tally<'a> {
    index: &'a Arc<Index>,
    refused: &'a mut Vec<Refusal>,
    pair: PairReport,
}

impl Tally<'_> {
    fn refuse(&mut self, entry: &Entry, reason: Reason) {
        self.refused.push(Refusal::new(self.index.path(entry), reason));
    }

    fn note(&mut self, entry: &Entry, outcome: &ImportOutcome) {
        match outcome {
            ImportOutcome::Imported => self.pair.imported += 1,
            ImportOutcome::AlreadyThere => self.pair.already_there += 1,
            ImportOutcome::Differs => self.refuse(entry, Reason::Differs),
        }
    }
}

/// Hands over one pair's messages, batch by batch. The files of a batch are read where waiting for a disk holds up nobody.
async fn hand_over(
    target: &Target<'_>,
    entries: Range<usize>,
    tally: &mut Tally<'_>,
    progress: &dyn Progress,
) -> Result<()> {
    let (one, other) = tally.pair.between.clone();
    for from in entries.clone().step_by(BATCH) {
        let batch = from..entries.end.min(from + BATCH);
        let index = Arc::clone(tally.index);
        let files = batch.clone();
        let loaded =
            blocking(move || Ok(index.entries[files].iter().map(|entry| index.load(entry)).collect::<Vec<_>>()))
                .await?;
        let mut sent = Vec::with_capacity(loaded.len());
        let mut messages = Vec::with_capacity(loaded.len());
        for (entry, loaded) in tally.index.entries[batch.clone()].iter().zip(loaded) {
            match loaded {
                Err(reason) => tally.refuse(entry, reason),
                Ok(Loaded { sender, message }) => {
                    messages.push(ImportedMessage {
                        key: entry.key.to_string(),
                        sender,
                        body: message.body,
                        at: message.at,
                    });
                    sent.push(entry);
                }
            }
        }
        let outcomes = target.take(&one, &other, messages).await?;
        for (entry, outcome) in sent.into_iter().zip(outcomes) {
            tally.note(entry, &outcome);
        }
        progress.step(batch.len() as u64);
    }
    Ok(())
}

/// Runs file work off the threads that serve others.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn cannot_list(folder: &Path, error: std::io::Error) -> Error {
    Error::invalid("folder", format!("The folder {} cannot be listed: {error}", folder.display())).because(error)
}
