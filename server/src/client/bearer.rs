//! Which token a command shows to the server: the environment's, a file's, or the one that `tatwats login` kept.

use std::path::PathBuf;

use domain::error::Problem;
use domain::{Error, ErrorCode};
use identity::secret::Secret;
use secrecy::ExposeSecret;

use super::credentials::{self, Credentials};
use super::fault::Fault;
use crate::prompt;

/// A token, and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    pub(super) token: Secret,
    from: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// `TATWATS_TOKEN`.
    Environment,
    /// The file that `TATWATS_TOKEN_FILE` names.
    File(PathBuf),
    /// The file of kept tokens.
    Kept,
    /// Just read, by `tatwats login`.
    Given,
}

impl Bearer {
    /// The token for `server`, if there is one; `env` gives what a name of the environment says. The stronger first.
    ///
    /// # Errors
    /// When what should be a token is none, or a file cannot be read.
    pub(super) fn find(server: &str, env: impl Fn(&str) -> Option<PathBuf>) -> Result<Option<Self>, Fault> {
        let token = |text: &str, place: &str| {
            credentials::token(text).ok_or_else(|| Fault::Usage(format!("{place} holds no token; {SHAPE}")))
        };
        if let Some(text) = env("TATWATS_TOKEN") {
            let token = token(&text.to_string_lossy(), "TATWATS_TOKEN")?;
            return Ok(Some(Self { token, from: Source::Environment }));
        }
        if let Some(path) = env("TATWATS_TOKEN_FILE") {
            let text = prompt::secret_in("token", &path)
                .map_err(|error| Fault::Usage(format!("TATWATS_TOKEN_FILE: {error}")))?;
            let place = format!("{}, named by TATWATS_TOKEN_FILE,", path.display());
            return Ok(Some(Self { token: token(text.expose_secret(), &place)?, from: Source::File(path) }));
        }
        let kept = Credentials::below(env).map(|file| file.of(server)).transpose()?.flatten();
        Ok(kept.map(|credential| Self { token: credential.token, from: Source::Kept }))
    }

    /// What someone has just handed over.
    ///
    /// # Errors
    /// When it is no token. What it is instead is not repeated.
    pub(super) fn given(text: &str) -> Result<Self, Fault> {
        let token = credentials::token(text).ok_or_else(|| Fault::Usage(format!("This is no token; {SHAPE}")))?;
        Ok(Self { token, from: Source::Given })
    }
}

/// How to recognise one.
const SHAPE: &str = "a token begins with tat_ and has 47 characters";

/// The server at `server` takes nobody, or not who `bearer` says: what to do about it.
pub(super) fn stranger(server: &str, bearer: Option<&Bearer>) -> Fault {
    const WHY: &str = "it is not known there, has expired or was revoked";
    let login =
        format!("tatwats login{}", if server == super::HERE { String::new() } else { format!(" --server {server}") });
    let words = match bearer.map(|bearer| &bearer.from) {
        None => format!("Sign in first: {login}"),
        Some(Source::Environment) => {
            format!(
                "{server} does not take the token in TATWATS_TOKEN: {WHY}. Set another, or unset it and sign in: {login}"
            )
        }
        Some(Source::File(path)) => format!(
            "{server} does not take the token in {}: {WHY}. Put another there, or unset TATWATS_TOKEN_FILE and sign in: {login}",
            path.display()
        ),
        Some(Source::Kept) => format!("{server} does not take the kept token any more: {WHY}. Sign in again: {login}"),
        Some(Source::Given) => format!("{server} does not take this token: {WHY}. Make one at {server}/account"),
    };
    Fault::Refused(Box::new(Problem::from(&Error::new(ErrorCode::Unauthorized, words))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use identity::secret::Kind;

    use super::super::credentials::Credential;
    use super::*;

    const SERVER: &str = "http://127.0.0.1:7";

    fn find(said: &BTreeMap<&str, PathBuf>) -> Result<Option<Bearer>, Fault> {
        Bearer::find(SERVER, |name| said.get(name).cloned())
    }

    #[test]
    fn the_stronger_token_wins_and_each_is_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let new = || Secret::generate(Kind::ApiToken).unwrap();
        let (kept, filed, set) = (new(), new(), new());
        let mut said = BTreeMap::from([("HOME", home.path().to_owned())]);
        assert!(find(&said).unwrap().is_none());
        assert!(
            stranger(SERVER, None).to_string().contains("Sign in first: tatwats login --server http://127.0.0.1:7")
        );
        assert!(stranger(super::super::HERE, None).to_string().ends_with("Sign in first: tatwats login"));

        let credentials = Credentials::below(|name| said.get(name).cloned()).unwrap();
        credentials.keep(SERVER, Credential { user: "ada".parse().unwrap(), token: kept.clone() }).unwrap();
        let file = home.path().join("token");
        std::fs::write(&file, format!("{}\n", filed.reveal())).unwrap();
        let expect = |token: &Secret, part: &str, said: &BTreeMap<&str, PathBuf>| {
            let found = find(said).unwrap().unwrap();
            assert_eq!(found.token.reveal(), token.reveal());
            let fault = stranger(SERVER, Some(&found));
            let words = format!("{fault} {fault:?} {found:?}");
            assert!(words.contains(part) && words.contains("tatwats login"), "{words}");
            assert!(!words.contains(token.reveal()), "{words}");
            assert_eq!(fault.code(), 1);
        };
        expect(&kept, "kept token", &said);
        said.insert("TATWATS_TOKEN_FILE", file.clone());
        expect(&filed, "TATWATS_TOKEN_FILE", &said);
        said.insert("TATWATS_TOKEN", set.reveal().into());
        expect(&set, "in TATWATS_TOKEN", &said);
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_repeated() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("token");
        std::fs::write(&file, "hunter2").unwrap();
        for (name, value) in [("TATWATS_TOKEN", "hunter2".into()), ("TATWATS_TOKEN_FILE", file)] {
            let fault = find(&BTreeMap::from([(name, value)])).unwrap_err();
            assert_eq!(fault.code(), 2);
            let words = fault.to_string();
            assert!(words.contains(name) && words.contains("tat_") && !words.contains("hunter2"), "{words}");
        }
        assert!(!Bearer::given("hunter2").unwrap_err().to_string().contains("hunter2"));
        let missing = find(&BTreeMap::from([("TATWATS_TOKEN_FILE", home.path().join("gone"))])).unwrap_err();
        assert!(missing.to_string().contains("gone"), "{missing}");
    }
}
