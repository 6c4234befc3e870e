//! What the doctor found, for people and for programs.

use std::fmt;

use serde::Serialize;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing to do.
    Ok,
    /// It works, but look at it.
    Warning,
    /// The server does not start like this.
    Failed,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// What was seen. Never holds a secret.
    pub why: String,
    /// What exactly to do about it: a command, SQL, or a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// What the doctor found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Line by line, in the order of the checks.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the server can start.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.outcome != Outcome::Failed)
    }

    /// The lines that ask for something to be done.
    pub fn troubles(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.outcome != Outcome::Ok)
    }

    pub(super) fn ok(&mut self, check: &'static str, why: impl Into<String>) {
        self.findings.push(Finding { check, outcome: Outcome::Ok, why: why.into(), fix: None });
    }

    pub(super) fn warning(&mut self, check: &'static str, why: impl Into<String>, fix: impl Into<String>) {
        self.findings.push(Finding { check, outcome: Outcome::Warning, why: why.into(), fix: Some(fix.into()) });
    }

    pub(super) fn failed(&mut self, check: &'static str, why: impl Into<String>, fix: impl Into<String>) {
        self.findings.push(Finding { check, outcome: Outcome::Failed, why: why.into(), fix: Some(fix.into()) });
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<12} {}", self.outcome.word(), self.check, self.why)?;
        for (number, line) in self.fix.iter().flat_map(|fix| fix.lines()).enumerate() {
            write!(f, "\n{:<21} {} {line}", "", if number == 0 { "fix:" } else { "    " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let count = |outcome| self.findings.iter().filter(|finding| finding.outcome == outcome).count();
        write!(
            f,
            "{} ok, {} to look at, {} failed",
            count(Outcome::Ok),
            count(Outcome::Warning),
            count(Outcome::Failed)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_its_fix_below_it_line_by_line() {
        let mut report = Report::default();
        report.ok("git", "git 2.39.5");
        report.failed("create", "the role may not", "GRANT a;\nGRANT b;");
        assert!(!report.is_healthy());
        let text = report.to_string();
        assert!(text.contains("failed   create       the role may not\n"), "{text}");
        assert!(text.contains("fix: GRANT a;\n") && text.contains("     GRANT b;\n"), "{text}");
        assert!(text.ends_with("1 ok, 0 to look at, 1 failed"), "{text}");
    }
}
