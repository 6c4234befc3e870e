//! `tatwats export`: saves a conversation.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use domain::{ConversationId, Error};
use futures_util::TryStreamExt;
use reqwest::Method;
use tempfile::NamedTempFile;

use super::Connection;
use super::fault::Fault;
use super::http::Client;
use super::out::Out;

/// Save a conversation as Markdown or JSON.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    pub(super) connection: Connection,
    /// The conversation.
    #[arg(value_parser = conversation)]
    conversation: ConversationId,
    /// The form: md, or json, which --json means too.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where to; the output unless given. An older file of that name is replaced once the new one is whole.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Md,
    Json,
}

fn conversation(text: &str) -> Result<ConversationId, Error> {
    text.parse()
}

impl Export {
    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let format = self.format.unwrap_or(if out.is_json() { Format::Json } else { Format::Md });
        let mut url = client.at(&["conversations", &self.conversation.to_string(), "export"]);
        url.query_pairs_mut().append_pair("format", if format == Format::Json { "json" } else { "md" });
        let response = client.send(client.request(Method::GET, url)).await?;
        let mut pieces = response.bytes_stream();
        let mut file = self.output.as_deref().map(Beside::new).transpose()?;
        while let Some(piece) = pieces.try_next().await.map_err(|error| client.unreachable(&error))? {
            match &mut file {
                Some(file) => file.temporary.write_all(&piece)?,
                None => out.raw(&piece)?,
            }
        }
        file.map_or(Ok(()), Beside::keep)
    }
}

/// A file that takes its place once it is whole.
struct Beside<'a> {
    target: &'a Path,
    temporary: NamedTempFile,
}

impl<'a> Beside<'a> {
    fn new(target: &'a Path) -> Result<Self, Fault> {
        let folder = target.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        Ok(Self { target, temporary: NamedTempFile::new_in(folder)? })
    }

    fn keep(self) -> Result<(), Fault> {
        self.temporary.as_file().sync_all()?;
        self.temporary.persist(self.target).map_err(|error| error.error)?;
        Ok(())
    }
}
