//! What makes a password good enough: long, not the name, and not what everyone tries first.

use crate::error::{Error, Result};
use crate::name::UserName;

/// Fewest characters.
pub const MIN_PASSWORD: usize = 10;
/// Most bytes: hashing more would only cost time.
pub const MAX_PASSWORD: usize = 256;

/// Words that passwords are commonly made of. Alone, repeated, joined to one another or to digits and signs they are
/// no password.
const WORDS: &str = "\
    abc access account admin administrator angel apple august autumn banana baseball basketball batman buster \
    butterfly captain change changeme charlie cheese chocolate computer cookie daniel december default demo \
    dragon dubsmash family february flower football forever freedom friday friend friends fuck fuckyou george \
    google guest hannah harley hello hockey hunter iloveyou internet january jennifer jesus jordan july june \
    killer letmein liverpool login love lovely march master matrix maverick me michael michelle minecraft monday \
    money monkey mustang my mypass new nicole november october open orange pass passphrase passw password \
    passwort pepper pokemon princess private purple qwer ranger root samsung saturday secret secure security \
    september server shadow silver soccer spring starwars summer sunday sunshine super superman system tatwats \
    temp temporary test tester testing the this thomas thursday tigger trustno tuesday unknown user wednesday \
    welcome whatever winter wizard word workshop you your";
/// Runs of keys and letters; any part of them, either way round, is no password.
const RUNS: &[&str] = &[
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "zaq12wsxcde34rfvbgt56yhn",
    "147258369",
    "123321123321",
    "qazwsxedcrfvtgbyhnujm",
];
/// Fewest characters of a run that are taken as one.
const SHORTEST_RUN: usize = 4;

/// Checks a new password for `user`.
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
    let plain = letters(name);
    let own = |text: &str| plain.len() >= 3 && text.contains(&plain) && is_made_of(text, &[&plain]);
    if lower.contains(name) && lower.len() < name.len() + MIN_PASSWORD || own(&letters(&lower)) {
        return refused(
            "A password may not be made of the user's name. Take a few words that have nothing to do with each other."
                .into(),
        );
    }
    if is_common(&lower) {
        return refused(
            "This is one of the passwords that are tried first. Take a few words that have nothing to do with each other.".into(),
        );
    }
    Ok(())
}

/// Whether a password in small letters is what everyone tries: few characters over and over, runs of keys, or nothing
/// but common words, digits and signs.
fn is_common(lower: &str) -> bool {
    let chars: Vec<char> = lower.chars().collect();
    let repeats =
        (1..=chars.len() / 2).any(|period| chars.iter().skip(period).eq(chars.iter().take(chars.len() - period)));
    repeats || is_made_of(lower, &WORDS.split_whitespace().collect::<Vec<_>>())
}

/// Whether `text` is nothing but `words`, also with digits put for letters, runs, digits and signs.
fn is_made_of(text: &str, words: &[&str]) -> bool {
    let spelled = spelled_out(text);
    // Every place that can be reached by taking one of them away from the front.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for (at, c) in text.char_indices() {
        if !reached[at] {
            continue;
        }
        if !c.is_alphabetic() {
            reached[at + c.len_utf8()] = true;
        }
        let begins = |word: &str| text[at..].starts_with(word) || spelled[at..].starts_with(word);
        for word in words.iter().filter(|word| begins(word)) {
            reached[at + word.len()] = true;
        }
        for end in at + SHORTEST_RUN..=text.len() {
            if !text.is_char_boundary(end) || !is_run(&text[at..end]) {
                break;
            }
            reached[end] = true;
        }
    }
    reached[text.len()]
}

fn is_run(part: &str) -> bool {
    let backwards: String = part.chars().rev().collect();
    RUNS.iter().any(|run| run.contains(part) || run.contains(&backwards))
}

/// The same with the letters that digits and signs are commonly put for; as long in bytes as before.
fn spelled_out(lower: &str) -> String {
    lower
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            c => c,
        })
        .collect()
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
    fn what_everyone_tries_first_is_refused() {
        for common in [
            "password123",
            "Password1234!",
            "P@ssw0rd123",
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "1q2w3e4r5t",
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
            "tatwats2026",
            "passwordpassword",
            "trustno1trustno1",
            "poiuytrewq",
            "!!!!!!!!!!!!",
            "20260101202601",
        ] {
            assert!(refusal(common).unwrap_or_default().contains("tried first"), "{common}");
        }
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
    fn words_that_have_nothing_to_do_with_each_other_are_fine() {
        for good in [
            "correct horse battery staple",
            "plum-lantern-oboe",
            "gZ7#kq1!vX",
            "Übermütige Gänse",
            "mein hund bellt nachts",
        ] {
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
