//! The keys by which customers stand in addresses: opaque to everybody without the secret.
//!
//! A key is a number, or another address, enciphered such that the same one always gives the same key: a link to a customer stays what
//! it is. That is deterministic authenticated encryption, SIV (Rogaway and Shrimpton, 2006; RFC 5297): a tag of 16 bytes, the
//! HMAC-SHA256 of the padded text by one key, is the start of the counter mode that hides the text by another key, whose blocks are
//! HMAC-SHA256 of tag and number. Both keys are made from the secret, each by a name of its own. HMAC-SHA256 is a pseudorandom
//! function, which is all that the proof of SIV asks of either part: a key tells nothing but that two customers are the same, and
//! without the secret none can be made. An AEAD such as AES-GCM is no better here: it needs a nonce, a random one would give a customer
//! a new key each time, and one made from the text is this very construction with a shorter tag. RFC 5297's AES-SIV itself is in no
//! library that is linked here; `ring` has HMAC, and nothing else of this file is cryptography.
//!
//! So nothing is kept of keys, every process with the secret reads them, and a changed one is none: the tag is compared in constant time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use subtle::ConstantTimeEq as _;

/// The bytes of a tag.
const TAG_BYTES: usize = 16;

/// Keys are as long as the next multiple: they do not tell how long a number is.
const PADDED_BYTES: usize = 32;

/// The longest key that is looked at.
const KEY_MAX_CHARS: usize = 512;

/// What makes and reads keys.
#[derive(Clone)]
pub struct CustomerKeys {
    tag: hmac::Key,
    mask: hmac::Key,
}

impl CustomerKeys {
    /// With a secret that others have, too.
    pub fn new(secret: &[u8]) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let half = |name: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&secret, name).as_ref());
        Self { tag: half(b"board customer tag"), mask: half(b"board customer mask") }
    }

    /// With a secret of this process: its keys end with it. [`None`] where the system has no randomness.
    pub fn of_this_process() -> Option<Self> {
        let mut secret = [0; 32];
        SystemRandom::new().fill(&mut secret).ok()?;
        Some(Self::new(&secret))
    }

    /// The key of a number or another address.
    pub fn seal(&self, identifier: &str) -> String {
        let mut text = identifier.as_bytes().to_vec();
        text.resize(text.len().next_multiple_of(PADDED_BYTES), 0);
        let mut key = self.tag(&text);
        let masked = self.masked(&key, &text);
        key.extend(masked);
        URL_SAFE_NO_PAD.encode(key)
    }

    /// What a key is of; [`None`] if it is none of this secret's.
    pub fn open(&self, key: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(key.get(..KEY_MAX_CHARS).unwrap_or(key)).ok()?;
        let (tag, masked) = bytes.split_at_checked(TAG_BYTES)?;
        let text = self.masked(tag, masked);
        if !bool::from(self.tag(&text).ct_eq(tag)) {
            return None;
        }
        let text = String::from_utf8(text).ok()?;
        Some(text.trim_end_matches('\0').to_owned()).filter(|text| !text.is_empty())
    }

    fn tag(&self, text: &[u8]) -> Vec<u8> {
        hmac::sign(&self.tag, text).as_ref().iter().copied().take(TAG_BYTES).collect()
    }

    fn masked(&self, tag: &[u8], text: &[u8]) -> Vec<u8> {
        let blocks = text.chunks(PADDED_BYTES).zip(0_u32..).flat_map(|(block, number)| {
            let mask = hmac::sign(&self.mask, &[tag, &number.to_be_bytes()].concat());
            let masked = block.iter().zip(mask.as_ref()).map(|(byte, mask)| byte ^ mask);
            masked.collect::<Vec<u8>>()
        });
        blocks.collect()
    }
}

impl std::fmt::Debug for CustomerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CustomerKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_with_its_secret_alone_and_tells_nothing() {
        let keys = CustomerKeys::new(b"secret");
        for identifier in ["+61491570156", "sip:someone@example.com", &"x".repeat(256)] {
            let key = keys.seal(identifier);
            assert_eq!(keys.open(&key).as_deref(), Some(identifier));
            assert_eq!(keys.seal(identifier), key);
            assert!(
                !key.contains("491570156")
                    && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
            assert_eq!(CustomerKeys::new(b"other").open(&key), None);
            let first = if key.starts_with('A') { "B" } else { "A" };
            let changed: String =
                std::iter::once(first).map(str::to_owned).chain(key.get(1..).map(str::to_owned)).collect();
            assert_eq!(keys.open(&changed), None);
        }
        assert_eq!(keys.seal("+1").len(), keys.seal("+61491570156").len());
        assert_ne!(keys.seal("+61491570156"), keys.seal("+61491570157"));
        for other in ["", "x", "+61491570156", &"A".repeat(10_000)] {
            assert_eq!(keys.open(other), None);
        }
    }
}
