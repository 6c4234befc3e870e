//! The first thing to do in a new workshop: ask The Author for an app.

use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::components::{Field, Icon, ProblemNote, Shape, action_problem};
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
#[component]
pub(super) fn FirstApp() -> impl IntoView {
    let ask = ServerAction::<AskForApp>::new();
    let problem = action_problem(ask);
    let about_name = Signal::derive(move || problem.with(|error| error.as_ref().and_then(|error| error.about("name"))));
    let other = Signal::derive(move || problem.get().filter(|error| error.about("name").is_none()));
    view! {
        <section class="section first-app" aria-labelledby="first-app-title">
            <h2 class="first-app-title" id="first-app-title">"Ask The Author for your first app"</h2>
            <p>
                "Give it a name. The Author answers in a conversation, makes a progressive web app in a git repository of its own, and shows every step. A few seconds later you can open it, offline too."
            </p>
            <ActionForm action=ask>
                <div class="first-app-form">
                    <Field
                        name="name"
                        label="Name of the app"
                        value="hello-world"
                        help="Small letters, digits and single dashes."
                        max=40
                        required=true
                        problem=about_name
                    />
                    <button class="btn go" disabled=move || ask.pending().get()>
                        <Icon shape=Shape::Send/>
                        {move || if ask.pending().get() { "Asking…" } else { "Ask The Author" }}
                    </button>
                </div>
            </ActionForm>
            <ProblemNote problem=other/>
            <p class="empty-command">"Or on the command line: "<code>"tatwats project new hello-world"</code></p>
        </section>
    }
}
