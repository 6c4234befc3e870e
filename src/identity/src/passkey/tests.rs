//! Both ceremonies, with an authenticator that behaves and with some that do not.

use std::time::Duration;

use super::authenticator::Authenticator;
use super::*;
use crate::testing::HandClock;

const HERE: &str = "https://workshop.example";

fn passkeys() -> (Passkeys, Arc<HandClock>) {
    let clock = HandClock::new();
    (Passkeys::new(&HERE.parse().unwrap(), clock.clone()).unwrap(), clock)
}

fn authenticator() -> Authenticator {
    Authenticator::at(HERE, "workshop.example")
}

fn user(name: &str) -> UserName {
    name.parse().unwrap()
}

/// Registers a passkey of anna's, with the pending value kept as JSON in between.
fn register(passkeys: &Passkeys, authenticator: &mut Authenticator) -> Result<Passkey> {
    let (options, pending) = passkeys.begin_registration(&user("anna"), "Anna Ödegård", &[])?;
    let pending = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    passkeys.finish_registration(&pending, &authenticator.create(&options))
}

fn sign_in(passkeys: &Passkeys, authenticator: &mut Authenticator, name: &str, passkey: &Passkey) -> Result<Passkey> {
    let (options, pending) = passkeys.begin_sign_in()?;
    let pending = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    let answer = Answer::read(&authenticator.get(&options))?;
    assert_eq!(answer.passkey_id(), passkey.id());
    passkeys.finish_sign_in(&pending, &answer, &user(name), passkey)
}

/// It was refused in the same words as all others, for this reason in the log.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: Result<T>, reason: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code, domain::ErrorCode::Invalid);
    assert!(error.message.starts_with("This passkey was not accepted"), "{}", error.message);
    let cause = error.cause.unwrap().to_string();
    assert!(cause.contains(reason), "{cause}");
}

#[test]
fn a_passkey_is_registered_kept_and_used() {
    let (passkeys, _clock) = passkeys();
    let mut authenticator = authenticator();
    let passkey = register(&passkeys, &mut authenticator).unwrap();
    assert_eq!(passkey.counter().unwrap(), 0);
    assert!(passkey.is_user_verified().unwrap() && !passkey.is_backed_up().unwrap());

    let kept = serde_json::to_string(&passkey).unwrap();
    assert!(kept.len() < 400, "{kept}");
    let passkey: Passkey = serde_json::from_str(&kept).unwrap();
    authenticator.counter = 7;
    let after = sign_in(&passkeys, &mut authenticator, "anna", &passkey).unwrap();
    assert_eq!(after.counter().unwrap(), 7);
    assert_eq!(after.id(), passkey.id());
}

#[test]
fn the_options_say_what_browsers_need() {
    let (passkeys, _clock) = passkeys();
    let passkey = register(&passkeys, &mut authenticator()).unwrap();
    let (options, _) = passkeys.begin_registration(&user("anna"), "Anna", &[passkey]).unwrap();
    assert_eq!(options["rp"]["id"], "workshop.example");
    assert_eq!(options["user"]["name"], "anna");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "preferred");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
    let algorithms: Vec<_> = options["pubKeyCredParams"].as_array().unwrap().iter().map(|one| &one["alg"]).collect();
    assert!([-7, -8, -257].iter().all(|algorithm| algorithms.contains(&&Value::from(*algorithm))), "{algorithms:?}");
    assert!(!options.to_string().contains(&base64_of("anna")), "the handle does not give the name away");

    let (options, _) = passkeys.begin_sign_in().unwrap();
    assert_eq!(options["rpId"], "workshop.example");
    assert_eq!(options["userVerification"], "preferred");
    assert_eq!(options["allowCredentials"], serde_json::json!([]));
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn an_authenticator_that_cannot_verify_its_user_will_do() {
    let (passkeys, _clock) = passkeys();
    let mut authenticator = authenticator();
    authenticator.verifies_users = false;
    let passkey = register(&passkeys, &mut authenticator).unwrap();
    assert!(!passkey.is_user_verified().unwrap());
    sign_in(&passkeys, &mut authenticator, "anna", &passkey).unwrap();
}

#[test]
fn a_counter_that_lags_behind_tells_a_copy() {
    let (passkeys, _clock) = passkeys();
    let mut authenticator = authenticator();
    authenticator.counter = 5;
    let passkey = register(&passkeys, &mut authenticator).unwrap();
    for lagging in [5, 4, 0] {
        authenticator.counter = lagging;
        assert_refused(sign_in(&passkeys, &mut authenticator, "anna", &passkey), "counter");
    }
    authenticator.counter = 6;
    sign_in(&passkeys, &mut authenticator, "anna", &passkey).unwrap();
}

#[test]
fn another_site_cannot_use_it() {
    let (passkeys, _clock) = passkeys();
    let mut real = authenticator();
    let passkey = register(&passkeys, &mut real).unwrap();
    for origin in ["https://workshop.example.evil.example", "http://workshop.example", "https://workshop.example:8443"]
    {
        real.origin = origin.to_owned();
        assert_refused(sign_in(&passkeys, &mut real, "anna", &passkey), "origin");
        let mut fresh = Authenticator::at(origin, "workshop.example");
        assert_refused(register(&passkeys, &mut fresh), "origin");
    }
    real.origin = HERE.to_owned();
    real.relying_party = "evil.example".to_owned();
    assert_refused(sign_in(&passkeys, &mut real, "anna", &passkey), "");
}

#[test]
fn an_answer_fits_only_the_question_it_was_made_for() {
    let (passkeys, _clock) = passkeys();
    let mut authenticator = authenticator();
    let passkey = register(&passkeys, &mut authenticator).unwrap();
    let (options, _) = passkeys.begin_sign_in().unwrap();
    let (_, other) = passkeys.begin_sign_in().unwrap();
    let answer = Answer::read(&authenticator.get(&options)).unwrap();
    assert_refused(passkeys.finish_sign_in(&other, &answer, &user("anna"), &passkey), "challenge");

    let (options, _) = passkeys.begin_registration(&user("anna"), "Anna", &[]).unwrap();
    let (_, other) = passkeys.begin_registration(&user("anna"), "Anna", &[]).unwrap();
    assert_refused(passkeys.finish_registration(&other, &authenticator.create(&options)), "challenge");
}

#[test]
fn nobody_signs_in_as_someone_else() {
    let (passkeys, _clock) = passkeys();
    let (mut annas, mut bens) = (authenticator(), authenticator());
    let passkey = register(&passkeys, &mut annas).unwrap();
    let other = register(&passkeys, &mut bens).unwrap();
    assert_refused(sign_in(&passkeys, &mut annas, "ben", &passkey), "user");

    let (options, pending) = passkeys.begin_sign_in().unwrap();
    let answer = Answer::read(&annas.get(&options)).unwrap();
    assert_refused(passkeys.finish_sign_in(&pending, &answer, &user("anna"), &other), "");
}

#[test]
fn a_signature_of_another_key_is_refused() {
    let (passkeys, _clock) = passkeys();
    let mut authenticator = authenticator();
    let passkey = register(&passkeys, &mut authenticator).unwrap();
    let (options, pending) = passkeys.begin_sign_in().unwrap();
    let mut answer: Value = serde_json::from_slice(&authenticator.get(&options)).unwrap();
    let mut thief = self::authenticator();
    thief.create(&passkeys.begin_registration(&user("anna"), "Anna", &[]).unwrap().0);
    let theirs: Value = serde_json::from_slice(&thief.get(&options)).unwrap();
    answer["response"]["signature"] = theirs["response"]["signature"].clone();
    let answer = Answer::read(answer.to_string().as_bytes()).unwrap();
    assert_refused(passkeys.finish_sign_in(&pending, &answer, &user("anna"), &passkey), "");
}

#[test]
fn people_have_five_minutes() {
    let (passkeys, clock) = passkeys();
    let mut authenticator = authenticator();
    let passkey = register(&passkeys, &mut authenticator).unwrap();
    let (options, registering) = passkeys.begin_registration(&user("anna"), "Anna", &[]).unwrap();
    let (get_options, signing_in) = passkeys.begin_sign_in().unwrap();
    let answer = Answer::read(&authenticator.get(&get_options)).unwrap();
    clock.advance(Duration::from_secs(300));
    assert_eq!(registering.until(), clock.now());
    assert_eq!(signing_in.until(), clock.now());
    let late = passkeys.finish_registration(&registering, &authenticator.create(&options)).unwrap_err();
    assert!(late.message.contains("five minutes"));
    let late = passkeys.finish_sign_in(&signing_in, &answer, &user("anna"), &passkey).unwrap_err();
    assert!(late.message.contains("five minutes"));
}

#[test]
fn what_is_no_answer_is_refused() {
    let (passkeys, _clock) = passkeys();
    let (_, pending) = passkeys.begin_registration(&user("anna"), "Anna", &[]).unwrap();
    for json in ["", "null", "{}", "[]", r#"{"id":"x","rawId":"y","type":"public-key"}"#] {
        assert_refused(Answer::read(json.as_bytes()), "");
        assert_refused(passkeys.finish_registration(&pending, json.as_bytes()), "");
    }
}

#[test]
fn passkeys_need_a_host_name_and_https() {
    for (address, part) in
        [("http://127.0.0.1:3000", "host name"), ("https://[::1]", "host name"), ("http://workshop.example", "https")]
    {
        let error = Passkeys::new(&address.parse().unwrap(), HandClock::new()).unwrap_err();
        assert!(error.message.contains(part), "{}", error.message);
    }
    let clock = HandClock::new();
    let local = Passkeys::new(&"http://localhost:3000/".parse().unwrap(), clock).unwrap();
    register(&local, &mut Authenticator::at("http://localhost:3000", "localhost")).unwrap();
}
