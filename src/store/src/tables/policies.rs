//! `policies`.

use std::collections::BTreeMap;

use domain::access::Sight;
use domain::sandbox::{Limits, Preset};
use domain::{Error, HelperName, Policy, PolicySubject, ProjectId, Result, Rule};
use sqlx::types::Json;

use super::{moment, parsed, seen, seen_by};
use crate::db::{Tx, execute, fetch_all, fetch_optional};
use crate::error::corrupt;

#[derive(sqlx::FromRow)]
struct Row {
    subject: String,
    limits: Json<BTreeMap<Preset, Limits>>,
    rules: Json<Vec<Rule>>,
    updated_at: i64,
    updated_by: String,
}

impl TryFrom<Row> for Policy {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            subject: parsed("policies", "subject", &row.subject)?,
            limits: row.limits.0,
            rules: row.rules.0,
            updated_at: Some(moment(row.updated_at)),
            updated_by: Some(parsed("policies", "updated_by", &row.updated_by)?),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT subject, limits, rules, updated_at, updated_by FROM policies ", $rest)
    };
}

/// The policy for `subject`; an empty one when none was set.
pub(crate) async fn get(tx: &mut Tx, subject: &PolicySubject) -> Result<Policy> {
    let found = fetch_optional!(tx, Row, select!("WHERE subject = $1"), subject.to_string())?;
    found.map_or_else(|| Ok(Policy::empty(subject.clone())), TryInto::try_into)
}

/// Like [`get`], while nobody else changes it before the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, subject: &PolicySubject) -> Result<Policy> {
    // There may be no row to hold.
    super::hold(tx, &format!("policy:{subject}")).await?;
    get(tx, subject).await
}

/// The policies that hold for what a helper (none: a person) does in a project: the workshop's, the project's, the
/// helper's.
pub(crate) async fn holding(
    tx: &mut Tx,
    project: Option<ProjectId>,
    helper: Option<&HelperName>,
) -> Result<Vec<Policy>> {
    let mut policies = vec![get(tx, &PolicySubject::Workshop).await?];
    if let Some(project) = project {
        policies.push(get(tx, &PolicySubject::Project(project)).await?);
    }
    if let Some(helper) = helper {
        policies.push(get(tx, &PolicySubject::Helper(helper.clone())).await?);
    }
    Ok(policies)
}

/// The policies that were set and lie in `sight`, by subject.
pub(crate) async fn all(tx: &mut Tx, sight: &Sight) -> Result<Vec<Policy>> {
    macro_rules! all {
        ($engine:ident) => {
            concat!(select!("WHERE "), seen!($engine, "project", "1"))
        };
    }
    let sql = tx.dialect(all!(sqlite), all!(postgres));
    let mut policies: Vec<Policy> = super::all(fetch_all!(tx, Row, sql, seen_by(sight))?)?;
    policies.sort_by(|a, b| a.subject.cmp(&b.subject));
    Ok(policies)
}

pub(crate) async fn put(tx: &mut Tx, policy: &Policy) -> Result<()> {
    let (Some(at), Some(by)) = (policy.updated_at, &policy.updated_by) else {
        return Err(corrupt("policies", "updated_by", "nothing"));
    };
    let project = match policy.subject {
        PolicySubject::Project(project) => Some(project.0),
        PolicySubject::Workshop | PolicySubject::Helper(_) => None,
    };
    execute!(
        tx,
        "INSERT INTO policies (subject, project, limits, rules, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (subject) DO UPDATE SET limits = excluded.limits, rules = excluded.rules, \
         updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        policy.subject.to_string(),
        project,
        Json(&policy.limits),
        Json(&policy.rules),
        at.micros(),
        by.to_string(),
    )?;
    Ok(())
}
