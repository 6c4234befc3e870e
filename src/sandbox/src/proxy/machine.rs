//! Which package registries this machine itself uses, by the configuration of its own tools, and how to tell the tools
//! inside. None is named here: a machine that uses a mirror lets sandboxes go there, and nowhere else.

mod cargo;
mod tools;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use url::Url;

use super::{Allow, CERTIFICATES, MORE_CERTIFICATES};
use crate::Fault;

/// The registries that sandboxes may reach, and what tools inside have to know of them.
#[derive(Debug, Clone, Default)]
pub struct Registries {
    pub(super) allow: Allow,
    /// For the tools inside.
    variables: Vec<(String, String)>,
    /// For cargo inside, which cannot be told of replaced sources by variables.
    cargo: Option<String>,
    /// The file of the certificates that this machine's tools trust, where they were told of one.
    certificates: Option<PathBuf>,
    /// And of those that they trust besides.
    more_certificates: Option<PathBuf>,
    /// Hosts in whose address there is a user name or password.
    withheld: Vec<String>,
}

/// What is known of a machine.
#[derive(Debug, Default)]
struct Machine {
    variables: BTreeMap<String, String>,
    /// What `npm config list --json` says.
    npm: serde_json::Value,
    /// What `pip config list` says.
    pip: String,
    cargo_home: Option<PathBuf>,
}

impl Registries {
    /// Only these places, as [`Allow::add`] reads them.
    ///
    /// # Errors
    /// [`Fault::Refused`] names a place that is none.
    pub fn only(places: &[String]) -> Result<Self, Fault> {
        let mut registries = Self::default();
        for place in places {
            registries.allow.add(place)?;
        }
        Ok(registries)
    }

    /// Those that npm, cargo and pip on this machine use, as far as they are there, and the `places` that settings name
    /// besides. What cargo uses without any configuration is known from its cache, once it has been used; what pip uses
    /// without any is not known.
    ///
    /// Asks npm and pip, which takes a second or two.
    ///
    /// # Errors
    /// [`Fault::Refused`] names a place of the settings that is none.
    pub async fn of_this_machine(places: &[String]) -> Result<Self, Fault> {
        let variables: BTreeMap<String, String> = std::env::vars().collect();
        let (npm, pip) = tokio::join!(tools::npm(), tools::pip());
        let cargo_home = cargo::home(&variables);
        let machine = Machine { variables, npm, pip, cargo_home };
        let read = tokio::task::spawn_blocking(move || Self::of(&machine)).await;
        let mut registries =
            read.map_err(|error| Fault::infrastructure("its registries could not be found.", error))?;
        for place in places {
            registries.allow.add(place)?;
        }
        Ok(registries)
    }

    /// The places that may be reached.
    #[must_use]
    pub fn allow(&self) -> &Allow {
        &self.allow
    }

    /// Hosts whose registry this machine reaches with a user name and password in its address. Those stay outside, so
    /// tools inside may be turned away there.
    #[must_use]
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }

    fn of(machine: &Machine) -> Self {
        let mut found = Self::default();
        found.npm(&machine.npm);
        found.pip(machine);
        found.cargo(machine);
        let file = |path: Option<&str>| path.map(PathBuf::from).filter(|path| path.is_file());
        let variable = |name| machine.variables.get(name).map(String::as_str);
        let pip_certificates = tools::pip_setting(&machine.pip, "cert");
        found.certificates = file(variable("SSL_CERT_FILE"))
            .or_else(|| file(variable("CARGO_HTTP_CAINFO")))
            .or_else(|| file(machine.npm["cafile"].as_str()))
            .or_else(|| file(pip_certificates.as_deref()));
        found.more_certificates = file(variable("NODE_EXTRA_CA_CERTS"));
        found
    }

    fn npm(&mut self, config: &serde_json::Value) {
        for (key, value) in config.as_object().into_iter().flatten() {
            let is_registry = key == "registry" || (key.starts_with('@') && key.ends_with(":registry"));
            if let Some(url) = value.as_str().filter(|_| is_registry).and_then(|url| self.registry("npm", url)) {
                self.variables.push((format!("npm_config_{key}"), url));
            }
        }
    }

    fn pip(&mut self, machine: &Machine) {
        for (variable, setting) in [("PIP_INDEX_URL", "index-url"), ("PIP_EXTRA_INDEX_URL", "extra-index-url")] {
            let value = machine.variables.get(variable).cloned().or_else(|| tools::pip_setting(&machine.pip, setting));
            let urls: Vec<String> =
                value.unwrap_or_default().split_whitespace().filter_map(|url| self.registry("pip", url)).collect();
            if !urls.is_empty() {
                self.variables.push((variable.to_owned(), urls.join(" ")));
            }
        }
    }

    fn cargo(&mut self, machine: &Machine) {
        let home = machine.cargo_home.as_deref();
        let config = home.map(cargo::config).unwrap_or_default();
        let mut shown = toml::Table::new();
        for (section, fields, url_field) in
            [("source", ["registry", "replace-with"], "registry"), ("registries", ["index", "protocol"], "index")]
        {
            for (name, table) in config.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                let mut inside = toml::Table::new();
                for field in fields {
                    let Some(value) = table.get(field).and_then(toml::Value::as_str) else { continue };
                    let value = if field == url_field { self.registry("cargo", value) } else { Some(value.to_owned()) };
                    inside.extend(value.map(|value| (field.to_owned(), value.into())));
                }
                if !inside.is_empty() {
                    let section = shown.entry(section).or_insert_with(|| toml::Table::new().into());
                    section.as_table_mut().map(|section| section.insert(name.clone(), inside.into()));
                }
            }
        }
        self.cargo = (!shown.is_empty()).then(|| shown.to_string());
        for (name, value) in &machine.variables {
            if name.starts_with("CARGO_REGISTRIES_") && name.ends_with("_INDEX") {
                let url = self.registry("cargo", value);
                self.variables.extend(url.map(|url| (name.clone(), url)));
            }
        }
        for place in home.map(cargo::places_in_use).unwrap_or_default() {
            self.place("cargo", &place);
        }
    }

    /// Lets a registry through, and gives its address without secrets.
    fn registry(&mut self, tool: &str, address: &str) -> Option<String> {
        let (kind, plain) = address.strip_prefix("sparse+").map_or(("", address), |plain| ("sparse+", plain));
        let mut url = Url::parse(plain).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Only addresses without a host have no place for them.
            let _ = (url.set_username(""), url.set_password(None));
            self.withheld.extend(url.host_str().map(str::to_owned));
        }
        url.set_query(None);
        url.set_fragment(None);
        self.place(tool, url.as_str()).then(|| format!("{kind}{url}"))
    }

    fn place(&mut self, tool: &str, place: &str) -> bool {
        let added = self.allow.add(place);
        if added.is_err() {
            tracing::warn!(
                tool,
                "a registry that is configured on this machine has an address that cannot be let through"
            );
        }
        added.is_ok()
    }

    /// The environment for tools inside.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let proxy = format!("http://127.0.0.1:{}", room::PROXY_PORT);
        let mut all: Vec<(String, String)> = Vec::new();
        let mut set = |names: &[&str], value: &str| {
            all.extend(names.iter().map(|name| ((*name).to_owned(), value.to_owned())));
        };
        set(&["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"], &proxy);
        set(&["npm_config_proxy", "npm_config_https_proxy", "CARGO_HTTP_PROXY", "PIP_PROXY"], &proxy);
        set(&["NO_PROXY", "no_proxy"], "localhost,127.0.0.1,::1");
        set(&["NODE_USE_ENV_PROXY", "PIP_DISABLE_PIP_VERSION_CHECK"], "1");
        // What is no part of installing, and would be in the way of hosts that are logged.
        set(&["npm_config_audit", "npm_config_fund", "npm_config_update_notifier"], "false");
        let inside = Path::new(room::PROXY_SOCKET).parent().unwrap_or(Path::new("/"));
        let path = |name: &str| inside.join(name).to_string_lossy().into_owned();
        if self.certificates.is_some() {
            let names = [
                "SSL_CERT_FILE",
                "CARGO_HTTP_CAINFO",
                "PIP_CERT",
                "REQUESTS_CA_BUNDLE",
                "CURL_CA_BUNDLE",
                "npm_config_cafile",
            ];
            set(&names, &path(CERTIFICATES));
        }
        match (&self.more_certificates, &self.certificates) {
            (Some(_), _) => set(&["NODE_EXTRA_CA_CERTS"], &path(MORE_CERTIFICATES)),
            (None, Some(_)) => set(&["NODE_EXTRA_CA_CERTS"], &path(CERTIFICATES)),
            (None, None) => {}
        }
        all.extend(self.variables.iter().cloned());
        all
    }

    /// Files for the home folder of guests.
    pub(super) fn home(&self) -> Vec<(&'static str, String)> {
        self.cargo.iter().map(|config| (".cargo/config.toml", config.clone())).collect()
    }

    /// Files to lay beside the socket, and their names there.
    pub(super) fn certificates(&self) -> Vec<(PathBuf, &'static str)> {
        let both = [(&self.certificates, CERTIFICATES), (&self.more_certificates, MORE_CERTIFICATES)];
        both.into_iter().filter_map(|(path, name)| Some((path.clone()?, name))).collect()
    }
}

#[cfg(test)]
mod tests;
