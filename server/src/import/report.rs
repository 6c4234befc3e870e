//! What an import did, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use domain::Party;
use serde::Serialize;

use super::archive::Archived;
use super::refusal::{Reason, Refusal};

/// How many paths of each kind of refusal people see.
const SHOWN: usize = 5;

/// Whether anything was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing was written.
    DryRun,
    /// The messages were written.
    Applied,
}

/// What came of the messages of one pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairReport {
    /// Who talks with whom.
    pub between: (Party, Party),
    /// Messages written, or to be written.
    pub imported: i64,
    /// Messages that the database has already.
    pub already_there: i64,
}

/// What an import did or, dry, would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The folder.
    pub folder: PathBuf,
    /// Whether anything was written.
    pub mode: Mode,
    /// Messages written, or to be written.
    pub imported: i64,
    /// Messages that the database has already, and files that repeat another.
    pub already_there: i64,
    /// The conversations, one for each pair.
    pub conversations: Vec<PairReport>,
    /// What was refused, with the reason.
    pub refused: Vec<Refusal>,
    /// The archive, when one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archived>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.mode {
            Mode::DryRun => "To import",
            Mode::Applied => "Imported",
        };
        let width = verb.len().max("Already there".len());
        writeln!(f, "{verb:<width$}  {:>7}", self.imported)?;
        writeln!(f, "{:<width$}  {:>7}", "Already there", self.already_there)?;
        writeln!(f, "{:<width$}  {:>7}", "Refused", self.refused.len())?;
        if !self.conversations.is_empty() {
            writeln!(f, "\nConversations")?;
        }
        for pair in &self.conversations {
            let (one, other) = &pair.between;
            writeln!(
                f,
                "  {} and {}: {} new, {} already there",
                one.name(),
                other.name(),
                pair.imported,
                pair.already_there
            )?;
        }
        self.write_refused(f)?;
        if let Some(archive) = &self.archive {
            writeln!(
                f,
                "\nPacked {} entries into {} ({} bytes) and read them back. {} can be removed now.",
                archive.entries,
                archive.file.display(),
                archive.bytes,
                self.folder.display()
            )?;
        }
        if self.mode == Mode::DryRun && self.imported > 0 {
            writeln!(f, "\nNothing was written. Add --apply to write.")?;
        }
        Ok(())
    }
}

impl Report {
    fn write_refused(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: BTreeMap<&str, Vec<&Refusal>> = BTreeMap::new();
        for refusal in &self.refused {
            groups.entry(refusal.reason.code()).or_default().push(refusal);
        }
        if !groups.is_empty() {
            writeln!(f, "\nRefused")?;
        }
        for (code, refusals) in groups {
            writeln!(f, "  {} ({})", Reason::heading(code), refusals.len())?;
            for refusal in refusals.iter().take(SHOWN) {
                writeln!(f, "    {}: {}", refusal.path.display(), refusal.reason)?;
            }
            if refusals.len() > SHOWN {
                writeln!(f, "    … and {} more; --json lists them all", refusals.len() - SHOWN)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_reasons_in_groups_and_programs_see_them_all() {
        let refused = (0..8).map(|n| Refusal::new(format!("a/inbox/{n}.json"), Reason::Missing("id"))).collect();
        let report = Report {
            folder: "room".into(),
            mode: Mode::DryRun,
            imported: 3,
            already_there: 0,
            conversations: vec![],
            refused,
            archive: None,
        };
        let text = report.to_string();
        assert!(
            text.contains("a key is missing (8)") && text.contains("and 3 more") && text.contains("--apply"),
            "{text}"
        );
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["refused"].as_array().unwrap().len(), 8);
        assert_eq!(json["refused"][0]["code"], "missing_key");
        assert_eq!(json["mode"], "dry_run");
    }
}
