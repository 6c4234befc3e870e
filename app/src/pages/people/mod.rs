//! People: who is in the workshop with which role, who was invited, and the groups they form. For admins.

mod acts;
mod api;
mod groups;
mod invitations;
mod list;
mod project_roles;
#[cfg(test)]
mod samples;

use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{PageSkeleton, ProblemPage};
use crate::error::AppError;
use crate::format::counted;
use crate::json::resource;
use crate::live::{loads_anew, use_live};
use api::{PeopleView, load_people};
use groups::Groups;
use invitations::Invitations;
use list::PeopleList;
use project_roles::ProjectRoles;

/// The page at `/people`.
#[component]
pub fn PeoplePage() -> impl IntoView {
    // Outside of anything that waits, so that server and browser number it alike.
    let people = resource(|| (), |()| load_people());
    view! {
        <Title text="People"/>
        <Suspense fallback=PageSkeleton>
            {move || Suspend::new(async move {
                match people.await {
                    Ok(loaded) => view! { <People loaded/> }.into_any(),
                    Err(error) => view! { <ProblemPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn People(loaded: PeopleView) -> impl IntoView {
    let seq = loaded.seq;
    let people = RwSignal::new(loaded);
    let refused = RwSignal::new(None::<AppError>);
    let again = loads_anew(load_people, move |fresh| match fresh {
        Ok(fresh) => {
            people.try_set(fresh);
        }
        // Who lost the right sees nothing more. Other failures leave the page as it is.
        Err(error) if matches!(error.0.status, 401 | 403) => {
            refused.try_set(Some(error));
        }
        Err(_) => {}
    });
    let live = use_live();
    live.each_event(seq, move |event| {
        if event.what.is_about_accounts() {
            again.run(());
        }
    });
    live.on_resync(move || again.run(()));
    move || match refused.get() {
        Some(error) => view! { <ProblemPage error/> }.into_any(),
        None => view! { <Sections people again/> }.into_any(),
    }
}

#[component]
fn Sections(people: RwSignal<PeopleView>, again: Callback<()>) -> impl IntoView {
    let lede = move || {
        people.with(|view| {
            let count = |len: usize| i64::try_from(len).unwrap_or(i64::MAX);
            let members = match view.people.len() {
                1 => "Only you so far".to_owned(),
                all => format!("{all} people"),
            };
            format!("{members}, {}.", counted(count(view.invitations.len()), "open invitation"))
        })
    };
    view! {
        <main class="page people-page" id="main">
            <h1>"People"</h1>
            <p class="lede">{lede}</p>
            <PeopleList people again/>
            <Invitations people again/>
            <Groups people again/>
            <ProjectRoles people again/>
        </main>
    }
}
