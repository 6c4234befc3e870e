//! Everything that changes the workshop, one module per part. Each command checks its rules and records its events.

mod claims;
mod conversations;
mod deliveries;
mod helpers;
mod import;
mod leases;
mod post;
mod processes;
mod projects;
mod tasks;

pub use claims::{
    AnswerDelivery, Answered, ClaimDelivery, Claimed, FailDelivery, ReapDeliveries, ReleaseDelivery, RenewDelivery,
};
pub use conversations::{ChangeConversation, MarkRead, OpenConversation, OpenPair};
pub use deliveries::RequeueDelivery;
pub use helpers::{AnnounceCommands, NotePersona, RegisterHelper, RemoveHelper, SetPaused, SetWanted};
pub use import::{CompleteImport, ImportMessages, ImportOutcome, ImportedMessage};
pub use leases::{DropLease, Lease, TakeLease};
pub use post::{PostMessage, Posted};
pub use processes::RecordProcess;
pub use projects::{AbandonProject, BeginProject, Begun, FinishProject};
pub use tasks::{AdvanceTask, CancelTask};

/// How long a lease lasts without being renewed, in seconds.
pub const LEASE_SECONDS: i64 = 30;
