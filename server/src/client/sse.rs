//! Server-sent events, from bytes in any pieces to whole events (WHATWG HTML, “event stream interpretation”).

/// An event larger than this is a server gone wrong.
const MAX_EVENT: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SseEvent {
    /// Its id, when it has one.
    pub(super) id: Option<String>,
    /// Its data.
    pub(super) data: String,
}

/// Puts events together.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    buffer: Vec<u8>,
    id: Option<String>,
    data: Option<String>,
}

impl Decoder {
    /// Takes more bytes. Tells whether it still makes sense to go on.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        self.buffer.extend_from_slice(bytes);
        self.buffer.len() + self.data.as_ref().map_or(0, String::len) <= MAX_EVENT
    }

    /// The next whole event.
    pub(super) fn next(&mut self) -> Option<SseEvent> {
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                let id = self.id.take();
                if let Some(data) = self.data.take() {
                    return Some(SseEvent { id, data });
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => self.id = Some(value.to_owned()),
                "data" => match &mut self.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => self.data = Some(value.to_owned()),
                },
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(decoder: &mut Decoder) -> Vec<SseEvent> {
        std::iter::from_fn(|| decoder.next()).collect()
    }

    #[test]
    fn comments_and_unknown_fields_are_passed_over_and_data_joins() {
        let mut decoder = Decoder::default();
        assert!(decoder.push(b": hi\n\nretry: 5\nid: e:1\ndata: {\"a\":1,\r\ndata:2}\r\n\r\nid: e:2\n\n"));
        assert_eq!(all(&mut decoder), [SseEvent { id: Some("e:1".into()), data: "{\"a\":1,\n2}".into() }]);
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_make_the_same_events(cuts in proptest::collection::vec(1_usize..7, 1..40)) {
            let text = "id: e:1\ndata: käse\n\ndata: two\n\n: x\nid: e:3\ndata: a\ndata: b\n\n".as_bytes();
            let mut whole = Decoder::default();
            whole.push(text);
            let expected = all(&mut whole);
            let mut pieces = Decoder::default();
            let mut found = Vec::new();
            let mut rest = text;
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                found.extend(all(&mut pieces));
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
