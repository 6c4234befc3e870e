//! Which helpers a message goes to.

use crate::actor::Party;
use crate::conversation::Conversation;
use crate::helper::Helper;
use crate::name::HelperName;
use crate::syntax;

/// The helpers that get `body`, each once, never the sender.
///
/// In this order: the recipient it names; the helpers it mentions; the one helper whose command it begins with;
/// and, for a person speaking in a conversation with exactly one helper, that helper. A helper reaches
/// another only by naming it, so that two of them cannot chatter by accident.
#[must_use]
pub fn addressees(
    sender: &Party,
    recipient: Option<&HelperName>,
    body: &str,
    conversation: &Conversation,
    helpers: &[Helper],
) -> Vec<HelperName> {
    let known = |name: &HelperName| helpers.iter().any(|helper| &helper.name == name);
    let mut found: Vec<HelperName> =
        recipient.cloned().into_iter().chain(syntax::mentions(body)).filter(known).collect();
    let from_person = matches!(sender, Party::User(_));
    if found.is_empty() && from_person {
        found.extend(by_command(body, conversation, helpers));
    }
    if found.is_empty() && from_person {
        let mut present = conversation.helpers().filter(|name| known(name));
        if let (Some(only), None) = (present.next(), present.next()) {
            found.push(only.clone());
        }
    }
    let mut unique: Vec<HelperName> = Vec::with_capacity(found.len());
    for name in found {
        if sender.helper() != Some(&name) && !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// The helper whose command the body begins with; a participant wins over one who is not.
fn by_command(body: &str, conversation: &Conversation, helpers: &[Helper]) -> Option<HelperName> {
    let command = syntax::slash_command(body)?;
    let mut able =
        helpers.iter().filter(|helper| helper.commands.iter().any(|c| c.name == command.name)).map(|h| &h.name);
    let first = able.next()?;
    let present = |name: &HelperName| conversation.helpers().any(|other| other == name);
    if present(first) {
        return Some(first.clone());
    }
    able.find(|name| present(name)).or(Some(first)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helper::{HelperCommand, RestartPolicy};
    use crate::id::ConversationId;
    use crate::timestamp::Timestamp;

    fn helper(name: &str, command: &str) -> Helper {
        Helper {
            name: name.parse().unwrap(),
            description: String::new(),
            version: "1".into(),
            built_in: true,
            wanted: true,
            paused: false,
            restart: RestartPolicy::Always,
            commands: vec![HelperCommand { name: command.into(), description: String::new(), hint: String::new() }],
            waiting: 0,
            active_at: None,
        }
    }

    fn to(sender: &str, body: &str, participants: &[&str]) -> Vec<String> {
        let at = Timestamp::default();
        let conversation = Conversation {
            id: ConversationId(uuid::Uuid::nil()),
            title: "t".into(),
            project: None,
            participants: participants.iter().map(|p| p.parse().unwrap()).collect(),
            message_count: 0,
            last: None,
            created_at: at,
            active_at: at,
        };
        let helpers = [helper("the_author", "scaffold"), helper("the_archivist", "find")];
        addressees(&sender.parse().unwrap(), None, body, &conversation, &helpers)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_mention_goes_to_whom_it_names_even_if_absent_but_not_to_strangers() {
        assert_eq!(to("user:owner", "@the_author hello @nobody", &["user:owner"]), ["the_author"]);
    }

    #[test]
    fn a_command_finds_its_helper() {
        assert_eq!(to("user:owner", "/find pods", &["user:owner", "helper:the_author"]), ["the_archivist"]);
    }

    #[test]
    fn alone_with_one_helper_everything_is_for_it() {
        assert_eq!(to("user:owner", "hello", &["user:owner", "helper:the_author"]), ["the_author"]);
        assert!(to("user:owner", "hello", &["user:owner", "helper:the_author", "helper:the_archivist"]).is_empty());
    }

    #[test]
    fn helpers_reach_each_other_only_by_name_and_never_themselves() {
        assert!(to("helper:the_author", "/find pods", &["helper:the_author", "helper:the_archivist"]).is_empty());
        assert_eq!(to("helper:the_author", "@the_author @the_archivist", &[]), ["the_archivist"]);
    }
}
