//! The key the server has to show.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Fingerprints are printed without padding, keys with it; both are read either way.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_encode_padding(false),
);

/// The secret's `hostKey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostKey {
    /// `SHA256:…`, as `ssh-keygen -lf` prints it.
    Fingerprint(Vec<u8>),
    /// A line of a `known_hosts` file, as `ssh-keyscan` prints it, or of a `.pub` file. Which host the line
    /// names does not matter: the secret names the host.
    Line {
        /// The key's type, such as `ssh-ed25519`.
        kind: String,
        /// The key as it goes over the wire.
        key: Vec<u8>,
    },
}

impl HostKey {
    /// Reads either form; the error is the rest of a sentence that begins with "hostKey".
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if let Some(hash) = text.strip_prefix("SHA256:") {
            let hash = BASE64.decode(hash).map_err(|_| "is not base64 after SHA256:")?;
            return if hash.len() == 32 {
                Ok(Self::Fingerprint(hash))
            } else {
                Err("is not 32 bytes after SHA256:")
            };
        }
        if text.starts_with('@') {
            return Err("is a known_hosts line with a marker; give the line of the server's own key");
        }
        if text.lines().count() > 1 {
            return Err("has several lines; give the one of the key to trust");
        }
        let fields: Vec<_> = text.split_ascii_whitespace().collect();
        let (kind, key) = match fields[..] {
            // The line of a .pub file: who sends one has no host to name.
            [kind, key, ..] if methods(kind).is_some() => (kind, key),
            [_host, kind, key, ..] => (kind, key),
            _ => return Err("is neither a SHA256:… fingerprint nor a known_hosts line nor a public key"),
        };
        let key = BASE64.decode(key).map_err(|_| "is a line whose key is not base64")?;
        if wire_kind(&key) != Some(kind.as_bytes()) || methods(kind).is_none() {
            return Err("is a line whose key type is unknown or not the key's own");
        }
        Ok(Self::Line { kind: kind.to_owned(), key })
    }

    /// The host key algorithms to offer, by turns, so that a server with several keys shows the one expected.
    /// A fingerprint does not show its type: the server chooses first, and is then asked for each.
    pub(super) fn methods(&self) -> Vec<Option<&'static str>> {
        match self {
            Self::Fingerprint(_) => {
                std::iter::once(None).chain(KINDS.iter().map(|kind| methods(kind))).collect()
            }
            Self::Line { kind, .. } => vec![methods(kind)],
        }
    }

    /// True if this is the key the server showed.
    pub(super) fn matches(&self, key: &[u8], sha256: &[u8]) -> bool {
        match self {
            Self::Fingerprint(expected) => expected == sha256,
            Self::Line { key: expected, .. } => expected == key,
        }
    }

    /// For the message of a mismatch.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Fingerprint(hash) => fingerprint(hash),
            Self::Line { kind, key } => format!("the known_hosts line {kind} {}", BASE64.encode(key)),
        }
    }
}

/// A shown key's type and fingerprint, such as `ssh-ed25519 SHA256:…`.
pub(super) fn describe_shown(key: &[u8], sha256: &[u8]) -> String {
    let kind =
        wire_kind(key).and_then(|kind| std::str::from_utf8(kind).ok()).unwrap_or("a key of unknown type");
    format!("{} {}", kind.escape_default(), fingerprint(sha256))
}

fn fingerprint(sha256: &[u8]) -> String {
    format!("SHA256:{}", BASE64.encode(sha256))
}

/// The type inside a key's wire form: a length of four bytes and the name (RFC 4253, 6.6).
fn wire_kind(key: &[u8]) -> Option<&[u8]> {
    let (length, rest) = key.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// The algorithms that show a key of the type of this one, which was shown.
pub(super) fn methods_of(key: &[u8]) -> Option<&'static str> {
    methods(std::str::from_utf8(wire_kind(key)?).ok()?)
}

/// The types of host keys, the most usual first.
const KINDS: [&str; 5] =
    ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

/// The algorithms that prove a key of a type. RSA with SHA-1 is left out: servers have not signed
/// with it for years.
fn methods(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "ssh-ed25519" => "ssh-ed25519",
        "ssh-rsa" => "rsa-sha2-512,rsa-sha2-256",
        "ecdsa-sha2-nistp256" => "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384" => "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521" => "ecdsa-sha2-nistp521",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(kind: &str, named: &str) -> String {
        let mut key = u32::try_from(kind.len()).unwrap().to_be_bytes().to_vec();
        key.extend_from_slice(kind.as_bytes());
        key.extend_from_slice(&[0, 0, 0, 2, 7, 7]);
        format!("[sftp.example.com]:2222 {named} {} a comment", BASE64.encode(key))
    }

    #[test]
    fn a_fingerprint_is_read_with_and_without_padding() {
        let printed = fingerprint(&[7; 32]);
        assert_eq!(HostKey::parse(&printed), Ok(HostKey::Fingerprint(vec![7; 32])));
        assert_eq!(HostKey::parse(&format!(" {printed}=\n")), Ok(HostKey::Fingerprint(vec![7; 32])));
        assert_eq!(HostKey::Fingerprint(vec![7; 32]).describe(), printed);
    }

    #[test]
    fn a_known_hosts_line_is_its_type_and_key() {
        let key = HostKey::parse(&line_of("ssh-rsa", "ssh-rsa")).unwrap();
        assert_eq!(key.methods(), [Some("rsa-sha2-512,rsa-sha2-256")]);
        let HostKey::Line { kind, key } = key else { panic!("not a line") };
        assert_eq!((kind.as_str(), wire_kind(&key)), ("ssh-rsa", Some("ssh-rsa".as_bytes())));
    }

    #[test]
    fn the_line_of_a_pub_file_is_the_same_key() {
        let line = line_of("ssh-ed25519", "ssh-ed25519");
        let (_, public) = line.split_once(' ').unwrap();
        assert_eq!(HostKey::parse(public), HostKey::parse(&line));
        let (without_comment, _) = public.split_once(" a comment").unwrap();
        assert_eq!(HostKey::parse(without_comment), HostKey::parse(&line));
    }

    #[test]
    fn a_fingerprint_is_asked_for_in_every_type() {
        let methods = HostKey::Fingerprint(vec![7; 32]).methods();
        assert_eq!(methods.len(), 1 + KINDS.len());
        assert_eq!(methods[0], None, "the server chooses first");
        for kind in KINDS {
            assert_eq!(
                methods.iter().filter(|offered| **offered == super::methods(kind)).count(),
                1,
                "{kind}"
            );
            let mut key = u32::try_from(kind.len()).unwrap().to_be_bytes().to_vec();
            key.extend_from_slice(kind.as_bytes());
            assert!(methods_of(&key).is_some() && methods.contains(&methods_of(&key)), "{kind}");
        }
        assert_eq!(methods_of(&[0, 0, 0, 9, 7]), None);
    }

    #[test]
    fn anything_else_is_rejected() {
        let two_lines = format!("{0}\n{0}", line_of("ssh-rsa", "ssh-rsa"));
        let marked = format!("@cert-authority {}", line_of("ssh-rsa", "ssh-rsa"));
        for text in [
            "SHA256:AAAA",
            "SHA256:***",
            "MD5:aa:bb",
            "host ssh-rsa ***",
            "host ssh-rsa AAAA",
            "ssh-rsa ***",
            "ssh-rsa",
            "AAAA",
            &line_of("ssh-rsa", "ssh-ed25519"),
            &line_of("ssh-dss", "ssh-dss"),
            &two_lines,
            &marked,
        ] {
            assert!(HostKey::parse(text).is_err(), "{text}");
        }
    }
}
