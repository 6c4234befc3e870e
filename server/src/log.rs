//! The server's own log: readable lines, or JSON, on standard error.

use std::fmt;
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::{RecordFields, VisitOutput};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

use crate::config::Log;

/// Starts writing the log. Later calls change nothing.
pub fn start(settings: &Log) {
    let filter = EnvFilter::builder().parse_lossy(&settings.filter);
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    // A second start, as tests make it, is no fault.
    let _ =
        if settings.json { lines.json().try_init() } else { lines.with_target(false).fmt_fields(Plainly).try_init() };
}

/// Writes fields as `tracing_subscriber` does, and plain texts without its detours: every request has some, of which nearly none is
/// ever read.
struct Plainly;

impl<'w> FormatFields<'w> for Plainly {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut pen = Pen { writer, first: true, outcome: Ok(()) };
        fields.record(&mut pen);
        pen.outcome
    }
}

struct Pen<'w> {
    writer: Writer<'w>,
    first: bool,
    outcome: fmt::Result,
}

impl Pen<'_> {
    /// Writes a field in the usual way.
    fn usually(&mut self, write: impl FnOnce(&mut DefaultVisitor<'_>)) {
        let mut visitor = DefaultVisitor::new(self.writer.by_ref(), self.first);
        write(&mut visitor);
        let written = visitor.finish();
        self.outcome = self.outcome.and(written);
        self.first = false;
    }
}

impl Visit for Pen<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let odd = |byte| !matches!(byte, b' '..=b'~') | matches!(byte, b'"' | b'\\');
        if value.bytes().fold(false, |found, byte| found | odd(byte))
            || field.name() == "message"
            || self.writer.has_ansi_escapes()
        {
            return self.usually(|visitor| visitor.record_str(field, value));
        }
        let before = if self.first { "" } else { " " };
        for piece in [before, field.name(), "=\"", value, "\""] {
            self.outcome = self.outcome.and_then(|()| self.writer.write_str(piece));
        }
        self.first = false;
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.usually(|visitor| visitor.record_error(field, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.usually(|visitor| visitor.record_debug(field, value));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// What was written.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Paper {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn say_things() {
        let span = tracing::info_span!("request", id = "7-1", method = "GET", path = "/a \"b\"\\\n\u{1b}[31m");
        let _entered = span.enter();
        tracing::info!(status = 404, plain = "some text", empty = "", "answered");
        tracing::warn!(error = %io::Error::other("no\nway"), list = ?["a", "b"], "odd \u{1b}[31m");
        let cause: &dyn std::error::Error = &io::Error::other("why");
        tracing::warn!(cause, after = "text");
    }

    #[test]
    fn lines_are_the_usual_ones() {
        for colours in [false, true] {
            let (ours, usual) = (Paper::default(), Paper::default());
            let lines = || tracing_subscriber::fmt().without_time().with_ansi(colours);
            with_default(lines().with_writer(ours.clone()).fmt_fields(Plainly).finish(), say_things);
            with_default(lines().with_writer(usual.clone()).finish(), say_things);
            let [ours, usual] = [ours, usual].map(|paper| String::from_utf8(paper.0.lock().unwrap().clone()).unwrap());
            assert_eq!(ours, usual);
            assert!(ours.contains("some text"), "{ours}");
        }
    }
}
