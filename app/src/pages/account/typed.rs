//! What a form sent as text, read as what it means. Pure.

use domain::{Error, GroupName, ProjectId, Result, Role, UserName};

/// The days that were typed, in seconds.
///
/// # Errors
/// `Invalid`, naming `days`, when they are no whole number from 1 to `most`.
pub fn days(typed: &str, most: i64) -> Result<i64> {
    match typed.trim().parse::<i64>() {
        Ok(days) if (1..=most).contains(&days) => Ok(days * 24 * 3_600),
        _ => Err(Error::invalid("days", format!("Write a whole number of days, from 1 to {most}."))),
    }
}

/// The role that was chosen; empty for none.
///
/// # Errors
/// `Invalid`, naming `role`, when there is no such role.
pub fn role(chosen: &str) -> Result<Option<Role>> {
    if chosen.is_empty() { Ok(None) } else { chosen.parse().map(Some) }
}

/// Who can hold a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    User(UserName),
    /// The members of a group.
    Group(GroupName),
}

/// The holder that was chosen: `user:ada` or `group:crew`.
///
/// # Errors
/// `Invalid`, naming `who`.
pub fn holder(chosen: &str) -> Result<Holder> {
    let found = match chosen.split_once(':') {
        Some(("user", name)) => name.parse().ok().map(Holder::User),
        Some(("group", name)) => name.parse().ok().map(Holder::Group),
        _ => None,
    };
    found.ok_or_else(|| Error::invalid("who", "Choose a person or a group."))
}

/// The project that was chosen.
///
/// # Errors
/// `Invalid`, naming `project`.
pub fn project(chosen: &str) -> Result<ProjectId> {
    chosen.parse().map_err(|_| Error::invalid("project", "Choose a project."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_a_whole_number_within_bounds() {
        assert_eq!(days(" 90 ", 365).unwrap(), 90 * 86_400);
        assert_eq!(days("1", 30).unwrap(), 86_400);
        for bad in ["", "0", "-1", "366", "1.5", "ninety", "99999999999999999999"] {
            let error = days(bad, 365).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("days"), "{bad}");
            assert!(error.message.contains("from 1 to 365"));
        }
    }

    #[test]
    fn a_role_is_held_by_a_person_or_a_group_on_a_project() {
        assert_eq!(holder("user:ada").unwrap(), Holder::User("ada".parse().unwrap()));
        assert_eq!(holder("group:crew").unwrap(), Holder::Group("crew".parse().unwrap()));
        for bad in ["", "ada", "user:", "user:A B", "helper:the_author"] {
            assert_eq!(holder(bad).unwrap_err().field.as_deref(), Some("who"), "{bad}");
        }
        for bad in ["", "pods"] {
            assert_eq!(project(bad).unwrap_err().field.as_deref(), Some("project"), "{bad}");
        }
    }

    #[test]
    fn an_empty_choice_is_no_role_and_nonsense_is_refused() {
        assert_eq!(role("").unwrap(), None);
        assert_eq!(role("operator").unwrap(), Some(Role::Operator));
        assert_eq!(role("root").unwrap_err().field.as_deref(), Some("role"));
    }
}
