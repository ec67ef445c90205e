//! Keys in PEM: what signs versions, and what hosts trust.

use crate::name;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// A text that is no key.
#[derive(Debug, thiserror::Error)]
#[error("no {wanted}: {found}")]
pub struct KeyError {
    wanted: &'static str,
    found: String,
}

/// A new key from the system's randomness.
///
/// ```
/// let key = tenon_registry::new_key().unwrap();
/// let text = tenon_registry::render_private_key(&key).unwrap();
/// assert_eq!(tenon_registry::parse_private_key(&text).unwrap(), key);
/// ```
pub fn new_key() -> Result<SigningKey, KeyError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| KeyError {
        wanted: "randomness",
        found: error.to_string(),
    })?;
    Ok(SigningKey::from_bytes(&secret))
}

/// A private key from PKCS#8 in PEM.
pub fn parse_private_key(pem: &str) -> Result<SigningKey, KeyError> {
    // RFC 5958's form with the public key is read too; OpenSSL and Go write the one without.
    SigningKey::from_pkcs8_pem(pem.trim()).map_err(|error| KeyError {
        wanted: "private Ed25519 key (PKCS#8 in PEM)",
        found: error.to_string(),
    })
}

/// A public key from SPKI in PEM.
///
/// ```
/// let key = tenon_registry::new_key().unwrap().verifying_key();
/// let text = tenon_registry::render_key(&key).unwrap();
/// assert_eq!(tenon_registry::parse_key(&text).unwrap(), key);
/// ```
pub fn parse_key(pem: &str) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_public_key_pem(pem.trim()).map_err(|error| KeyError {
        wanted: "public Ed25519 key (SPKI in PEM)",
        found: error.to_string(),
    })
}

/// A private key as PKCS#8 in PEM, in the form that Go and OpenSSL read and write.
pub fn render_private_key(key: &SigningKey) -> Result<String, KeyError> {
    use ed25519_dalek::pkcs8::KeypairBytes;
    let bytes = KeypairBytes {
        secret_key: key.to_bytes(),
        public_key: None,
    };
    let text = bytes
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| KeyError {
            wanted: "form of a private key",
            found: error.to_string(),
        })?;
    Ok(text.to_string())
}

/// A public key as SPKI in PEM.
pub fn render_key(key: &VerifyingKey) -> Result<String, KeyError> {
    key.to_public_key_pem(LineEnding::LF)
        .map_err(|error| KeyError {
            wanted: "form of a public key",
            found: error.to_string(),
        })
}

/// The name of a key in envelopes: SHA-256 of its 32 bytes, in hexadecimal.
///
/// ```
/// let key = tenon_registry::new_key().unwrap().verifying_key();
/// assert_eq!(tenon_registry::key_id(&key).len(), 64);
/// ```
pub fn key_id(key: &VerifyingKey) -> String {
    name::hex(&Sha256::digest(key.as_bytes()))
}
