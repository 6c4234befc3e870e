//! Codes that show that something was said here and unchanged since: HMAC-SHA256, by a key for one purpose alone.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::hmac::{self, HMAC_SHA256, Key};

/// A key for codes of one purpose. Made by [`crate::seal::Seal::codes_for`].
#[derive(Debug, Clone)]
pub struct Codes(Key);

impl Codes {
    /// The key for `purpose`: what opens one purpose says nothing about `secret` or about another's.
    pub(crate) fn derive(secret: &[u8], purpose: &str) -> Self {
        let derived = hmac::sign(&Key::new(HMAC_SHA256, secret), purpose.as_bytes());
        Self(Key::new(HMAC_SHA256, derived.as_ref()))
    }

    /// The code of `parts`, as text that fits into addresses and cookies.
    #[must_use]
    pub fn of(&self, parts: &[impl AsRef<[u8]>]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &joined(parts)))
    }

    /// Whether `code` is the code of `parts`. Takes the same time wherever it differs.
    #[must_use]
    pub fn holds(&self, code: &str, parts: &[impl AsRef<[u8]>]) -> bool {
        let code = BASE64_URL_SAFE_NO_PAD.decode(code);
        code.is_ok_and(|code| hmac::verify(&self.0, &joined(parts), &code).is_ok())
    }
}

/// Each part with its length before it, so that no other parts read alike.
fn joined(parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let parts = parts.iter().map(AsRef::as_ref);
    parts.flat_map(|part| (part.len() as u64).to_be_bytes().into_iter().chain(part.iter().copied())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_holds_for_what_it_was_made_of_and_nothing_else() {
        let codes = Codes::derive(&[7; 32], "cups");
        let code = codes.of(&["blue", "cup"]);
        assert!(codes.holds(&code, &["blue", "cup"]));
        let others: [&[&str]; 5] =
            [&["blue", "mug"], &["bluec", "up"], &["bluecup"], &["cup", "blue"], &["blue", "cup", ""]];
        for other in others {
            assert!(!codes.holds(&code, other), "{other:?}");
        }
        for wrong in ["", "AAAA", &code[1..], &format!("{code}A"), &format!("{code}=")] {
            assert!(!codes.holds(wrong, &["blue", "cup"]), "{wrong}");
        }
        assert!(!Codes::derive(&[7; 32], "mugs").holds(&code, &["blue", "cup"]), "another purpose");
        assert!(!Codes::derive(&[8; 32], "cups").holds(&code, &["blue", "cup"]), "another key");
    }

    #[test]
    fn the_code_is_the_hmac_by_a_derived_key() {
        // Worked out by another implementation: the key is the HMAC of "cups" by 32 times 0x07, the message 8 bytes of length and "blue".
        let code = Codes::derive(&[7; 32], "cups").of(&["blue"]);
        assert_eq!(code, "rOs5GAhDpKUWd2CXYzoJD0X3PAnfOMBgY30pfpMRo-M");
    }
}
