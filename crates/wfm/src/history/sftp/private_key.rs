//! The text of a private key: repaired where a form changed its line ends, and checked as far as possible without a
//! server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters of a line of base64. OpenSSH writes 70 and OpenSSL 64; both read either.
const LINE_CHARS: usize = 64;

/// The key as a file has it. The error is the rest of a sentence that begins with "privateKey".
///
/// A console or a form may have written `\n` out, or made spaces of the line ends, or of CR and LF each; the whitespace in a
/// key has no meaning, so all of it is replaced.
pub(super) fn read(text: &str, has_passphrase: bool) -> Result<String, &'static str> {
    const NO_KEY: &str = "is not an OpenSSH or PEM private key with its BEGIN and END lines";
    let text = text.replace("\\r", " ").replace("\\n", " ");
    let (label, rest) =
        text.trim().strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----")).ok_or(NO_KEY)?;
    let (inside, after) = rest.split_once(&format!("-----END {label}-----")).ok_or(NO_KEY)?;
    if !label.ends_with("PRIVATE KEY") {
        return Err(NO_KEY);
    }
    if !after.trim().is_empty() {
        return Err("has something after its END line");
    }
    let (headers, body) = headers(inside);
    let bytes = STANDARD.decode(&body).map_err(|_| "is not base64 between its BEGIN and END lines")?;
    let encrypted = label == "ENCRYPTED PRIVATE KEY"
        || headers.contains("ENCRYPTED")
        || (label == "OPENSSH PRIVATE KEY" && openssh_is_encrypted(&bytes)?);
    if encrypted && !has_passphrase {
        return Err("is encrypted, and there is no passphrase");
    }
    let mut lines = String::new();
    for (index, char) in body.chars().enumerate() {
        if index > 0 && index % LINE_CHARS == 0 {
            lines.push('\n');
        }
        lines.push(char);
    }
    Ok(format!("-----BEGIN {label}-----\n{headers}{lines}\n-----END {label}-----\n"))
}

/// The headers of an encrypted key of old, each with its line end and with an empty line after the last, and the base64
/// without whitespace. A header is a word that ends with a colon, and the word after it.
fn headers(inside: &str) -> (String, String) {
    let (mut headers, mut body) = (String::new(), String::new());
    let mut words = inside.split_whitespace();
    while let Some(word) = words.next() {
        if word.ends_with(':') {
            headers.extend([word, " ", words.next().unwrap_or_default(), "\n"]);
        } else {
            body.push_str(word);
        }
    }
    if !headers.is_empty() {
        headers.push('\n');
    }
    (headers, body)
}

/// Whether a key of OpenSSH's own format needs a passphrase: the magic word and then the cipher's name
/// (OpenSSH, PROTOCOL.key).
fn openssh_is_encrypted(bytes: &[u8]) -> Result<bool, &'static str> {
    let cut = "is cut off, or not what its BEGIN line says";
    let rest = bytes.strip_prefix(b"openssh-key-v1\0").ok_or(cut)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(cut)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| cut)?;
    let cipher = rest.get(..length).ok_or(cut)?;
    Ok(cipher != b"none")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a key in OpenSSH's format; the rest does not matter here.
    fn openssh(cipher: &str) -> String {
        let mut bytes = b"openssh-key-v1\0".to_vec();
        bytes.extend(u32::try_from(cipher.len()).unwrap().to_be_bytes());
        bytes.extend(cipher.as_bytes());
        bytes.extend([7; 200]);
        pem("OPENSSH PRIVATE KEY", "", &STANDARD.encode(bytes))
    }

    fn pem(label: &str, headers: &str, body: &str) -> String {
        let lines: Vec<_> =
            body.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{headers}{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn what_a_form_made_of_the_line_ends_is_mended() {
        let body = STANDARD.encode([9; 300]);
        let old = pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A0B\n\n", &body);
        for key in [openssh("none"), pem("PRIVATE KEY", "", &body), old] {
            let whole = read(&key, true).unwrap();
            assert_eq!(words(&whole).concat(), words(&key).concat());
            assert!(whole.lines().all(|line| line.len() <= 64) && whole.ends_with("-----\n"), "{whole}");
            for spoilt in [
                key.replace('\n', " "),
                key.replace('\n', "\r\n"),
                key.replace('\n', "\\n"),
                key.replace('\n', "\\r\\n"),
                key.replace('\n', "  "),
                format!("\n  {}  ", key.trim()),
                whole.clone(),
            ] {
                assert_eq!(read(&spoilt, true).as_ref(), Ok(&whole), "{spoilt}");
            }
        }
    }

    #[test]
    fn headers_keep_their_lines_and_the_empty_one_after_them() {
        let key = pem("EC PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A0B\n\n", "AAAA");
        assert_eq!(read(&key.replace('\n', " "), true).unwrap(), key);
    }

    #[test]
    fn an_encrypted_key_needs_its_passphrase() {
        let body = STANDARD.encode([9; 30]);
        for key in [
            openssh("aes256-ctr"),
            pem("ENCRYPTED PRIVATE KEY", "", &body),
            pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A0B\n\n", &body),
        ] {
            assert_eq!(read(&key, false), Err("is encrypted, and there is no passphrase"));
            assert!(read(&key, true).is_ok());
        }
        assert!(read(&openssh("none"), false).is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_rejected() {
        let key = openssh("none");
        let cut = key.replace("-----END OPENSSH PRIVATE KEY-----", "");
        let other_end = key.replace("END OPENSSH", "END RSA");
        let twice = format!("{key}{key}");
        let damaged = key.replace("-----\n", "-----\n*");
        let certificate = pem("CERTIFICATE", "", "AAAA");
        let false_label = pem("OPENSSH PRIVATE KEY", "", "AAAA");
        for text in [
            "",
            "hunter2",
            "ssh-ed25519 AAAA",
            "PuTTY-User-Key-File-3: ssh-rsa",
            &cut,
            &other_end,
            &twice,
            &damaged,
            &certificate,
            &false_label,
        ] {
            assert!(read(text, true).is_err(), "{text}");
        }
    }
}
