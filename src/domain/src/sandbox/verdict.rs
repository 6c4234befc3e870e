//! How a run ended, in one word.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a run ended. Written `ok`, `exit 3`, `timeout`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "verdict", content = "status", rename_all = "snake_case", try_from = "Parts")]
pub enum Verdict {
    /// It ended by itself with status 0.
    Ok,
    /// It ended by itself with another status; 128 and more: by that signal.
    Exit(i32),
    /// Its time was up.
    Timeout,
    /// It wanted more memory than it may have.
    Memory,
    /// It wrote more than it may.
    Output,
    /// Someone stopped it.
    Cancelled,
    /// It was not begun: not allowed, or no sandbox to run it in.
    Refused,
    /// The sandbox failed it: the engine or the server ended meanwhile.
    Infrastructure,
}

impl Verdict {
    /// As the database has it: the word, and the status that goes with it.
    #[must_use]
    pub const fn parts(self) -> (&'static str, Option<i32>) {
        match self {
            Self::Ok => ("ok", None),
            Self::Exit(status) => ("exit", Some(status)),
            Self::Timeout => ("timeout", None),
            Self::Memory => ("memory", None),
            Self::Output => ("output", None),
            Self::Cancelled => ("cancelled", None),
            Self::Refused => ("refused", None),
            Self::Infrastructure => ("infrastructure", None),
        }
    }

    /// The verdict with these [`Verdict::parts`].
    #[must_use]
    pub fn from_parts(word: &str, status: Option<i32>) -> Option<Self> {
        Some(match (word, status) {
            ("ok", None) => Self::Ok,
            ("exit", Some(status)) => Self::Exit(status),
            ("timeout", None) => Self::Timeout,
            ("memory", None) => Self::Memory,
            ("output", None) => Self::Output,
            ("cancelled", None) => Self::Cancelled,
            ("refused", None) => Self::Refused,
            ("infrastructure", None) => Self::Infrastructure,
            _ => return None,
        })
    }
}

/// As it is written in JSON.
#[derive(Deserialize)]
struct Parts {
    verdict: String,
    #[serde(default)]
    status: Option<i32>,
}

impl TryFrom<Parts> for Verdict {
    type Error = String;

    fn try_from(parts: Parts) -> Result<Self, String> {
        let Parts { verdict, status } = parts;
        Self::from_parts(&verdict, status).ok_or_else(|| format!("“{verdict}” with {status:?} is no verdict"))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, status) = self.parts();
        match status {
            Some(status) => write!(f, "{word} {status}"),
            None => f.write_str(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_comes_back_from_its_parts_and_from_json() {
        for verdict in [
            Verdict::Ok,
            Verdict::Exit(3),
            Verdict::Timeout,
            Verdict::Memory,
            Verdict::Output,
            Verdict::Cancelled,
            Verdict::Refused,
            Verdict::Infrastructure,
        ] {
            let (word, status) = verdict.parts();
            assert_eq!(Verdict::from_parts(word, status), Some(verdict));
            let json = serde_json::to_string(&verdict).unwrap();
            assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict, "{json}");
        }
        assert_eq!(Verdict::Exit(137).to_string(), "exit 137");
        assert_eq!(Verdict::from_parts("exit", None), None);
    }
}
