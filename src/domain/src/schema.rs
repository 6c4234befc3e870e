//! How the types that are written as one word look in the OpenAPI document.

use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::actor::Party;
use crate::policy::PolicySubject;
use crate::stream::Topic;

macro_rules! words {
    ($($ty:ty: $description:literal, $pattern:literal, $examples:expr;)+) => {$(
        impl PartialSchema for $ty {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .pattern(Some($pattern))
                    .examples($examples)
                    .into()
            }
        }

        impl ToSchema for $ty {}
    )+};
}

words! {
    Party: "One who can take part: a person, a helper, or the workshop itself.",
        "^(system|user:[a-z][a-z0-9_.-]{0,39}|helper:[a-z][a-z0-9_]{0,39})$",
        ["user:owner", "helper:the_author", "system"];
    PolicySubject: "For whom a policy holds: the whole workshop, one project, or one helper.",
        "^(workshop|project:[0-9a-f-]{36}|helper:[a-z][a-z0-9_]{0,39})$",
        ["workshop", "project:0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "helper:the_author"];
    Topic: "A part of what happens: everything, or what concerns one conversation, helper or project, or one process log.",
        "^(workshop|conversation:[0-9a-f-]{36}|helper:[a-z][a-z0-9_]{0,39}|project:[0-9a-f-]{36}|log:[a-z][a-z0-9_]{0,39})$",
        ["workshop", "helper:the_author", "log:the_author"];
}
