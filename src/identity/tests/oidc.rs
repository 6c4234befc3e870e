//! Signing in at a real OpenID Connect provider that runs on this machine, and at one that lies.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use domain::{Clock, ErrorCode, Timestamp};
use identity::oidc::{Pending, Person, Provider, Reply, Settings};
use serde_json::Value;
use url::Url;

/// The provider's process. It ends when its standard input closes, so with this one.
struct Running {
    issuer: String,
    _process: Child,
}

/// The one provider of all tests; none when Node or npm's packages are missing, which only a contributor's machine may
/// be without.
fn running() -> Option<&'static Running> {
    static RUNNING: OnceLock<Option<Running>> = OnceLock::new();
    let running = RUNNING.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let node = Command::new("node").arg("--version").output();
        if node.is_err() || !here.join("../../node_modules/oidc-provider").exists() {
            assert!(
                std::env::var_os("CI").is_none(),
                "Node and npm's packages are required in CI; run script/bootstrap"
            );
            return None;
        }
        let mut process = Command::new("node")
            .arg(here.join("tests/oidc/provider.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let issuer = lines.filter_map(|line| line.strip_prefix("listening ").map(str::to_owned)).next();
        Some(Running { issuer: issuer.expect("the provider starts"), _process: process })
    });
    if running.is_none() {
        println!("skipped: an OpenID Connect provider in Node (run script/bootstrap to get it)");
    }
    running.as_ref()
}

#[derive(Debug)]
struct HandClock(AtomicI64);

impl HandClock {
    fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

struct Setup {
    provider: Arc<Provider>,
    issuer: String,
    clock: Arc<HandClock>,
}

fn settings(issuer: &str, client: &str) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: client.to_owned(),
        client_secret: Some("for tests only, and on this machine only".into()),
        scopes: Settings::SCOPES.map(str::to_owned).into(),
    }
}

/// Where browsers come back to.
fn here() -> Url {
    "https://workshop.example/callback".parse().unwrap()
}

/// The workshop as `client` of the provider.
fn client(client: &str) -> Option<Setup> {
    let issuer = &running()?.issuer;
    Some(with(settings(issuer, client)))
}

fn with(settings: Settings) -> Setup {
    let clock = Arc::new(HandClock(AtomicI64::new(1_790_000_000_000_000)));
    let issuer = settings.issuer.clone();
    Setup { provider: Arc::new(Provider::new(settings, clock.clone()).unwrap()), issuer, clock }
}

impl Setup {
    /// Begins, and lets a browser go through the provider's pages until it is sent back.
    async fn visit(&self) -> (Pending, HashMap<String, String>) {
        let (url, pending) = self.provider.begin(&here()).await.unwrap();
        (pending, self.browse(url).await)
    }

    async fn browse(&self, mut url: Url) -> HashMap<String, String> {
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut cookies = HashMap::<String, String>::new();
        for _ in 0..10 {
            let sent: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let page = browser.get(url.clone()).header("cookie", sent.join("; ")).send().await.unwrap();
            for cookie in page.headers().get_all("set-cookie") {
                let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(location) = page.headers().get("location") else {
                panic!("{url} leads nowhere: {} {}", page.status(), page.text().await.unwrap());
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            if !url.as_str().starts_with(&self.issuer) {
                return url.query_pairs().into_owned().collect();
            }
        }
        panic!("the provider's pages go round in circles");
    }

    async fn finish(&self, pending: &Pending, query: &HashMap<String, String>) -> domain::Result<Person> {
        let reply: Reply = serde_json::from_value(serde_json::to_value(query).unwrap()).unwrap();
        let (provider, pending) = (Arc::clone(&self.provider), pending.clone());
        // On another thread, as a server would.
        tokio::spawn(async move { provider.finish(&pending, &reply).await }).await.unwrap()
    }

    async fn sign_in(&self) -> domain::Result<Person> {
        let (pending, query) = self.visit().await;
        self.finish(&pending, &query).await
    }
}

/// The pending value with one field changed, as it would be kept.
fn changed(pending: &Pending, field: &str, value: &str) -> Pending {
    let mut json = serde_json::to_value(pending).unwrap();
    assert_ne!(json[field], Value::Null);
    json[field] = value.into();
    serde_json::from_value(json).unwrap()
}

/// Refused in words that are safe to show, for a reason (a part of the causes) that is for the log.
#[track_caller]
fn assert_refused(outcome: domain::Result<Person>, code: ErrorCode, reason: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code, code, "{error:?}");
    let causes = chain(&error);
    assert!(causes.contains(reason), "{causes}");
}

#[tokio::test]
async fn anna_signs_in() {
    let Some(setup) = client("workshop") else { return };
    let (url, pending) = setup.provider.begin(&here()).await.unwrap();
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["scope"], "openid profile email");
    let kept = serde_json::to_string(&pending).unwrap();
    assert!(!url.as_str().contains(serde_json::to_value(&pending).unwrap()["verifier"].as_str().unwrap()));
    for name in ["state", "nonce"] {
        assert!(kept.contains(&asked[name]) && !format!("{pending:?}").contains(&asked[name]));
    }

    let query = setup.browse(url).await;
    let person = setup.finish(&serde_json::from_str(&kept).unwrap(), &query).await.unwrap();
    let expected = Person {
        issuer: setup.issuer.clone(),
        subject: "1234-anna".into(),
        preferred_name: Some("anna".into()),
        display_name: Some("Anna Ödegård".into()),
        email: Some("anna@example.org".into()),
        email_verified: true,
    };
    assert_eq!(person, expected);
    assert_refused(setup.finish(&pending, &query).await, ErrorCode::Invalid, "used already");
}

#[tokio::test]
async fn signatures_of_every_usual_kind_are_verified() {
    for algorithm in ["PS256", "ES256", "ES384", "EdDSA", "forge-nothing"] {
        let Some(setup) = client(algorithm) else { return };
        assert_eq!(setup.sign_in().await.unwrap().subject, "1234-anna", "{algorithm}");
    }
}

#[tokio::test]
async fn a_public_client_needs_no_secret() {
    let Some(running) = running() else { return };
    let setup = with(Settings { client_secret: None, ..settings(&running.issuer, "public") });
    assert_eq!(setup.sign_in().await.unwrap().subject, "1234-anna");
}

#[tokio::test]
async fn a_forged_token_proves_nothing() {
    for (name, reason) in [
        ("forge-audience", "audience"),
        ("forge-second-audience", "audience"),
        ("forge-issuer", "issuer"),
        ("forge-nonce", "nonce"),
        ("forge-no-nonce", "nonce"),
        ("forge-expired", "Expired"),
        ("forge-access-token", "the access token is not the one"),
        ("forge-no-signature", "signature"),
        ("forge-shared-secret", "Disallowed signature algorithm"),
        ("forge-signature", "signature"),
        ("forge-unknown-key", "No matching key"),
    ] {
        let Some(setup) = client(name) else { return };
        let (pending, query) = setup.visit().await;
        let outcome = setup.finish(&pending, &query).await;
        let words = outcome.as_ref().map_err(|error| error.message.clone()).unwrap_err();
        assert_eq!(words, "127.0.0.1 did not prove who you are. Please try again, or sign in another way.");
        assert_refused(outcome, ErrorCode::Invalid, reason);
    }
}

#[tokio::test]
async fn a_key_that_is_new_is_asked_for() {
    let Some(setup) = client("new-key") else { return };
    assert_eq!(setup.sign_in().await.unwrap().subject, "1234-anna");
}

#[tokio::test]
async fn a_reply_belongs_to_the_browser_that_began() {
    let Some(setup) = client("workshop") else { return };
    let (pending, query) = setup.visit().await;
    let (theirs, _) = setup.visit().await;
    assert_refused(setup.finish(&theirs, &query).await, ErrorCode::Invalid, "not begun in this browser");
    for state in [None, Some(String::new()), Some("x".into())] {
        let mut query = query.clone();
        query.remove("state");
        query.extend(state.map(|state| ("state".to_owned(), state)));
        assert_refused(setup.finish(&pending, &query).await, ErrorCode::Invalid, "not begun in this browser");
    }
    // Nothing of this has used the code up.
    setup.finish(&pending, &query).await.unwrap();
}

#[tokio::test]
async fn a_reply_of_another_provider_is_refused() {
    let Some(setup) = client("workshop") else { return };
    let (pending, mut query) = setup.visit().await;
    assert_eq!(query["iss"], setup.issuer);
    let other = changed(&pending, "issuer", "https://elsewhere.example");
    assert_refused(setup.finish(&other, &query).await, ErrorCode::Invalid, "another provider");
    query.insert("iss".into(), "https://elsewhere.example".into());
    assert_refused(setup.finish(&pending, &query).await, ErrorCode::Invalid, "another provider");
}

#[tokio::test]
async fn a_stolen_code_is_of_no_use_without_the_verifier() {
    let Some(setup) = client("workshop") else { return };
    let (pending, query) = setup.visit().await;
    let thief = changed(&pending, "verifier", &"x".repeat(43));
    assert_refused(setup.finish(&thief, &query).await, ErrorCode::Invalid, "invalid_grant");
}

#[tokio::test]
async fn a_code_for_another_nonce_proves_nothing() {
    let Some(setup) = client("workshop") else { return };
    let (pending, query) = setup.visit().await;
    let other = changed(&pending, "nonce", "another");
    assert_refused(setup.finish(&other, &query).await, ErrorCode::Invalid, "nonce");
}

#[tokio::test]
async fn people_have_ten_minutes() {
    let Some(setup) = client("workshop") else { return };
    let (pending, query) = setup.visit().await;
    setup.clock.advance(599);
    assert!(setup.clock.now() < pending.until());
    setup.clock.advance(1);
    assert_refused(setup.finish(&pending, &query).await, ErrorCode::Invalid, "ten minutes");
}

#[tokio::test]
async fn who_goes_back_is_told_so() {
    let Some(setup) = client("workshop") else { return };
    let (mut url, pending) = setup.provider.begin(&here()).await.unwrap();
    url.query_pairs_mut().append_pair("login_hint", "refuse");
    let query = setup.browse(url).await;
    assert_refused(setup.finish(&pending, &query).await, ErrorCode::Invalid, "access_denied: the person went back");
    let error = setup.finish(&pending, &query).await.unwrap_err();
    assert!(error.message.contains("went back") && !error.message.contains("the person"), "{}", error.message);
}

#[tokio::test]
async fn user_info_about_someone_else_is_left_out() {
    for name in ["another-person", "no-user-info"] {
        let Some(setup) = client(name) else { return };
        let person = setup.sign_in().await.unwrap();
        assert_eq!((person.subject.as_str(), person.email, person.preferred_name), ("1234-anna", None, None), "{name}");
    }
}

#[tokio::test]
async fn a_wrong_client_secret_is_no_fault_of_the_person() {
    let Some(running) = running() else { return };
    let setup = with(Settings { client_secret: Some("wrong".into()), ..settings(&running.issuer, "workshop") });
    assert_refused(setup.sign_in().await, ErrorCode::Unavailable, "invalid_client");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_as_it_should_is_unavailable() {
    let Some(running) = running() else { return };
    for (issuer, reason) in [
        ("http://127.0.0.1:1".to_owned(), "cannot be reached"),
        (format!("{}/large", running.issuer), "more than"),
        (format!("{}/moved", running.issuer), "302"),
        (format!("{}/nothing", running.issuer), "404"),
        // It names itself otherwise.
        (running.issuer.replace("127.0.0.1", "localhost"), "unexpected issuer"),
    ] {
        let error = with(settings(&issuer, "workshop")).provider.begin(&here()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Unavailable);
        let causes = chain(&error);
        assert!(causes.contains(reason), "{causes}");
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(|error| format!("{error} / ")).collect()
}
