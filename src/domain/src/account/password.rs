//! What a password must be at the least: long, and not the name. How easily it is guessed is judged on the server.

use crate::error::{Error, Result};
use crate::name::UserName;

/// Fewest characters.
pub const MIN_PASSWORD: usize = 10;
/// Most bytes: hashing more would only cost time.
pub const MAX_PASSWORD: usize = 256;

/// Checks the length of a new password, and that it is not the name of `user`.
///
/// # Errors
/// `Invalid`, naming `password`, and never repeating it.
pub fn check_password(password: &str, user: &UserName) -> Result<()> {
    let refused = |why: String| Err(Error::invalid("password", why));
    let length = password.chars().count();
    if length < MIN_PASSWORD {
        return refused(format!("A password has at least {MIN_PASSWORD} characters; this one has {length}."));
    }
    if password.len() > MAX_PASSWORD {
        return refused(format!("A password has at most {MAX_PASSWORD} bytes; this one has {}.", password.len()));
    }
    let lower = password.to_lowercase();
    let name = user.as_str();
    let (plain, spoken) = (letters(name), letters(&lower));
    let only_the_name = plain.len() >= 3 && spoken.contains(&plain) && spoken.replace(&plain, "").is_empty();
    if lower.contains(name) && lower.len() < name.len() + MIN_PASSWORD || only_the_name {
        return refused(
            "A password may not be made of the user's name. Take a few words that have nothing to do with each other."
                .into(),
        );
    }
    Ok(())
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(password: &str) -> Option<String> {
        check_password(password, &"ada.lovelace".parse().unwrap()).err().map(|error| {
            assert_eq!(error.field.as_deref(), Some("password"));
            error.to_string()
        })
    }

    #[test]
    fn the_name_is_no_password() {
        for own in ["ada.lovelace", "Ada.Lovelace1", "adalovelace99", "AdaLovelaceAdaLovelace"] {
            assert!(refusal(own).unwrap_or_default().contains("name"), "{own}");
        }
    }

    #[test]
    fn it_is_neither_short_nor_endless() {
        assert!(refusal("Tr0ub4dor").unwrap().contains("at least 10"));
        assert!(refusal(&"ab c".repeat(70)).unwrap().contains("at most 256"));
    }

    #[test]
    fn any_characters_are_fine_and_the_name_among_other_words() {
        for good in ["Übermütige Gänse", "gZ7#kq1!vX", "1029384756102", "ada.lovelace met a lamp"] {
            assert_eq!(refusal(good), None, "{good}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_rules_and_none_is_repeated(password in ".{10,60}") {
            if let Some(told) = refusal(&password) {
                prop_assert!(!told.contains(&password));
            }
        }
    }
}
