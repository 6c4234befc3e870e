//! What people do: run a command, stop one, answer what a helper asks, set limits and rules. Each works as a plain form too.

use domain::policy::PolicySubject;
use domain::sandbox::Preset;
use domain::{PermissionId, RunId, Slug};
use leptos::prelude::*;

use super::limits::Typed;
use crate::error::AppError;
use crate::json::Json;

/// Begins running a command in a project's sandbox, and leads to it.
///
/// # Errors
/// `Invalid` for a command that is empty or too long, `Forbidden`, and “too many” when the queue is full.
#[server(prefix = "/api/fn", endpoint = "run_command", output = Json)]
pub async fn run_command(
    /// In which project.
    slug: Slug,
    /// A line for the shell.
    command: String,
    /// With which limits.
    preset: Preset,
    /// With a terminal, if not empty.
    #[server(default)]
    terminal: String,
) -> Result<(), AppError> {
    let (projects, runs, actor) = (crate::server::projects()?, crate::server::runs()?, crate::server::actor()?);
    let terminal = (!terminal.is_empty()).then_some(runs::Size { columns: 80, rows: 24 });
    let ordered = projects::Ordered { command: command.trim().to_owned(), preset, terminal, seconds: None };
    let run = projects.run(&runs, &actor, &slug, ordered).await?;
    crate::server::go_to(&format!("/projects/{slug}?run={}", run.id));
    Ok(())
}

/// Stops a run, or takes it out of the line.
///
/// # Errors
/// `Forbidden`, `Conflict` when it is over.
#[server(prefix = "/api/fn", endpoint = "stop_run", output = Json)]
pub async fn stop_run(
    /// Which run.
    run: RunId,
) -> Result<(), AppError> {
    let (runs, actor) = (crate::server::runs()?, crate::server::actor()?);
    runs.cancel(&actor, run).await?;
    Ok(())
}

/// Answers what a helper asks.
///
/// # Errors
/// `Forbidden`, `Conflict` when it was answered already or nobody waits any more.
#[server(prefix = "/api/fn", endpoint = "decide_permission", output = Json)]
pub async fn decide_permission(
    /// What is asked.
    permission: PermissionId,
    /// `once`, `always` or `no`.
    answer: String,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let (allow, always) = match answer.as_str() {
        "once" => (true, false),
        "always" => (true, true),
        "no" => (false, false),
        _ => return Err(domain::Error::invalid("answer", "Answer once, always or no.").into()),
    };
    let permission = store.run(&actor, store::commands::DecidePermission { permission, allow, always }).await?;
    crate::server::back_to(&format!("/conversations/{}", permission.conversation));
    Ok(())
}

/// Takes back what a helper was allowed.
///
/// # Errors
/// `Forbidden`, `Conflict` when there is nothing to take back.
#[server(prefix = "/api/fn", endpoint = "revoke_permission", output = Json)]
pub async fn revoke_permission(
    /// What was allowed.
    permission: PermissionId,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let permission = store.run(&actor, store::commands::RevokePermission { permission }).await?;
    crate::server::back_to(&format!("/conversations/{}", permission.conversation));
    Ok(())
}

/// Adds a rule to a policy, or takes one away.
///
/// # Errors
/// `Invalid` naming the pattern, `Forbidden`.
#[server(prefix = "/api/fn", endpoint = "change_rule", output = Json)]
pub async fn change_rule(
    /// Whose policy.
    subject: PolicySubject,
    /// The commands, like `npm run *`.
    pattern: String,
    /// What is to happen with them; empty: the rule goes.
    #[server(default)]
    decision: String,
    /// The page to go back to.
    #[server(default)]
    back: String,
) -> Result<(), AppError> {
    use domain::policy::{Decision, Policy, Rule};
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let Policy { limits, mut rules, .. } = store.policy(&subject).await?;
    let pattern = pattern.trim().to_owned();
    rules.retain(|rule| rule.pattern != pattern);
    let decision = match decision.as_str() {
        "" => None,
        "allow" => Some(Decision::Allow),
        "ask" => Some(Decision::Ask),
        "deny" => Some(Decision::Deny),
        _ => return Err(domain::Error::invalid("decision", "Choose allow, ask or deny.").into()),
    };
    rules.extend(decision.map(|decision| Rule { pattern, decision }));
    store.run(&actor, store::commands::SetPolicy { subject, limits, rules, settings: settings()? }).await?;
    crate::server::back_to(&super::policy::back(&back));
    Ok(())
}

/// Sets the limits of one preset in a policy. What is empty stays as it is without the policy.
///
/// # Errors
/// `Invalid` naming the field, `Forbidden`: looser than before takes an admin.
#[server(prefix = "/api/fn", endpoint = "set_limits", output = Json)]
pub async fn set_limits(
    /// Whose policy.
    subject: PolicySubject,
    /// Of which preset.
    preset: Preset,
    /// What was typed.
    #[server(default)]
    typed: Typed,
    /// The page to go back to.
    #[server(default)]
    back: String,
) -> Result<(), AppError> {
    let (store, actor) = (crate::server::store()?, crate::server::actor()?);
    let domain::policy::Policy { mut limits, rules, .. } = store.policy(&subject).await?;
    limits.insert(preset, typed.over(limits.get(&preset).copied().unwrap_or_default())?);
    store.run(&actor, store::commands::SetPolicy { subject, limits, rules, settings: settings()? }).await?;
    crate::server::back_to(&super::policy::back(&back));
    Ok(())
}

/// What this server's settings put in place of the presets' own limits.
#[cfg(feature = "ssr")]
fn settings() -> Result<std::collections::BTreeMap<Preset, domain::sandbox::Limits>, AppError> {
    let sandboxes = crate::server::sandboxes()?;
    Ok(Preset::ALL.map(|preset| (preset, sandboxes.limits(preset))).into())
}
