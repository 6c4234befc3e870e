//! The OpenAPI document: what the endpoints say about themselves, and what is true of all of them.

use std::sync::OnceLock;

use domain::error::Problem;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder,
    ServerBuilder, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::super::{PREFIX, described};

const ABOUT: &str = "Everything the pages do, for other programs.\n\n\
    Bodies are JSON. Unknown fields and unknown query parameters are refused. Lists come in pages. \
    Failures are problem documents (RFC 9457) with a stable `code`, the wrong `field` when there is one, and words that \
    say how to mend it.\n\nEvery request shows who makes it: a token as `Authorization: Bearer tat_…`, or the session cookie of a browser. \
    What happens, as it happens: the live stream at `/api/v1/events`, described in `/api/v1/asyncapi.json`.";

const TAGS: [(&str, &str); 10] = [
    ("Conversations", "People and helpers talk. A message is acknowledged once it is durable."),
    ("Deliveries", "Messages on their way to helpers: at least once, in order within a conversation."),
    ("Helpers", "Named workers, their processes, logs and personas."),
    ("Projects", "Progressive web apps in the making, and their repositories."),
    ("Runs", "Commands in the sandboxes of projects: their turn, their output, their end."),
    ("Permissions", "What helpers ask people to allow, and what sandboxes may have."),
    ("Tasks", "Units of work with steps."),
    ("Events", "The log of everything, and snapshots to follow it from."),
    ("Account", "Who you are here, your tokens and your sessions."),
    ("People", "Who has an account, what they may do, and who is invited. For admins."),
];

/// The document. Made once.
pub fn openapi() -> &'static OpenApi {
    static DOCUMENT: OnceLock<OpenApi> = OnceLock::new();
    DOCUMENT.get_or_init(make)
}

fn make() -> OpenApi {
    let mut document = described();
    document.info = InfoBuilder::new()
        .title("TATWATS")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
        .build();
    document.servers =
        Some(vec![ServerBuilder::new().url("http://127.0.0.1:3000").description(Some("This machine")).build()]);
    document.tags = Some(
        TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()).collect(),
    );
    let components = document.components.get_or_insert_default();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut inner = Vec::new();
    Problem::schemas(&mut inner);
    components.schemas.extend(inner);
    document.paths.paths.insert(format!("{PREFIX}/events"), live_stream());
    document.paths.paths.insert(format!("{PREFIX}/runs/{{id}}/terminal"), terminal());
    // A path that spans slashes is `{*path}` for the router and `{path}` in the document.
    document.paths.paths = std::mem::take(&mut document.paths.paths)
        .into_iter()
        .map(|(path, mut item)| {
            operations(&mut item).for_each(may_fail);
            (path.replace("{*", "{"), item)
        })
        .collect();
    document
}

/// The live stream, whose own document is the AsyncAPI one.
fn live_stream() -> PathItem {
    let parameter = |name: &str, place: ParameterIn, about: &str| {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        ParameterBuilder::new().name(name).parameter_in(place).description(Some(about)).schema(Some(text)).build()
    };
    let text = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String).build())).build();
    let operation = OperationBuilder::new()
        .operation_id(Some("follow_events"))
        .tag("Events")
        .summary(Some("Follow what happens, as it happens."))
        .description(Some(
            "A WebSocket, or server-sent events for `Accept: text/event-stream`. `/api/v1/asyncapi.json` describes what is said.",
        ))
        .parameter(parameter("topics", ParameterIn::Query, "Server-sent events only: what to hear of, separated by commas; `workshop` when not given."))
        .parameter(parameter("after", ParameterIn::Query, "Server-sent events only: the cursor to go on from, `EPOCH:SEQ`."))
        .parameter(parameter("Last-Event-ID", ParameterIn::Header, "The same as `after`, and wins over it."))
        .response("101", ResponseBuilder::new().description("The connection is a WebSocket now"))
        .response("200", ResponseBuilder::new().description("Server-sent events").content("text/event-stream", text));
    PathItem::new(HttpMethod::Get, operation)
}

/// A run's terminal.
fn terminal() -> PathItem {
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The run"))
        .schema(Some(Ref::from_schema_name("RunId")))
        .build();
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build();
    let after = ParameterBuilder::new()
        .name("after")
        .parameter_in(ParameterIn::Query)
        .description(Some("Begin after so many bytes of the output."))
        .schema(Some(number))
        .build();
    let operation = OperationBuilder::new()
        .operation_id(Some("open_run_terminal"))
        .tag("Runs")
        .summary(Some("Look at a run as it goes, and type into its terminal."))
        .description(Some(
            "A WebSocket. Binary frames from the server are the output from `after` on, then live; binary frames from the client \
             are typed in. Text frames are JSON: the server says `{\"run\": …}` at first and each time the run moved on, \
             `{\"position\": n}` while it waits, and `{\"problem\": \"…\"}` when something that was sent had no effect; the client says \
             `{\"resize\": {\"columns\": 80, \"rows\": 24}}`. After the run that has ended the server closes with 1000.",
        ))
        .parameter(id)
        .parameter(after)
        .response("101", ResponseBuilder::new().description("The connection is a WebSocket now"));
    PathItem::new(HttpMethod::Get, operation)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// Every operation may end in a problem document.
fn may_fail(operation: &mut Operation) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let problem = ResponseBuilder::new()
        .description("It could not be done: a problem document")
        .content("application/problem+json", content)
        .build();
    operation.responses.responses.insert("default".into(), RefOr::T(problem));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_an_id_of_its_own_a_summary_and_a_known_tag() {
        let mut document = openapi().clone();
        let mut ids = BTreeSet::new();
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                let id = operation.operation_id.clone().unwrap();
                assert!(ids.insert(id), "{path}");
                assert!(operation.summary.as_ref().is_some_and(|summary| summary.len() > 5), "{path}");
                let tags = operation.tags.clone().unwrap();
                assert!(tags.iter().all(|tag| TAGS.iter().any(|(name, _)| name == tag)), "{path}: {tags:?}");
            }
        }
        assert!(ids.len() >= 30, "{}", ids.len());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let json = serde_json::to_value(openapi()).unwrap();
        for reference in references(&json) {
            let pointer = reference.trim_start_matches('#');
            assert!(json.pointer(pointer).is_some(), "{reference}");
        }
    }

    fn references(value: &serde_json::Value) -> Vec<String> {
        match value {
            serde_json::Value::Object(map) => map
                .iter()
                .flat_map(|(key, value)| match (key.as_str(), value.as_str()) {
                    ("$ref", Some(text)) => vec![text.to_owned()],
                    _ => references(value),
                })
                .collect(),
            serde_json::Value::Array(list) => list.iter().flat_map(references).collect(),
            _ => Vec::new(),
        }
    }
}
