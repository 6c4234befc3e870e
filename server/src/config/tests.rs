//! What people will really write: right, wrong and in between.

use std::collections::BTreeMap;
use std::fs;

use super::keys::{KEYS, env_names, file_names};
use super::*;

struct Desk {
    folder: tempfile::TempDir,
    inputs: Inputs,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inputs = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
        Self { folder, inputs }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::create_dir_all(self.folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.inputs.env.insert(name.into(), value.into());
        self
    }

    fn flag(mut self, key: &'static str, flag: &'static str, value: &str) -> Self {
        self.inputs.flags.push((key, flag, value.into()));
        self
    }

    fn good(&self) -> Config {
        Config::load(&self.inputs).unwrap_or_else(|error| panic!("{error}"))
    }

    fn fault(&self) -> String {
        Config::load(&self.inputs).unwrap_err().to_string()
    }
}

#[test]
fn flags_beat_the_environment_which_beats_the_file_which_beats_the_default() {
    let desk = Desk::new();
    assert_eq!(desk.good().server.listen.port(), 3000);
    let desk = desk.file("tatwats.toml", "[server]\nlisten = \"127.0.0.1:3001\"\n");
    assert_eq!(desk.good().server.listen.port(), 3001);
    let desk = desk.file(".env", "TATWATS_LISTEN=127.0.0.1:3002\n");
    assert_eq!(desk.good().server.listen.port(), 3002);
    let desk = desk.env("LEPTOS_SITE_ADDR", "127.0.0.1:3003");
    assert_eq!(desk.good().server.listen.port(), 3003);
    let desk = desk.env("TATWATS_LISTEN", "localhost:3004");
    assert_eq!(desk.good().server.listen.port(), 3004);
    let desk = desk.flag("server.listen", "--listen", "[::1]:3005");
    assert_eq!(desk.good().server.listen.port(), 3005);
}

#[test]
fn a_misspelt_key_is_refused_and_the_nearest_named() {
    for (text, part) in [
        ("[server]\nlissten = \"127.0.0.1:1\"\n", "server.lissten"),
        ("[server]\nlissten = \"127.0.0.1:1\"\n", "did you mean server.listen?"),
        ("listen = \"127.0.0.1:1\"\n", "did you mean server.listen?"),
        ("[sever]\nlisten = \"127.0.0.1:1\"\n", "did you mean server.listen?"),
        ("[database]\nurl_fil = \"x\"\n", "did you mean database.url_file?"),
        ("[zzz]\nqqqq = 1\n", "there is no such setting"),
    ] {
        let fault = Desk::new().file("tatwats.toml", text).fault();
        assert!(fault.contains(part), "{text}: {fault}");
        assert!(fault.contains("tatwats.toml"), "{fault}");
    }
    let warnings = Desk::new().env("TATWATS_LISTN", "x").good().warnings;
    assert!(warnings[0].contains("Did you mean TATWATS_LISTEN?"), "{warnings:?}");
}

#[test]
fn every_fault_is_told_at_once_with_its_source() {
    let fault = Desk::new()
        .env("TATWATS_LISTEN", "everywhere")
        .file("tatwats.toml", "[helpers]\nstart = \"maybe\"\n[stream]\nmax_sockets = 0\n[log]\nformat = [\"x\"]\n")
        .fault();
    for part in [
        "server.listen (environment variable TATWATS_LISTEN)",
        "helpers.start",
        "“maybe”",
        "stream.max_sockets",
        "log.format",
        "array",
    ] {
        assert!(fault.contains(part), "{part}: {fault}");
    }
}

#[test]
fn the_address_by_which_it_is_reached_is_the_public_one_or_the_servers() {
    for (listen, public) in [("0.0.0.0:3000", "http://127.0.0.1:3000"), ("192.168.1.5:80", "http://192.168.1.5")] {
        assert_eq!(Desk::new().env("TATWATS_LISTEN", listen).good().public().to_string(), public);
    }
    let desk = Desk::new().env("TATWATS_PUBLIC_URL", "https://Workshop.example/");
    assert_eq!(desk.good().public().to_string(), "https://workshop.example");
    let fault = Desk::new().env("TATWATS_PUBLIC_URL", "workshop.example").fault();
    assert!(fault.contains("server.public_url") && fault.contains("https://workshop.example"), "{fault}");
}

#[test]
fn tls_takes_a_certificate_and_its_key() {
    let desk = Desk::new().env("TATWATS_TLS_CERTIFICATE", "tls/cert.pem");
    let fault = desk.fault();
    assert!(fault.contains("is given without tls.key; TLS needs both"), "{fault}");
    let desk = desk.file("tatwats.toml", "[tls]\nkey = \"key.pem\"\n");
    let config = desk.good();
    let tls = config.tls.as_ref().unwrap();
    assert!(tls.certificate.ends_with("tls/cert.pem") && tls.key.ends_with("key.pem"), "{tls:?}");
    assert_eq!(config.public().to_string(), "https://127.0.0.1:3000");
    let fault = desk.env("TATWATS_PUBLIC_URL", "http://workshop.example").fault();
    assert!(fault.contains("must begin with https://"), "{fault}");
}

#[test]
fn proxies_and_other_sites_are_lists() {
    let desk = Desk::new().env("TATWATS_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,,fd00::/8");
    let proxies = desk.good().server.trusted_proxies;
    assert_eq!(proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
    for (name, bad) in [
        ("TATWATS_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TATWATS_TRUSTED_PROXIES", "proxy.example"),
        ("TATWATS_CORS_ORIGINS", "*"),
        ("TATWATS_CORS_ORIGINS", "https://a.example, b.example"),
    ] {
        assert!(Desk::new().env(name, bad).fault().contains(name), "{bad}");
    }
}

#[test]
fn the_database_needs_its_scheme() {
    let desk = Desk::new();
    assert_eq!(desk.good().database.url(), format!("sqlite://{}/data/tatwats.db", desk.folder.path().display()));
    for url in
        ["tatwats.db", "sqlite:tatwats.db", "mysql://x", "sqlite://", "sqlite://:memory:", "postgres://host:port/x"]
    {
        let fault = Desk::new().env("DATABASE_URL", url).fault();
        assert!(fault.contains("database.url (environment variable DATABASE_URL)"), "{url}: {fault}");
    }
    let relative = Desk::new().env("DATABASE_URL", "sqlite://here/x y?.db");
    assert!(relative.fault().contains("parameters"));
}

#[test]
fn no_secret_is_ever_printed() {
    let url = "postgres://tat:hunter2@localhost/tat?password=hunter2&sslmode=disable";
    let config = Desk::new()
        .file("url", &format!("{url}\n"))
        .env("DATABASE_URL_FILE", "url")
        .env("TATWATS_MODEL_KEY", "hunter2")
        .env("TATWATS_OIDC_ISSUER", "https://accounts.example")
        .env("TATWATS_OIDC_CLIENT_ID", "workshop")
        .env("TATWATS_OIDC_CLIENT_SECRET", "hunter2")
        .env("TATWATS_MODEL_URL", "http://127.0.0.1:1/v1")
        .env("TATWATS_MODEL_NAME", "m")
        .good();
    assert_eq!(config.database.url(), url);
    assert_eq!(config.model.as_ref().and_then(|model| model.key.as_ref()).map(Secret::reveal), Some("hunter2"));
    let shown = format!("{config:?} {}", config.database);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("tat:***@localhost"), "{shown}");

    for (name, value) in [("DATABASE_URL", "hunter2@host"), ("DATABASE_URL", "postgres://u:hunter2@ho st:x/")] {
        let fault = Desk::new().env(name, value).fault();
        assert!(!fault.contains("hunter2"), "{fault}");
    }
    let fault = Desk::new().file("tatwats.toml", "[database]\nurl = \"hunter2\n").fault();
    assert!(fault.contains("line 2") && !fault.contains("hunter2"), "{fault}");
    let fault = Desk::new().file(".env", "DATABASE_URL=hunter2 hunter2\n").fault();
    assert!(!fault.contains("hunter2"), "{fault}");
}

#[test]
fn a_secret_given_twice_or_in_a_missing_file_is_refused() {
    let twice = Desk::new().file("f", "x").env("TATWATS_MODEL_KEY", "a").env("TATWATS_MODEL_KEY_FILE", "f").fault();
    assert!(twice.contains("give one of them"), "{twice}");
    let missing = Desk::new().env("DATABASE_URL_FILE", "gone").fault();
    assert!(missing.contains("gone") && missing.contains("DATABASE_URL_FILE"), "{missing}");
    let half = Desk::new().env("TATWATS_MODEL_NAME", "m").fault();
    assert!(half.contains("without model.url"), "{half}");
    let half = Desk::new().env("TATWATS_OIDC_CLIENT_ID", "workshop").fault();
    assert!(half.contains("without oidc.issuer"), "{half}");
}

#[test]
fn newcomers_from_a_provider_get_a_role_only_where_it_is_said() {
    let desk =
        || Desk::new().env("TATWATS_OIDC_ISSUER", "https://accounts.example").env("TATWATS_OIDC_CLIENT_ID", "workshop");
    let oidc = desk().good().oidc.unwrap();
    assert_eq!((oidc.role, oidc.name.as_str()), (None, "accounts.example"));
    assert_eq!(desk().env("TATWATS_OIDC_ROLE", "none").good().oidc.unwrap().role, None);
    let viewer = desk().env("TATWATS_OIDC_ROLE", "viewer").env("TATWATS_OIDC_NAME", " Example ").good().oidc.unwrap();
    assert_eq!((viewer.role, viewer.name.as_str()), (Some(domain::Role::Viewer), "Example"));
    let wrong = desk().env("TATWATS_OIDC_ROLE", "boss").env("TATWATS_OIDC_ISSUER", "accounts").fault();
    assert!(wrong.contains("“boss” is not a role") && wrong.contains("https://accounts.example"), "{wrong}");
}

#[test]
fn the_file_is_found_here_in_the_data_folder_or_where_told() {
    let desk = Desk::new().file("data/tatwats.toml", "[log]\nformat = \"json\"\n");
    assert!(desk.good().log.json);
    assert_eq!(desk.good().files.len(), 1);
    let desk = desk.file("tatwats.toml", "[log]\nformat = \"text\"\n");
    assert!(!desk.good().log.json);
    let mut desk = desk.file("etc/other.toml", "[data]\nfolder = \"../elsewhere\"\n");
    desk.inputs.file = Some("etc/other.toml".into());
    assert!(desk.good().data.ends_with("etc/../elsewhere"));
    desk.inputs.file = Some("gone.toml".into());
    assert!(desk.fault().contains("gone.toml"));
    let circle = Desk::new().file("data/tatwats.toml", "[data]\nfolder = \"away\"\n").fault();
    assert!(circle.contains("cannot name another data folder"), "{circle}");
}

#[test]
fn the_sample_shows_every_setting_and_nothing_else() {
    let sample = include_str!("../../../tatwats.sample.toml");
    assert!(Desk::new().file("tatwats.toml", sample).good().warnings.is_empty());
    let bare: String = sample
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        });
    let table: toml::Table = bare.parse().unwrap_or_else(|error| panic!("{error}"));
    let mut shown: Vec<String> = table
        .iter()
        .flat_map(|(section, keys)| keys.as_table().unwrap().keys().map(move |key| format!("{section}.{key}")))
        .collect();
    shown.sort();
    let mut known: Vec<String> = file_names().collect();
    known.sort();
    assert_eq!(shown, known);
    for name in env_names().filter(|name| !name.starts_with("LEPTOS_")) {
        assert!(sample.contains(&name), "{name} is not in the sample");
    }
}

#[test]
fn the_samples_values_are_the_defaults_or_valid_examples() {
    let sample = include_str!("../../../tatwats.sample.toml");
    let without_files: String = sample
        .lines()
        .filter(|line| !line.contains("_file ="))
        .map(|line| format!("{}\n", line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line)))
        .collect();
    let (shown, bare) = (Desk::new().file("tatwats.toml", &without_files).good(), Desk::new().good());
    assert_eq!(shown.server.listen, bare.server.listen);
    assert_eq!(shown.server.shutdown, bare.server.shutdown);
    assert_eq!(shown.log.filter, bare.log.filter);
    assert_eq!(format!("{:?}", shown.stream), format!("{:?}", bare.stream));
}

#[test]
fn keys_are_named_once() {
    let mut names = BTreeMap::new();
    for key in &KEYS {
        for name in key.env.iter().chain([&key.name]) {
            assert!(names.insert(*name, ()).is_none(), "{name} stands twice");
        }
    }
}

#[test]
fn sandboxes_are_tightened_by_settings_and_never_loosened() {
    let desk = Desk::new();
    let sandbox = desk.good().sandbox;
    assert_eq!((sandbox.settings, sandbox.warm, sandbox.at_once), (::sandbox::Settings::default(), 1, None));
    let desk = Desk::new().file(
        "tatwats.toml",
        "[sandbox]\nroom = \"namespace\"\nrun = \"pids=32 seconds=5\"\nbuild = \"network=none\"\ntools = \"/opt/a, /opt/b\"\n",
    );
    let sandbox = desk.good().sandbox;
    assert_eq!(sandbox.limits[&domain::sandbox::Preset::Run].pids, Some(32));
    assert_eq!(sandbox.tools.len(), 2);
    for (name, value, part) in [
        ("TATWATS_SANDBOX_ROOM", "chroot", "auto, docker, namespace"),
        ("TATWATS_SANDBOX_RUN", "memory=2GiB", "settings only tighten"),
        ("TATWATS_SANDBOX_RUN", "pids=1", "at least 4"),
        ("TATWATS_SANDBOX_BUILD", "network=full", "settings only tighten"),
        ("TATWATS_SANDBOX_HELPER", "memory=lots", "like 512MiB"),
        ("TATWATS_SANDBOX_ENGINE", "docker.sock", "like unix:///"),
        ("TATWATS_SANDBOX_TOOLS", "opt", "must begin with /"),
        ("TATWATS_SANDBOX_REGISTRIES", "a b", "is no host"),
    ] {
        let fault = Desk::new().env(name, value).fault();
        assert!(fault.contains(part) && fault.contains(name), "{fault}");
    }
}
