//! The Mediator: knows who can do what, passes requests on, lists what is stuck.

use domain::{HelperCommand, ProcessStatus, syntax};
use serde::Deserialize;
use serde_json::json;

use super::Can;
use super::turn::{Refusal, Turn, plain};
use crate::THE_MEDIATOR;

pub(super) const COMMANDS: [Can; 3] = [
    Can { name: "who", hint: "", description: "Lists the helpers and what each can do." },
    Can { name: "route", hint: "<request>", description: "Passes a request on to the helper whose commands fit." },
    Can { name: "stuck", hint: "", description: "Lists deliveries that are past their time." },
];

#[derive(Deserialize)]
struct Present {
    helpers: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    name: String,
    description: String,
    wanted: bool,
    paused: bool,
    waiting: i64,
    status: Option<ProcessStatus>,
    commands: Vec<HelperCommand>,
}

#[derive(Deserialize)]
struct Stuck {
    deliveries: Vec<Waiting>,
}

#[derive(Deserialize)]
struct Waiting {
    helper: String,
    status: String,
    seconds: i64,
    error: Option<String>,
    href: String,
}

pub(super) async fn obey(turn: &Turn, command: &str, rest: &str) -> Result<(), Refusal> {
    match command {
        "who" => who(turn).await,
        "route" => route(turn, rest).await,
        _ => stuck(turn).await,
    }
}

async fn who(turn: &Turn) -> Result<(), Refusal> {
    let Present { helpers } = turn.ask("helpers.list", json!({})).await?;
    for helper in helpers {
        turn.say(&format!("- **{}** ({}): {}\n", plain(&helper.name), state(&helper), plain(&helper.description)));
        for HelperCommand { name, hint, description } in &helper.commands {
            let hint = if hint.is_empty() { String::new() } else { format!(" {hint}") };
            turn.say(&format!("    - `/{name}{hint}`: {}\n", plain(description)));
        }
    }
    Ok(())
}

fn state(helper: &Known) -> String {
    let status = helper.status.map_or("not started", ProcessStatus::name).replace('_', " ");
    let mut state = if helper.wanted { status } else { "stopped".into() };
    if helper.paused {
        state.push_str(", deliveries paused");
    }
    if helper.waiting > 0 {
        state.push_str(&format!(", {} waiting", helper.waiting));
    }
    state
}

async fn route(turn: &Turn, request: &str) -> Result<(), Refusal> {
    if request.is_empty() {
        return Err(Refusal::new("Say what you need, like `/route make an app for my podcasts`."));
    }
    let Present { helpers } = turn.ask("helpers.list", json!({})).await?;
    let Some((helper, why)) = choose(&helpers, request) else {
        turn.say("Nobody here has a command that fits this. `/who` lists what each helper can do.");
        return Ok(());
    };
    // The mention at the beginning makes this a delivery to that helper, with the request as it was written.
    turn.say(&format!("@{} {request}\n\n*Passed on: {}.*", helper.name, plain(&why)));
    Ok(())
}

/// The helper for a request, and why. A command names it outright; else the words of what helpers can do decide.
fn choose<'a>(helpers: &'a [Known], request: &str) -> Option<(&'a Known, String)> {
    let others = || helpers.iter().filter(|helper| helper.name != THE_MEDIATOR);
    if let Some(command) = syntax::slash_command(request) {
        return others()
            .find(|helper| helper.commands.iter().any(|known| known.name == command.name))
            .map(|helper| (helper, format!("{} has the command /{}", helper.name, command.name)));
    }
    let wanted = words(request);
    let fit = |text: &str| words(text).iter().filter(|word| wanted.iter().any(|other| alike(word, other))).count();
    let mut best: Option<(usize, &Known, String)> = None;
    for helper in others() {
        for command in &helper.commands {
            // The command's own words weigh more than those of the helper as a whole.
            let score = 2 * fit(&format!("{} {}", command.name, command.description)) + fit(&helper.description);
            if score > best.as_ref().map_or(0, |(most, ..)| *most) {
                best = Some((score, helper, format!("/{} of {} fits best", command.name, helper.name)));
            }
        }
    }
    best.map(|(_, helper, why)| (helper, why))
}

/// The words of a text that say something, in small letters.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 3).map(str::to_lowercase).collect()
}

/// Whether two words begin alike: `project` and `projects`, `decide` and `decision`.
fn alike(one: &str, other: &str) -> bool {
    let common = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let shorter = one.chars().count().min(other.chars().count());
    common >= 4 && common + 2 >= shorter
}

async fn stuck(turn: &Turn) -> Result<(), Refusal> {
    let Stuck { deliveries } = turn.ask("deliveries.stalled", json!({})).await?;
    if deliveries.is_empty() {
        turn.say("Nothing is stuck: no delivery is past its time.");
        return Ok(());
    }
    for Waiting { helper, status, seconds, error, href } in deliveries {
        let why = error.map(|error| format!(": {}", plain(&error))).unwrap_or_default();
        turn.say(&format!("- [A message]({href}) for {} is {status} since {seconds} s{why}\n", plain(&helper)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, description: &str, commands: &[(&str, &str)]) -> Known {
        Known {
            name: name.into(),
            description: description.into(),
            wanted: true,
            paused: false,
            waiting: 0,
            status: Some(ProcessStatus::Running),
            commands: commands
                .iter()
                .map(|(name, description)| HelperCommand {
                    name: (*name).into(),
                    description: (*description).into(),
                    hint: String::new(),
                })
                .collect(),
        }
    }

    #[test]
    fn requests_find_the_helper_whose_commands_fit() {
        let helpers = [
            known(
                "the_archivist",
                "Finds what was said.",
                &[("find", "Searches every conversation."), ("decide", "Records a decision.")],
            ),
            known(
                "the_author",
                "Makes apps.",
                &[("scaffold", "Makes a project: a git repository with a working app in it.")],
            ),
            known("the_mediator", "Passes requests on.", &[("route", "Passes a request on.")]),
        ];
        for (request, expected) in [
            ("/scaffold pods", Some("the_author")),
            ("please make me a new project", Some("the_author")),
            ("search for the conversation about colours", Some("the_archivist")),
            ("we came to a decision", Some("the_archivist")),
            ("/route me", None),
            ("request", None),
            ("sing", None),
        ] {
            assert_eq!(choose(&helpers, request).map(|(helper, _)| helper.name.as_str()), expected, "{request}");
        }
    }
}
