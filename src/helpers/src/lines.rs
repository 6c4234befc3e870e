//! Reads lines of bytes with a limit, and makes text of them that is safe to keep and show.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
    /// Whether there was more of it than the limit.
    pub(crate) cut: bool,
}

/// The next line, cut at `limit` bytes; the rest of a longer one is read and thrown away. None at the end.
pub(crate) async fn next_line<R: AsyncBufRead + Unpin>(reader: &mut R, limit: usize) -> std::io::Result<Option<Line>> {
    let mut line = Line { bytes: Vec::new(), cut: false };
    let mut seen = false;
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(seen.then_some(line));
        }
        seen = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        let room = limit - line.bytes.len();
        line.cut |= part.len() > room;
        line.bytes.extend_from_slice(&part[..part.len().min(room)]);
        let used = end.map_or(available.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            if line.bytes.last() == Some(&b'\r') {
                line.bytes.pop();
            }
            return Ok(Some(line));
        }
    }
}

/// Text of any bytes: what is not UTF-8 becomes `�`, control characters become visible signs, except for the tab and
/// the escape character that colours a terminal.
pub(crate) fn clean(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| match c {
            '\t' | '\u{1b}' => c,
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => '\u{fffd}',
            _ => c,
        })
        .collect()
}

/// `text` cut to at most `limit` bytes, between characters.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8], limit: usize) -> Vec<(String, bool)> {
        let mut reader = tokio::io::BufReader::with_capacity(3, text);
        let mut found = Vec::new();
        while let Some(line) = next_line(&mut reader, limit).await.unwrap() {
            found.push((clean(&line.bytes), line.cut));
        }
        found
    }

    #[tokio::test]
    async fn long_lines_are_cut_and_the_next_one_is_whole() {
        let expected =
            [("abcdefgh", true), ("ok", false), ("", false), ("last", false)].map(|(text, cut)| (text.to_owned(), cut));
        assert_eq!(lines(b"abcdefghijkl\nok\r\n\nlast", 8).await, expected);
        assert!(lines(b"", 8).await.is_empty());
    }

    #[test]
    fn any_bytes_become_safe_text() {
        assert_eq!(clean(b"a\x1b[31mred\x00\x07\t\xff\x7f"), "a\u{1b}[31mred␀␇\t\u{fffd}␡");
        assert_eq!(clean("\u{9b}31m".as_bytes()), "\u{fffd}31m");
        assert_eq!(cut("aäb", 2), "a");
    }
}
