//! What is worth knowing of each file, in about a hundred bytes: who, when, which id, and a digest of the rest.
//!
//! Bodies are not kept: a hundred thousand of them could fill the memory. They are read again when they are written.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use domain::{Party, Timestamp};

use super::message::{self, LegacyMessage};
use super::people::People;
use super::refusal::{Reason, Refusal};
use super::run::Progress;
use super::scan::{self, Found, Inbox};
use super::{SOURCE, file};

/// One file that can be brought in.
#[derive(Debug)]
pub struct Entry {
    inbox: usize,
    name: Box<OsStr>,
    /// Which of [`Index::pairs`] talks.
    pub pair: usize,
    /// When it was said.
    pub at: Timestamp,
    /// The idempotency key: the recipient and the id.
    pub key: Box<str>,
    /// Tells apart messages with the same key.
    pub digest: u64,
}

/// A message ready to be written.
#[derive(Debug)]
pub struct Loaded {
    /// Who said it.
    pub sender: Party,
    /// The message.
    pub message: LegacyMessage,
}

/// All files that can be brought in, ordered by pair and time.
#[derive(Debug)]
pub struct Index {
    root: PathBuf,
    people: People,
    inboxes: Vec<Inbox>,
    /// Who talks with whom, the smaller party first.
    pub pairs: Vec<(Party, Party)>,
    /// The files, by pair, then time, then id.
    pub entries: Vec<Entry>,
    /// Files that repeat another one word for word.
    pub repeated: i64,
    /// Files that cannot be brought in.
    pub refused: Vec<Refusal>,
}

impl Index {
    /// Reads every file of the inboxes once.
    ///
    /// # Errors
    /// When an inbox cannot be listed.
    pub fn build(root: &Path, people: People, inboxes: Found<Inbox>, progress: &dyn Progress) -> io::Result<Self> {
        let mut index = Self {
            root: root.to_owned(),
            people,
            inboxes: inboxes.items,
            pairs: Vec::new(),
            entries: Vec::new(),
            repeated: 0,
            refused: inboxes.refused,
        };
        let mut listed = Vec::with_capacity(index.inboxes.len());
        for inbox in &index.inboxes {
            let mut files = scan::files(root, inbox)?;
            index.refused.append(&mut files.refused);
            listed.push(files.items);
        }
        progress.begin("Reading", listed.iter().map(|names| names.len() as u64).sum());
        let mut numbers = HashMap::new();
        for (inbox, names) in listed.into_iter().enumerate() {
            for name in names {
                index.add(inbox, name, &mut numbers);
                progress.step(1);
            }
        }
        index.settle_clashes();
        index.entries.sort_by(|a, b| (a.pair, a.at, a.key.len(), &a.key).cmp(&(b.pair, b.at, b.key.len(), &b.key)));
        Ok(index)
    }

    /// Where the file of `entry` lies, from the folder given.
    #[must_use]
    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.inboxes[entry.inbox].path.join(&*entry.name)
    }

    /// Reads the file of `entry` again.
    ///
    /// # Errors
    /// `Changed` when it is no longer what it was.
    pub fn load(&self, entry: &Entry) -> Result<Loaded, Reason> {
        let (loaded, recipient) = self.read(&self.path(entry)).map_err(|_| Reason::Changed)?;
        let message = &loaded.message;
        let same = digest(&loaded.sender, &message.body, message.at) == entry.digest
            && key(&recipient, &message.id) == *entry.key;
        if same { Ok(loaded) } else { Err(Reason::Changed) }
    }

    fn read(&self, path: &Path) -> Result<(Loaded, Party), Reason> {
        let bytes = file::read(&self.root, &self.root.join(path))?;
        let message = message::parse(&bytes, path).map_err(|refusal| refusal.reason)?;
        let sender = self.people.party("sender", &message.sender)?;
        let recipient = self.people.party("recipient", &message.recipient)?;
        if sender == recipient {
            return Err(Reason::Alone(message.sender));
        }
        Ok((Loaded { sender, message }, recipient))
    }

    fn add(&mut self, inbox: usize, name: Box<OsStr>, numbers: &mut HashMap<(Party, Party), usize>) {
        let path = self.inboxes[inbox].path.join(&*name);
        match self.read(&path) {
            Err(reason) => self.refused.push(Refusal::new(path, reason)),
            Ok((Loaded { sender, message }, recipient)) => {
                let key = key(&recipient, &message.id).into_boxed_str();
                let digest = digest(&sender, &message.body, message.at);
                let both = if sender < recipient { (sender, recipient) } else { (recipient, sender) };
                let pair = *numbers.entry(both).or_insert_with_key(|both| {
                    self.pairs.push(both.clone());
                    self.pairs.len() - 1
                });
                self.entries.push(Entry { inbox, name, pair, at: message.at, key, digest });
            }
        }
    }

    /// Keeps the first file of each key, in the order of their paths; counts those that repeat it, refuses those that differ.
    fn settle_clashes(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by(|a, b| (&a.key, a.inbox, &a.name).cmp(&(&b.key, b.inbox, &b.name)));
        for entry in entries {
            match self.entries.last().filter(|first| first.key == entry.key) {
                None => self.entries.push(entry),
                Some(first) if first.digest == entry.digest => self.repeated += 1,
                Some(first) => {
                    let reason = Reason::Clash(self.path(first));
                    self.refused.push(Refusal::new(self.path(&entry), reason));
                }
            }
        }
    }
}

/// What tells apart messages with the same key: who, what and when.
pub(super) fn digest(sender: &Party, body: &str, at: Timestamp) -> u64 {
    let mut hasher = DefaultHasher::new();
    (sender, body, at).hash(&mut hasher);
    hasher.finish()
}

/// Ids are moments, so they are unique in one inbox and not beyond it: the key names the recipient too.
fn key(recipient: &Party, id: &str) -> String {
    format!("{SOURCE}:{recipient}:{id}")
}
