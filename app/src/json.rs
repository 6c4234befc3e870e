//! JSON as server functions speak it, read the one way in which snapshots and the live stream are read too: a second reader
//! for the same types would be fetched by every browser.

use bytes::Bytes;
use leptos::prelude::Resource;
use leptos::server::codee::{Decoder, Encoder};
use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};

/// JSON both ways, in the body of a `POST`.
pub type Json = Post<JsonText>;

/// What a page loads: the server writes it into the page, for the browser to read.
pub type JsonResource<T> = Resource<T, JsonText>;

/// Loads what `fetch` comes to for what `source` says, and again whenever that says something else.
pub fn resource<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
) -> JsonResource<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetch, false)
}

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
        domain::from_json(str::from_utf8(&bytes).map_err(serde_json::Error::custom)?)
    }
}

impl<T: Serialize> Encoder<T> for JsonText {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(output: &T) -> Result<String, Self::Error> {
        serde_json::to_string(output)
    }
}

impl<T: DeserializeOwned> Decoder<T> for JsonText {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        domain::from_json(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_not_text_is_refused() {
        let words = vec!["grüß".to_owned(), "“quoted”".to_owned()];
        let sent = <JsonText as Encodes<_>>::encode(&words).unwrap();
        assert_eq!(<JsonText as Decodes<Vec<String>>>::decode(sent).unwrap(), words);
        let kept = <JsonText as Encoder<_>>::encode(&words).unwrap();
        assert_eq!(<JsonText as Decoder<Vec<String>>>::decode(&kept).unwrap(), words);
        let error = <JsonText as Decodes<String>>::decode(Bytes::from_static(b"\"\xff\"")).unwrap_err();
        assert!(error.to_string().contains("utf-8"), "{error}");
    }
}
