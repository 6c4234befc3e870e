//! People who listen: their sockets come, go, and come back with the cursor that they had.

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::dice::Dice;
use super::ear::Ear;
use super::fault::Fault;
use super::plan::{CONVERSATIONS, ONLOOKERS, USERS};
use super::speak::conversations_of;
use super::world::{Stage, World};
use crate::Result;
use crate::http::find;
use crate::ws::Socket;

/// The server speaks at least every 15 seconds.
const SILENCE: Duration = Duration::from_secs(40);
/// How often a listener looks up from its socket.
const GLANCE: Duration = Duration::from_millis(500);
/// A visit is at least so long, and up to [`LONGER`] longer.
const STAY: Duration = Duration::from_secs(3);
/// See [`STAY`].
const LONGER: Duration = Duration::from_secs(40);
/// How long someone may stay away.
const AWAY: Duration = Duration::from_secs(8);

/// What the server says.
#[derive(Debug, Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    what: &'a str,
    seq: Option<i64>,
    epoch: Option<&'a str>,
}

/// An event that tells of a message.
#[derive(Debug, Deserialize)]
struct Posted<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Debug, Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    id: &'a str,
    conversation: &'a str,
    position: i64,
}

/// Why a visit ended.
enum Left {
    /// Everything was heard.
    Done,
    /// It was long enough.
    Went,
}

/// Listens until everything was heard, and gives what was.
pub(crate) async fn listen(world: Rc<World>, who: usize) -> Ear {
    let mut dice = Dice::new(USERS + who);
    let looks_on = who.is_multiple_of(USERS / ONLOOKERS);
    let follows: Vec<usize> = if looks_on { (0..CONVERSATIONS).collect() } else { conversations_of(who).into() };
    let topics: Vec<String> = match looks_on {
        true => vec!["workshop".into()],
        false => follows.iter().map(|at| format!("conversation:{}", world.conversations[*at])).collect(),
    };
    let mut ear = Ear::new(world.cursor.1, follows.into_iter().map(|conversation| (conversation, 0)));
    tokio::time::sleep(dice.up_to(AWAY)).await;
    while world.stage() < Stage::Over {
        world.until_up().await;
        let life = world.life();
        let stay = STAY + dice.up_to(LONGER);
        match visit(&world, who, &topics, &mut ear, stay).await {
            Ok(Left::Done) => break,
            Ok(Left::Went) => world.count("sockets that went by themselves"),
            Err(_) if world.life() != life => {
                world.count("sockets cut off by a kill");
                continue;
            }
            Err(error) if error.to_string().contains("(4008)") => world.count("sockets cut off as too slow"),
            Err(error) => world.fault(Fault::error(format!("a socket of {}: {error}", world.people[who].name))),
        }
        world.pause(dice.up_to(AWAY)).await;
    }
    ear
}

async fn visit(world: &World, who: usize, topics: &[String], ear: &mut Ear, stay: Duration) -> Result<Left> {
    let person = &world.people[who];
    let open = Socket::open_from(person.from, world.address, "/api/v1/events", Some(&person.token));
    let mut socket = timeout(SILENCE, open).await??;
    let _open = Open::note(world);
    let after = json!({ "epoch": world.cursor.0, "seq": ear.seq });
    socket.say(&json!({ "type": "subscribe", "topics": topics, "after": after }).to_string()).await?;
    let (began, mut spoke) = (Instant::now(), Instant::now());
    loop {
        match timeout(GLANCE, socket.next()).await {
            Ok(frame) => {
                hear(world, ear, frame?)?;
                spoke = Instant::now();
            }
            Err(_) if spoke.elapsed() > SILENCE => return Err("the server said nothing for too long".into()),
            Err(_) => {}
        }
        let stage = world.stage();
        if stage > Stage::Load && world.heads.borrow().as_ref().is_some_and(|heads| ear.is_up_to(heads)) {
            socket.leave().await?;
            return Ok(Left::Done);
        }
        // At the end everybody stays for the rest.
        if stage == Stage::Over || (stage == Stage::Load && began.elapsed() > stay) {
            // One in three is gone without a word, like a telephone in a tunnel.
            if !who.is_multiple_of(3) {
                socket.leave().await?;
            }
            return Ok(Left::Went);
        }
    }
}

fn hear(world: &World, ear: &mut Ear, said: &[u8]) -> Result<()> {
    let frame: Frame<'_> = serde_json::from_slice(said)?;
    match (frame.what, frame.seq) {
        ("hello", _) if frame.epoch != Some(&world.cursor.0) => {
            world.fault(Fault::lost("the log has another epoch".to_owned()));
        }
        ("gap", _) => world.fault(Fault::lost(format!("the cursor {} could not be served", ear.seq))),
        ("caught", Some(seq)) => ear.caught(seq),
        ("event", Some(seq)) => {
            if let Some(fault) = ear.event(seq) {
                world.fault(fault);
            }
            if find(said, b"\"kind\":\"message.posted\"").is_some() {
                message(world, ear, &serde_json::from_slice::<Posted<'_>>(said)?.data.message);
            }
        }
        _ => {}
    }
    Ok(())
}

fn message(world: &World, ear: &mut Ear, message: &Message<'_>) {
    world.count("deliveries to sockets");
    let Some(conversation) = world.conversations.iter().position(|id| id == message.conversation) else { return };
    if let Some(fault) = ear.message(conversation, message.position) {
        world.fault(fault);
    }
    let mut heard = world.heard.borrow_mut();
    let first = heard.entry((conversation, message.position)).or_insert_with(|| message.id.to_owned());
    if first != message.id {
        let how = format!("message {} of conversation {conversation} is {first} and {}", message.position, message.id);
        world.fault(Fault::reordered(how));
    }
}

/// Counts a socket as open while it lives.
struct Open<'a>(&'a World);

impl<'a> Open<'a> {
    fn note(world: &'a World) -> Self {
        world.sockets.set(world.sockets.get() + 1);
        world.count("sockets");
        Self(world)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.sockets.set(self.0.sockets.get().saturating_sub(1));
    }
}
