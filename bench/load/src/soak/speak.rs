//! People who say things: one message at a time, each until the server says that it has it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::dice::Dice;
use super::fault::Fault;
use super::ledger::Acknowledged;
use super::line::{By, Line, Outcome, excerpt};
use super::plan::{CONVERSATIONS, PAUSE};
use super::world::{Stage, World};

/// One message in so many is for a helper.
const FOR_HELPERS: usize = 25;
/// One message in so many is sent once more though it was acknowledged, as by a program that did not hear that.
const AGAIN: usize = 10;
/// How long to wait before the next try.
const PAUSE_OF_TRIES: Duration = Duration::from_millis(250);

/// What the server says of a message that it has.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Posted {
    message: Told,
    repeated: bool,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Told {
    id: String,
    position: i64,
}

/// A message under way.
struct Said {
    conversation: usize,
    key: String,
    body: String,
}

/// The conversations that someone takes part in.
pub(crate) fn conversations_of(who: usize) -> [usize; 2] {
    let first = who % CONVERSATIONS;
    [first, (first + 1 + who / CONVERSATIONS % (CONVERSATIONS - 1)) % CONVERSATIONS]
}

/// Speaks until nobody begins anything new, and then until the last words are acknowledged.
pub(crate) async fn speak(world: Rc<World>, who: usize) {
    let mut dice = Dice::new(who);
    let mut line = Line::of(&world, &world.people[who], By::Token);
    let mut number = 0;
    let mut go_on = world.pause(dice.up_to(PAUSE)).await;
    while go_on {
        number += 1;
        let conversation = conversations_of(who)[dice.below(2)];
        let key = format!("{}-{number}", world.people[who].name);
        let said = Said { conversation, body: words(&world, &mut dice, &key), key };
        say(&world, who, &mut line, &mut dice, said).await;
        go_on = world.pause_unless_hurried(dice.around(PAUSE)).await;
    }
}

async fn say(world: &World, who: usize, line: &mut Line, dice: &mut Dice, said: Said) {
    let path = format!("/api/v1/conversations/{}/messages", world.conversations[said.conversation]);
    let json = json!({ "body": said.body });
    let sent = world.now();
    let mut tries = 0;
    let posted = loop {
        tries += 1;
        let began = Instant::now();
        match line.ask("POST", &path, Some(&said.key), Some(&json)).await {
            Outcome::Answer(answer) if matches!(answer.status, 200 | 201) => {
                let Ok(posted) = serde_json::from_slice::<Posted>(&answer.body) else {
                    return world.fault(Fault::error(format!("{path} said {}", excerpt(&answer.body))));
                };
                if tries == 1 {
                    world.answered.borrow_mut().push(began.elapsed());
                }
                break posted;
            }
            Outcome::Answer(answer) => {
                return world.fault(Fault::error(format!(
                    "{path} was answered {}: {}",
                    answer.status,
                    excerpt(&answer.body)
                )));
            }
            Outcome::Away => world.count("tries while the server was away"),
            Outcome::Broken(how) => world.fault(Fault::error(how)),
        }
        if world.stage() == Stage::Over {
            return world.fault(Fault::error(format!("{} was never acknowledged", said.key)));
        }
        tokio::time::sleep(PAUSE_OF_TRIES + dice.up_to(PAUSE_OF_TRIES)).await;
    };
    world.count("messages");
    if tries > 1 {
        world.count("acknowledged at a later try");
        if posted.repeated {
            world.count("kept at a try that was cut off");
        }
    } else if posted.repeated {
        world.fault(Fault::doubled(format!("{} was said to be there before it was sent", said.key)));
    }
    if dice.one_in(AGAIN) {
        again(world, line, &path, &said, &posted).await;
    }
    world.acknowledged.borrow_mut()[said.conversation].push(Acknowledged {
        sender: world.people[who].name.clone(),
        key: said.key,
        body: said.body,
        id: posted.message.id,
        position: posted.message.position,
        sent,
        heard: world.now(),
    });
}

/// Sends a message that was acknowledged once more: it must be the same one.
async fn again(world: &World, line: &mut Line, path: &str, said: &Said, posted: &Posted) {
    match line.ask("POST", path, Some(&said.key), Some(&json!({ "body": said.body }))).await {
        Outcome::Answer(answer) => {
            world.count("sent again though acknowledged");
            let told = serde_json::from_slice::<Posted>(&answer.body).ok();
            if told.is_none_or(|told| !told.repeated || told.message != posted.message) {
                let how = format!("{} sent again was answered {}: {}", said.key, answer.status, excerpt(&answer.body));
                world.fault(Fault::doubled(how));
            }
        }
        Outcome::Away => {}
        Outcome::Broken(how) => world.fault(Fault::error(how)),
    }
}

/// What to say.
fn words(world: &World, dice: &mut Dice, key: &str) -> String {
    const TALK: [&str; 4] = [
        "The pods left the nest at dawn, and nobody counted them.",
        "It works **offline** first; `sync` comes later.\n\n- one thing\n- and another",
        "Who looks after the [icons](https://example.org/icons)?",
        "Three questions were answered and two are left. The wizard wrote the number down twice, which is once too often.",
    ];
    if !dice.one_in(FOR_HELPERS) {
        return format!("{key}: {}", TALK[dice.below(TALK.len())]);
    }
    world.count("messages to helpers");
    let helper = &world.helpers[dice.below(world.helpers.len())];
    match helper.as_str() {
        "the_archivist" => format!("@{helper} /find pods"),
        "the_mediator" => format!("@{helper} /who"),
        "the_author" if dice.one_in(3) => format!("@{helper} /scaffold told-{key}"),
        "the_author" => format!("@{helper} /templates"),
        _ => format!("@{helper} /shout {key} is here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_takes_part_in_two_conversations() {
        for who in 0..super::super::plan::USERS {
            let [first, second] = conversations_of(who);
            assert!(first != second && first < CONVERSATIONS && second < CONVERSATIONS, "{who}");
        }
    }
}
