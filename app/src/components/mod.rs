//! What every page is built from.

mod announcer;
mod confirm;
mod empty;
mod field;
pub mod forms;
mod glow;
mod icon;
mod may_not;
mod problem;
mod role;
pub mod row_form;
pub mod rows;
mod shown_once;
mod sigil;
mod skeleton;
mod sparkline;
mod status;
pub mod text;
mod time;
mod title;
mod with_workshop;

pub use announcer::{Announcer, announce};
pub use confirm::Confirm;
pub use empty::{EmptyState, empty_state};
pub use field::{Choice, Field, TextArea};
pub use glow::{glow, glow_when_changed};
pub use icon::{Icon, Shape};
pub use may_not::MayNot;
pub use problem::{
    ProblemNote, ProblemPage, action_problem, empty, field_problem, other_problem, problem, problem_note, when_done,
};
pub use role::{RoleSelect, role_options, role_select};
pub use shown_once::ShownOnce;
pub use sigil::{PartySigil, Sigil, sigil};
pub use skeleton::PageSkeleton;
pub use sparkline::sparkline;
pub use status::{Badge, Status, StatusWord, Tone};
pub use time::{Countdown, RelativeTime, Since};
pub use title::LiveTitle;
pub use with_workshop::WithWorkshop;
