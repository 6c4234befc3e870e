//! What commands write, made fit to be shown as text.

/// Output as plain text: escape sequences of terminals and control characters are left out.
#[must_use]
pub fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => skip_sequence(&mut letters),
            '\r' if letters.peek() == Some(&'\n') => {}
            // A line that is written over itself: each version is a line here.
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(letter),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

/// Skips what follows an escape character (ECMA-48): a control sequence, a string up to its end, or one character.
fn skip_sequence(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match letters.next() {
        Some('[') => while letters.next().is_some_and(|letter| !('@'..='~').contains(&letter)) {},
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(letter) = letters.next() {
                if letter == '\u{7}' {
                    return;
                }
                if letter == '\u{1b}' {
                    letters.next();
                    return;
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_shown_without_what_terminals_obey() {
        for (written, shown) in [
            (&b"a\r\nb\n"[..], "a\nb\n"),
            (b"\x1b[31mred\x1b[0m", "red"),
            (b"\x1b]0;title\x07after", "after"),
            (b"\x1b]52;c;aGk=\x1b\\after", "after"),
            (b"10%\r20%", "10%\n20%"),
            (b"\x00\x08bell\x07", "bell"),
            (b"<b>\xff</b>", "<b>\u{fffd}</b>"),
            (b"cut \x1b[3", "cut "),
        ] {
            assert_eq!(plain(written), shown);
        }
    }
}
