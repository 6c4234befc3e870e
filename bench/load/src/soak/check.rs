//! What is asked of the server once nothing more is said: whether everything came to an end, and whether it is all there.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tokio::time::sleep;

use super::fault::Fault;
use super::holds;
use super::host::Host;
use super::ledger::{Kept, judge};
use super::line::{By, Line, Outcome, excerpt};
use super::look::title_of;
use super::world::World;
use crate::Result;

/// How long what was begun may take to end: five attempts at a delivery, each after a longer pause.
const END_WITHIN: Duration = Duration::from_secs(120);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(500);

#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Kept>,
}

/// Asks until the server says yes; what it answers must be JSON.
async fn ask(line: &mut Line, path: &str) -> Result<Value> {
    loop {
        match line.get(path).await {
            Outcome::Answer(answer) if answer.status == 200 => return Ok(serde_json::from_slice(&answer.body)?),
            // Whoever checks asks faster than people do.
            Outcome::Answer(answer) if answer.status == 429 => sleep(GLANCE).await,
            Outcome::Answer(answer) => {
                return Err(format!("{path} was answered {}: {}", answer.status, excerpt(&answer.body)).into());
            }
            Outcome::Away => return Err(format!("{path}: the server is away").into()),
            Outcome::Broken(how) => return Err(how.into()),
        }
    }
}

/// Waits until helpers have done what they were asked, and runs and tasks have ended. What has not in the end is a fault.
pub(crate) async fn ended(world: &Rc<World>) -> Result<()> {
    let mut line = Line::of(world, &world.owner, By::Token);
    let began = Instant::now();
    let open = loop {
        let open = open(world, &mut line).await?;
        if open.is_empty() || began.elapsed() > END_WITHIN {
            break open;
        }
        sleep(GLANCE).await;
    };
    for what in open {
        world.fault(Fault::lost(format!("{what}, {} s after the last request", began.elapsed().as_secs())));
    }
    for delivery in items(ask(&mut line, "/api/v1/deliveries?status=dead&limit=200").await?) {
        let (helper, error) = (text(&delivery, "helper"), text(&delivery, "error"));
        world.fault(Fault::lost(format!("a delivery to {helper} was given up: {error}")));
    }
    Ok(())
}

/// What has not come to an end yet.
async fn open(world: &World, line: &mut Line) -> Result<Vec<String>> {
    let mut open = Vec::new();
    for status in ["queued", "delivered", "failed"] {
        let deliveries = items(ask(line, &format!("/api/v1/deliveries?status={status}&limit=200")).await?).len();
        if deliveries > 0 {
            open.push(format!("{deliveries} deliveries are still {status}"));
        }
    }
    let tasks = items(ask(line, "/api/v1/tasks?limit=200").await?);
    let working =
        tasks.iter().filter(|task| !["completed", "failed", "canceled"].contains(&text(task, "state"))).count();
    if working > 0 {
        open.push(format!("{working} tasks have not ended"));
    }
    let runs = world.runs.borrow().clone();
    let mut going = 0;
    // Those before have ended, or these would not have begun: there is a queue.
    for run in runs.iter().rev().take(20) {
        going += usize::from(ask(line, &format!("/api/v1/runs/{run}")).await?["state"] != "ended");
    }
    if going > 0 {
        open.push(format!("{going} runs have not ended"));
    }
    Ok(open)
}

/// The newest message of each conversation.
pub(crate) async fn heads(world: &Rc<World>) -> Result<Vec<i64>> {
    let mut line = Line::of(world, &world.owner, By::Token);
    let mut heads = Vec::new();
    for id in &world.conversations {
        let conversation = ask(&mut line, &format!("/api/v1/conversations/{id}")).await?;
        heads.push(conversation["message_count"].as_i64().ok_or("a conversation without a count")?);
    }
    Ok(heads)
}

/// Holds everything that was acknowledged and heard against what is kept. Tells how many messages there are, and how many
/// of them are answers of helpers.
pub(crate) async fn history(world: &Rc<World>) -> Result<(usize, usize)> {
    let (mut all, mut answers) = (0, 0);
    for (at, id) in world.conversations.iter().enumerate() {
        let mut line = Line::of(world, &world.people[at], By::Token);
        let mut kept: Vec<Kept> = Vec::new();
        loop {
            let after = kept.last().map_or(0, |message| message.position);
            let page = ask(&mut line, &format!("/api/v1/conversations/{id}/messages?limit=200&after={after}")).await?;
            let Page { items } = serde_json::from_value(page)?;
            if items.is_empty() {
                break;
            }
            kept.extend(items);
        }
        for fault in judge(&title_of(at), &world.acknowledged.borrow()[at], &kept) {
            world.fault(fault);
        }
        for message in &kept {
            let heard = world.heard.borrow().get(&(at, message.position)).cloned();
            if heard.as_ref() != Some(&message.id) {
                let how = format!("{}: message {} was heard as {heard:?}", title_of(at), message.position);
                world.fault(Fault::lost(format!("{how} and is kept as {}", message.id)));
            }
        }
        all += kept.len();
        answers += kept.iter().filter(|message| message.is_answer()).count();
    }
    let asked = world.counted("messages to helpers");
    if answers < asked {
        world.fault(Fault::lost(format!("helpers were asked {asked} times and answered {answers} times")));
    }
    Ok((all, answers))
}

/// Whether projects are there as their tasks say, with their files, and no others. Tells how many there are.
pub(crate) async fn projects(world: &Rc<World>, host: &Host) -> Result<usize> {
    let mut line = Line::of(world, &world.owner, By::Token);
    let mut there = BTreeSet::new();
    for project in items(ask(&mut line, "/api/v1/projects").await?) {
        let name = text(&project, "slug").to_owned();
        if project["status"] != "ready" {
            world.fault(Fault::lost(format!("project {name} is {}", project["status"])));
        }
        let files = items(ask(&mut line, &format!("/api/v1/projects/{name}/files")).await?).len();
        if Some(files) != project["files"].as_u64().and_then(|files| usize::try_from(files).ok()) {
            world.fault(Fault::lost(format!("project {name} has {files} files and should have {}", project["files"])));
        }
        there.insert(name);
    }
    let all = world.projects.borrow().clone();
    for asked in all {
        let task = ask(&mut line, &format!("/api/v1/tasks/{}", asked.task)).await?;
        let made = task["state"] == "completed";
        if made != there.contains(&asked.name) {
            let how = if made { "is not there" } else { "is there" };
            world.fault(Fault::lost(format!("project {} {how}; its task is {}", asked.name, task["state"])));
        }
        world.count(if made { "projects made" } else { "projects not made" });
    }
    let folders = holds::projects(&host.data());
    for name in folders.symmetric_difference(&there) {
        world.fault(Fault::leak(format!("project {name} is only a folder, or has none")));
    }
    Ok(there.len())
}

fn items(mut list: Value) -> Vec<Value> {
    match list["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// How many helpers run, and whether some of them do in containers.
pub(crate) async fn helpers(world: &Rc<World>) -> Result<(usize, bool)> {
    let mut line = Line::of(world, &world.owner, By::Token);
    let helpers = items(ask(&mut line, "/api/v1/helpers").await?);
    let run = helpers.iter().filter(|entry| entry["process"]["status"] == "running").count();
    Ok((run, helpers.iter().any(|entry| entry["process"]["room"] == "docker")))
}
