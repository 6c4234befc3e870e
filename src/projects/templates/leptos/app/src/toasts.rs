//! Short offers at the foot of the page, each with one thing to do.

use std::time::Duration;

use leptos::prelude::*;

const STAYS: Duration = Duration::from_secs(12);

/// An offer.
#[derive(Clone, Copy)]
pub struct Toast {
    /// An offer of the same kind is replaced.
    pub kind: &'static str,
    pub message: &'static str,
    pub action: &'static str,
    pub act: Callback<()>,
    /// It does not go by itself.
    pub stays: bool,
}

/// The offers on the page, each with a number of its own. Cheap to copy.
#[derive(Clone, Copy, Default)]
pub struct Toasts {
    list: RwSignal<Vec<(u32, Toast)>>,
    next: StoredValue<u32>,
}

impl Toasts {
    pub fn offer(&self, toast: Toast) {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        self.list.update(|list| {
            list.retain(|(_, other)| other.kind != toast.kind);
            list.push((number, toast));
        });
    }

    fn close(&self, number: u32) {
        self.list.update(|list| list.retain(|(other, _)| *other != number));
    }
}

#[component]
pub fn ToastList() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    view! {
        <div class="toasts" role="status">
            <For each=move || toasts.list.get() key=|(number, _)| *number let((number, toast))>
                <Item number toast/>
            </For>
        </div>
    }
}

#[component]
fn Item(number: u32, toast: Toast) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let place = NodeRef::<leptos::html::Div>::new();
    if !toast.stays {
        let leave = move || {
            // Not while someone is at it.
            let busy = place.get_untracked().is_some_and(|place| place.matches(":hover, :focus-within").unwrap_or(false));
            if !busy {
                toasts.close(number);
            }
        };
        if let Ok(timer) = set_interval_with_handle(leave, STAYS) {
            on_cleanup(move || timer.clear());
        }
    }
    let act = move |_| {
        toasts.close(number);
        toast.act.run(());
    };
    view! {
        <div class="toast" node_ref=place>
            <span>{toast.message}</span>
            <button class="button go" type="button" on:click=act>{toast.action}</button>
            <button class="button quiet" type="button" on:click=move |_| toasts.close(number)>
                {if toast.stays { "Not now" } else { "Close" }}
            </button>
        </div>
    }
}
