//! What someone is called here who comes from a provider for the first time.

use domain::account::{MAX_DISPLAY_NAME, check_display_name};
use domain::{Result, UserName};
use identity::oidc::Person;

/// Longest name before a number is put behind it, in characters.
const MAX_NAME: usize = 40;
/// The name of someone of whom nothing is known that could be one.
const NOBODY: &str = "someone";

/// The user name nearest to how they want to be known: small letters, digits and `-`, beginning with a letter.
///
/// # Errors
/// Never: what is left is a name.
pub(crate) fn name(person: &Person) -> Result<UserName> {
    let candidates = [&person.preferred_name, &person.display_name];
    let found = candidates.into_iter().flatten().map(|text| plain(text)).find(|name| !name.is_empty());
    found.as_deref().unwrap_or(NOBODY).parse()
}

/// Their name for people, as far as it can be one.
pub(crate) fn display_name(person: &Person) -> String {
    let candidates = [&person.display_name, &person.preferred_name];
    let short = candidates.into_iter().flatten().map(|text| {
        let printable = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
        printable.take(MAX_DISPLAY_NAME).collect::<String>()
    });
    short.filter_map(|text| check_display_name(&text).ok()).next().unwrap_or_else(|| NOBODY.to_owned())
}

fn plain(text: &str) -> String {
    // Some providers give an address as the name.
    let text = text.split('@').next().unwrap_or_default().to_lowercase();
    let mut name = String::new();
    for letter in text.chars() {
        match letter {
            'a'..='z' => name.push(letter),
            '0'..='9' | '.' | '_' if !name.is_empty() => name.push(letter),
            _ => match folded(letter) {
                Some(letters) => name.push_str(letters),
                None if name.is_empty() || name.ends_with('-') => {}
                None => name.push('-'),
            },
        }
    }
    let cut: String = name.chars().take(MAX_NAME).collect();
    cut.trim_end_matches(['-', '.', '_']).to_owned()
}

/// The plain letters for one with a mark, where it has them.
const fn folded(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'į' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(preferred: Option<&str>, display: Option<&str>) -> Person {
        Person {
            issuer: "https://accounts.example".into(),
            subject: "1".into(),
            preferred_name: preferred.map(Into::into),
            display_name: display.map(Into::into),
            email: Some("admin@example.org".into()),
            email_verified: true,
        }
    }

    #[test]
    fn whatever_someone_is_called_there_it_is_a_name_here() {
        for (preferred, display, expected) in [
            (Some("anna"), Some("Anna Ödegård"), "anna"),
            (None, Some("Anna Ödegård"), "anna-odegard"),
            (Some("Anna.Lee@example.org"), None, "anna.lee"),
            (Some("007 James"), None, "james"),
            (Some("李小龍"), Some("Bruce Lee"), "bruce-lee"),
            (Some("李小龍"), None, "someone"),
            (None, None, "someone"),
            (Some("<script>alert(1)</script>"), None, "script-alert-1-script"),
            (Some("../../owner"), None, "owner"),
            (Some(&"x".repeat(50)), None, &"x".repeat(40)),
            (Some("a--"), None, "a"),
        ] {
            assert_eq!(name(&person(preferred, display)).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn the_name_for_people_is_cut_to_what_is_allowed() {
        assert_eq!(display_name(&person(Some("anna"), Some(" Anna\u{7} Ödegård "))), "Anna Ödegård");
        assert_eq!(display_name(&person(Some("anna"), Some("  "))), "anna");
        assert_eq!(display_name(&person(None, Some(&"ä".repeat(200)))).chars().count(), 80);
        assert_eq!(display_name(&person(None, None)), "someone");
    }

    proptest::proptest! {
        #[test]
        fn there_is_always_a_name(text in "\\PC{0,60}") {
            proptest::prop_assert!(name(&person(Some(&text), None)).is_ok());
        }
    }
}
