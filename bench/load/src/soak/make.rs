//! Work for the workshop: projects that are made, some of them cancelled meanwhile, and commands in their sandboxes.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::dice::Dice;
use super::fault::Fault;
use super::line::{By, Line, Outcome, excerpt};
use super::plan::{PROJECTS, RUNS, USERS};
use super::world::{Asked, World};

/// One project in so many is cancelled while it is made.
const CANCELLED: usize = 4;

/// Makes projects until nobody begins anything new.
pub(crate) async fn projects(world: Rc<World>) {
    let mut dice = Dice::new(3 * USERS);
    let mut number = 0;
    while world.pause(dice.around(PROJECTS)).await {
        number += 1;
        let name = format!("soak-{number}");
        let mut line = Line::of(&world, &world.people[number % USERS], By::Token);
        match line.post("/api/v1/projects", &json!({ "name": name })).await {
            Outcome::Answer(answer) if answer.status == 202 => {
                world.count("projects");
                let made: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let task = made["task"]["id"].as_str().unwrap_or_default().to_owned();
                world.projects.borrow_mut().push(Asked { name, task: task.clone() });
                if dice.one_in(CANCELLED) {
                    tokio::time::sleep(dice.up_to(Duration::from_millis(60))).await;
                    cancel(&world, &mut line, &task).await;
                }
            }
            outcome => complain(&world, "/api/v1/projects", outcome),
        }
    }
}

async fn cancel(world: &World, line: &mut Line, task: &str) {
    let path = format!("/api/v1/tasks/{task}/cancel");
    match line.ask("POST", &path, None, None).await {
        // One that is done already cannot be cancelled.
        Outcome::Answer(answer) if matches!(answer.status, 200 | 202 | 409) => {
            if answer.status != 409 {
                world.count("projects cancelled");
            }
        }
        outcome => complain(world, &path, outcome),
    }
}

/// Runs commands until nobody begins anything new.
pub(crate) async fn runs(world: Rc<World>) {
    let mut dice = Dice::new(4 * USERS);
    let mut number = 0;
    while world.pause(dice.around(RUNS)).await {
        number += 1;
        let ready = world.ready.borrow().clone();
        if let Some(name) = ready.get(dice.below(ready.len())) {
            let mut line = Line::of(&world, &world.people[number % USERS], By::Token);
            run(&world, &mut line, name, number).await;
        }
        look_for_ready(&world).await;
    }
}

async fn run(world: &World, line: &mut Line, name: &str, number: usize) {
    let path = format!("/api/v1/projects/{name}/runs");
    match line.post(&path, &json!({ "command": format!("ls -l && echo run {number}") })).await {
        Outcome::Answer(answer) if answer.status == 202 => {
            world.count("runs");
            let run: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            world.runs.borrow_mut().push(run["id"].as_str().unwrap_or_default().to_owned());
        }
        outcome => complain(world, &path, outcome),
    }
}

/// Learns which projects there are to work on.
async fn look_for_ready(world: &Rc<World>) {
    let mut line = Line::of(world, &world.people[0], By::Token);
    match line.get("/api/v1/projects").await {
        Outcome::Answer(answer) if answer.status == 200 => {
            let list: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let ready = list["items"].as_array().into_iter().flatten().filter(|project| project["status"] == "ready");
            *world.ready.borrow_mut() =
                ready.filter_map(|project| Some(project["slug"].as_str()?.to_owned())).collect();
        }
        outcome => complain(world, "/api/v1/projects", outcome),
    }
}

/// Notes what should not have been.
fn complain(world: &World, path: &str, outcome: Outcome) {
    match outcome {
        Outcome::Away => {}
        Outcome::Broken(how) => world.fault(Fault::error(how)),
        Outcome::Answer(answer) => {
            world.fault(Fault::error(format!("{path} was answered {}: {}", answer.status, excerpt(&answer.body))));
        }
    }
}
