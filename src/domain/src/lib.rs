//! The ground floor: types, events, rules and projections of the workshop. No I/O; compiles to WebAssembly.

pub mod access;
pub mod account;
pub mod actor;
pub mod addressing;
pub mod clock;
pub mod conversation;
pub mod delivery;
pub mod error;
pub mod event;
mod from_json;
pub mod helper;
pub mod id;
mod json;
#[cfg(feature = "markdown")]
pub mod markdown;
pub mod message;
pub mod name;
pub mod output;
pub mod page;
pub mod permission;
pub mod policy;
pub mod process;
pub mod project;
pub mod projection;
pub mod retry;
pub mod role;
pub mod run;
pub mod sandbox;
#[cfg(feature = "openapi")]
mod schema;
pub mod shell;
pub mod sigil;
pub mod stream;
pub mod syntax;
pub mod task;
pub mod timestamp;
#[cfg(feature = "zones")]
pub mod zone;

pub use access::{Grants, Rights, Scope};
pub use account::{ApiToken, Group, Invitation, Passkey, Session, User};
pub use actor::{Actor, Party};
pub use clock::Clock;
pub use conversation::{Conversation, Excerpt};
pub use delivery::{Delivery, DeliveryStatus};
pub use error::{Error, ErrorCode, Result};
pub use event::{Event, EventData};
pub use from_json::from_json;
pub use helper::{Helper, HelperCommand};
pub use id::{
    ConversationId, DeliveryId, EventId, InvitationId, MessageId, PasskeyId, PermissionId, ProcessId, ProjectId, RunId,
    SessionId, TaskId, TokenId,
};
pub use message::Message;
pub use name::{GroupName, HelperName, Slug, UserName};
pub use page::{Cut, Page};
pub use permission::{Permission, PermissionState};
pub use policy::{Decision, Policy, PolicySubject, Rule};
pub use process::{Process, ProcessStatus};
pub use project::{Project, ProjectStatus};
pub use role::Role;
pub use run::{AskedHost, Run, RunState};
pub use task::{Step, StepState, Task, TaskState};
pub use timestamp::Timestamp;
