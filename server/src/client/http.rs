//! Plain requests to a server, with its problem documents turned into faults.

use std::time::Duration;

use domain::error::Problem;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bearer::{self, Bearer};
use super::fault::Fault;
use crate::error::causes;

/// How long a connection may take to come about. Answers may take longer: an export is as long as it is.
const CONNECT: Duration = Duration::from_secs(5);

/// A server to talk to.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    bearer: Option<Bearer>,
}

impl Client {
    /// A client of the server at `server`.
    pub(super) fn new(server: &str) -> Result<Self, Fault> {
        let wrong = |why: &str| {
            Fault::Usage(format!(
                "“{server}” is not the address of a server: {why}; write it like http://127.0.0.1:3000"
            ))
        };
        let mut base: Url = server.parse().map_err(|error: url::ParseError| wrong(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(wrong("it has to begin with http://"));
        }
        base.set_path("/api/v1/");
        base.set_query(None);
        // The first call decides; whoever comes later uses the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("tatwats/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Fault::Failed(format!("HTTPS cannot be set up: {}", causes(&error))))?;
        Ok(Self { http, base, bearer: None })
    }

    /// The same, showing this token with every request.
    pub(super) fn with(self, bearer: Option<Bearer>) -> Self {
        Self { bearer, ..self }
    }

    /// The server's address, as short as it can be written; tokens are kept under it.
    pub(super) fn server(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Whether what is sent there goes over a network as it is.
    pub(super) fn is_overheard(&self) -> bool {
        let here = match self.base.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        self.base.scheme() == "http" && !here
    }

    /// The address of a thing, from its path's parts; each is escaped.
    pub(super) fn at(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// A request to be sent by [`Client::send`].
    pub(super) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.http.request(method, url);
        match &self.bearer {
            Some(bearer) => request.bearer_auth(bearer.token.reveal()),
            None => request,
        }
    }

    /// Gets JSON.
    pub(super) async fn get<T: DeserializeOwned>(&self, parts: &[&str], query: &[(&str, &str)]) -> Result<T, Fault> {
        let mut url = self.at(parts);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.json(self.request(Method::GET, url)).await
    }

    /// Sends a request with or without a JSON body, and reads JSON.
    pub(super) async fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        parts: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<T, Fault> {
        let request = self.request(method, self.at(parts));
        self.json(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Sends a request; every status but 2xx is a fault.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Fault> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status == StatusCode::UNAUTHORIZED {
            return Err(bearer::stranger(&self.server(), self.bearer.as_ref()));
        }
        match response.json::<Problem>().await {
            Ok(problem) => Err(Fault::Refused(Box::new(problem))),
            Err(_) => {
                Err(Fault::Failed(format!("The server at {} answered {status}, and not as TATWATS does.", self.base)))
            }
        }
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Fault> {
        let response = self.send(request).await?;
        response.json().await.map_err(|error| {
            if error.is_decode() {
                Fault::Failed(format!(
                    "The server at {} did not answer as this version of tatwats expects: {error}",
                    self.base
                ))
            } else {
                self.unreachable(&error)
            }
        })
    }

    /// Nobody answers, or no longer.
    pub(super) fn unreachable(&self, error: &reqwest::Error) -> Fault {
        let mut why: &dyn std::error::Error = error;
        while let Some(source) = why.source() {
            why = source;
        }
        Fault::Unreachable { server: self.server(), why: why.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_path_cannot_break_out_of_it() {
        let client = Client::new("http://127.0.0.1:3000").unwrap();
        assert_eq!(client.at(&["helpers", "a/../b?c"]).as_str(), "http://127.0.0.1:3000/api/v1/helpers/a%2F..%2Fb%3Fc");
    }

    #[test]
    fn a_server_has_one_address_however_it_is_written() {
        let server = |address: &str| Client::new(address).unwrap().server();
        for same in ["http://Workshop.example", "http://workshop.example:80/", "http://me@workshop.example/x?y"] {
            assert_eq!(server(same), "http://workshop.example");
        }
        assert_eq!(server("https://workshop.example:8443/"), "https://workshop.example:8443");
    }

    #[test]
    fn only_an_open_network_can_be_listened_in_on() {
        let overheard = |address: &str| Client::new(address).unwrap().is_overheard();
        for fine in ["https://workshop.example", "http://127.0.0.1:3000", "http://[::1]:3000", "http://localhost:3000"]
        {
            assert!(!overheard(fine), "{fine}");
        }
        for open in ["http://workshop.example", "http://10.0.0.7:3000"] {
            assert!(overheard(open), "{open}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_a_usage_fault() {
        for bad in ["", "127.0.0.1:3000", "ftp://x", "http://"] {
            assert_eq!(Client::new(bad).unwrap_err().code(), 2, "{bad}");
        }
    }
}
