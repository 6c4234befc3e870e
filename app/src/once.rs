//! A secret on its way to the next page, for a form posted without a script: shown there, once.
//!
//! Such a form is answered by a redirect, which has no body of its own. So the secret travels in a cookie that only the
//! page it leads to is sent, that no script can read, and that the page takes away while it shows it.

use crate::error::AppError;
use crate::server;

/// The cookie's name.
const COOKIE: &str = "tatwats_once";
/// How long it waits to be shown, in seconds.
const LASTS: u32 = 60;

/// Hands `secret` to the page at `path`, if a form without a script asked.
///
/// # Errors
/// `Internal` when the server did not provide the ways in.
pub(crate) fn hand_over(path: &str, secret: &str) -> Result<(), AppError> {
    if server::by_plain_form() {
        server::set_cookie(&cookie(path, secret, LASTS, server::accounts()?.cookie().over_tls));
    }
    Ok(())
}

/// The secret that was handed to the page at `path`, whose text begins with `prefix`. A second time there is none.
///
/// # Errors
/// As [`hand_over`].
pub(crate) fn take(path: &str, prefix: &str) -> Result<Option<String>, AppError> {
    let over_tls = server::accounts()?.cookie().over_tls;
    let found = server::header("cookie").and_then(|cookies| read(&cookies, prefix));
    if found.is_some() {
        server::set_cookie(&cookie(path, "", 0, over_tls));
    }
    Ok(found)
}

fn cookie(path: &str, value: &str, seconds: u32, over_tls: bool) -> String {
    let secure = if over_tls { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// Whatever else a cookie of this name says, it is not shown as a secret.
fn read(cookies: &str, prefix: &str) -> Option<String> {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.into_iter().find(|(name, _)| *name == COOKIE)?;
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (value.starts_with(prefix) && value.len() <= 64 && plain).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_it_is_for_gets_it_and_no_script_does() {
        let text = cookie("/account", "tat_x", LASTS, false);
        assert_eq!(text, "tatwats_once=tat_x; Path=/account; Max-Age=60; HttpOnly; SameSite=Strict");
        assert!(cookie("/account", "tat_x", LASTS, true).ends_with("; Secure"));
        assert!(cookie("/account", "", 0, false).contains("Max-Age=0"));
    }

    #[test]
    fn nothing_but_a_secret_of_its_kind_is_taken_for_one() {
        assert_eq!(read("theme=dark; tatwats_once=tat_a-B_9", "tat_").as_deref(), Some("tat_a-B_9"));
        for other in ["theme=dark", "tatwats_once=tai_x", "tatwats_once=tat_<b>", "tatwats_once="] {
            assert_eq!(read(other, "tat_"), None, "{other}");
        }
        assert_eq!(read(&format!("tatwats_once=tat_{}", "a".repeat(61)), "tat_"), None);
    }
}
