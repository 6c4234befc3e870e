//! Reads the stream of a chat completion: server-sent events with a piece of text each.

use domain::{Error, ErrorCode, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::lines;

/// Longest line of the stream, in bytes.
const MAX_LINE: usize = 1024 * 1024;

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
}

/// The stream so far.
#[derive(Default)]
pub(super) struct Events {
    rest: Vec<u8>,
    done: bool,
}

impl Events {
    /// Takes the next bytes; gives the text in the lines they complete.
    ///
    /// # Errors
    /// `Unavailable` when the model's server tells of one, or speaks something else.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Vec<String>> {
        self.rest.extend_from_slice(bytes);
        let mut texts = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            // Comments, empty lines and other fields of server-sent events say nothing here.
            if let Some(data) = line.trim_ascii().strip_prefix(b"data:") {
                texts.extend(self.data(data.trim_ascii())?);
            }
        }
        if self.rest.len() > MAX_LINE {
            return Err(Error::new(ErrorCode::Unavailable, "The model's server sent a line of more than 1 MiB."));
        }
        Ok(texts)
    }

    /// Whether the answer is complete.
    pub(super) const fn is_done(&self) -> bool {
        self.done
    }

    fn data(&mut self, data: &[u8]) -> Result<Option<String>> {
        if data == b"[DONE]" {
            self.done = true;
            return Ok(None);
        }
        let chunk: Chunk = serde_json::from_slice(data).map_err(|error| {
            Error::new(ErrorCode::Unavailable, "The model's server answered with something that is no chat completion.")
                .because(error)
        })?;
        if chunk.error.is_some() {
            return Err(Error::new(
                ErrorCode::Unavailable,
                format!("The model's server complained: {}", complaint(data)),
            ));
        }
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(None) };
        self.done |= choice.finish_reason.is_some();
        Ok(choice.delta.content.filter(|text| !text.is_empty()))
    }
}

/// What an error body says, in short.
pub(super) fn complaint(body: &[u8]) -> String {
    let said = serde_json::from_slice::<Value>(body).ok().and_then(|json| {
        let error = json.get("error")?;
        error.get("message").or(Some(error))?.as_str().map(str::to_owned)
    });
    let said = said.unwrap_or_else(|| lines::clean(body));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    lines::cut(&said, 200).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_out_however_the_bytes_are_cut() {
        let stream = "\u{feff}: hello\n\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\r\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"Grüß\"}}]}\n\ndata:{\"choices\":[{\"delta\":{\"content\":\" Gott\"}}]}\n\
            data: {\"choices\":[]}\ndata: [DONE]\n\n";
        for size in [1, 2, 7, 1000] {
            let mut events = Events::default();
            let texts: Vec<String> =
                stream.as_bytes().chunks(size).flat_map(|bytes| events.read(bytes).unwrap()).collect();
            assert_eq!(texts.concat(), "Grüß Gott");
            assert!(events.is_done());
        }
    }

    #[test]
    fn complaints_are_told_and_nonsense_is_refused() {
        let mut events = Events::default();
        let error = events.read(b"data: {\"error\":{\"message\":\"too\\nlong\"}}\n").unwrap_err();
        assert!(error.message.ends_with("too long"), "{error}");
        assert!(Events::default().read(b"data: <html>\n").is_err());
        assert!(Events::default().read(&vec![b'x'; MAX_LINE + 1]).is_err());
        assert_eq!(complaint(b"{\"error\":\"no such model\"}"), "no such model");
    }
}
