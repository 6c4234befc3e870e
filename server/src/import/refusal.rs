//! Why a file was not brought in, in words and as a stable code.

use std::path::{Path, PathBuf};

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A file that was not brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which one, from the folder given.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

impl Refusal {
    /// `path` is refused because of `reason`.
    pub fn new(path: impl AsRef<Path>, reason: Reason) -> Self {
        Self { path: path.as_ref().to_owned(), reason }
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Refusal", 3)?;
        out.serialize_field("path", &self.path.to_string_lossy())?;
        out.serialize_field("code", self.reason.code())?;
        out.serialize_field("reason", &self.reason.to_string())?;
        out.end()
    }
}

/// Why a file was not brought in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A symbolic link; `outside` when it leads out of the folder.
    #[error("it is a symbolic link{}, and links are never followed", if *outside { " that leads out of the folder" } else { "" })]
    Symlink {
        /// Whether it leads out of the folder.
        outside: bool,
    },
    /// A folder, pipe, socket or device where a message should be.
    #[error("it is not a file")]
    NotAFile,
    /// A file whose name does not end in `.json`.
    #[error("its name does not end in .json")]
    NotJson,
    /// A folder whose name no helper can have.
    #[error("no helper can have this folder's name: {0}")]
    FolderName(String),
    /// The operating system would not hand it over.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The file is larger than any message can be.
    #[error("the file has {bytes} bytes; a message of 64 KiB never needs more than {limit}")]
    FileTooLarge {
        /// Its size.
        bytes: u64,
        /// The largest that is read.
        limit: u64,
    },
    /// The message is larger than the workshop keeps.
    #[error("the message has {bytes} bytes; at most 65536 (64 KiB) are kept")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("it is not UTF-8 text: byte {at} fits no character")]
    NotUtf8 {
        /// The first byte that fits no character, counted from 0.
        at: usize,
    },
    /// Not JSON.
    #[error("it is not valid JSON: {0}")]
    Malformed(String),
    /// A key that must be there is not.
    #[error("the key “{0}” is missing")]
    Missing(&'static str),
    /// A key holds something else than it must.
    #[error("“{key}” must be {expected}; it is {found}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The id cannot be kept.
    #[error("the id must have 1 to 64 visible ASCII characters; “{0}” has not")]
    BadId(String),
    /// The timestamp is no moment.
    #[error("the timestamp “{0}” is not an ISO 8601 moment like 2026-03-01T14:00:52Z")]
    BadTime(String),
    /// There is no way to tell when it was said.
    #[error(
        "nothing tells when it was said: there is no timestamp, and the id “{0}” is not a number of milliseconds since 1970"
    )]
    NoTime(String),
    /// The text cannot be kept.
    #[error("{0}")]
    Body(String),
    /// Someone nobody knows.
    #[error(
        "“{name}” in “{key}” is nobody: neither a helper that is known here or has an inbox in the folder, nor “owner” or “user”"
    )]
    Unknown {
        /// `sender` or `recipient`.
        key: &'static str,
        /// The name.
        name: String,
    },
    /// Someone talks to themselves.
    #[error("sender and recipient are both “{0}”; a conversation needs two")]
    Alone(String),
    /// Another file has the same id and says something else.
    #[error("another message to the same recipient has the same id and other content: {}", .0.display())]
    Clash(PathBuf),
    /// The database has the same id with other content.
    #[error("the database already has a message with this id and other content")]
    Differs,
    /// The file changed between being looked at and being brought in.
    #[error("it changed while the import ran; run the import again")]
    Changed,
}

impl Reason {
    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Symlink { outside: true } => "symlink_outside",
            Self::Symlink { outside: false } => "symlink",
            Self::NotAFile => "not_a_file",
            Self::NotJson => "not_json",
            Self::FolderName(_) => "folder_name",
            Self::Unreadable(_) => "unreadable",
            Self::FileTooLarge { .. } | Self::TooLarge { .. } => "too_large",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Malformed(_) => "malformed_json",
            Self::Missing(_) => "missing_key",
            Self::WrongType { .. } => "wrong_type",
            Self::BadId(_) => "bad_id",
            Self::BadTime(_) => "bad_time",
            Self::NoTime(_) => "no_time",
            Self::Body(_) => "bad_message",
            Self::Unknown { .. } => "unknown_helper",
            Self::Alone(_) => "same_sender_and_recipient",
            Self::Clash(_) => "duplicate_id",
            Self::Differs => "differs_from_database",
            Self::Changed => "changed",
        }
    }

    /// What all refusals of this code have in common, as a heading.
    #[must_use]
    pub fn heading(code: &str) -> &'static str {
        match code {
            "symlink_outside" => "symbolic links out of the folder",
            "symlink" => "symbolic links",
            "not_a_file" => "not files",
            "not_json" => "names not ending in .json",
            "folder_name" => "folders no helper can be named after",
            "unreadable" => "unreadable",
            "too_large" => "too large",
            "not_utf8" => "not UTF-8",
            "malformed_json" => "not valid JSON",
            "missing_key" => "a key is missing",
            "wrong_type" => "a key of the wrong type",
            "bad_id" => "ids that cannot be kept",
            "bad_time" => "timestamps that are no moment",
            "no_time" => "nothing tells when it was said",
            "bad_message" => "texts that cannot be kept",
            "unknown_helper" => "unknown senders or recipients",
            "same_sender_and_recipient" => "sender is recipient",
            "duplicate_id" => "same id, other content",
            "differs_from_database" => "in the database with other content",
            _ => "changed during the import",
        }
    }
}
