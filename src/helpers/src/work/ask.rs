//! Asking people: what a helper wants to do is written down, and the helper waits until someone answers.

use domain::{Decision, Error, ErrorCode, Permission, PermissionState, PolicySubject, Result, Rule, policy, shell};
use store::Store;
use store::commands::AskPermission;

use crate::acp::Turn;

/// What the rules say of a command.
pub(crate) enum Judged {
    Allowed,
    /// A person is to be asked.
    Open,
    /// Refused, in words that name the rule.
    Denied(Error),
}

/// What the rules say of a command that a helper wants to run for this turn, as they stand now.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn judge(store: &Store, turn: &Turn, line: &str) -> Result<Judged> {
    let policies = store.policies_holding(turn.conversation.project, Some(&turn.delivery.helper)).await?;
    let all = policy::rules(&policies.iter().collect::<Vec<_>>());
    Ok(match shell::decide(line, &all) {
        Decision::Allow => Judged::Allowed,
        Decision::Ask => Judged::Open,
        Decision::Deny => {
            let denying = policies.iter().find_map(|policy| {
                let alone = |rule: &&Rule| shell::decide(line, &[(*rule).clone()]) == Decision::Deny;
                policy.rules.iter().find(alone).map(|rule| (whose(&policy.subject), &rule.pattern))
            });
            let (whose, pattern) = denying.unwrap_or_else(|| ("of the workshop", &all[0].pattern));
            let message = format!("“{line}” may not be run here: the rule “{pattern}” {whose} denies it.");
            Judged::Denied(Error::new(ErrorCode::Forbidden, message))
        }
    })
}

fn whose(subject: &PolicySubject) -> &'static str {
    match subject {
        PolicySubject::Workshop => "of the workshop",
        PolicySubject::Project(_) => "of this project",
        PolicySubject::Helper(_) => "for this helper",
    }
}

/// Asks people to allow something, and waits for as long as the turn goes on: no answer yet is no refusal. Gives the
/// answer; `Asked` or `Withdrawn` when nobody gave one until the turn was over.
///
/// # Errors
/// When it cannot be asked: too much is asked already, or the database does not answer.
pub(crate) async fn ask(store: &Store, turn: &Turn, what: &str, command: Option<&str>) -> Result<Permission> {
    // From before it is asked, so that no answer is missed.
    let mut log = store.log().watch();
    let ask = AskPermission {
        delivery: turn.delivery.id,
        project: turn.conversation.project,
        what: what.to_owned(),
        command: command.map(str::to_owned),
    };
    let _waiting = turn.waiting_for_people();
    let mut permission = store.run(&turn.delivery.actor(), ask).await?;
    while permission.state == PermissionState::Asked {
        log.borrow_and_update();
        permission = store.permission(permission.id).await?.ok_or_else(|| Error::not_found("permission"))?;
        if permission.state != PermissionState::Asked {
            break;
        }
        tokio::select! {
            () = turn.over.cancelled() => break,
            changed = log.changed() => {
                changed.map_err(|_| Error::new(ErrorCode::Unavailable, "The workshop is shutting down."))?;
            }
        }
    }
    Ok(permission)
}

/// Lets a command go on, or says why it may not.
///
/// # Errors
/// `Forbidden` when a rule or a person denies it, or nobody answered until the turn was over.
pub(crate) async fn clear(store: &Store, turn: &Turn, line: &str) -> Result<()> {
    match judge(store, turn, line).await? {
        Judged::Allowed => return Ok(()),
        Judged::Denied(error) => return Err(error),
        Judged::Open if turn.use_grant(line) => return Ok(()),
        Judged::Open => {}
    }
    let permission = ask(store, turn, "Run a command in the project's sandbox", Some(line)).await?;
    if permission.state == PermissionState::Allowed {
        return Ok(());
    }
    Err(Error::new(ErrorCode::Forbidden, format!("“{line}” may not be run: {}", not_given(&permission))))
}

/// Why it was not allowed, a sentence.
pub(crate) fn not_given(permission: &Permission) -> String {
    match (permission.state, &permission.decided_by) {
        (PermissionState::Denied, Some(user)) => format!("{user} denied it."),
        (PermissionState::Denied, None) => "it was denied.".into(),
        (PermissionState::Revoked, _) => "the permission was taken back.".into(),
        _ => "nobody answered before the work ended.".into(),
    }
}
