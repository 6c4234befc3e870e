//! The AsyncAPI 3.0 document of the live stream. The schemas are those of the types that go over it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use domain::stream::{
    CLOSE_MALFORMED, CLOSE_RESTART, CLOSE_SIGNED_OUT, CLOSE_SLOW, ClientFrame, MAX_TOPICS, ServerFrame,
};
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The document. Made once.
pub fn asyncapi() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(make)
}

fn make() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "TATWATS live stream",
            "version": env!("CARGO_PKG_VERSION"),
            "description": about(),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "here": { "host": "127.0.0.1:3000", "protocol": "ws", "description": "This machine" },
            "here-sse": { "host": "127.0.0.1:3000", "protocol": "http", "description": "The same as server-sent events" },
        },
        "channels": {
            "events": {
                "address": "/api/v1/events",
                "title": "The live stream",
                "description": "A WebSocket: one JSON object in each text frame.",
                "servers": [{ "$ref": "#/servers/here" }],
                "messages": {
                    "client": { "$ref": "#/components/messages/client" },
                    "server": { "$ref": "#/components/messages/server" },
                },
                "bindings": { "ws": { "method": "GET", "bindingVersion": "0.1.0" } },
            },
            "events-sse": {
                "address": "/api/v1/events",
                "title": "The live stream as server-sent events",
                "description": "For `Accept: text/event-stream`. Topics are given as `?topics=workshop,log:the_author`, where to go on \
                    from as `?after=EPOCH:SEQ` or the header `Last-Event-ID`. Each `data:` is one server frame; the `id:` of an event is its cursor.",
                "servers": [{ "$ref": "#/servers/here-sse" }],
                "messages": { "server": { "$ref": "#/components/messages/server" } },
            },
        },
        "operations": {
            "subscribe": {
                "action": "receive",
                "channel": { "$ref": "#/channels/events" },
                "summary": "A client says what it wants to hear of, and from where on.",
                "messages": [{ "$ref": "#/channels/events/messages/client" }],
            },
            "tell": {
                "action": "send",
                "channel": { "$ref": "#/channels/events" },
                "summary": "The server tells what happens.",
                "messages": [{ "$ref": "#/channels/events/messages/server" }],
            },
            "tell-sse": {
                "action": "send",
                "channel": { "$ref": "#/channels/events-sse" },
                "summary": "The server tells what happens, one way.",
                "messages": [{ "$ref": "#/channels/events-sse/messages/server" }],
            },
        },
        "components": {
            "messages": {
                "client": {
                    "name": "ClientFrame",
                    "title": "What a client says",
                    "payload": { "$ref": "#/components/schemas/ClientFrame" },
                    "examples": [{
                        "name": "everything from now on",
                        "payload": { "type": "subscribe", "topics": ["workshop"] },
                    }],
                },
                "server": {
                    "name": "ServerFrame",
                    "title": "What the server says",
                    "payload": { "$ref": "#/components/schemas/ServerFrame" },
                    "examples": [{
                        "name": "first of all",
                        "payload": { "type": "hello", "epoch": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "seq": 42 },
                    }],
                },
            },
            "schemas": schemas(),
        },
    })
}

fn about() -> String {
    format!(
        "Everything that happens, as it happens. After `subscribe` (at most {MAX_TOPICS} topics) the server says `hello` with the log's \
         epoch and newest number. With `after` it first sends everything since that cursor, then goes on live; nothing is missed and nothing \
         repeated. `gap` means that the cursor cannot be served (the log was restored, or cut): load a snapshot anew, for example \
         `GET /api/v1/workshop`, and subscribe from its `epoch` and `seq`. `notice` is passing and never resumed. Close codes: {CLOSE_SLOW} the \
         reader fell too far behind and may come back with its cursor; {CLOSE_RESTART} the server restarts; {CLOSE_SIGNED_OUT} the session \
         or token by which the reader came in is over; {CLOSE_MALFORMED} the client's words could not be understood."
    )
}

fn schemas() -> BTreeMap<String, RefOr<Schema>> {
    let mut all = vec![
        (ClientFrame::name().into_owned(), ClientFrame::schema()),
        (ServerFrame::name().into_owned(), ServerFrame::schema()),
    ];
    ClientFrame::schemas(&mut all);
    ServerFrame::schemas(&mut all);
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_and_every_kind_of_event_is_described() {
        let text = asyncapi().to_string();
        for word in [
            "hello",
            "caught",
            "ping",
            "gap",
            "notice",
            "subscribe",
            "message.posted",
            "import.completed",
            "draft",
            "measured",
        ] {
            assert!(text.contains(&format!("\"{word}\"")), "{word}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = asyncapi().to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(asyncapi().pointer(pointer).is_some(), "{pointer}");
        }
    }
}
