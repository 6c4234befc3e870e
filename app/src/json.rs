//! JSON as server functions speak it, read the one way in which snapshots and the live stream are read too: a second reader
//! for the same types would be fetched by every browser.

use bytes::Bytes;
use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};

/// JSON both ways, in the body of a `POST`.
pub type Json = Post<JsonText>;

/// How it is written and read.
#[derive(Debug)]
pub struct JsonText;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        serde_json::from_str(str::from_utf8(&bytes).map_err(serde_json::Error::custom)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_not_text_is_refused() {
        let words = vec!["grüß".to_owned(), "“quoted”".to_owned()];
        let read: Vec<String> = JsonText::decode(JsonText::encode(&words).unwrap()).unwrap();
        assert_eq!(read, words);
        let error = <JsonText as Decodes<String>>::decode(Bytes::from_static(b"\"\xff\"")).unwrap_err();
        assert!(error.to_string().contains("utf-8"), "{error}");
    }
}
