//! Text that is no command: answered by the persona when a model is configured, else honestly.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Agent;
use super::turn::{Refusal, Turn};

#[derive(Deserialize)]
struct Configured {
    configured: bool,
}

/// Answers with the workshop's model, whose words come as chunks, or says what can be done without one.
pub(super) async fn answer(agent: Agent, turn: &Turn) -> Result<(), Refusal> {
    let model: Configured = turn.ask("model.configured", json!({})).await?;
    if model.configured {
        return turn.ask::<Value>("model.complete", json!({})).await.map(drop);
    }
    turn.say("No language model is configured, so I cannot talk freely. ");
    turn.say(&what_i_can(agent));
    Ok(())
}

/// The commands, as a list.
pub(super) fn what_i_can(agent: Agent) -> String {
    let mut text = String::from("What I can do:\n\n");
    for can in agent.commands() {
        let hint = if can.hint.is_empty() { String::new() } else { format!(" {}", can.hint) };
        text.push_str(&format!("- `/{}{hint}`: {}\n", can.name, can.description));
    }
    text
}
