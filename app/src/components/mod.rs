//! What every page is built from.

mod announcer;
mod confirm;
mod empty;
mod field;
mod glow;
mod icon;
mod problem;
mod ready;
mod sigil;
mod sparkline;
mod status;
mod time;
mod title;

pub use announcer::{Announcer, announce};
pub use confirm::Confirm;
pub use empty::EmptyState;
pub use field::{Field, TextArea};
pub use glow::glow_when_changed;
pub use icon::{Icon, Shape};
pub use problem::{Broken, Problem, ProblemNote, ProblemPage, action_problem};
pub use ready::{PageSkeleton, Ready};
pub use sigil::{PartySigil, Sigil};
pub use sparkline::Sparkline;
pub use status::{Badge, Status, StatusWord, Tone};
pub use time::{Countdown, RelativeTime, Since};
pub use title::LiveTitle;
