//! What `room enter` is told, on the host, in its one argument: what to leave behind and what to become.

use serde::{Deserialize, Serialize};

/// What the host says first, on standard input: the control groups can be joined.
pub const LEAVE: [u8; 1] = *b"\n";

/// What to leave behind and what to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enter {
    /// By what it and what it becomes is found among all processes: its name there, in place of the program's.
    pub mark: String,
    /// Folders of control groups to join.
    pub groups: Vec<String>,
    /// The user and group to become, where it is root.
    pub user: Option<u32>,
    /// The program that makes the namespaces.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<Argument>,
}

/// An argument for the program that makes the namespaces. Paths that lead somewhere do so also for a user who may not
/// walk there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// As it stands.
    Text(String),
    /// The number of an open file that leads to standard error, to tell about what was made.
    Report,
    /// A path that leads to this folder of the host.
    Folder(String),
    /// Several: what shows `/dev` with the usual files in it.
    Devices,
}
