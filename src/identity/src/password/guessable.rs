//! Whether a new password is easily guessed: by lists of the commonest, patterns of keys and dates, and what is known
//! of its user.

use domain::account::check_password;
use domain::{Error, Result, UserName};
use zxcvbn::zxcvbn;

/// Fewest guesses that a password must take. Whoever has the hashes tries about a thousand a second on a good graphics
/// card (argon2id at our cost), so this is twelve days for one password; at the sign-in it is for ever. Ten random
/// characters take ten times as many, three common words about as many.
const LEAST_GUESSES: u64 = 1_000_000_000;
/// Characters that are judged. The time grows with the square of them, and with every way to read digits and signs as
/// letters: at worst a tenth of a second for these, two seconds for a hundred.
const JUDGED: usize = 32;
/// Words that are commonplace here, and nowhere else.
const OUR_WORDS: [&str; 4] = ["tatwats", "workshop", "thewizard", "thesourcecode"];
/// Fewest letters of a part of a name that is a word.
const SHORTEST_WORD: usize = 3;

/// Checks a new password for `user`, who is called `display_name`. Takes up to a tenth of a second.
///
/// # Errors
/// `Invalid`, naming `password`, and never repeating it.
pub fn check(password: &str, user: &UserName, display_name: &str) -> Result<()> {
    check_password(password, user)?;
    let judged: String = password.chars().take(JUDGED).collect();
    let mut known: Vec<String> = OUR_WORDS.map(str::to_owned).into();
    known.extend([user.as_str(), display_name].into_iter().flat_map(words));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if zxcvbn(&judged, &known).guesses() < LEAST_GUESSES {
        let why = "This is one of the passwords that are tried first, or close to one. Take a few words that have \
                   nothing to do with each other.";
        return Err(Error::invalid("password", why));
    }
    Ok(())
}

/// What someone may make of a name: the whole of it, its letters and digits alone, and its parts.
fn words(name: &str) -> Vec<String> {
    let parts: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
    let whole = [name.to_lowercase(), parts.concat()];
    whole.into_iter().chain(parts).filter(|word| word.chars().count() >= SHORTEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(password: &str) -> Option<String> {
        check(password, &"ada.lovelace".parse().unwrap(), "Countess Augusta").err().map(|error| {
            assert_eq!(error.field.as_deref(), Some("password"));
            error.to_string()
        })
    }

    #[test]
    fn what_everyone_tries_first_is_refused() {
        for common in [
            "password123",
            "Password1234!",
            "P@ssw0rd123",
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "qwertyuiop1",
            "1q2w3e4r5t",
            "1q2w3e4r5t6y",
            "iloveyou12",
            "iloveyou123",
            "letmein2024!",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "Welcome2026",
            "Summer2025!!",
            "zxcvbnm123",
            "qwerty12345",
            "administrator",
            "changeme1234",
            "superman1234",
            "dragonmonkey",
            "1qaz2wsx3edc",
            "passwordpassword",
            "trustno1trustno1",
            "poiuytrewq",
            "!!!!!!!!!!!!",
            "20260101202601",
            "1234567890123456789012345678901234567890",
        ] {
            assert!(refusal(common).unwrap_or_default().contains("tried first"), "{common}");
        }
    }

    #[test]
    fn what_is_known_of_the_user_and_of_the_workshop_is_refused() {
        for own in [
            "Augusta1815",
            "countess.augusta",
            "l0vel4ceAugusta",
            "atsugua1815",
            "lovelace!!1",
            "tatwats2026",
            "theWorkshop1",
        ] {
            assert!(refusal(own).unwrap_or_default().contains("tried first"), "{own}");
        }
        assert!(refusal("adalovelace99").unwrap_or_default().contains("name"));
    }

    #[test]
    fn words_that_have_nothing_to_do_with_each_other_are_fine() {
        for good in [
            "correct horse battery staple",
            "plum-lantern-oboe",
            "kettle river maple stone",
            "moss lantern orbit quill",
            "tulpe kabel wolke hafen",
            "Übermütige Gänse",
            "mein hund bellt nachts",
            "gZ7#kq1!vX",
            "mX4!rT9@zLp0",
            "q7mz4kxw9r",
            "augusta met a lamp at dawn",
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_one_is_judged() {
        assert!(refusal(&format!("{}gZ7#kq1!vXp2", "a".repeat(JUDGED))).is_some());
        assert_eq!(refusal(&format!("gZ7#kq1!vXp2{}", "a".repeat(240))), None);
    }

    proptest! {
        // Each takes some milliseconds when nothing is optimised.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_breaks_the_judgement_and_none_is_repeated(password in ".{10,60}") {
            if let Some(told) = refusal(&password) {
                prop_assert!(!told.contains(&password));
            }
        }

        #[test]
        fn random_characters_are_fine_from_a_few_more_than_ten(password in "[a-zA-Z0-9]{16}") {
            prop_assert_eq!(refusal(&password), None);
        }
    }
}
