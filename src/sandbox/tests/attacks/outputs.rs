//! What is written out: too much of it, or what does harm where it is shown.

use std::time::Duration;

use domain::sandbox::{Limits, Verdict};
use sandbox::cut_mark;

use crate::harness::{SMALL, Seen, host, in_both};

/// Cut at the very byte that was the last one allowed, with the mark after it, long before the time was up.
#[track_caller]
fn cut(seen: &Seen) {
    seen.ended(Verdict::Output);
    assert_eq!(seen.outcome.output_bytes, SMALL.output_bytes);
    assert!(seen.outcome.cut && seen.output.ends_with(cut_mark(SMALL.output_bytes).as_bytes()));
    assert_eq!(seen.output.len() as u64, SMALL.output_bytes + cut_mark(SMALL.output_bytes).len() as u64);
    assert!(seen.took < Duration::from_secs(SMALL.seconds.into()));
}

in_both! {
    async fn a_gigabyte(case: Case) {
        let before = host::memory_of_this_process();
        cut(&case.attack("gigabyte 1").run().await);
        let grown = host::memory_of_this_process().saturating_sub(before);
        assert!(grown < 128 << 20, "the host kept {grown} bytes");
    }

    async fn a_gigabyte_of_errors(case: Case) {
        cut(&case.attack("gigabyte 2").run().await);
    }

    async fn a_gigabyte_on_a_terminal(case: Case) {
        cut(&case.attack("gigabyte 1").terminal().run().await);
    }

    async fn an_endless_line(case: Case) {
        cut(&case.attack("line").run().await);
    }

    /// To both outputs in turn, so that they cannot be put together.
    async fn single_bytes(case: Case) {
        let little = Limits { output_bytes: Some(4096), ..Limits::default() };
        let seen = case.attack("drops").limits(&little).run().await;
        assert_eq!(seen.ended(Verdict::Output).outcome.output_bytes, 4096);
    }

    /// What was written arrives as it was written: whoever shows it escapes it.
    async fn no_text(case: Case) {
        let seen = case.attack("strange utf8").run().await;
        assert_eq!(seen.ended(Verdict::Ok).output, b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 \xe2\x82");
    }

    async fn commands_to_a_terminal(case: Case) {
        let seen = case.attack("strange escapes").run().await;
        let expected = b"\x1b]0;title\x07\x1b[2J\x1b]52;c;ZXZpbA==\x07\x1b[6n\x1bP+q544e\x1b\\\x1b[?1049h\r\x08\x9b31m";
        assert_eq!(seen.ended(Verdict::Ok).output, expected);
    }

    async fn markup(case: Case) {
        let seen = case.attack("strange markup").run().await;
        let expected = "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;\"'`\u{202e}</pre>";
        assert_eq!(seen.ended(Verdict::Ok).text(), expected);
    }

    async fn every_byte(case: Case) {
        let seen = case.attack("strange all").run().await;
        assert_eq!(seen.ended(Verdict::Ok).output, (0..=255).collect::<Vec<u8>>());
    }

    /// Closes its outputs and lives on.
    async fn silence(case: Case) {
        case.attack("silent").seconds(1).run().await.ended(Verdict::Timeout);
    }
}
