//! What a machine's own tools use is found, and none of its secrets goes inside.

use std::fs;

use serde_json::json;
use tempfile::tempdir;

use super::super::allow::Meant;
use super::*;

#[test]
fn registries_are_found_where_tools_have_them_and_secrets_stay_outside() {
    let home = tempdir().unwrap();
    let cargo = home.path().join("cargo");
    let index = |name: &str| cargo.join("registry/index").join(name);
    for name in ["index.crates.example-1949cf8c6b5b557f", "code.example-1ecc6299db9ec823"] {
        fs::create_dir_all(index(name)).unwrap();
    }
    fs::write(
        index("index.crates.example-1949cf8c6b5b557f").join("config.json"),
        r#"{"dl": "https://static.crates.example/crates/{crate}/{version}", "api": "https://api.crates.example"}"#,
    )
    .unwrap();
    fs::write(
        cargo.join("config.toml"),
        "[source.crates-io]\nreplace-with = 'mirror'\n[source.mirror]\nregistry = 'sparse+https://me:hush@mirror.example/cargo/'\n\
         [registries.own]\nindex = 'sparse+https://own.example:8443/'\ntoken = 'hush'\n[http]\nproxy = 'me:hush@x'\n",
    )
    .unwrap();
    let bundle = home.path().join("bundle.pem");
    fs::write(&bundle, "PEM").unwrap();
    let variables = [
        ("CARGO_REGISTRIES_OTHER_INDEX", "sparse+https://other.example/"),
        ("CARGO_REGISTRIES_OTHER_TOKEN", "hush"),
        ("SSL_CERT_FILE", bundle.to_str().unwrap()),
        ("NODE_EXTRA_CA_CERTS", "/nowhere.pem"),
    ];
    let machine = Machine {
        variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        npm: json!({
            "registry": "https://npm.example/",
            "@mine:registry": "https://me:hush@scoped.example/npm/",
            "//scoped.example/:_authToken": "hush",
            "https-proxy": "http://me:hush@proxy.example",
        }),
        pip: "global.index-url='https://pip.example/simple'\ninstall.extra-index-url='\\nhttps://a.example/\\nhttps://b.example/'".into(),
        cargo_home: Some(cargo),
    };
    let found = Registries::of(&machine);
    for host in [
        "npm.example",
        "scoped.example",
        "mirror.example",
        "other.example",
        "index.crates.example",
        "static.crates.example",
        "pip.example",
        "a.example",
        "b.example",
    ] {
        assert_eq!(found.allow.find(host, 443, true), Some(Meant::Exactly), "{host} of {}", found.allow);
    }
    assert_eq!(found.allow.find("own.example", 8443, true), Some(Meant::Exactly));
    for host in ["code.example", "api.crates.example", "proxy.example"] {
        assert_eq!(found.allow.find(host, 443, true), None, "{host}");
    }
    assert_eq!(found.withheld(), ["scoped.example", "mirror.example"]);

    let environment: BTreeMap<_, _> = found.environment().into_iter().collect();
    for (name, value) in [
        ("HTTPS_PROXY", "http://127.0.0.1:3128"),
        ("npm_config_registry", "https://npm.example/"),
        ("npm_config_@mine:registry", "https://scoped.example/npm/"),
        ("CARGO_REGISTRIES_OTHER_INDEX", "sparse+https://other.example/"),
        ("PIP_INDEX_URL", "https://pip.example/simple"),
        ("PIP_EXTRA_INDEX_URL", "https://a.example/ https://b.example/"),
        ("SSL_CERT_FILE", "/run/proxy/certificates.pem"),
        ("NODE_EXTRA_CA_CERTS", "/run/proxy/certificates.pem"),
    ] {
        assert_eq!(environment.get(name).map(String::as_str), Some(value), "{name}");
    }
    let home = found.home();
    assert!(!format!("{environment:?}{home:?}").contains("hush"));
    let config: toml::Table = home[0].1.parse().unwrap();
    assert_eq!(config["source"]["crates-io"]["replace-with"].as_str(), Some("mirror"));
    assert_eq!(config["source"]["mirror"]["registry"].as_str(), Some("sparse+https://mirror.example/cargo/"));
    assert_eq!(config["registries"]["own"]["index"].as_str(), Some("sparse+https://own.example:8443/"));
    assert_eq!(config.len(), 2);
}

#[test]
fn a_machine_without_tools_lets_nothing_through() {
    let found = Registries::of(&Machine::default());
    assert!(found.allow.is_empty() && found.home().is_empty() && found.certificates().is_empty());
    assert!(found.environment().iter().all(|(name, _)| !name.contains("registry")));
    let wrong = Machine { npm: json!({"registry": "file:///x", "@a:registry": 7}), ..Machine::default() };
    assert!(Registries::of(&wrong).allow.is_empty());
}

#[test]
fn pips_own_environment_wins_over_its_files() {
    let said = "global.index-url='https://file.example'\n:env:.index-url='https://env.example'\n:env:.cert='/x'";
    assert_eq!(tools::pip_setting(said, "index-url").as_deref(), Some("https://env.example"));
    assert_eq!(tools::pip_setting(said, "cert").as_deref(), Some("/x"));
    assert_eq!(tools::pip_setting(said, "extra-index-url"), None);
}

#[test]
fn settings_name_places_or_are_told_how() {
    let places = ["packages.example".to_owned(), "*.files.example".to_owned()];
    assert_eq!(Registries::only(&places).unwrap().allow().to_string(), "packages.example, *.files.example");
    let fault = Registries::only(&["not a place".to_owned()]).unwrap_err();
    assert!(fault.to_string().contains("not a place"), "{fault}");
}
