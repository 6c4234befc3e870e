//! The cookie by which a browser shows its session.

use identity::secret::Secret;

use crate::service::Lasting;

/// How the session's cookie is written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCookie {
    /// Whether the workshop is reached over TLS. Then the cookie is bound to that, and to this one host (`__Host-`).
    pub over_tls: bool,
}

impl SessionCookie {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        if self.over_tls { "__Host-tatwats_session" } else { "tatwats_session" }
    }

    /// The `Set-Cookie` text that keeps `secret`: out of reach of scripts, not sent along from other sites' forms.
    #[must_use]
    pub fn set(self, secret: &Secret, lasting: Lasting) -> String {
        self.text(secret.reveal(), lasting.session_seconds)
    }

    /// The `Set-Cookie` text that forgets it.
    #[must_use]
    pub fn forget(self) -> String {
        self.text("", 0)
    }

    /// What the `Cookie` headers show, if they show one. Two of them are none: one was put there by somebody else.
    pub fn read<'a>(self, headers: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut found = pairs.filter(|(name, _)| *name == self.name()).map(|(_, value)| value);
        found.next().filter(|_| found.next().is_none())
    }

    fn text(self, value: &str, seconds: i64) -> String {
        let secure = if self.over_tls { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity::secret::Kind;

    #[test]
    fn over_tls_the_cookie_belongs_to_the_host_alone() {
        let secret = Secret::generate(Kind::Session).unwrap();
        let cookie = SessionCookie { over_tls: true };
        let text = cookie.set(&secret, Lasting::default());
        assert!(text.starts_with("__Host-tatwats_session=tas_"), "{text}");
        for part in ["; Path=/;", "; HttpOnly;", "; SameSite=Lax;", "; Secure"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("Domain"));
        assert!(!SessionCookie { over_tls: false }.set(&secret, Lasting::default()).contains("Secure"));
    }

    #[test]
    fn it_is_read_from_among_others_and_two_are_none() {
        let cookie = SessionCookie { over_tls: false };
        let read = |headers: &[&'static str]| cookie.read(headers.iter().copied());
        assert_eq!(read(&["theme=dark; tatwats_session=x; a=b"]), Some("x"));
        assert_eq!(read(&["theme=dark", "tatwats_session=x"]), Some("x"));
        assert_eq!(read(&["theme=dark; xtatwats_session=y", "__Host-tatwats_session=z"]), None);
        assert_eq!(read(&["tatwats_session=x; tatwats_session=y"]), None);
        assert_eq!(read(&["tatwats_session=x", "tatwats_session=x"]), None);
    }
}
