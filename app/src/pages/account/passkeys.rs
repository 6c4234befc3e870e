//! The ways to sign in besides a password: passkeys, which `public/passkey.js` adds, and a provider elsewhere.

use domain::Passkey;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::{RemovePasskey, UnlinkProvider};
use super::api::AccountView;
use crate::components::{Badge, Confirm, ProblemNote, RelativeTime, Tone, action_problem, announce, when_done};

/// The section about passkeys.
#[component]
pub(super) fn Passkeys(
    /// The account.
    account: RwSignal<AccountView>,
    /// Loads it anew.
    again: Callback<()>,
) -> impl IntoView {
    let remove = ServerAction::<RemovePasskey>::new();
    when_done(remove, move |()| {
        announce("Nobody can sign in with that passkey any more.");
        again.run(());
    });
    let passkeys = Memo::new(move |_| account.with(|account| account.passkeys.clone()));
    let none_here = account.with_untracked(|account| account.no_passkeys.clone());
    view! {
        <section class="section" id="passkeys" aria-labelledby="passkeys-title">
            <div class="section-head"><h2 id="passkeys-title">"Passkeys"</h2></div>
            <ProblemNote problem=action_problem(remove)/>
            {move || passkeys.with(Vec::is_empty).then(|| view! { <p class="faint">"None. With a passkey you sign in by your finger, your face, a PIN or a security key."</p> })}
            <ul class="list" hidden=move || passkeys.with(Vec::is_empty)>
                <For
                    each=move || passkeys.get()
                    key=|passkey| (passkey.id, passkey.used_at)
                    children=move |passkey| view! { <Line passkey remove/> }
                />
            </ul>
            {match none_here {
                Some(why) => view! { <p class="faint account-after">{why}"."</p> }.into_any(),
                None => view! { <NewPasskey/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Line(passkey: Passkey, remove: ServerAction<RemovePasskey>) -> impl IntoView {
    let Passkey { id, name, created_at, used_at, .. } = passkey;
    view! {
        <li class="row account-line">
            <span class="account-what">
                <b>{name.clone()}</b>
                <span class="sub">
                    "Added "<RelativeTime at=created_at/>", "
                    {match used_at {
                        Some(at) => view! { "last used "<RelativeTime at/> }.into_any(),
                        None => "never used".into_any(),
                    }}
                </span>
            </span>
            <Confirm label="Remove" warning=format!("Nobody can sign in with “{name}” from then on. Remove it from the device too.")>
                <ActionForm action=remove>
                    <input type="hidden" name="passkey" value=id.to_string()/>
                    <button class="btn danger">"Remove "{name}</button>
                </ActionForm>
            </Confirm>
        </li>
    }
}

/// The form that the script takes over. It says itself how it went; the list follows the live stream.
#[component]
fn NewPasskey() -> impl IntoView {
    view! {
        <form class="form account-after needs-passkeys" data-passkey="add">
            <div class="field">
                <label for="passkey-name">"What to call it"</label>
                <input id="passkey-name" name="name" type="text" maxlength=60 placeholder="laptop" required autocomplete="off"/>
            </div>
            <p class="actions"><button class="btn">"Add a passkey"</button></p>
            <p class="field-note" role="status" data-passkey-says=""></p>
        </form>
        <p class="faint account-after without-passkeys">"To add one takes JavaScript, and a browser that knows passkeys."</p>
    }
}

/// The section about the provider elsewhere, where there is one.
#[component]
pub(super) fn Provider(
    /// The account.
    account: RwSignal<AccountView>,
    /// Loads it anew.
    again: Callback<()>,
) -> impl IntoView {
    let unlink = ServerAction::<UnlinkProvider>::new();
    let name = account.with_untracked(|account| account.provider.clone());
    when_done(unlink, move |()| {
        announce("That way in is closed.");
        again.run(());
    });
    let linked = Memo::new(move |_| account.with(|account| account.linked));
    name.map(|name| {
        let inside = move || {
            let name = name.clone();
            if linked.get() {
                let warning = format!("You cannot sign in with {name} from then on.");
                let button = format!("Unlink {name}");
                view! {
                    <div class="row account-line">
                        <span class="account-what"><b>{name}</b>" "<Badge text="linked" tone=Tone::Good/></span>
                        <Confirm label="Unlink" warning>
                            <ActionForm action=unlink>
                                <button class="btn danger">{button}</button>
                            </ActionForm>
                        </Confirm>
                    </div>
                }
                .into_any()
            } else {
                view! {
                    <form method="post" action="/sign-in/oidc">
                        <input type="hidden" name="link" value="true"/>
                        <p class="actions"><button class="btn">{format!("Let me sign in with {name}")}</button></p>
                    </form>
                }
                .into_any()
            }
        };
        view! {
            <section class="section" id="provider" aria-labelledby="provider-title">
                <div class="section-head"><h2 id="provider-title">"Signing in elsewhere"</h2></div>
                <ProblemNote problem=action_problem(unlink)/>
                {inside}
            </section>
        }
    })
}
