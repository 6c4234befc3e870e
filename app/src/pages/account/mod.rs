//! One's own account: profile, password, sessions, and tokens for programs. For everyone who is signed in.

mod acts;
mod api;
mod hidden;
mod passkeys;
mod password;
mod profile;
mod roles;
mod sessions;
mod tokens;
#[cfg(feature = "ssr")]
pub(super) mod typed;

use domain::User;
use domain::access::{Action, Subject};
use leptos::prelude::*;
use leptos_meta::Title;

pub(super) use roles::{ProjectName, in_words};

use crate::components::{Icon, PageSkeleton, ProblemPage, Shape, Sigil};
use crate::json::resource;
use crate::live::{Me, loads_anew, use_live};
use api::{AccountView, load_account, load_time_zones};
use passkeys::{Passkeys, Provider};
use password::Password;
use profile::Profile;
use sessions::Sessions;
use tokens::Tokens;

/// The page at `/account`.
#[component]
pub fn AccountPage() -> impl IntoView {
    // Outside of anything that waits, so that server and browser number it alike.
    let account = resource(|| (), |()| load_account());
    let zones = resource(|| (), |()| load_time_zones());
    view! {
        <Title text="Account"/>
        <Suspense fallback=PageSkeleton>
            {move || Suspend::new(async move {
                // Without them a zone can be typed all the same.
                let zones = zones.await.unwrap_or_default();
                match account.await {
                    Ok(loaded) => {
                        // Who may see nothing of the workshop has an account all the same: that the frame around the
                        // page has nothing to show is no failure of the page.
                        #[cfg(feature = "ssr")]
                        crate::server::set_status(200);
                        view! { <Account loaded zones/> }.into_any()
                    }
                    Err(error) => view! { <ProblemPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Account(loaded: AccountView, zones: Vec<String>) -> impl IntoView {
    let (seq, name) = (loaded.seq, loaded.user.name.clone());
    let account = RwSignal::new(loaded);
    // When it fails the page stays as it is; why is told by what was done.
    let again = loads_anew(load_account, move |fresh| {
        if let Ok(fresh) = fresh {
            account.try_set(fresh);
        }
    });
    let live = use_live();
    live.each_event(seq, move |event| {
        if event.what.account() == Some(&name) {
            again.run(());
        }
    });
    live.on_resync(move || again.run(()));
    view! {
        <main class="page account" id="main">
            <Head account/>
            <div class="account-columns">
                <div>
                    <Profile account zones again/>
                    <Password account/>
                    <Passkeys account again/>
                    <Provider account again/>
                </div>
                <div>
                    <Sessions account again/>
                    <Tokens account again/>
                </div>
            </div>
        </main>
    }
}

/// Who one is here, and the way out.
#[component]
fn Head(account: RwSignal<AccountView>) -> impl IntoView {
    let name = account.with_untracked(|account| account.user.name.to_string());
    let display_name = Memo::new(move |_| account.with(|account| account.user.display_name.clone()));
    let roles = Memo::new(move |_| account.with(AccountView::roles));
    let manages = Memo::new(move |_| {
        account.with(|account| {
            let User { name, display_name, time_zone, .. } = account.user.clone();
            let me = Me { name, display_name, grants: account.grants.clone(), time_zone };
            me.refusal(Action::ManagePeople, Subject::Workshop).is_none()
        })
    });
    view! {
        <header class="account-head">
            <Sigil name=name.clone() size="l"/>
            <div class="account-who">
                <h1>{display_name}</h1>
                <p class="faint"><code>{name}</code>" · "{roles}</p>
            </div>
            <div class="actions">
                {move || manages.get().then(|| view! { <a class="btn" href="/people"><Icon shape=Shape::People/>"People"</a> })}
                <form method="post" action="/sign-out">
                    <button class="btn"><Icon shape=Shape::Out/>"Sign out"</button>
                </form>
            </div>
        </header>
    }
}
