//! A state as a word, an icon and a colour, never colour alone.

use domain::projection::HelperEntry;
use domain::{DeliveryStatus, ProcessStatus, ProjectStatus, TaskState};
use leptos::prelude::*;

use super::{Icon, Shape};

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

/// A state: icon and word in its colour.
#[component]
pub fn StatusWord(
    /// The state, anything that turns into a [`Status`].
    #[prop(into)]
    status: Signal<Status>,
) -> impl IntoView {
    view! {
        <span class="status" data-tone=move || status.get().tone.name()>
            {move || view! { <Icon shape=status.get().shape/> }}
            <span>{move || status.get().word}</span>
        </span>
    }
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
