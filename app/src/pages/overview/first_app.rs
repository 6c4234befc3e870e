//! The first thing to do in a new workshop: ask The Author for an app.

use leptos::prelude::*;
use maud::{Markup, html};

use crate::components::forms::Forms;
use crate::components::{Shape, problem_note};
use crate::error::AppError;
use crate::json::Json;

/// Asks The Author for an app of that name, in a conversation of its own, and leads there.
///
/// # Errors
/// `Invalid` when the name breaks a rule, in words that say which.
#[server(prefix = "/api/fn", endpoint = "ask_for_app", output = Json)]
pub async fn ask_for_app(
    /// The app's short name.
    name: String,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let name =
        projects::ProjectName::parse(name.trim()).map_err(|err| domain::Error::invalid("name", err.to_string()))?;
    let author: domain::HelperName = "the_author".parse()?;
    let open = store::commands::OpenConversation {
        title: format!("Make {}", name.title()),
        participants: vec![domain::Party::Helper(author.clone())],
        project: None,
    };
    let conversation = store.run(&actor, open).await?.id;
    let post = store::commands::PostMessage {
        conversation,
        recipient: Some(author),
        body: format!("/scaffold {}", name.slug()),
        reply_to: None,
        key: None,
    };
    store.run(&actor, post).await?;
    crate::server::go_to(&format!("/conversations/{conversation}"));
    Ok(())
}

/// The invitation. Works without JavaScript.
pub(super) fn first_app(forms: Forms) -> Markup {
    let form = forms.form::<AskForApp>("first-app");
    let about_name = form.problem.as_ref().and_then(|problem| problem.about("name"));
    let other = form.problem.as_ref().filter(|_| about_name.is_none());
    let fields = html! {
        div.first-app-form {
            div.field {
                label for="name" { "Name of the app" }
                input id="name" name="name" type="text" value="hello-world" maxlength="40" required autocomplete="off"
                    aria-describedby="name-note" aria-invalid=[about_name.as_ref().map(|_| "true")];
                p.field-note id="name-note" data-bad=(about_name.is_some()) {
                    (about_name.as_deref().unwrap_or("Small letters, digits and single dashes."))
                }
            }
            button.btn.go disabled[form.sending] {
                (Shape::Send)
                (if form.sending { "Asking…" } else { "Ask The Author" })
            }
        }
    };
    html! {
        section.section.first-app aria-labelledby="first-app-title" {
            h2.first-app-title #first-app-title { "Ask The Author for your first app" }
            p {
                "Give it a name. The Author answers in a conversation, makes a progressive web app in a git repository of its own, "
                "and shows every step. A few seconds later you can open it, offline too."
            }
            (form.with(&fields))
            (problem_note(other))
            p.empty-command { "Or on the command line: " code { "tatwats project new hello-world" } }
        }
    }
}
