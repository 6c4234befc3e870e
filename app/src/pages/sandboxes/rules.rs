//! The rules of a policy: which commands helpers may run without asking, and a form for one more.

use domain::policy::{PolicySubject, Rule};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::acts::ChangeRule;
use crate::components::{
    Choice, Field, ProblemNote, action_problem, announce, empty, field_problem, other_problem, when_done,
};

/// The list and the form.
#[component]
pub(super) fn Rules(
    /// Whose policy.
    subject: PolicySubject,
    /// Its rules.
    rules: Vec<Rule>,
    /// Whether the viewer may change them.
    may: bool,
    /// The page this stands on.
    back: String,
    /// Loads the policy anew.
    again: Callback<()>,
) -> impl IntoView {
    let change = ServerAction::<ChangeRule>::new();
    let form = NodeRef::new();
    when_done(change, move |()| {
        empty(form);
        announce("The rules were changed.");
        again.run(());
    });
    let problem = action_problem(change);
    let none = rules.is_empty();
    let subject = subject.to_string();
    let lines = rules
        .into_iter()
        .map(|rule| view! { <Line rule subject=subject.clone() back=back.clone() change=may.then_some(change)/> })
        .collect_view();
    view! {
        <div class="rules">
            <p><b>"Commands of helpers"</b>" "<span class="faint">"What no rule names is asked. The strictest rule that fits counts."</span></p>
            {none.then(|| view! { <p class="faint">"No rules yet: helpers ask before each command."</p> })}
            <ul>{lines}</ul>
            <ProblemNote problem=other_problem(problem, &["pattern"])/>
            {may.then(|| view! {
                <details class="unfold">
                    <summary>"Add a rule"</summary>
                    <ActionForm action=change node_ref=form attr:class="form">
                        <input type="hidden" name="subject" value=subject/>
                        <input type="hidden" name="back" value=back/>
                        <div class="form-pair">
                            <Choice name="decision" label="Decision">
                                <option value="allow">"allow"</option>
                                <option value="ask">"ask"</option>
                                <option value="deny">"deny"</option>
                            </Choice>
                            <Field
                                name="pattern"
                                label="Command"
                                placeholder="npm run *"
                                help="Its first words; a * at the end stands for all that follows."
                                required=true
                                problem=field_problem(problem, "pattern")
                            />
                        </div>
                        <p class="actions"><button class="btn" disabled=move || change.pending().get()>"Add rule"</button></p>
                    </ActionForm>
                </details>
            })}
        </div>
    }
}

/// One rule, and the way to take it away for who may.
#[component]
fn Line(rule: Rule, subject: String, back: String, change: Option<ServerAction<ChangeRule>>) -> impl IntoView {
    let Rule { pattern, decision } = rule;
    let shown = pattern.clone();
    let word = decision.name();
    let remove = change.map(|change| {
        view! {
            <ActionForm action=change>
                <input type="hidden" name="subject" value=subject/>
                <input type="hidden" name="pattern" value=pattern.clone()/>
                <input type="hidden" name="back" value=back/>
                <button class="btn quiet btn-small" aria-label=format!("Remove the rule {word} {pattern}")>"Remove"</button>
            </ActionForm>
        }
    });
    view! { <li class="rule"><span class="rule-word" data-decision=word>{word}</span><code>{shown}</code>{remove}</li> }
}
