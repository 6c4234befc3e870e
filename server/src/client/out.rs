//! Where commands write: JSON for programs, or text in which nothing can play tricks on the terminal.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use domain::Timestamp;
use serde::Serialize;

use super::fault::Fault;

/// Where commands write.
pub(crate) struct Out {
    json: bool,
    terminal: bool,
    to: BufWriter<Stdout>,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        let stdout = io::stdout();
        Self { json, terminal: stdout.is_terminal(), to: BufWriter::new(stdout) }
    }

    /// Whether JSON is wanted.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person reads it on a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes `value` as JSON when that is wanted, else what `text` makes of it.
    pub(crate) fn show<T: Serialize>(&mut self, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), Fault> {
        if self.json {
            let line = serde_json::to_string(value).map_err(io::Error::from)?;
            self.line(&line)
        } else {
            let text = text(value);
            self.line(text.trim_end_matches('\n'))
        }
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Fault> {
        writeln!(self.to, "{line}")?;
        Ok(())
    }

    /// Writes bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.to.write_all(bytes)?;
        Ok(())
    }

    /// Hands everything over.
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        self.to.flush()?;
        Ok(())
    }

    /// `text` in bold on a terminal.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.terminal { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// `text` without control characters, which could otherwise move a terminal's cursor or worse; line ends and tabs stay.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// A moment to the second, in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or_else(|| text.clone(), |cut| format!("{}Z", cut.replace('T', " ")))
}

/// Columns under headings, as wide as they need to be; the last one runs free.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let write = |cells: &[String; N]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{:<width$}", harmless(cell).replace('\n', " ")))
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut text = write(&headings.map(str::to_uppercase));
    text.extend(rows.iter().map(write));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_up_and_hides_what_a_terminal_would_obey() {
        let text =
            table(["name", "state"], &[["the_author".into(), "\x1b[31mrunning".into()], ["a".into(), "x\ny".into()]]);
        assert_eq!(text, "NAME        STATE\nthe_author  \u{fffd}[31mrunning\na           x y\n");
    }

    #[test]
    fn a_moment_is_shown_to_the_second() {
        assert_eq!(moment("2026-03-01T14:00:52.25Z".parse().unwrap()), "2026-03-01 14:00:52Z");
    }
}
