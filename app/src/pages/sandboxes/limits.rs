//! The limits of one preset in a policy: what comes of them, and a form to change them.

use domain::policy::PolicySubject;
use domain::sandbox::{Limits, Network, Preset, Profile};
#[cfg(any(feature = "ssr", test))]
use domain::{Error, Result};
use leptos::form::ActionForm;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::acts::SetLimits;
use super::wording;
use crate::components::{ProblemNote, action_problem, announce, when_done};

const MIB: u64 = 1 << 20;

/// What was typed into the form; empty fields leave the limit to what stands above the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Memory, in MiB.
    pub memory: String,
    /// Processes and threads.
    pub pids: String,
    /// The size of `/work`, in MiB.
    pub work: String,
    /// Seconds on the wall.
    pub seconds: String,
    /// Where connections may go.
    pub network: String,
}

#[cfg(any(feature = "ssr", test))]
impl Typed {
    /// The limits with what was typed in place of those that the form shows. The others stay.
    ///
    /// # Errors
    /// `Invalid`, naming the field.
    pub(super) fn over(&self, limits: Limits) -> Result<Limits> {
        let mib =
            |field, text: &str| number::<u64>(field, text).map(|count| count.map(|count| count.saturating_mul(MIB)));
        Ok(Limits {
            memory_bytes: mib("memory", &self.memory)?,
            pids: number("pids", &self.pids)?,
            work_bytes: mib("work", &self.work)?,
            seconds: number("seconds", &self.seconds)?,
            network: match self.network.as_str() {
                "" => None,
                name => Some(
                    Network::from_name(name)
                        .ok_or_else(|| Error::invalid("network", "Choose none, registries or full."))?,
                ),
            },
            ..limits
        })
    }
}

#[cfg(any(feature = "ssr", test))]
fn number<N: std::str::FromStr>(field: &str, text: &str) -> Result<Option<N>> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Error::invalid(field, format!("“{text}” is not a whole number."))),
    }
}

/// One preset: what it has, and the form.
#[component]
pub(super) fn LimitsOf(
    /// Whose policy.
    subject: PolicySubject,
    /// Which preset.
    preset: Preset,
    /// What the policy says.
    limits: Limits,
    /// What comes of it.
    profile: Profile,
    /// Whether the viewer may change it.
    may: bool,
    /// The page this stands on.
    back: String,
    /// Loads the policy anew.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="limits">
            <p><b>{wording::preset(preset)}</b>" "<span class="faint">{wording::profile(&profile)}</span></p>
            {may.then(|| view! { <Change subject preset limits back again/> })}
        </div>
    }
}

#[component]
fn Change(subject: PolicySubject, preset: Preset, limits: Limits, back: String, again: Callback<()>) -> impl IntoView {
    let set = ServerAction::<SetLimits>::new();
    when_done(set, move |()| {
        announce("The limits were changed. They hold for what starts from now on.");
        again.run(());
    });
    let id = move |field: &str| format!("{}-{field}", preset.name());
    let mib = |bytes: Option<u64>| bytes.map(|bytes| (bytes / MIB).to_string());
    let text = |count: Option<u32>| count.map(|count| count.to_string());
    let own = preset.profile();
    let field = move |name: &'static str, label: &'static str, value: Option<String>, preset: String| {
        view! {
            <div class="field">
                <label for=id(name)>{label}</label>
                <input id=id(name) name=format!("typed[{name}]") type="number" min="0" value=value placeholder=preset autocomplete="off"/>
            </div>
        }
    };
    let option = move |network: Network| {
        view! { <option value=network.name() selected=limits.network == Some(network)>{wording::network(network)}</option> }
    };
    view! {
        <details class="unfold">
            <summary>"Change"</summary>
            <ActionForm action=set attr:class="form">
                <input type="hidden" name="subject" value=subject.to_string()/>
                <input type="hidden" name="preset" value=preset.name()/>
                <input type="hidden" name="back" value=back/>
                <div class="limits-fields">
                    {field("memory", "Memory, MiB", mib(limits.memory_bytes), (own.memory_bytes / MIB).to_string())}
                    {field("work", "/work, MiB", mib(limits.work_bytes), (own.work_bytes / MIB).to_string())}
                    {field("pids", "Processes", text(limits.pids), own.pids.to_string())}
                    {field("seconds", "Seconds", text(limits.seconds), own.seconds.to_string())}
                    <div class="field">
                        <label for=id("network")>"Network"</label>
                        <select id=id("network") name="typed[network]">
                            <option value="">{format!("as preset: {}", wording::network(own.network))}</option>
                            {[Network::None, Network::Registries, Network::Full].map(option)}
                        </select>
                    </div>
                </div>
                <p class="field-note">"Empty: as without this. Tighter takes an operator, looser an admin. It holds for what starts from then on."</p>
                <ProblemNote problem=action_problem(set)/>
                <p class="actions"><button class="btn" disabled=move || set.pending().get()>"Set limits"</button></p>
            </ActionForm>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_takes_the_place_of_what_was_and_the_rest_stays() {
        let before = Limits { pids: Some(9), inodes: Some(7), ..Limits::default() };
        let typed = Typed { memory: " 64 ".into(), network: "none".into(), ..Typed::default() };
        let after = typed.over(before).unwrap();
        assert_eq!((after.memory_bytes, after.pids, after.inodes), (Some(64 * MIB), None, Some(7)));
        assert_eq!(after.network, Some(Network::None));
    }

    #[test]
    fn what_is_no_number_is_named() {
        let typed = Typed { seconds: "soon".into(), ..Typed::default() };
        assert_eq!(typed.over(Limits::default()).unwrap_err().field.as_deref(), Some("seconds"));
        let typed = Typed { network: "moon".into(), ..Typed::default() };
        assert_eq!(typed.over(Limits::default()).unwrap_err().field.as_deref(), Some("network"));
    }
}
