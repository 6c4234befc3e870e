//! The files at HEAD as one tar stream: for where they are to be worked on.

use std::{
    io::{self, SeekFrom},
    path::Path,
    process::Stdio,
};

use tar::{Builder, EntryType, Header};
use tokio::{
    fs::File,
    io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufWriter},
    time::timeout,
};

use super::{LISTING, head, open};
use crate::{ProjectsError, git::Git};

/// The largest project that is handed over, in bytes of its files together (256 MiB).
pub const MAX_TAR_BYTES: u64 = 256 * 1024 * 1024;

/// How long git may take for all of it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
/// What ends a tar stream.
const END: [u8; 1024] = [0; 1024];

/// The files at HEAD as a tar stream, in a file that nobody else sees; none before the first commit. Links are in it as
/// they are, submodules are not. No filter or attribute of the repository has a say.
///
/// # Errors
/// [`ProjectsError::NotFound`] when there is no such project, [`ProjectsError::TooLarge`], and failures of git and of
/// the disk.
pub async fn tar(root: &Path, slug: &str) -> Result<File, ProjectsError> {
    let git = open(root, slug).await?;
    let files = match head(&git).await? {
        Some(head) => {
            let listing = git.run("ls-tree", &["-r", "-z", "-l", "--full-tree", &head], &[], LISTING).await?;
            listing.split(|byte| *byte == 0).filter_map(Listed::read).collect()
        }
        None => Vec::new(),
    };
    if files.iter().map(|file| file.size).sum::<u64>() > MAX_TAR_BYTES {
        return Err(ProjectsError::TooLarge { what: format!("The project “{slug}”"), limit: MAX_TAR_BYTES });
    }
    let folder = root.to_owned();
    let file = crate::blocking::blocking("make a file", move || {
        tempfile::tempfile_in(&folder).map_err(|error| ProjectsError::io("make a file", &folder, error))
    });
    let mut file = File::from_std(file.await?);
    let failed = |error| ProjectsError::io("hand over the files of", &root.join(slug), error);
    match timeout(PATIENCE, write(&git, &files, &mut file)).await {
        Ok(written) => written.map_err(failed)?,
        Err(_) => return Err(ProjectsError::GitTimeout { command: "cat-file", seconds: PATIENCE.as_secs() }),
    }
    file.seek(SeekFrom::Start(0)).await.map_err(failed)?;
    Ok(file)
}

async fn write(git: &Git, files: &[Listed], into: &mut File) -> io::Result<()> {
    let broken = || io::Error::other("git gave something else than was asked for");
    let mut child = git.command("cat-file", &["--batch"]).stderr(Stdio::null()).spawn()?;
    let (Some(mut ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else { return Err(broken()) };
    let mut answer = BufReader::new(answer);
    let mut into = BufWriter::new(into);
    for file in files {
        ask.write_all(format!("{}\n", file.object).as_bytes()).await?;
        let mut line = String::new();
        answer.read_line(&mut line).await?;
        if line.trim_end() != format!("{} blob {}", file.object, file.size) {
            return Err(broken());
        }
        let mut contents = (&mut answer).take(file.size);
        if file.link {
            let mut target = String::new();
            contents.read_to_string(&mut target).await?;
            into.write_all(&file.link_to(&target)?).await?;
        } else {
            into.write_all(&file.head()?).await?;
            if tokio::io::copy(&mut contents, &mut into).await? != file.size {
                return Err(broken());
            }
            let rest = usize::try_from(file.size.next_multiple_of(512) - file.size).unwrap_or(0);
            into.write_all(&END[..rest]).await?;
        }
        // The line's end after the contents.
        answer.read_u8().await?;
    }
    into.write_all(&END).await?;
    into.flush().await
}

/// A file or a link at HEAD.
struct Listed {
    link: bool,
    program: bool,
    object: String,
    size: u64,
    path: String,
}

impl Listed {
    /// Reads `<mode> <type> <object> <size>\t<path>`.
    fn read(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let (facts, path) = line.split_once('\t')?;
        let mut facts = facts.split_ascii_whitespace();
        let (mode, kind, object, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
        (kind == "blob").then_some(())?;
        Some(Self {
            link: mode == "120000",
            program: mode == "100755",
            object: object.to_owned(),
            size: size.parse().ok()?,
            path: path.to_owned(),
        })
    }

    /// What stands in the archive before the contents.
    fn head(&self) -> io::Result<Vec<u8>> {
        let mut header = header(EntryType::Regular, if self.program { 0o755 } else { 0o644 });
        header.set_size(self.size);
        let mut builder = Builder::new(Vec::new());
        // Nothing to read: the contents come after it.
        builder.append_data(&mut header, &self.path, io::empty())?;
        Ok(std::mem::take(builder.get_mut()))
    }

    fn link_to(&self, target: &str) -> io::Result<Vec<u8>> {
        let mut builder = Builder::new(Vec::new());
        builder.append_link(&mut header(EntryType::Symlink, 0o777), &self.path, target)?;
        Ok(std::mem::take(builder.get_mut()))
    }
}

/// A header that says nothing of the host: neither owner nor time.
fn header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(0);
    header
}
