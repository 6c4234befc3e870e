//! What a project may be called, and what is said when it may not.

use proptest::prelude::*;

use super::*;

fn refused(slug: &str) -> NameError {
    ProjectName::parse(slug).unwrap_err()
}

#[test]
fn a_good_name_gets_a_title() {
    for (slug, title) in [("pod-tracker", "Pod Tracker"), ("abc", "Abc"), ("route-66", "Route 66"), ("x2y", "X2y")] {
        let name = ProjectName::parse(slug).unwrap();
        assert_eq!((name.slug(), name.title()), (slug, title));
    }
    assert!(ProjectName::parse(&"a".repeat(40)).is_ok());
}

#[test]
fn each_broken_rule_is_named_with_a_way_out() {
    let cases = [
        ("", NameRule::Empty, None),
        ("ab", NameRule::TooShort, Some("ab-app")),
        ("Pod Tracker!", NameRule::Character('P'), Some("pod-tracker")),
        ("pod tracker", NameRule::Character(' '), Some("pod-tracker")),
        ("café-über", NameRule::Character('é'), Some("cafe-ueber")),
        ("../../etc", NameRule::Character('.'), Some("etc")),
        ("pod\u{202e}x", NameRule::Character('\u{202e}'), Some("pod-x")),
        ("1password", NameRule::FirstNotLetter, Some("password")),
        ("-pod", NameRule::FirstNotLetter, Some("pod")),
        ("pod-", NameRule::LastIsDash, Some("pod")),
        ("pod--tracker", NameRule::DoubleDash, Some("pod-tracker")),
        ("xn--pod", NameRule::DoubleDash, Some("xn-pod")),
        ("www", NameRule::Reserved, Some("www-app")),
        ("nul", NameRule::Reserved, Some("nul-app")),
        ("日本", NameRule::Character('日'), None),
    ];
    for (slug, rule, suggestion) in cases {
        let error = refused(slug);
        assert_eq!(error.rule, rule, "{slug:?}");
        assert_eq!(error.suggestion.as_deref(), suggestion, "{slug:?}");
    }
    assert_eq!(refused(&"a".repeat(41)).rule, NameRule::TooLong(41));
    assert_eq!(
        refused("Pod Tracker").to_string(),
        "The project name “Pod Tracker” holds “P”: only lower-case letters a to z, digits and dashes are allowed. \
         Try “pod-tracker”."
    );
    assert_eq!(refused("").to_string(), "A project needs a name, for example “pod-tracker”.");
}

#[test]
fn every_reserved_word_is_refused_and_the_list_is_sorted() {
    assert!(RESERVED.is_sorted());
    for word in RESERVED {
        assert_eq!(refused(word).rule, NameRule::Reserved, "{word}");
    }
}

#[test]
fn a_title_is_one_visible_line() {
    let name = ProjectName::with_title("pod", "  Pod \t  <b>Tracker</b>\n& \"co\" ").unwrap();
    assert_eq!(name.title(), "Pod <b>Tracker</b> & \"co\"");
    let rule = |title: &str| ProjectName::with_title("pod", title).unwrap_err().rule;
    assert_eq!(rule(" \n "), NameRule::TitleEmpty);
    assert_eq!(rule(&"x".repeat(81)), NameRule::TitleTooLong(81));
    assert_eq!(rule("a\u{202e}b"), NameRule::TitleInvisible);
    assert_eq!(rule("a\u{0}b"), NameRule::TitleInvisible);
}

#[test]
fn a_short_title_fits_under_an_icon() {
    let short = |title: &str| ProjectName::with_title("pod", title).unwrap().short_title();
    assert_eq!(short("Pod Tracker"), "Pod Tracker");
    assert_eq!(short("Pod Tracker Deluxe"), "Pod Tracker");
    assert_eq!(short("Incomprehensibilities"), "Incomprehens");
}

proptest! {
    #[test]
    fn what_passes_is_a_dns_label_and_what_fails_says_so_shortly(slug in "\\PC{0,60}|[a-z0-9-]{0,50}") {
        match ProjectName::parse(&slug) {
            Ok(name) => {
                prop_assert!(name.slug().len() <= 63);
                prop_assert!(name.slug().bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')));
                prop_assert!(!name.slug().starts_with('-') && !name.slug().ends_with('-'));
            }
            Err(error) => {
                prop_assert!(error.to_string().chars().count() < 300);
                if let Some(suggestion) = error.suggestion {
                    prop_assert!(ProjectName::parse(&suggestion).is_ok(), "{}", suggestion);
                }
            }
        }
    }
}
