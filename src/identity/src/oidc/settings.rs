//! Which provider, and as whom the workshop is known there.

use domain::{Error, Result};
use openidconnect::IssuerUrl;
use openidconnect::core::CoreProviderMetadata;
use secrecy::SecretString;
use url::{Host, Url};

/// Which provider, and as whom the workshop is known there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The provider's address, exactly as it names itself, like `https://accounts.example`.
    pub issuer: String,
    /// The workshop's name there.
    pub client_id: String,
    /// The workshop's secret there; none where it is registered as a public client.
    pub client_secret: Option<SecretString>,
    /// What to ask for. [`Settings::SCOPES`] is enough to know who someone is.
    pub scopes: Vec<String>,
}

impl Settings {
    /// Who someone is, and how they want to be called and written to.
    pub const SCOPES: [&str; 3] = ["openid", "profile", "email"];

    pub(super) fn check(&self) -> Result<IssuerUrl> {
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|error| {
            Error::invalid("issuer", "The issuer must be an address like https://accounts.example").because(error)
        })?;
        if !is_safe(issuer.url()) {
            return Err(Error::invalid("issuer", "The issuer must begin with https:// (except on this machine)"));
        }
        if self.client_id.is_empty() {
            return Err(Error::invalid("client_id", "The client id is missing: the provider gave it to you"));
        }
        Ok(issuer)
    }
}

/// Secrets travel to all of these; none may go unprotected because another one is looked up on this machine.
pub(super) fn check_endpoints(issuer: &IssuerUrl, metadata: &CoreProviderMetadata) -> Result<(), String> {
    let endpoints = [
        Some(metadata.authorization_endpoint().url()),
        metadata.token_endpoint().map(|url| url.url()),
        metadata.userinfo_endpoint().map(|url| url.url()),
    ];
    let only_https = issuer.url().scheme() == "https";
    for endpoint in endpoints.into_iter().flatten() {
        if !is_safe(endpoint) || (only_https && endpoint.scheme() != "https") {
            return Err(format!("the provider names an endpoint without https: {endpoint}"));
        }
    }
    if metadata.token_endpoint().is_none() {
        return Err("the provider names no token endpoint".to_owned());
    }
    Ok(())
}

/// HTTPS, or this machine.
fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, client_id: &str) -> Settings {
        Settings {
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: Some("hunter2".into()),
            scopes: Vec::new(),
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (issuer, client_id, field) in [
            ("accounts.example", "workshop", "issuer"),
            ("http://accounts.example", "workshop", "issuer"),
            ("ftp://localhost", "workshop", "issuer"),
            ("https://accounts.example", "", "client_id"),
        ] {
            let error = settings(issuer, client_id).check().unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{issuer}");
        }
        for issuer in
            ["https://accounts.example", "http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000"]
        {
            settings(issuer, "workshop").check().unwrap();
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", settings("https://accounts.example", "workshop")).contains("hunter2"));
    }

    #[test]
    fn an_endpoint_without_https_is_refused() {
        let metadata = |token: &str| -> CoreProviderMetadata {
            serde_json::from_value(serde_json::json!({
                "issuer": "https://accounts.example", "authorization_endpoint": "https://accounts.example/auth",
                "token_endpoint": token, "jwks_uri": "https://accounts.example/jwks",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }))
            .unwrap()
        };
        let check =
            |issuer: &str, token: &str| check_endpoints(&IssuerUrl::new(issuer.to_owned()).unwrap(), &metadata(token));
        assert!(check("https://accounts.example", "https://tokens.example/token").is_ok());
        assert!(check("https://accounts.example", "http://accounts.example/token").is_err());
        assert!(check("https://accounts.example", "http://127.0.0.1/token").is_err());
        assert!(check("http://127.0.0.1", "http://127.0.0.1/token").is_ok());
    }
}
