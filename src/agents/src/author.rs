//! The Author: makes projects.

use domain::{Project, StepState, Task, TaskState};
use serde::Deserialize;
use serde_json::json;

use super::Can;
use super::turn::{Refusal, Turn, plain};

pub(super) const COMMANDS: [Can; 2] = [
    Can {
        name: "scaffold",
        hint: "<name> [template]",
        description: "Makes a project: a git repository with a working app in it.",
    },
    Can { name: "templates", hint: "", description: "Lists what a project can start from." },
];

#[derive(Deserialize)]
struct Made {
    task: Task,
    project: Option<Project>,
}

#[derive(Deserialize)]
struct Template {
    name: String,
    version: String,
    title: String,
    description: String,
    #[serde(default)]
    missing: Option<String>,
}

pub(super) async fn obey(turn: &Turn, command: &str, rest: &str) -> Result<(), Refusal> {
    match command {
        "scaffold" => scaffold(turn, rest).await,
        _ => templates(turn).await,
    }
}

async fn templates(turn: &Turn) -> Result<(), Refusal> {
    let templates: Vec<Template> = turn.ask("projects.templates", json!({})).await?;
    turn.say("A project can start from:\n\n");
    for template in templates {
        let Template { name, version, title, description, missing } = template;
        let missing = missing.map_or_else(String::new, |why| format!(" Not now: {}", plain(&why)));
        turn.say(&format!("- `{name}` {version}, {}: {}{missing}\n", plain(&title), plain(&description)));
    }
    turn.say("\nTry `/scaffold my-app`.");
    Ok(())
}

async fn scaffold(turn: &Turn, rest: &str) -> Result<(), Refusal> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (name, template) = match words[..] {
        [name] => (name, None),
        [name, template] => (name, Some(template)),
        [] => return Err(Refusal::new("Say what to call it, like `/scaffold pod-tracker`.")),
        _ => {
            return Err(Refusal::new(
                "A name is one word, like `/scaffold pod-tracker`; a template may follow it. See `/templates`.",
            ));
        }
    };
    let mut made: Made = turn.ask("projects.make", json!({ "name": name, "template": template })).await?;
    let mut told = Told::default();
    loop {
        told.tell(turn, &made.task);
        if made.task.state.is_over() {
            break;
        }
        made = turn.ask("tasks.follow", json!({ "task": made.task.id, "seen": made.task })).await?;
    }
    match (made.task.state, made.project) {
        (TaskState::Completed, Some(project)) => turn.say(&ready(&project)),
        (TaskState::Canceled, _) => turn.say("\nCanceled. Nothing was kept, and the name is free again."),
        _ => {
            let why = made.task.error.as_deref().map(plain).unwrap_or_default();
            turn.say(&format!("\nIt could not be made, and nothing was kept. {why}"));
        }
    }
    Ok(())
}

/// How much of the task was told.
#[derive(Default)]
struct Told {
    begun: usize,
    done: usize,
}

impl Told {
    /// Tells the steps that were begun or done since the last time: `Write 14 files … done`.
    fn tell(&mut self, turn: &Turn, task: &Task) {
        for (at, step) in task.steps.iter().enumerate() {
            if at == self.begun && step.state != StepState::Todo {
                turn.say(&format!("{} … ", plain(&step.title)));
                self.begun = at + 1;
            }
            if at == self.done && self.begun > at && matches!(step.state, StepState::Done | StepState::Failed) {
                turn.say(if step.state == StepState::Done { "done  \n" } else { "failed  \n" });
                self.done = at + 1;
            }
        }
    }
}

fn ready(project: &Project) -> String {
    let slug = &project.slug;
    let commit = project
        .commit
        .as_deref()
        .map_or_else(String::new, |commit| format!(", commit `{}`", &commit[..commit.len().min(10)]));
    format!(
        "\n**{}** is ready: {} files{commit}. [Open the project](/projects/{slug}), which also has its preview.",
        plain(&project.title),
        project.files
    )
}
