//! DSSE envelopes: what is signed, and by whom. <https://github.com/secure-systems-lab/dsse>

use crate::key::key_id;
use crate::limits;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// A payload with its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) payload_type: String,
    pub(crate) payload: Vec<u8>,
    signatures: Vec<Signed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Signed {
    key_id: String,
    signature: Vec<u8>,
}

/// What a look at the signatures says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A trusted key signed this.
    Good,
    /// A trusted key is named, and did not sign this.
    Invalid,
    /// No trusted key is named.
    Unknown,
}

/// The JSON. Keys that it does not know are left alone, as DSSE says: only the payload is vouched for.
#[derive(Serialize, Deserialize)]
struct Json {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<JsonSignature>,
}

#[derive(Serialize, Deserialize)]
struct JsonSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

impl Envelope {
    /// Signs a payload.
    pub(crate) fn sign(payload_type: &str, payload: Vec<u8>, key: &SigningKey) -> Envelope {
        let mut envelope = Envelope {
            payload_type: payload_type.to_owned(),
            payload,
            signatures: Vec::new(),
        };
        envelope.add(key);
        envelope
    }

    /// Adds the signature of a further key, or puts that of the same one in its place.
    pub(crate) fn add(&mut self, key: &SigningKey) {
        let signed = Signed {
            key_id: key_id(&key.verifying_key()),
            signature: key.sign(&self.message()).to_bytes().to_vec(),
        };
        let old = self
            .signatures
            .iter_mut()
            .find(|old| old.key_id == signed.key_id);
        match old {
            Some(old) => *old = signed,
            None => self.signatures.push(signed),
        }
    }

    /// Reads an envelope. The error says what is wrong with it.
    pub(crate) fn parse(text: &[u8]) -> Result<Envelope, String> {
        if text.len() as u64 > limits::ENVELOPE {
            return Err(format!("larger than {} bytes", limits::ENVELOPE));
        }
        let json: Json = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if json.signatures.len() > limits::SIGNATURES {
            return Err(format!("more than {} signatures", limits::SIGNATURES));
        }
        if json.signatures.is_empty() {
            return Err("no signatures".into());
        }
        let signatures = json.signatures.into_iter().map(|signed| {
            Ok(Signed {
                signature: decode(&signed.sig).ok_or("a signature is not in base64")?,
                key_id: signed.keyid,
            })
        });
        Ok(Envelope {
            signatures: signatures.collect::<Result<_, String>>()?,
            payload: decode(&json.payload).ok_or("the payload is not in base64")?,
            payload_type: json.payload_type,
        })
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        let signatures = self.signatures.iter().map(|signed| JsonSignature {
            keyid: signed.key_id.clone(),
            sig: BASE64_STANDARD.encode(&signed.signature),
        });
        let json = Json {
            payload_type: self.payload_type.clone(),
            payload: BASE64_STANDARD.encode(&self.payload),
            signatures: signatures.collect(),
        };
        crate::format::render(&json).into_bytes()
    }

    /// Whether one of the keys signed this. The names of keys in the envelope are hints, and vouch for nothing.
    pub(crate) fn verify(&self, keys: &[VerifyingKey]) -> Verdict {
        let message = self.message();
        let mut verdict = Verdict::Unknown;
        for signed in &self.signatures {
            let named =
                |key: &&VerifyingKey| signed.key_id.is_empty() || signed.key_id == key_id(key);
            for key in keys.iter().filter(named) {
                let signature = Signature::from_slice(&signed.signature);
                if signature.is_ok_and(|signature| key.verify_strict(&message, &signature).is_ok())
                {
                    return Verdict::Good;
                }
                verdict = Verdict::Invalid;
            }
        }
        verdict
    }

    /// The names of the keys that are said to have signed.
    pub(crate) fn key_ids(&self) -> Vec<String> {
        self.signatures
            .iter()
            .map(|signed| signed.key_id.clone())
            .collect()
    }

    /// What is signed: the pre-authentication encoding of type and payload.
    fn message(&self) -> Vec<u8> {
        let lengths = (self.payload_type.len(), self.payload.len());
        let mut message =
            format!("DSSEv1 {} {} {} ", lengths.0, self.payload_type, lengths.1).into_bytes();
        message.extend_from_slice(&self.payload);
        message
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let engines = [BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD];
    engines.iter().find_map(|engine| engine.decode(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_the_one_of_the_specification() {
        let envelope = Envelope::sign(
            "http://example.com/HelloWorld",
            b"hello world".to_vec(),
            &SigningKey::from_bytes(&[7; 32]),
        );
        assert_eq!(
            envelope.message(),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn one_good_signature_of_a_trusted_key_is_enough() {
        let [a, b, c] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let mut envelope = Envelope::sign("t", b"x".to_vec(), &a);
        assert_eq!(envelope.verify(&[b.verifying_key()]), Verdict::Unknown);
        envelope.add(&b);
        assert_eq!(
            envelope.verify(&[c.verifying_key(), b.verifying_key()]),
            Verdict::Good
        );
        assert_eq!(envelope.verify(&[]), Verdict::Unknown);
        let read = Envelope::parse(&envelope.to_json()).unwrap();
        assert_eq!(read, envelope);
        envelope.payload[0] ^= 1;
        assert_eq!(envelope.verify(&[a.verifying_key()]), Verdict::Invalid);
    }

    #[test]
    fn the_other_base64_is_read_and_nothing_else() {
        assert_eq!(decode("+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode("-_8="), Some(vec![0xfb, 0xff]));
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        for text in ["*", "a", "+_8=", "-_8= ", "+/8"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
