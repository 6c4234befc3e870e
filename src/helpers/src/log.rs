//! The process log of a helper: its last lines in memory, and a file that survives the server.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::stream::{LogLine, Notice};
use domain::{HelperName, Timestamp};
use store::Store;
use tokio::io::{AsyncBufRead, AsyncRead, BufReader};

use crate::lines;

/// Lines kept.
pub const MAX_LINES: usize = 10_000;
/// Longest line, in bytes.
pub const MAX_LINE: usize = 8 * 1024;
/// Size at which the file is put aside as `process.log.1` and begun anew, in bytes.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// The process log of one helper. Clones share it.
#[derive(Clone)]
pub(crate) struct ProcessLog {
    inner: Arc<Inner>,
}

struct Inner {
    helper: HelperName,
    store: Store,
    book: Mutex<Book>,
}

struct Book {
    lines: VecDeque<LogLine>,
    next: u64,
    path: PathBuf,
    file: Option<File>,
    size: u64,
}

impl ProcessLog {
    /// Opens the log in `folder` with what earlier servers left there.
    pub(crate) fn open(helper: HelperName, folder: &Path, store: Store) -> Self {
        let path = folder.join("process.log");
        let mut lines = VecDeque::new();
        for file in [path.with_extension("log.1"), path.clone()] {
            for line in read_end(&file).lines().filter_map(|line| parse(&helper, line)) {
                keep(&mut lines, line);
            }
        }
        let next = lines.back().map_or(1, |line: &LogLine| line.number + 1);
        let book = Book { lines, next, path, file: None, size: 0 };
        Self { inner: Arc::new(Inner { helper, store, book: Mutex::new(book) }) }
    }

    /// Adds a line of the helper's own.
    pub(crate) fn line(&self, bytes: &[u8], cut: bool) {
        let mut text = lines::clean(bytes);
        if cut || text.len() > MAX_LINE {
            text.truncate(text.floor_char_boundary(MAX_LINE - '…'.len_utf8()));
            text.push('…');
        }
        self.add(text);
    }

    /// Adds a line of the workshop about the helper.
    pub(crate) fn note(&self, text: &str) {
        self.line(format!("[workshop] {text}").as_bytes(), false);
    }

    fn add(&self, text: String) {
        let at = self.inner.store.now();
        let mut book = self.inner.book.lock().unwrap_or_else(PoisonError::into_inner);
        let line = LogLine { helper: self.inner.helper.clone(), number: book.next, at, text };
        book.next += 1;
        if let Err(error) = book.write(&line) {
            tracing::warn!(helper = %self.inner.helper, %error, "a line of the process log could not be written");
        }
        keep(&mut book.lines, line.clone());
        // Still under the lock, so that readers get the lines in order.
        self.inner.store.log().notify(Notice::Log(line));
    }

    /// The last `count` lines, oldest first.
    pub(crate) fn tail(&self, count: usize) -> Vec<LogLine> {
        let book = self.inner.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.lines.iter().skip(book.lines.len().saturating_sub(count)).cloned().collect()
    }

    /// Keeps every line of `stderr` until it ends; then gives the last one that said something.
    pub(crate) async fn follow(self, stderr: impl AsyncRead + Unpin) -> Option<String> {
        let mut reader = BufReader::new(stderr);
        self.drain(&mut reader).await
    }

    async fn drain(&self, reader: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
        let mut last = None;
        while let Ok(Some(line)) = lines::next_line(reader, MAX_LINE).await {
            self.line(&line.bytes, line.cut);
            if !line.bytes.trim_ascii().is_empty() {
                last = Some(lines::cut(lines::clean(&line.bytes).trim(), 300).to_owned());
            }
        }
        last
    }
}

impl Book {
    fn write(&mut self, line: &LogLine) -> std::io::Result<()> {
        if self.size > MAX_FILE {
            self.file = None;
            std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let file = File::options().create(true).append(true).open(&self.path)?;
                self.size = file.metadata()?.len();
                none.insert(file)
            }
        };
        let text = format!("{} {} {}\n", line.number, line.at, line.text);
        file.write_all(text.as_bytes())?;
        self.size += text.len() as u64;
        Ok(())
    }
}

fn keep(lines: &mut VecDeque<LogLine>, line: LogLine) {
    if lines.len() == MAX_LINES {
        lines.pop_front();
    }
    lines.push_back(line);
}

/// The end of a file that may have grown past its limit, as text.
fn read_end(path: &Path) -> String {
    let read = || {
        let mut file = File::open(path)?;
        let start = file.metadata()?.len().saturating_sub(MAX_FILE + MAX_LINE as u64);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_default()
}

/// Reads `NUMBER TIME TEXT`; a line that a crash cut short is left out.
fn parse(helper: &HelperName, line: &str) -> Option<LogLine> {
    let mut parts = line.splitn(3, ' ');
    let number = parts.next()?.parse().ok()?;
    let at: Timestamp = parts.next()?.parse().ok()?;
    Some(LogLine { helper: helper.clone(), number, at, text: parts.next()?.to_owned() })
}
