//! Who it is, as the provider's tokens prove.

use openidconnect::core::{
    CoreGenderClaim, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKey, CoreJwsSigningAlgorithm,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, Nonce, OAuth2TokenResponse as _, SignatureVerificationError,
    StandardClaims, SubjectIdentifier, TokenResponse as _,
};

use super::Client;
use super::http::Http;

/// Someone who signed in at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// Who it is there, for good: only this together with the issuer may be used to know someone again.
    pub subject: String,
    /// How they want to be known; anyone may choose any name there.
    pub preferred_name: Option<String>,
    /// Their name in full.
    pub display_name: Option<String>,
    /// Where they can be written to.
    pub email: Option<String>,
    /// Whether the provider has seen that they get what is sent there.
    pub email_verified: bool,
}

/// Why the tokens prove nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unproven {
    #[error("there is no id token")]
    NoIdToken,
    #[error("the id token is not good")]
    Claims(#[source] ClaimsVerificationError),
    #[error("the id token's key cannot be used")]
    Key(#[source] SignatureVerificationError),
    #[error("the access token's hash cannot be worked out")]
    Hash(#[source] openidconnect::SigningError),
    #[error("the access token is not the one that the id token belongs to")]
    AnotherAccessToken,
}

/// Signatures that only the provider can make. Not those by a shared secret, and not none.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// Verifies the id token, and that the access token belongs to it.
pub(super) fn proven(client: &Client, tokens: &CoreTokenResponse, nonce: &Nonce) -> Result<Person, Unproven> {
    let id_token = tokens.id_token().ok_or(Unproven::NoIdToken)?;
    let verifier: CoreIdTokenVerifier<'_> = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
    let claims: &CoreIdTokenClaims = id_token.claims(&verifier, nonce).map_err(Unproven::Claims)?;
    if let Some(hash) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().map_err(Unproven::Key)?;
        let key: &CoreJsonWebKey = id_token.signing_key(&verifier).map_err(Unproven::Key)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(Unproven::Hash)?;
        if actual != *hash {
            return Err(Unproven::AnotherAccessToken);
        }
    }
    Ok(Person {
        issuer: claims.issuer().to_string(),
        subject: claims.subject().to_string(),
        preferred_name: claims.preferred_username().map(|name| name.to_string()),
        display_name: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
        email: claims.email().map(|email| email.to_string()),
        email_verified: claims.email_verified().unwrap_or(false),
    })
}

/// Whether the token names a key that was not known when the provider was last asked.
pub(super) const fn may_be_a_new_key(error: &Unproven) -> bool {
    matches!(
        error,
        Unproven::Claims(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
    )
}

/// Fills in what many providers tell only when asked once more. Who it is is proven already, so failing is no obstacle.
pub(super) async fn completed(person: Person, client: &Client, tokens: &CoreTokenResponse, http: &Http) -> Person {
    if person.preferred_name.is_some() && person.email.is_some() {
        return person;
    }
    let subject = SubjectIdentifier::new(person.subject.clone());
    // Without such an endpoint there is nothing to ask.
    let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else { return person };
    match request.request_async(http).await {
        Ok(claims) => merged(person, &claims),
        Err(error) => {
            tracing::warn!(issuer = person.issuer, error = &error as &dyn std::error::Error, "no user info");
            person
        }
    }
}

fn merged(person: Person, claims: &CoreUserInfoClaims) -> Person {
    let claims: &StandardClaims<CoreGenderClaim> = claims.standard_claims();
    // An address and whether it was verified come from the same place.
    let (email, email_verified) = match person.email {
        Some(email) => (Some(email), person.email_verified),
        None => (claims.email().map(|email| email.to_string()), claims.email_verified().unwrap_or(false)),
    };
    Person {
        preferred_name: person.preferred_name.or_else(|| claims.preferred_username().map(|name| name.to_string())),
        display_name: person
            .display_name
            .or_else(|| claims.name().and_then(|name| name.get(None)).map(|name| name.to_string())),
        email,
        email_verified,
        ..person
    }
}
