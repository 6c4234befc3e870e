//! Signing in elsewhere: OpenID Connect's relying party, by the code flow with PKCE, state and nonce.
//!
//! [`Provider::begin`] answers where to send the browser, and a [`Pending`] value that the caller keeps with the browser
//! (sealed or under a secret in a cookie); [`Provider::finish`] takes it away together with what the browser came back
//! with, and answers who it is. Whether that is someone the workshop knows is the caller's to say.

mod http;
mod person;
mod settings;

use std::fmt;
use std::sync::Arc;

use domain::{Clock, Error, ErrorCode, Result, Timestamp};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;
use url::Url;

use self::http::Http;
pub use person::Person;
pub use settings::Settings;

/// One provider that people can sign in at.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    issuer: IssuerUrl,
    http: Http,
    known: Mutex<Option<Known>>,
    clock: Arc<dyn Clock>,
}

/// What the provider says of itself, its keys included.
#[derive(Debug, Clone)]
struct Known {
    metadata: Arc<CoreProviderMetadata>,
    at: Timestamp,
}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A sign-in under way. Keep it where only this browser brings it back, and use it once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    issuer: String,
    redirect: Url,
    state: String,
    nonce: String,
    verifier: String,
    until: Timestamp,
}

/// What the browser came back with: the query of the redirect.
#[derive(Clone, Default, Deserialize)]
pub struct Reply {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Seconds that people have to sign in there.
const PATIENCE: i64 = 600;
/// Seconds for which what the provider says of itself is not asked again.
const FRESH: i64 = 600;

impl Provider {
    /// A provider by these settings. It is not asked anything yet.
    ///
    /// # Errors
    /// `Invalid`, naming the setting that cannot be used.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self> {
        let issuer = settings.check()?;
        Ok(Self { settings, issuer, http: Http::new()?, known: Mutex::new(None), clock })
    }

    /// The provider, as it names itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Begins a sign-in: where to send the browser, and what to keep meanwhile. It comes back to `redirect`, an address
    /// of this workshop that the provider knows.
    ///
    /// # Errors
    /// `Unavailable` when the provider does not answer.
    pub async fn begin(&self, redirect: &Url) -> Result<(Url, Pending)> {
        let client = self.client(redirect, false).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        let pending = Pending {
            issuer: self.issuer.to_string(),
            redirect: redirect.clone(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            until: self.clock.now().plus_seconds(PATIENCE),
        };
        Ok((url, pending))
    }

    /// Ends a sign-in: who it is.
    ///
    /// # Errors
    /// `Invalid` when the reply does not belong to `pending`, is too late, or proves nothing; `Unavailable` when the
    /// provider does not answer.
    pub async fn finish(&self, pending: &Pending, reply: &Reply) -> Result<Person> {
        let code = self.code(pending, reply)?;
        let client = self.client(&pending.redirect, false).await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| self.unusable(error))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| self.no_tokens(error))?;
        let nonce = Nonce::new(pending.nonce.clone());
        let person = match person::proven(&client, &tokens, &nonce) {
            // The provider may have changed its keys since it was asked for them.
            Err(error) if person::may_be_a_new_key(&error) => {
                person::proven(&self.client(&pending.redirect, true).await?, &tokens, &nonce)
            }
            other => other,
        };
        let person = person.map_err(|error| self.unproven(error))?;
        Ok(person::completed(person, &client, &tokens, &self.http).await)
    }

    /// The code, if the reply is one to `pending`.
    fn code<'a>(&self, pending: &Pending, reply: &'a Reply) -> Result<&'a str> {
        let state = reply.state.as_deref().unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(pending.state.as_bytes())) {
            return Err(refused(
                "This sign-in was not begun in this browser, or was begun anew since. Please try again.",
            ));
        }
        // Whoever answers must be the one that was asked (RFC 9207, where the provider tells).
        let elsewhere = reply.iss.as_ref().is_some_and(|issuer| issuer != self.issuer.as_str());
        if pending.issuer != self.issuer.as_str() || elsewhere {
            return Err(refused("The answer comes from another provider than the one you were sent to."));
        }
        if self.clock.now() >= pending.until {
            return Err(refused("That took longer than ten minutes. Please try again."));
        }
        if let Some(error) = &reply.error {
            let description = reply.error_description.as_deref().unwrap_or_default();
            let words = if error == "access_denied" {
                "You were not let in there, or went back. Please try again, or sign in another way.".to_owned()
            } else {
                format!("{} could not sign you in. Please try again, or sign in another way.", self.host())
            };
            return Err(refused(words).because(format!("{error}: {description}")));
        }
        reply.code.as_deref().ok_or_else(|| refused("The provider sent you back without a code. Please try again."))
    }

    async fn client(&self, redirect: &Url, anew: bool) -> Result<Client> {
        let metadata = self.metadata(anew).await?;
        let secret =
            self.settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().into()));
        let id = ClientId::new(self.settings.client_id.clone());
        let client = CoreClient::from_provider_metadata((*metadata).clone(), id, secret);
        Ok(client.set_redirect_uri(RedirectUrl::from_url(redirect.clone())))
    }

    /// What the provider says of itself; asked at most once at a time.
    async fn metadata(&self, anew: bool) -> Result<Arc<CoreProviderMetadata>> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some(known) = known.as_ref()
            && !anew
            && (0..FRESH * 1_000_000).contains(&(now.micros() - known.at.micros()))
        {
            return Ok(Arc::clone(&known.metadata));
        }
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| self.unusable(error))?;
        settings::check_endpoints(&self.issuer, &metadata).map_err(|why| self.unusable(std::io::Error::other(why)))?;
        let metadata = Arc::new(metadata);
        *known = Some(Known { metadata: Arc::clone(&metadata), at: now });
        Ok(metadata)
    }

    fn host(&self) -> &str {
        self.issuer.url().host_str().unwrap_or("The provider")
    }

    fn unusable(&self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        let words = format!("{} does not answer as it should. Try again later, or sign in another way.", self.host());
        Error::new(ErrorCode::Unavailable, words).because(cause)
    }

    fn no_tokens(&self, error: http::TokenError) -> Error {
        // Anything but the code being no good is between the workshop and the provider.
        let code_is_no_good = matches!(
            &error,
            RequestTokenError::ServerResponse(answer) if *answer.error() == CoreErrorResponseType::InvalidGrant
        );
        if code_is_no_good {
            refused("This sign-in was used already, or is too old. Please try again.").because(error)
        } else {
            self.unusable(error)
        }
    }

    fn unproven(&self, cause: person::Unproven) -> Error {
        refused(format!("{} did not prove who you are. Please try again, or sign in another way.", self.host()))
            .because(cause)
    }
}

fn refused(words: impl Into<String>) -> Error {
    Error::invalid("provider", words)
}

impl Pending {
    /// From when on it is of no use and can be thrown away.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("issuer", &self.issuer).field("until", &self.until).finish_non_exhaustive()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("error", &self.error).finish_non_exhaustive()
    }
}
