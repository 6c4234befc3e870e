//! What every page is built from.

mod announcer;
mod confirm;
mod empty;
mod field;
mod glow;
mod icon;
mod may_not;
mod problem;
mod ready;
mod role;
pub mod row_form;
pub mod rows;
mod shown_once;
mod sigil;
mod sparkline;
mod status;
mod time;
mod title;

pub use announcer::{Announcer, announce};
pub use confirm::Confirm;
pub use empty::EmptyState;
pub use field::{Choice, Field, TextArea};
pub use glow::glow_when_changed;
pub use icon::{Icon, Shape};
pub use may_not::MayNot;
pub use problem::{
    Broken, Problem, ProblemNote, ProblemPage, action_problem, empty, field_problem, other_problem, when_done,
};
pub use ready::{PageSkeleton, Ready};
pub use role::{RoleSelect, role_options, role_select};
pub use shown_once::ShownOnce;
pub use sigil::{PartySigil, Sigil};
pub use sparkline::Sparkline;
pub use status::{Badge, Status, StatusWord, Tone};
pub use time::{Countdown, RelativeTime, Since};
pub use title::LiveTitle;
