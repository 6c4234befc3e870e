//! What sandboxes may have, and which commands helpers may run in them.

use std::collections::BTreeMap;

use domain::access::{Action, Subject};
use domain::sandbox::{Limits, Preset};
use domain::{Decision, Error, EventData, Policy, PolicySubject, Result, Rule};

use crate::change::{Change, Command};
use crate::tables;

/// Sets a policy, in place of what was set before. To let guests have more than they would have without it, and to
/// allow commands in the whole workshop, is for those who may manage settings.
#[derive(Debug, Clone)]
pub struct SetPolicy {
    /// For whom it holds.
    pub subject: PolicySubject,
    /// The limits it puts in place of the presets' own.
    pub limits: BTreeMap<Preset, Limits>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// What this server's settings put in place of the presets' own: what limits are held against.
    pub settings: BTreeMap<Preset, Limits>,
}

impl Command for SetPolicy {
    const ACTION: Action = Action::Tighten;
    type Output = Policy;

    fn subject(&self) -> Option<Subject> {
        Some(match self.subject {
            PolicySubject::Project(project) => Subject::Project(project),
            PolicySubject::Workshop | PolicySubject::Helper(_) => Subject::Workshop,
        })
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Policy> {
        self.exists(change).await?;
        let before = tables::policies::get_locked(change.tx, &self.subject).await?;
        let mut limits = self.limits.clone();
        limits.retain(|_, limits| *limits != Limits::default());
        let mut rules = Vec::new();
        for rule in &self.rules {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
        let policy = Policy { limits, rules, ..Policy::empty(self.subject.clone()) };
        let above = match self.subject {
            PolicySubject::Workshop => None,
            _ => Some(tables::policies::get(change.tx, &PolicySubject::Workshop).await?),
        };
        let above: Vec<_> = above.iter().collect();
        let settings = |preset| self.settings.get(&preset).copied().unwrap_or_default();
        policy.check(settings, &above)?;
        let looser = |preset: &Preset| {
            let (settings, with) = (settings(*preset), |policy| [&above[..], &[policy]].concat());
            let then = domain::policy::effective(*preset, &settings, &with(&before));
            let now = domain::policy::effective(*preset, &settings, &with(&policy));
            // What an admin let it have before is not let go by other changes.
            policy.is_looser(*preset, &settings, &above) && now.is_looser_than(&then)
        };
        if let Some(preset) = Preset::ALL.iter().find(|preset| looser(preset)) {
            let what =
                format!("This lets sandboxes of the preset {} have more than they would without it.", preset.name());
            for_admins(change, &what)?;
        }
        let allows = |rule: &&Rule| rule.decision == Decision::Allow && !before.rules.contains(rule);
        if self.subject == PolicySubject::Workshop
            && let Some(rule) = policy.rules.iter().find(allows)
        {
            for_admins(change, &format!("This allows “{}” in the whole workshop.", rule.pattern))?;
        }
        put(change, policy).await
    }
}

impl SetPolicy {
    async fn exists(&self, change: &mut Change<'_>) -> Result<()> {
        match &self.subject {
            PolicySubject::Workshop => Ok(()),
            PolicySubject::Project(id) => {
                tables::projects::get(change.tx, *id).await?.map(drop).ok_or_else(|| Error::not_found("project"))
            }
            PolicySubject::Helper(name) => {
                tables::helpers::get(change.tx, name).await?.map(drop).ok_or_else(|| Error::not_found("helper"))
            }
        }
    }
}

fn for_admins(change: &Change<'_>, what: &str) -> Result<()> {
    let allowed = change.rights_of(change.actor).allow(Action::ManageSettings, Subject::Workshop);
    allowed.map_err(|refused| Error { message: format!("{what} {}", refused.message), ..refused })
}

/// Writes a policy, as changed now by the actor.
pub(super) async fn put(change: &mut Change<'_>, mut policy: Policy) -> Result<Policy> {
    policy.updated_at = Some(change.now);
    policy.updated_by = Some(change.actor.by.clone());
    tables::policies::put(change.tx, &policy).await?;
    change.record(EventData::PolicyChanged(policy.clone()));
    Ok(policy)
}
