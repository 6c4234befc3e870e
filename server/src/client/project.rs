//! `tatwats project`: lists projects, and makes one.

use std::io::Write;

use clap::{Args, Subcommand};
use domain::stream::{ServerFrame, Topic};
use domain::{EventData, Project as Made, StepState, Task, TaskId, TaskState};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Connection;
use super::fault::Fault;
use super::follow::Follow;
use super::http::Client;
use super::out::{Out, moment, table};

/// What to do with projects.
#[derive(Debug, Subcommand)]
pub enum Project {
    /// List projects, newest first.
    List(List),
    /// Make a project.
    New(New),
}

/// No more than the connection.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    connection: Connection,
}

/// What to make.
#[derive(Debug, Args)]
pub struct New {
    #[command(flatten)]
    connection: Connection,
    /// Its name: small letters, digits and dashes, like pod-tracker.
    name: String,
    /// The template to make it from.
    #[arg(long)]
    template: Option<String>,
    /// Wait until it is made.
    #[arg(long)]
    wait: bool,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    items: Vec<Made>,
}

#[derive(Serialize, Deserialize)]
struct Making {
    task: Task,
    project: Made,
}

impl Project {
    pub(super) fn connection(&self) -> &Connection {
        match self {
            Self::List(args) => &args.connection,
            Self::New(args) => &args.connection,
        }
    }

    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        match self {
            Self::List(_) => {
                let list: Listed = client.get(&["projects"], &[]).await?;
                out.show(&list, |list| projects(&list.items))
            }
            Self::New(args) => args.run(client, out).await,
        }
    }
}

impl New {
    async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let mut follow = match self.wait {
            true => Some(Follow::begin(client, &[Topic::Workshop], None).await?),
            false => None,
        };
        let body = json!({ "name": self.name, "template": self.template });
        let mut making: Making = client.change(Method::POST, &["projects"], Some(&body)).await?;
        if let Some(follow) = &mut follow {
            making.task = finished(client, follow, making.task).await?;
            if making.task.state != TaskState::Completed {
                let why = making.task.error.unwrap_or_else(|| format!("the task is {}", making.task.state.name()));
                return Err(Fault::Failed(format!("{} was not made: {why}", making.project.slug)));
            }
            making.project = client.get(&["projects", making.project.slug.as_str()], &[]).await?;
        }
        out.show(&making, |making| {
            let Made { slug, title, files, .. } = &making.project;
            match making.task.state.is_over() {
                true => format!("Made {title} ({slug}) with {files} files."),
                false => format!("{title} ({slug}) is being made; task {}.", making.task.id),
            }
        })
    }
}

/// Follows a task to its end, and tells of its steps on the error output.
async fn finished(client: &Client, follow: &mut Follow<'_>, task: Task) -> Result<Task, Fault> {
    let id: TaskId = task.id;
    let mut told = 0;
    let mut task: Task = client.get(&["tasks", &id.to_string()], &[]).await?;
    loop {
        let done = task.steps.iter().take_while(|step| step.state == StepState::Done).count();
        for step in task.steps.iter().take(done).skip(told) {
            // Only for the person who watches; whether it can be written changes nothing.
            let _ = writeln!(std::io::stderr(), "✓ {}", super::out::harmless(&step.title));
        }
        told = told.max(done);
        if task.state.is_over() {
            return Ok(task);
        }
        task = loop {
            if let ServerFrame::Event(event) = follow.next().await?.frame
                && let EventData::TaskProgressed(newer) = event.what
                && newer.id == id
            {
                break newer;
            }
        };
    }
}

fn projects(projects: &[Made]) -> String {
    let rows: Vec<[String; 5]> = projects
        .iter()
        .map(|project| {
            [
                project.slug.to_string(),
                project.status.name().to_owned(),
                format!("{} {}", project.template, project.template_version),
                moment(project.created_at),
                project.title.clone(),
            ]
        })
        .collect();
    table(["name", "status", "template", "made", "title"], &rows)
}
