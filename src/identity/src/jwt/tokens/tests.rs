//! Tokens that are good, and every way to be refused.

use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::*;
use crate::jwt::from_base64;
use crate::testing::HandClock;

const HERE: &str = "https://workshop.example";
const REVIEW: &str = "https://review.example";
const TEN_MINUTES: Duration = Duration::from_secs(600);

fn grant() -> Grant {
    Grant {
        subject: "anna".into(),
        audience: REVIEW.into(),
        client: "ci".into(),
        scope: vec!["read".into()],
        roles: vec!["editor".into()],
    }
}

fn tokens() -> (Tokens, Arc<HandClock>) {
    let clock = HandClock::new();
    let key = SigningKey::generate(clock.now()).unwrap();
    (Tokens::new(HERE, TEN_MINUTES, vec![key], clock.clone()), clock)
}

fn issue(tokens: &Tokens) -> String {
    tokens.issue(grant()).unwrap().token.expose_secret().to_owned()
}

/// The token with another header, signed by the same key as by an insider.
fn with_header(tokens: &Tokens, header: &Value) -> String {
    let token = issue(tokens);
    let body = token.split('.').nth(1).unwrap();
    let text = format!("{}.{body}", to_base64(header.to_string()));
    let signature = to_base64(tokens.keys()[0].sign(text.as_bytes()).unwrap());
    format!("{text}.{signature}")
}

#[test]
fn a_token_says_what_was_granted() {
    let (tokens, clock) = tokens();
    let issued = tokens.issue(grant()).unwrap();
    let claims = tokens.verify(issued.token.expose_secret(), REVIEW).unwrap();
    assert_eq!(claims, issued.claims);
    assert_eq!(claims.expires - claims.issued, 600);
    assert_eq!(claims.issued, clock.now().micros() / 1_000_000);
    let header = from_base64(issued.token.expose_secret().split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({ "typ": "at+jwt", "alg": "ES256", "kid": tokens.keys()[0].id() }));
    assert_ne!(tokens.issue(grant()).unwrap().claims.id, claims.id);
    assert!(!format!("{issued:?}").contains(issued.token.expose_secret()));
}

#[test]
fn it_expires_and_is_good_nowhere_else() {
    let (tokens, clock) = tokens();
    let token = issue(&tokens);
    assert_eq!(tokens.verify(&token, "https://other.example"), Err(Refusal::Audience));
    clock.advance(Duration::from_secs(659));
    assert!(tokens.verify(&token, REVIEW).is_ok(), "clocks of others may be a minute off");
    clock.advance(Duration::from_secs(1));
    assert_eq!(tokens.verify(&token, REVIEW), Err(Refusal::Expired));
    clock.go_back(Duration::from_secs(660 + 62));
    assert_eq!(tokens.verify(&token, REVIEW), Err(Refusal::NotYet));
}

#[test]
fn another_workshop_is_another_issuer_even_with_the_same_key() {
    let (tokens, clock) = tokens();
    let private = tokens.keys()[0].private().expose_secret().to_vec();
    let key = SigningKey::from_private(&private, clock.now(), None).unwrap();
    let other = Tokens::new("https://other.example", TEN_MINUTES, vec![key], clock);
    assert_eq!(tokens.verify(&issue(&other), REVIEW), Err(Refusal::Issuer));
}

#[test]
fn a_retired_key_verifies_until_the_last_of_its_tokens_has_expired() {
    let (tokens, clock) = tokens();
    let old = issue(&tokens);
    let retired = tokens.keys.write().unwrap().remove(0).retired(clock.now());
    let next = SigningKey::generate(clock.now()).unwrap();
    let (old_id, next_id) = (retired.id().to_owned(), next.id().to_owned());
    tokens.set_keys(vec![retired, next]);

    assert!(tokens.verify(&old, REVIEW).is_ok());
    let ids = |tokens: &Tokens| -> Vec<String> {
        let set = tokens.key_set();
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&tokens), [old_id, next_id.clone()]);
    let new = issue(&tokens);
    let header = from_base64(new.split('.').next().unwrap()).unwrap();
    assert!(String::from_utf8(header).unwrap().contains(&next_id), "the new key signs");

    clock.advance(Duration::from_secs(660));
    assert_eq!(ids(&tokens), [next_id]);
    assert_eq!(tokens.verify(&old, REVIEW), Err(Refusal::UnknownKey), "signed by a key that is good no more");
}

#[test]
fn without_a_key_in_use_none_is_issued() {
    let (tokens, clock) = tokens();
    let retired = tokens.keys.write().unwrap().remove(0).retired(clock.now());
    tokens.set_keys(vec![retired]);
    assert_eq!(tokens.issue(grant()).unwrap_err().code, domain::ErrorCode::Internal);
}

#[test]
fn a_scope_is_one_word() {
    let (tokens, _clock) = tokens();
    for word in ["read admin", "", " "] {
        let error = tokens.issue(Grant { scope: vec![word.into()], ..grant() }).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("scope"));
    }
}

#[test]
fn only_access_tokens_by_our_own_algorithm_are_looked_at() {
    let (tokens, _clock) = tokens();
    let kid = tokens.keys()[0].id().to_owned();
    let good = json!({ "typ": "at+jwt", "alg": "ES256", "kid": kid });
    let other = |name: &str, value: Value| {
        let mut header = good.clone();
        header[name] = value;
        tokens.verify(&with_header(&tokens, &header), REVIEW)
    };
    assert!(other("typ", json!("application/AT+JWT")).is_ok(), "the long form is the same");
    for typ in [json!("JWT"), json!("id+jwt"), Value::Null] {
        assert_eq!(other("typ", typ), Err(Refusal::NotAnAccessToken));
    }
    for alg in ["none", "None", "HS256", "RS256", "es256", ""] {
        assert_eq!(other("alg", json!(alg)), Err(Refusal::NotAnAccessToken), "{alg}");
    }
    assert_eq!(other("crit", json!(["exp"])), Err(Refusal::NotAnAccessToken));
    for kid in [json!("other"), Value::Null] {
        assert_eq!(other("kid", kid), Err(Refusal::UnknownKey));
    }
}

#[test]
fn a_token_of_another_key_that_claims_our_key_is_refused() {
    let (ours, clock) = tokens();
    let theirs = Tokens::new(HERE, TEN_MINUTES, vec![SigningKey::generate(clock.now()).unwrap()], clock);
    assert_eq!(ours.verify(&issue(&theirs), REVIEW), Err(Refusal::UnknownKey));
    let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": ours.keys()[0].id() });
    assert_eq!(ours.verify(&with_header(&theirs, &header), REVIEW), Err(Refusal::Signature));
}

#[test]
fn what_is_no_token_is_refused() {
    let (tokens, _clock) = tokens();
    let good = issue(&tokens);
    let cut = good.rsplit_once('.').unwrap().0;
    for text in ["", ".", "..", "a.b.c", cut, &format!("{cut}."), &format!("{good}.x"), &"a".repeat(9_000)] {
        assert!(tokens.verify(text, REVIEW).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_changed_token_is_good(at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_.-]") {
        let (tokens, _clock) = tokens();
        let good = issue(&tokens);
        let at = at.index(good.len());
        let changed = format!("{}{with}{}", &good[..at], &good[at + 1..]);
        prop_assume!(changed != good);
        prop_assert!(tokens.verify(&changed, REVIEW).is_err());
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}") {
        let (tokens, _clock) = tokens();
        prop_assert!(tokens.verify(&text, REVIEW).is_err());
    }
}
