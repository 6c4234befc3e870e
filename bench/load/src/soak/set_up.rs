//! Before the load: people come in, helpers are hired, conversations are opened.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::fault::Fault;
use super::host::{Host, copy_folder};
use super::line::{By, Line, Outcome, excerpt};
use super::look::title_of;
use super::plan::{BUILT_IN, CONVERSATIONS, HELPERS, USERS};
use super::world::{Person, World};
use super::{check, door};
use crate::http::{ask, request};
use crate::{Result, say};

/// How many come through the door at a time. Passwords are hashed one after the other anyway.
const AT_A_TIME: usize = 8;
/// How long all helpers may take to run.
const HELPERS_WITHIN: Duration = Duration::from_secs(60);

/// Starts the server for the first time and sets it up as strangers do.
pub(crate) async fn set_up(host: &mut Host, helper: &Path) -> Result<World> {
    let mut helpers: Vec<String> = ["the_archivist", "the_author", "the_mediator"].map(str::to_owned).into();
    for number in 1..=HELPERS - BUILT_IN {
        let name = format!("echo_{number}");
        copy_folder(helper, &host.data().join("helpers").join(&name))?;
        helpers.push(name);
    }
    host.start().await?;
    let to = host.address;
    let owner = door::set_up(to, &host.set_up_link().await?).await?;
    let people = everybody(host, &owner).await?;
    let mut conversations = Vec::new();
    for at in 0..CONVERSATIONS {
        let all: Vec<String> = helpers.iter().map(|name| format!("helper:{name}")).collect();
        let body = json!({ "title": title_of(at), "participants": all });
        let open = request(to, "POST", "/api/v1/conversations", Some(&owner.token), Some(&body));
        let opened = ask(to, &open).await?;
        conversations.push(opened["id"].as_str().ok_or("a conversation without id")?.to_owned());
    }
    let now = ask(to, &request(to, "GET", "/api/v1/workshop", Some(&owner.token), None)).await?;
    let cursor =
        now["epoch"].as_str().map(str::to_owned).zip(now["seq"].as_i64()).ok_or("a workshop without cursor")?;
    Ok(World::new(to, owner, people, helpers, conversations, cursor))
}

async fn everybody(host: &Host, owner: &Person) -> Result<Vec<Person>> {
    let began = Instant::now();
    let mut people = Vec::new();
    for first in (0..USERS).step_by(AT_A_TIME) {
        let mut coming = JoinSet::new();
        for number in first..(first + AT_A_TIME).min(USERS) {
            let (to, owner) = (host.address, owner.clone());
            coming.spawn_local(async move {
                door::join(to, &owner, number).await.map_err(|error| format!("member {number}: {error}"))
            });
        }
        for person in coming.join_all().await {
            people.push(person?);
        }
    }
    people.sort_by(|one, other| one.name.cmp(&other.name));
    say(&format!("  {} people came in within {:.0} s", people.len(), began.elapsed().as_secs_f64()));
    Ok(people)
}

/// Waits until all helpers run. Tells whether they do in containers.
pub(crate) async fn helpers_run(world: &Rc<World>) -> Result<bool> {
    let began = Instant::now();
    loop {
        let (run, engine) = check::helpers(world).await?;
        if run == HELPERS {
            return Ok(engine);
        }
        if began.elapsed() > HELPERS_WITHIN {
            return Err(format!("only {run} of {HELPERS} helpers run").into());
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Uses what a server only makes when it is used, like connections to its database, so that they count as what it has at rest.
pub(crate) async fn warm(world: &Rc<World>) {
    let mut asking = JoinSet::new();
    for person in world.people.iter().take(80) {
        let mut line = Line::of(world, person, By::Cookie);
        let conversation = world.conversations[0].clone();
        let world = world.clone();
        asking.spawn_local(async move {
            for path in
                ["/".to_owned(), format!("/api/v1/conversations/{conversation}/messages"), "/helpers".to_owned()]
            {
                match line.get(&path).await {
                    Outcome::Answer(answer) if answer.status == 200 => {}
                    Outcome::Answer(answer) => {
                        let how = format!("{path} was answered {}: {}", answer.status, excerpt(&answer.body));
                        world.fault(Fault::error(how));
                    }
                    outcome => world.fault(Fault::error(format!("{path}: {outcome:?}"))),
                }
            }
        });
    }
    asking.join_all().await;
}
