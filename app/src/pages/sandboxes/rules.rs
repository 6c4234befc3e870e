//! The rules of a policy: which commands helpers may run without asking, and a form for one more.

use domain::policy::{Decision, PolicySubject, Rule};
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
    let line = {
        let (subject, back) = (subject.clone(), back.clone());
        move |rule: Rule| {
            let word = match rule.decision {
                Decision::Allow => "allow",
                Decision::Ask => "ask",
                Decision::Deny => "deny",
            };
            let remove = may.then(|| view! {
                <ActionForm action=change>
                    <input type="hidden" name="subject" value=subject.clone()/>
                    <input type="hidden" name="pattern" value=rule.pattern.clone()/>
                    <input type="hidden" name="back" value=back.clone()/>
                    <button class="btn quiet btn-small" aria-label=format!("Remove the rule {word} {}", rule.pattern)>"Remove"</button>
                </ActionForm>
            });
            view! { <li class="rule"><span class="rule-word" data-decision=word>{word}</span><code>{rule.pattern.clone()}</code>{remove}</li> }
        }
    };
    view! {
        <div class="rules">
            <p><b>"Commands of helpers"</b>" "<span class="faint">"What no rule names is asked. The strictest rule that fits counts."</span></p>
            {none.then(|| view! { <p class="faint">"No rules yet: helpers ask before each command."</p> })}
            <ul>{rules.into_iter().map(line).collect_view()}</ul>
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
