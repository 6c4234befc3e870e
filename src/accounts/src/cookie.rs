//! The cookies by which a browser shows its session, that it may see an app, and a ceremony under way.

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
        read(self.name(), headers)
    }

    fn text(self, value: &str, seconds: i64) -> String {
        text(self.name(), value, seconds, self.over_tls)
    }
}

/// How the cookie of an app is written and read, at the app's own address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AppCookie {
    /// As in [`SessionCookie`].
    pub(crate) over_tls: bool,
}

impl AppCookie {
    const fn name(self) -> &'static str {
        if self.over_tls { "__Host-tatwats_app" } else { "tatwats_app" }
    }

    /// The `Set-Cookie` text that keeps `value` for as long as a session.
    pub(crate) fn set(self, value: &str, lasting: Lasting) -> String {
        text(self.name(), value, lasting.session_seconds, self.over_tls)
    }

    /// As [`SessionCookie::read`].
    pub(crate) fn read<'a>(self, headers: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        read(self.name(), headers)
    }
}

/// What a browser is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// Adding a passkey, or signing in with one.
    Passkey,
    /// Signing in at a provider elsewhere.
    Provider,
}

impl Ceremony {
    /// Seconds after which the browser forgets it; what it stands for is forgotten on the server no later.
    const SECONDS: i64 = 600;

    /// The `Set-Cookie` text that keeps `secret`. It is sent along when a provider's page leads back here.
    #[must_use]
    pub fn set(self, secret: &Secret, session: SessionCookie) -> String {
        text(self.name(session), secret.reveal(), Self::SECONDS, session.over_tls)
    }

    /// The `Set-Cookie` text that forgets it.
    #[must_use]
    pub fn forget(self, session: SessionCookie) -> String {
        text(self.name(session), "", 0, session.over_tls)
    }

    /// As [`SessionCookie::read`].
    pub fn read<'a>(self, session: SessionCookie, headers: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        read(self.name(session), headers)
    }

    const fn name(self, session: SessionCookie) -> &'static str {
        match (self, session.over_tls) {
            (Self::Passkey, true) => "__Host-tatwats_passkey",
            (Self::Passkey, false) => "tatwats_passkey",
            (Self::Provider, true) => "__Host-tatwats_provider",
            (Self::Provider, false) => "tatwats_provider",
        }
    }
}

fn text(name: &str, value: &str, seconds: i64, over_tls: bool) -> String {
    let secure = if over_tls { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn read<'a>(wanted: &str, headers: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value);
    found.next().filter(|_| found.next().is_none())
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
    fn an_app_has_a_cookie_of_its_own_for_its_host_alone() {
        let lasting = Lasting::default();
        let over_tls = AppCookie { over_tls: true }.set("x", lasting);
        assert_eq!(over_tls, "__Host-tatwats_app=x; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
        let plain = AppCookie { over_tls: false };
        assert_eq!(plain.set("x", lasting), "tatwats_app=x; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
        assert_eq!(plain.read(["tatwats_session=y; tatwats_app=x"].into_iter()), Some("x"));
        assert_eq!(plain.read(["tatwats_session=y; __Host-tatwats_app=x"].into_iter()), None);
    }

    #[test]
    fn a_ceremony_has_a_cookie_of_its_own() {
        let secret = Secret::generate(Kind::Ceremony).unwrap();
        for over_tls in [false, true] {
            let session = SessionCookie { over_tls };
            let text = Ceremony::Provider.set(&secret, session);
            assert!(text.contains("; Max-Age=600; HttpOnly; SameSite=Lax") && text.ends_with("Secure") == over_tls);
            let pair = text.split(';').next().unwrap();
            assert_eq!(Ceremony::Provider.read(session, [pair].into_iter()), Some(secret.reveal()));
            assert_eq!(Ceremony::Passkey.read(session, [pair].into_iter()), None);
            assert_eq!(session.read([pair].into_iter()), None);
            assert!(Ceremony::Provider.forget(session).contains("=; Path=/; Max-Age=0;"));
        }
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
