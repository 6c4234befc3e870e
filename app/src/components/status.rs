//! A state as a word, an icon and a colour, never colour alone.

use domain::permission::PermissionState;
use domain::projection::HelperEntry;
use domain::run::{Run, RunState};
use domain::sandbox::Verdict;
use domain::{DeliveryStatus, ProcessStatus, ProjectStatus, TaskState};
use leptos::prelude::*;
use maud::{Markup, Render, html};

use super::Shape;

/// One of the five hues that states come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Neutral,
    /// Under way.
    Info,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
}

impl Tone {
    /// Its name in classes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A state ready to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The word.
    pub word: &'static str,
    /// The icon.
    pub shape: Shape,
    /// The colour.
    pub tone: Tone,
}

const fn status(word: &'static str, shape: Shape, tone: Tone) -> Status {
    Status { word, shape, tone }
}

impl From<ProcessStatus> for Status {
    fn from(process: ProcessStatus) -> Self {
        match process {
            ProcessStatus::Starting => status("starting", Shape::Progress, Tone::Info),
            ProcessStatus::Running => status("running", Shape::Check, Tone::Good),
            ProcessStatus::Unhealthy => status("unhealthy", Shape::Warning, Tone::Warn),
            ProcessStatus::BackingOff => status("backing off", Shape::Clock, Tone::Warn),
            ProcessStatus::Stopping => status("stopping", Shape::Progress, Tone::Info),
            ProcessStatus::Stopped => status("stopped", Shape::Stop, Tone::Neutral),
            ProcessStatus::Failed => status("failed", Shape::Cross, Tone::Bad),
        }
    }
}

impl From<&HelperEntry> for Status {
    /// A helper's status is its newest process's; one that never ran is starting when wanted, else stopped.
    fn from(entry: &HelperEntry) -> Self {
        match &entry.process {
            Some(process) => process.status.into(),
            None if entry.helper.wanted => ProcessStatus::Starting.into(),
            None => ProcessStatus::Stopped.into(),
        }
    }
}

impl From<TaskState> for Status {
    fn from(task: TaskState) -> Self {
        match task {
            TaskState::Submitted => status("submitted", Shape::Clock, Tone::Neutral),
            TaskState::Working => status("working", Shape::Progress, Tone::Info),
            TaskState::InputRequired => status("needs input", Shape::Warning, Tone::Warn),
            TaskState::Completed => status("completed", Shape::Check, Tone::Good),
            TaskState::Failed => status("failed", Shape::Cross, Tone::Bad),
            TaskState::Canceled => status("canceled", Shape::Stop, Tone::Neutral),
        }
    }
}

impl From<DeliveryStatus> for Status {
    fn from(delivery: DeliveryStatus) -> Self {
        match delivery {
            DeliveryStatus::Queued => status("queued", Shape::Clock, Tone::Neutral),
            DeliveryStatus::Delivered => status("delivered", Shape::Progress, Tone::Info),
            DeliveryStatus::Answered => status("answered", Shape::Check, Tone::Good),
            DeliveryStatus::Failed => status("failed, trying again", Shape::Again, Tone::Warn),
            DeliveryStatus::Dead => status("dead", Shape::Cross, Tone::Bad),
        }
    }
}

impl From<ProjectStatus> for Status {
    fn from(project: ProjectStatus) -> Self {
        match project {
            ProjectStatus::Making => status("being made", Shape::Progress, Tone::Info),
            ProjectStatus::Ready => status("ready", Shape::Check, Tone::Good),
        }
    }
}

impl From<&Run> for Status {
    fn from(run: &Run) -> Self {
        match (run.state, run.verdict) {
            (RunState::Queued, _) => status("waiting for its turn", Shape::Clock, Tone::Neutral),
            (RunState::Running, _) => status("running", Shape::Progress, Tone::Info),
            (RunState::Ended, Some(Verdict::Ok)) => status("ok", Shape::Check, Tone::Good),
            (RunState::Ended, Some(Verdict::Exit(_))) => status("failed", Shape::Cross, Tone::Bad),
            (RunState::Ended, Some(Verdict::Timeout)) => status("out of time", Shape::Clock, Tone::Bad),
            (RunState::Ended, Some(Verdict::Memory)) => status("out of memory", Shape::Cross, Tone::Bad),
            (RunState::Ended, Some(Verdict::Output)) => status("wrote too much", Shape::Cross, Tone::Bad),
            (RunState::Ended, Some(Verdict::Cancelled)) => status("stopped", Shape::Stop, Tone::Neutral),
            (RunState::Ended, Some(Verdict::Refused)) => status("refused", Shape::Lock, Tone::Warn),
            (RunState::Ended, Some(Verdict::Infrastructure) | None) => {
                status("interrupted", Shape::Warning, Tone::Warn)
            }
        }
    }
}

impl From<PermissionState> for Status {
    fn from(permission: PermissionState) -> Self {
        match permission {
            PermissionState::Asked => status("asks you", Shape::Warning, Tone::Warn),
            PermissionState::Allowed => status("allowed", Shape::Check, Tone::Good),
            PermissionState::Denied => status("denied", Shape::Cross, Tone::Neutral),
            PermissionState::Revoked => status("taken back", Shape::Stop, Tone::Neutral),
            PermissionState::Withdrawn => status("no longer asked", Shape::Stop, Tone::Neutral),
        }
    }
}

/// The state in a part that is text.
impl Render for Status {
    fn render_to(&self, to: &mut String) {
        html! { span.status data-tone=(self.tone.name()) { (inside(*self)) } }.render_to(to);
    }
}

/// A state: icon and word in its colour.
#[component]
pub fn StatusWord(
    /// The state, anything that turns into a [`Status`].
    #[prop(into)]
    status: Signal<Status>,
) -> impl IntoView {
    view! {
        <span class="status" data-tone=move || status.get().tone.name() inner_html=move || inside(status.get()).into_string()></span>
    }
}

fn inside(status: Status) -> Markup {
    html! { (status.shape) span { (status.word) } }
}

/// A small count or word in a rounded ground.
#[component]
pub fn Badge(
    /// What it says.
    #[prop(into)]
    text: Signal<String>,
    /// Its colour.
    #[prop(default = Tone::Neutral)]
    tone: Tone,
) -> impl IntoView {
    view! { <span class="badge" data-tone=tone.name()>{move || text.get()}</span> }
}
