//! What a form sent as text, read as what it means. Pure.

use domain::{Error, Result, Role};

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
    fn an_empty_choice_is_no_role_and_nonsense_is_refused() {
        assert_eq!(role("").unwrap(), None);
        assert_eq!(role("operator").unwrap(), Some(Role::Operator));
        assert_eq!(role("root").unwrap_err().field.as_deref(), Some("role"));
    }
}
