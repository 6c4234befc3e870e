//! Whatever people, helpers and files say stays text: on no page does it become an element, an attribute or a script.

use std::fs;
use std::path::Path;
use std::process::Command;

use domain::{Actor, HelperCommand, HelperName, Party, Process, ProcessStatus, Project, Role, Scope};
use projects::Origin;
use store::Store;
use store::commands::{
    AddPasskey, AnnounceCommands, BeginProject, ChangeProfile, ClaimDelivery, CreateToken, FailDelivery,
    OpenConversation, PostMessage, RecordProcess, StartSession,
};
use store::testing::owner;

use crate::html::{Piece, pieces};
use crate::http::{ask, get};
use crate::workshop::Workshop;

const PAGE: &str = "text/html,application/xhtml+xml";

/// Ways out of every place in which text may stand. No page of ours has a `zx` of its own.
const LONG: &str = "'\"><zxtag zxattr=1 onzx=zxjs()></title></textarea></style></script><script>zxjs()</script>\
     <!--zx--><img src=x onerror=zxjs()><svg/onload=zxjs()> [zxlink](javascript:zxjs()) ![zx](x\" onerror=\"zxjs()) \
     <a href='javascript:zxjs()'> \\\";zxjs();// \u{2028} ${zxjs()} &lt;zxent&gt; &quot;zx";
/// The same, where only a few words fit.
const SHORT: &str = "'\"><zxtag onzx=zx()></title></script><script>";

fn long(label: &str) -> String {
    format!("{label} {LONG}")
}

fn short(label: &str) -> String {
    format!("{label}{SHORT}")
}

/// As it may stand in a query.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What in a page came of a text, though it should have stayed one.
fn faults(page: &str) -> Vec<String> {
    let foreign = |piece: &Piece| match piece {
        Piece::Start { name, attributes } => {
            name.contains("zx") || name.contains('<') || attributes.iter().any(|(key, value)| acts(key, value))
        }
        Piece::End { name } => name.contains("zx"),
        Piece::Raw { within, text } if within == "script" => text.contains("zx") && !only_in_strings(text),
        Piece::Raw { within, text } => within == "style" && text.contains("zx"),
        Piece::Comment(text) => text.contains("zx"),
        Piece::Text(_) => false,
    };
    pieces(page).iter().filter(|piece| foreign(piece)).map(|piece| format!("{piece:?}")).collect()
}

/// Whether an attribute is none of ours, or could run what a text says.
fn acts(key: &str, value: &str) -> bool {
    let target: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let runs = ["javascript:", "vbscript:", "data:"].iter().any(|scheme| target.to_lowercase().starts_with(scheme));
    let leads = matches!(key, "href" | "src" | "action" | "formaction" | "poster" | "xlink:href");
    // A nonce is random and may say `zx` by itself; every hostile text says more.
    let inner = match key {
        "style" | "srcdoc" => value.contains("zx"),
        "nonce" => value.contains("zxtag"),
        _ => false,
    };
    key.contains("zx") || key.contains(['<', '"', '\'']) || key.starts_with("on") || (leads && runs) || inner
}

/// Whether a script says `zx` in strings alone, and nothing in them that ends the script or hides its end.
fn only_in_strings(script: &str) -> bool {
    let mut code = String::new();
    let mut inside = None;
    let mut escaped = false;
    for c in script.chars() {
        match inside {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(quote) if c == quote => inside = None,
            Some('"' | '\'') if c == '\n' => return false,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => inside = Some(c),
            None => code.push(c),
        }
    }
    inside.is_none() && !code.contains("zx") && !script.contains("<!--") && !script.contains("<script")
}

#[test]
fn the_check_sees_what_it_should() {
    for bad in [
        "<zxtag>",
        "<p zxattr>",
        "<p onclick=\"x\">",
        "<a href=\"Java\nScript:x\">",
        "<!-- zx -->",
        "<script>a = \"\";zxjs();\"\"</script>",
        "<script>a = \"<!--<script>zx\"</script>",
        "<script>a = \"\nzx\"</script>",
        "<style>zx</style>",
    ] {
        assert_eq!(faults(bad).len(), 1, "{bad}");
    }
    let fine =
        "<title>zx <zxtag></title><p title='<zxtag>'>zx < &lt;zxtag></p><script>a = \"zx\\\" \\u003czxtag>\"</script>";
    assert_eq!(faults(fine), Vec::<String>::new());
    assert!(!faults(&format!("<p>{LONG}")).is_empty() && !faults(&format!("<p title=\"{SHORT}")).is_empty());
}

/// Puts a helper into the data folder whose manifest and log say what they should not.
fn helper(data: &Path) {
    let folder = data.join("helpers/echo");
    fs::create_dir_all(&folder).unwrap();
    let (description, version) = (short("zxdescription"), "1'\"><zxtag zxversion>");
    let manifest = format!("command = 'node'\ndescription = '''{description}'''\nversion = '''{version}'''\n");
    fs::write(folder.join("helper.toml"), manifest).unwrap();
    fs::write(folder.join("persona.md"), long("zxpersona")).unwrap();
    fs::write(folder.join("process.log"), format!("1 2026-01-01T00:00:00Z {}\n", long("zxline"))).unwrap();
}

/// Commits files to a project whose names and words say what they should not.
fn files(project: &Path) {
    for path in [short("zxfile"), "zx<a/b>/\"><zxtag zxdeep=1 onzx=zx()>.txt".to_owned()] {
        let path = project.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, long("zxcontent")).unwrap();
    }
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(project).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let done = git.args(["-c", "user.email=zx@example.org", "-c"]).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let author = "user.name=zxauthor'\"<zxtag onzx=1>";
    git(&[author, "add", "--all"]);
    git(&[author, "commit", "--quiet", "--message", &short("zxsubject")]);
}

/// What was put where.
struct Put {
    conversation: String,
    project: Project,
}

/// Fills every field that takes words with words that try to be more.
async fn put(workshop: &Workshop) -> Put {
    let store = &workshop.store;
    let echo: HelperName = "echo".parse().unwrap();
    let open =
        OpenConversation { title: short("zxtitle"), participants: vec![Party::Helper(echo.clone())], project: None };
    let conversation = store.run(&owner(), open).await.unwrap().id;
    let say = |body: String| PostMessage { conversation, recipient: None, body, reply_to: None, key: None };
    let posted = store.run(&owner(), say(long("zxbody"))).await.unwrap();
    let reply = PostMessage { reply_to: Some(posted.message.id), ..say(long("zxreply")) };
    store.run(&owner(), reply).await.unwrap();
    let claimed = store.run(&Actor::system(), ClaimDelivery { helper: echo.clone() }).await.unwrap().unwrap();
    let (delivery, token) = (claimed.delivery.id, claimed.token);
    let fail = FailDelivery { delivery, token, error: long("zxfailure") };
    store.run(&Actor::system(), fail).await.unwrap();
    persons(store).await;
    of_helper(store, &echo).await;
    let begin = BeginProject {
        slug: "stuck".parse().unwrap(),
        title: short("zxproject"),
        brief: long("zxbrief"),
        template: "pwa".into(),
        template_version: "1".into(),
        steps: vec![long("zxstep")],
        conversation: Some(conversation),
        message: Some(posted.message.id),
    };
    store.run(&owner(), begin).await.unwrap();
    let projects = &workshop.server.state.projects;
    let begun = projects.make(&owner(), "pod-tracker", None, Origin::default()).await.unwrap();
    let project = projects.finished(&begun).await.unwrap();
    files(&workshop.data.join("projects/pod-tracker"));
    Put { conversation: conversation.to_string(), project }
}

/// The words of a person about themselves, and of their browser.
async fn persons(store: &Store) {
    let user = owner().by.user().cloned().unwrap();
    let profile = ChangeProfile { user: user.clone(), display_name: Some(short("zxdisplay")), time_zone: None };
    store.run(&owner(), profile).await.unwrap();
    let secret = identity::secret::Secret::generate(identity::secret::Kind::ApiToken).unwrap();
    let scope = Scope { role: Role::Viewer, projects: None };
    let expires_at = store.now().plus_seconds(3_600);
    let token = CreateToken { hash: secret.hash(), user: user.clone(), name: short("zxtoken"), scope, expires_at };
    store.run(&owner(), token).await.unwrap();
    let secret = identity::secret::Secret::generate(identity::secret::Kind::Session).unwrap();
    let (name, credential, public_key) = (short("zxpasskey"), vec![1], serde_json::json!({}));
    let passkey = AddPasskey { user: user.clone(), name, credential, public_key, counter: 0 };
    store.run(&owner(), passkey).await.unwrap();
    let (device, place) = (short("zxdevice"), short("zxplace"));
    let start = StartSession { hash: secret.hash(), user, device, place, lasts_seconds: 3_600 };
    store.run(&owner(), start).await.unwrap();
}

/// The words of a helper about itself, and about how it ended.
async fn of_helper(store: &Store, helper: &HelperName) {
    let command = HelperCommand { name: "echo".into(), description: long("zxcommand"), hint: short("zxhint") };
    let announce = AnnounceCommands { helper: helper.clone(), version: None, commands: vec![command] };
    store.run(&Actor::system(), announce).await.unwrap();
    let process = Process {
        id: store.new_id(),
        helper: helper.clone(),
        status: ProcessStatus::Failed,
        room: None,
        pid: None,
        started_at: store.now(),
        ended_at: Some(store.now()),
        restarts: 0,
        next_start_at: None,
        reason: Some(long("zxreason")),
    };
    store.run(&Actor::system(), RecordProcess { process }).await.unwrap();
}

#[tokio::test]
async fn no_text_becomes_markup_on_any_page() {
    let workshop = Workshop::with_files(helper).await;
    let Put { conversation, project } = put(&workshop).await;
    let (query, file) = (encoded(&long("zxquery")), encoded(&short("zxfile")));
    let slug = &project.slug;
    let pages = [
        ("/".to_owned(), &["zxdisplay", "zxtitle", "zxreason"][..]),
        ("/conversations".to_owned(), &["zxtitle"]),
        ("/conversations?new=1".to_owned(), &["zxtitle"]),
        ("/conversations?q=zxbody".to_owned(), &["zxbody", "zxtitle"]),
        (format!("/conversations?q={query}"), &["zxquery"]),
        (format!("/conversations/{conversation}"), &["zxtitle", "zxbody", "zxreply", "zxstep", "zxcommand", "zxhint"]),
        (format!("/conversations/{conversation}?panel=info&reply=1&at=1&x={query}"), &["zxtitle"]),
        ("/helpers".to_owned(), &["zxdescription"]),
        (
            "/helpers/echo".to_owned(),
            &["zxdescription", "zxversion", "zxpersona", "zxline", "zxreason", "zxcommand", "zxhint", "zxfailure"],
        ),
        (format!("/helpers/{query}"), &[]),
        ("/projects".to_owned(), &["zxproject"]),
        ("/projects/stuck".to_owned(), &["zxproject", "zxbrief", "zxstep"]),
        (format!("/projects/{slug}"), &["zxfile", "zxdeep", "zxsubject", "zxauthor"]),
        (format!("/projects/{slug}?file={file}"), &["zxcontent"]),
        (format!("/projects/{slug}?file={query}"), &[]),
        ("/people".to_owned(), &["zxdisplay"]),
        ("/account".to_owned(), &["zxdisplay", "zxtoken", "zxpasskey", "zxdevice", "zxplace"]),
        (format!("/{query}"), &[]),
        (format!("/account?__path=save_profile&__err={query}"), &[]),
        ("/api/v1/".to_owned(), &[]),
    ];
    for (path, labels) in pages {
        let answer = get(workshop.address, &path).header("accept", PAGE).send().await;
        assert!(matches!(answer.status, 200 | 404), "{path}: {} {}", answer.status, answer.text());
        assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{path}");
        let page = answer.text();
        for label in labels {
            assert!(page.contains(label), "{label} is not shown at {path}: {page}");
        }
        assert_eq!(faults(&page), Vec::<String>::new(), "{path}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn no_text_becomes_markup_at_the_door() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let words = short("zxname");
    let query = encoded(&words);
    for path in ["/sign-in?next=", "/join?link=", "/set-up?link=", "/sign-in?next=/"] {
        let page = get(to, &format!("{path}{query}")).stranger().header("accept", PAGE).send().await;
        assert_eq!(faults(&page.text()), Vec::<String>::new(), "{path}");
    }
    let made = ask(to, "POST", "/api/v1/invitations").json(&serde_json::json!({ "role": "viewer", "days": 7 }));
    let link = made.send().await.json()["link"].as_str().unwrap().to_owned();
    for (path, link) in [("/sign-in", words.as_str()), ("/join", link.as_str()), ("/join", words.as_str())] {
        let fields = [
            ("link", link),
            ("next", words.as_str()),
            ("name", words.as_str()),
            ("display_name", words.as_str()),
            ("password", words.as_str()),
            ("password_again", "something else"),
        ];
        let page = ask(to, "POST", path).stranger().header("accept", PAGE).form(&fields).send().await;
        assert!((400..500).contains(&page.status), "{path}: {}", page.status);
        assert_eq!(faults(&page.text()), Vec::<String>::new(), "{path}");
    }
    workshop.close().await;
}

#[tokio::test]
async fn passwords_are_typed_unseen_and_password_managers_can_help() {
    let workshop = Workshop::open().await;
    let to = workshop.address;
    let made = ask(to, "POST", "/api/v1/invitations").json(&serde_json::json!({ "role": "viewer", "days": 7 }));
    let link = made.send().await.json()["link"].as_str().unwrap().to_owned();
    let door = [("/sign-in".to_owned(), "current-password"), (format!("/join?link={link}"), "new-password")];
    for (path, filled) in door {
        let page = get(to, &path).stranger().header("accept", PAGE).send().await.text();
        let secret: Vec<_> = pieces(&page)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Start { name, attributes } if name == "input" => Some(attributes),
                _ => None,
            })
            .filter(|field| field.iter().any(|(key, value)| key == "name" && value.starts_with("password")))
            .collect();
        assert!(!secret.is_empty(), "{path}");
        for field in secret {
            let has = |key: &str, value: &str| field.contains(&(key.to_owned(), value.to_owned()));
            assert!(has("type", "password") && has("autocomplete", filled), "{path}: {field:?}");
            let refuses = ["onpaste", "readonly", "maxlength", "pattern", "value"];
            assert!(
                !field.iter().any(|(key, given)| refuses.contains(&key.as_str()) && !given.is_empty()),
                "{field:?}"
            );
        }
    }
    workshop.close().await;
}

/// Files and exports hold whatever was put into them; a browser is told to show them as no page.
#[tokio::test]
async fn what_is_handed_over_is_no_page() {
    let workshop = Workshop::with_files(helper).await;
    let Put { conversation, .. } = put(&workshop).await;
    let file = "/api/v1/projects/pod-tracker/files";
    let hostile = encoded(&short("zxfile")).replace('+', "%20");
    for (path, kind) in [
        (format!("/api/v1/conversations/{conversation}/export"), "application/json"),
        (format!("/api/v1/conversations/{conversation}/export?format=md"), "text/markdown; charset=utf-8"),
        ("/api/v1/helpers/echo/log".to_owned(), "application/json"),
        ("/api/v1/helpers/echo/log.txt".to_owned(), "text/plain; charset=utf-8"),
        (format!("{file}/index.html"), "text/plain; charset=utf-8"),
        (format!("{file}/sw.js"), "text/plain; charset=utf-8"),
        (format!("{file}/{hostile}"), "text/plain; charset=utf-8"),
        (file.to_owned(), "application/json"),
        ("/api/v1/helpers/echo/persona".to_owned(), "application/json"),
        ("/api/v1/search?q=zxbody".to_owned(), "application/json"),
        ("/api/v1/zx%3Czxtag%3E".to_owned(), "application/problem+json"),
        ("/api/v1/helpers/zx%3Czxtag%3E".to_owned(), "application/problem+json"),
        ("/zx%3Czxtag%3E.png".to_owned(), "application/problem+json"),
    ] {
        let answer = get(workshop.address, &path).send().await;
        assert_eq!(answer.header("content-type"), Some(kind), "{path}: {} {}", answer.status, answer.text());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        let attached = answer.header("content-disposition").is_some_and(|value| value.starts_with("attachment"));
        assert_eq!(attached, path.contains("/export") || path.ends_with("/log.txt"), "{path}");
        let name = answer.header("content-disposition").unwrap_or_default();
        assert!(!name.contains(['<', '>', '\'']) && name.matches('"').count() <= 2, "{path}: {name}");
    }
    workshop.close().await;
}
