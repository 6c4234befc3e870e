//! Typed identifiers, so that a project's id can never be passed where a task's belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id behind `front`: `message:0190a3c4-…`. Quicker than formatting, which asks for room three times.
            #[must_use]
            pub fn behind(self, front: &str) -> String {
                [front, self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer())].concat()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::parse_str(text).map(Self).map_err(|_| {
                    Error::invalid("id", format!("“{text}” is not an id; ids look like 0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071"))
                })
            }
        }
    )+};
}

ids! {
    /// One conversation.
    ConversationId,
    /// One message in a conversation.
    MessageId,
    /// One message on its way to one helper.
    DeliveryId,
    /// One run of a helper.
    ProcessId,
    /// One project.
    ProjectId,
    /// One task.
    TaskId,
    /// One command run in a sandbox.
    RunId,
    /// One thing a helper asks people to allow.
    PermissionId,
    /// One browser that is signed in.
    SessionId,
    /// One token for programs.
    TokenId,
    /// One invitation.
    InvitationId,
    /// One passkey.
    PasskeyId,
    /// One event of the log. Ids are UUID version 7 (RFC 9562), so they sort by time.
    EventId,
}
