//! Sandboxes on the pages of others: commands in projects, what helpers ask to do, what may be had and run, which kind
//! of sandbox there is.

mod acts;
mod api;
mod command;
mod kind;
mod limits;
mod permission;
mod policy;
mod rules;
mod run;
mod runs;
mod task;
mod terminal;
mod wording;

pub use acts::DecidePermission;
#[cfg(feature = "ssr")]
pub use api::policy_view;
pub use api::{PolicyView, Written};
pub use kind::sandbox_kind;
pub use permission::{Answers, PermissionCard};
pub use policy::PolicyPart;
pub use run::run_of_address;
pub use runs::Runs;
pub use task::TaskOutput;
pub use wording::room as room_word;
