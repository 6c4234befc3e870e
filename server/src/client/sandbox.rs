//! `tatwats sandbox policy`: what sandboxes may have, and which commands helpers may run in them.

mod limits;

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use domain::policy::{Decision, Rule};
use domain::sandbox::{Limits, Preset, Profile};
use domain::{Error, Policy as Row, PolicySubject, Project, Slug};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Connection;
use super::fault::Fault;
use super::http::Client;
use super::out::{Out, table};
use limits::{LimitArgs, bytes};

/// What to do with the policy of sandboxes.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Show a policy, and what sandboxes may have by it.
    Show(Show),
    /// Set limits for one preset. Looser than without them takes an admin.
    Set(Set),
    /// Add or remove rules for the commands of helpers.
    #[command(subcommand)]
    Rule(RuleCommand),
}

/// Whose policy.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    connection: Connection,
    /// workshop, project:NAME or helper:NAME.
    subject: String,
}

/// Limits to set.
#[derive(Debug, Args)]
pub struct Set {
    #[command(flatten)]
    connection: Connection,
    /// workshop, project:NAME or helper:NAME.
    subject: String,
    /// The preset: helper, build or run.
    #[arg(long, value_parser = super::run::preset)]
    preset: Preset,
    #[command(flatten)]
    limits: LimitArgs,
    /// First forget the limits that the policy has for this preset.
    #[arg(long)]
    reset: bool,
}

/// What to do with a rule.
#[derive(Debug, Subcommand)]
pub enum RuleCommand {
    /// Add a rule; another decision for the same commands goes.
    Add(RuleArgs),
    /// Remove a rule.
    Remove(RuleArgs),
}

/// A rule.
#[derive(Debug, Args)]
pub struct RuleArgs {
    #[command(flatten)]
    connection: Connection,
    /// workshop, project:NAME or helper:NAME.
    subject: String,
    /// allow, ask or deny.
    #[arg(value_parser = decision)]
    decision: Decision,
    /// The commands, like "npm run *".
    pattern: String,
}

fn decision(text: &str) -> Result<Decision, String> {
    [Decision::Allow, Decision::Ask, Decision::Deny]
        .into_iter()
        .find(|decision| decision.name() == text)
        .ok_or_else(|| format!("“{text}” is no decision; choose allow, ask or deny"))
}

/// A policy, and what comes of it.
#[derive(Serialize, Deserialize)]
struct InEffect {
    policy: Row,
    profiles: BTreeMap<Preset, Profile>,
}

impl Policy {
    pub(super) fn connection(&self) -> &Connection {
        match self {
            Self::Show(args) => &args.connection,
            Self::Set(args) => &args.connection,
            Self::Rule(RuleCommand::Add(args) | RuleCommand::Remove(args)) => &args.connection,
        }
    }

    pub(super) async fn run(self, client: &Client, out: &mut Out) -> Result<(), Fault> {
        let (Self::Show(Show { subject, .. })
        | Self::Set(Set { subject, .. })
        | Self::Rule(RuleCommand::Add(RuleArgs { subject, .. }) | RuleCommand::Remove(RuleArgs { subject, .. }))) =
            &self;
        let subject = named(client, subject).await?;
        let place = subject.to_string();
        let found: InEffect = client.get(&["policies", &place], &[]).await?;
        let Row { mut limits, mut rules, .. } = found.policy.clone();
        match self {
            Self::Show(_) => return out.show(&found, shown),
            Self::Set(Set { preset, limits: wanted, reset, .. }) => {
                let before = limits.remove(&preset).filter(|_| !reset).unwrap_or_default();
                let now = wanted.over(before);
                if now == before && !reset {
                    return Err(Fault::Usage("Say what to set, like --memory 512MiB; or --reset.".into()));
                }
                if now != Limits::default() {
                    limits.insert(preset, now);
                }
            }
            Self::Rule(RuleCommand::Add(RuleArgs { decision, pattern, .. })) => {
                rules.retain(|rule| rule.pattern != pattern);
                rules.push(Rule { pattern, decision });
            }
            Self::Rule(RuleCommand::Remove(RuleArgs { decision, pattern, .. })) => {
                let number = rules.len();
                rules.retain(|rule| rule.pattern != pattern || rule.decision != decision);
                if rules.len() == number {
                    let words = format!("{subject} has no rule “{} {pattern}”.", decision.name());
                    return Err(Fault::Failed(words));
                }
            }
        }
        let body = json!({ "limits": limits, "rules": rules });
        let set: InEffect = client.change(Method::PUT, &["policies", &place], Some(&body)).await?;
        out.show(&set, shown)
    }
}

/// A subject as people write it: projects by their names.
async fn named(client: &Client, text: &str) -> Result<PolicySubject, Fault> {
    let usage = |error: Error| Fault::Usage(error.message);
    match text.strip_prefix("project:").map(|name| (name, name.parse::<domain::ProjectId>())) {
        Some((name, Err(_))) => {
            let slug: Slug = name.parse().map_err(usage)?;
            let project: Project = client.get(&["projects", slug.as_str()], &[]).await?;
            Ok(PolicySubject::Project(project.id))
        }
        _ => text.parse().map_err(usage),
    }
}

fn shown(found: &InEffect) -> String {
    let of = |profile: &Profile| {
        [
            bytes(profile.memory_bytes),
            format!("{}", f64::from(profile.cpu_millis) / 1000.0),
            profile.pids.to_string(),
            profile.open_files.to_string(),
            bytes(profile.file_bytes),
            bytes(profile.work_bytes),
            bytes(profile.tmp_bytes),
            profile.inodes.to_string(),
            bytes(profile.output_bytes),
            if profile.seconds == 0 { "any".into() } else { profile.seconds.to_string() },
            profile.network.name().to_owned(),
        ]
    };
    let own = |limits: Limits, profile: &Profile| {
        // What the policy itself says has a star.
        let marked = Profile { ..*profile }.with(&limits);
        let set = limits::set(&limits);
        of(&marked).into_iter().zip(set).map(|(text, set)| if set { format!("{text}*") } else { text }).collect()
    };
    let columns: Vec<Vec<String>> =
        found.profiles.iter().map(|(preset, profile)| own(found.policy.limits_of(*preset), profile)).collect();
    let rows: Vec<[String; 4]> = limits::NAMES
        .iter()
        .enumerate()
        .map(|(row, name)| {
            let cell =
                |column: usize| columns.get(column).and_then(|cells| cells.get(row)).cloned().unwrap_or_default();
            [(*name).to_owned(), cell(0), cell(1), cell(2)]
        })
        .collect();
    let names: Vec<&str> = found.profiles.keys().map(|preset| preset.name()).collect();
    let name = |column: usize| names.get(column).copied().unwrap_or_default();
    let mut text = format!("Policy of {}\n\n", found.policy.subject);
    text.push_str(&table(["limit", name(0), name(1), name(2)], &rows));
    text.push_str("* set by this policy\n\n");
    if found.policy.rules.is_empty() {
        text.push_str("No rules: every command is asked for.\n");
    } else {
        let rules: Vec<[String; 2]> =
            found.policy.rules.iter().map(|rule| [rule.decision.name().to_owned(), rule.pattern.clone()]).collect();
        text.push_str(&table(["rule", "commands"], &rules));
    }
    text
}
