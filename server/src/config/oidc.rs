//! The section `oidc`: a provider at which people can sign in too.

use domain::Role;
use url::Url;

use super::Secret;
use super::values::Values;

/// An OpenID Connect provider.
#[derive(Debug, Clone)]
pub struct Oidc {
    /// Its address, exactly as it names itself.
    pub issuer: String,
    /// The workshop's name there.
    pub client_id: String,
    /// The workshop's secret there; none for a public client.
    pub client_secret: Option<Secret>,
    /// What people call it.
    pub name: String,
    /// The role of those who come by it for the first time; none: nobody new gets in.
    pub role: Option<Role>,
}

pub(super) fn read(values: &mut Values) -> Option<Oidc> {
    let issuer = values.take("oidc.issuer", None, |value| match value.text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.has_host() => {
            let host = url.host_str().unwrap_or_default().to_owned();
            Ok(Some((value.text.clone(), host)))
        }
        _ => Err(format!("“{}” is not an address; write it like https://accounts.example", value.text)),
    });
    let client_id = values.take("oidc.client_id", None, |value| Ok(Some(value.text.clone())));
    let client_secret = values.take("oidc.client_secret", None, |value| Ok(Some(Secret::new(value.text.clone()))));
    let name = values.take("oidc.name", None, |value| match value.text.trim() {
        name if (1..=MAX_NAME).contains(&name.chars().count()) => Ok(Some(name.to_owned())),
        _ => Err(format!("“{}” will not do; give 1 to {MAX_NAME} characters", value.text)),
    });
    let role = values.take("oidc.role", None, |value| match value.text.as_str() {
        "none" => Ok(None),
        text => text.parse::<Role>().map(Some).map_err(|error| error.message),
    });
    match (issuer, client_id) {
        (Some((issuer, host)), Some(client_id)) => {
            Some(Oidc { issuer, client_id, client_secret, name: name.unwrap_or(host), role })
        }
        (Some(_), None) => lacks(values, "oidc.issuer", "oidc.client_id"),
        (None, Some(_)) => lacks(values, "oidc.client_id", "oidc.issuer"),
        (None, None) => None,
    }
}

/// Longest name, in characters.
const MAX_NAME: usize = 40;

fn lacks(values: &mut Values, given: &'static str, missing: &'static str) -> Option<Oidc> {
    if let Some(source) = values.get(given).map(|value| value.source.clone()) {
        values.fault(given, source, format!("is given without {missing}; a provider needs both"));
    }
    None
}
