//! A browser with an authenticator in it, written from the WebAuthn standard for tests: it holds keys on P-256 and
//! answers options as `PublicKeyCredential.toJSON()` does. What cannot be done panics.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::random;

/// User present, user verified, attested credential data included (bits of the flags).
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const ATTESTED: u8 = 1 << 6;

/// A browser on the page of `origin`, with one authenticator.
#[derive(Debug)]
pub struct Authenticator {
    /// Where its page is from.
    pub origin: String,
    /// Whom it signs for.
    pub relying_party: String,
    /// Whether it asks for a finger, a face or a PIN.
    pub verifies_users: bool,
    /// How often it says it was used.
    pub counter: u32,
    id: [u8; 32],
    pair: EcdsaKeyPair,
    handle: Vec<u8>,
}

impl Authenticator {
    /// A new one on a page of `origin`, for `relying_party`.
    ///
    /// # Panics
    /// Without randomness.
    #[must_use]
    pub fn at(origin: &str, relying_party: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self {
            origin: origin.to_owned(),
            relying_party: relying_party.to_owned(),
            verifies_users: true,
            counter: 0,
            id: random::bytes().unwrap(),
            pair: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap(),
            handle: Vec::new(),
        }
    }

    /// `navigator.credentials.create(options)`
    ///
    /// # Panics
    /// On options that are none.
    pub fn create(&mut self, options: &Value) -> Vec<u8> {
        let options = options.get("publicKey").unwrap_or(options);
        self.handle = BASE64.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": data} in CBOR.
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        self.answer(json!({
            "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", options)),
            "attestationObject": BASE64.encode(object),
            "authenticatorData": BASE64.encode(&data),
            "transports": ["internal"],
            "publicKeyAlgorithm": -7,
        }))
    }

    /// `navigator.credentials.get(options)`
    ///
    /// # Panics
    /// On options that are none.
    pub fn get(&mut self, options: &Value) -> Vec<u8> {
        let options = options.get("publicKey").unwrap_or(options);
        let data = self.data(0);
        let client_data = self.client_data("webauthn.get", options);
        let message = [data.as_slice(), ring::digest::digest(&ring::digest::SHA256, &client_data).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &message).unwrap();
        self.answer(json!({
            "clientDataJSON": BASE64.encode(client_data),
            "authenticatorData": BASE64.encode(data),
            "signature": BASE64.encode(signature),
            "userHandle": BASE64.encode(&self.handle),
        }))
    }

    fn answer(&self, response: Value) -> Vec<u8> {
        let id = BASE64.encode(self.id);
        let answer = json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": response,
        });
        answer.to_string().into_bytes()
    }

    /// Hash of the relying party's id, flags, counter.
    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = ring::digest::digest(&ring::digest::SHA256, self.relying_party.as_bytes()).as_ref().to_vec();
        data.push(PRESENT | flags | if self.verifies_users { VERIFIED } else { 0 });
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["challenge"];
        format!(r#"{{"type":"{kind}","challenge":{challenge},"origin":"{}","crossOrigin":false}}"#, self.origin).into()
    }

    /// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y} in CBOR, as COSE writes a key.
    fn public_key(&self) -> Vec<u8> {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
    }
}
