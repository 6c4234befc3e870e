//! Everything that changes the workshop, one module per part. Each command checks its rules and records its events.

mod accounts;
mod claims;
mod conversations;
mod deliveries;
mod helpers;
mod import;
mod leases;
mod permissions;
mod policies;
mod post;
mod processes;
mod projects;
mod runs;
mod search;
mod tasks;

pub use accounts::{
    AcceptInvitation, AddPasskey, AdmitOidc, BeginSetup, ChangeProfile, CreateFirstAdmin, CreateToken, CreateUser,
    DisableUser, EndSession, EndSessions, Invite, LinkOidc, MAX_SESSIONS, MAX_TOKEN_SECONDS, MAX_TOKENS, NoteRefusal,
    NoteTokenUse, PutGroup, PutSecret, PutSigningKey, ReapSessions, RemoveGroup, RemovePasskey, RemoveSecret,
    RemoveUser, Reseal, RetireSigningKey, RevokeInvitation, RevokeToken, RotateSession, SETUP_SECONDS, SetGroupRole,
    SetPassword, SetRole, StartSession, TOKEN_USE_SECONDS, TOUCH_SECONDS, TouchSession, UnlinkOidc, UsePasskey,
    UseSetupLink,
};
pub use claims::{
    AnswerDelivery, Answered, ClaimDelivery, Claimed, FailDelivery, ReapDeliveries, ReleaseDelivery, RenewDelivery,
};
pub use conversations::{ChangeConversation, MarkRead, OpenConversation, OpenPair};
pub use deliveries::RequeueDelivery;
pub use helpers::{AnnounceCommands, NotePersona, RegisterHelper, RemoveHelper, SetPaused, SetWanted};
pub use import::{CompleteImport, ImportMessages, ImportOutcome, ImportedMessage};
pub use leases::{DropLease, Lease, TakeLease};
pub use permissions::{AskPermission, DecidePermission, MAX_ASKED, RevokePermission, WithdrawPermissions};
pub use policies::SetPolicy;
pub use post::{PostMessage, Posted};
pub use processes::RecordProcess;
pub use projects::{AbandonProject, BeginProject, Begun, CommitProject, FinishProject};
pub use runs::{CancelRun, EndRun, InterruptRuns, MAX_QUEUED, QueueRun, StartRun};
pub(crate) use search::IndexWords;
pub use tasks::{AdvanceTask, CancelTask};

/// How long a lease lasts without being renewed, in seconds.
pub const LEASE_SECONDS: i64 = 30;
