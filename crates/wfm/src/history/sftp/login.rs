//! Authentication, with as few failed logins as possible.

use secrecy::{ExposeSecret, SecretString};
use ssh2::{ErrorCode, KeyboardInteractivePrompt, Prompt};

use super::account::{Key, Login};
use super::{Account, SftpError};

const DOING: &str = "authentication";

/// An authentication method of SSH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    PublicKey,
    Password,
    KeyboardInteractive,
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::PublicKey => "publickey",
            Self::Password => "password",
            Self::KeyboardInteractive => "keyboard-interactive",
        }
    }
}

/// Logs in. A server may want the key and the password, one after the other; then each is sent once. A secret that the server
/// rejected is never sent again.
pub(super) fn authenticate(account: &Account, ssh: &ssh2::Session) -> Result<(), SftpError> {
    let Login { password, key } = &account.login;
    // With a key alone there is nothing to choose.
    let mut offered = match (password, key) {
        (None, Some(_)) => vec![Method::PublicKey.name().to_owned()],
        _ => methods(account, ssh)?,
    };
    let mut tried = Vec::new();
    while !ssh.authenticated() {
        let Some(method) = next(&offered, &tried, key.is_some(), password.is_some()) else {
            return Err(nothing_fits(account, &offered, &tried));
        };
        let answer = attempt(method, account, ssh);
        tried.push(method);
        if answer.is_ok() {
            continue;
        }
        let fault = answer
            .err()
            .map_or(SftpError::Auth { host: account.host.clone() }, |error| fault_of(&error, account));
        let more = password.is_some() && key.is_some() && matches!(fault, SftpError::Auth { .. });
        if !more {
            return Err(fault);
        }
        // After a part of what it wants, the server asks for the rest, and for that part no more.
        offered = methods(account, ssh)?;
        if offered.iter().any(|name| name == method.name()) {
            return Err(fault);
        }
    }
    Ok(())
}

/// What the server takes now; nothing once it let us in.
fn methods(account: &Account, ssh: &ssh2::Session) -> Result<Vec<String>, SftpError> {
    match ssh.auth_methods(account.username.expose_secret()) {
        Ok(list) => Ok(list.split(',').map(str::to_owned).collect()),
        Err(_) if ssh.authenticated() => Ok(Vec::new()),
        Err(error) => Err(SftpError::from_ssh(&error, DOING)),
    }
}

/// The method to try next: the key before the password, and the password as itself before a conversation about it.
fn next(offered: &[String], tried: &[Method], has_key: bool, has_password: bool) -> Option<Method> {
    let takes = |method: Method| offered.iter().any(|name| name == method.name());
    let password_sent = tried.iter().any(|method| *method != Method::PublicKey);
    if has_key && takes(Method::PublicKey) && !tried.contains(&Method::PublicKey) {
        Some(Method::PublicKey)
    } else if !has_password || password_sent {
        None
    } else if takes(Method::Password) {
        Some(Method::Password)
    } else {
        Some(Method::KeyboardInteractive).filter(|method| takes(*method))
    }
}

fn nothing_fits(account: &Account, offered: &[String], tried: &[Method]) -> SftpError {
    let known = ["publickey", "password", "keyboard-interactive", "hostbased", "gssapi-with-mic"];
    let wanted: Vec<_> = offered
        .iter()
        .map(|name| if known.contains(&name.as_str()) { name.as_str() } else { "another" })
        .collect();
    let host = &account.host;
    let also = if tried.is_empty() { "" } else { " also" };
    SftpError::Settings(format!(
        "{host}{also} wants a login by {}, for which the SFTP secret has nothing",
        wanted.join(" or ")
    ))
}

fn attempt(method: Method, account: &Account, ssh: &ssh2::Session) -> Result<(), ssh2::Error> {
    let username = account.username.expose_secret();
    let Login { password, key } = &account.login;
    match (method, key, password) {
        (Method::PublicKey, Some(Key { text, passphrase }), _) => {
            let passphrase = passphrase.as_ref().map(ExposeSecret::expose_secret);
            ssh.userauth_pubkey_memory(username, None, text.expose_secret(), passphrase)
        }
        (Method::Password, _, Some(password)) => ssh.userauth_password(username, password.expose_secret()),
        (Method::KeyboardInteractive, _, Some(password)) => {
            ssh.userauth_keyboard_interactive(username, &mut Conversation { password: Some(password) })
        }
        _ => Err(ssh2::Error::unknown()),
    }
}

/// Gives the password where it is asked for, once: whatever is asked after it is no password of ours.
struct Conversation<'p> {
    password: Option<&'p SecretString>,
}

impl KeyboardInteractivePrompt for Conversation<'_> {
    fn prompt(&mut self, _username: &str, _instructions: &str, prompts: &[Prompt<'_>]) -> Vec<String> {
        let shown: Vec<_> = prompts.iter().map(|prompt| prompt.echo).collect();
        let at = password_prompt(&shown);
        let password = at.and_then(|_| self.password.take());
        let text = |index| password.filter(|_| at == Some(index)).map_or("", ExposeSecret::expose_secret);
        (0..prompts.len()).map(|index| text(index).to_owned()).collect()
    }
}

/// Which prompt asks for the password, of those that show what is typed, or do not: the first that hides it.
fn password_prompt(shown: &[bool]) -> Option<usize> {
    shown.iter().position(|shown| !shown).or_else(|| (!shown.is_empty()).then_some(0))
}

fn fault_of(error: &ssh2::Error, account: &Account) -> SftpError {
    let ErrorCode::Session(code) = error.code() else { return SftpError::from_ssh(error, DOING) };
    match classify(code, error.message()) {
        LoginError::Rejected => SftpError::Auth { host: account.host.clone() },
        LoginError::UnreadableKey => SftpError::Settings(
            "the SFTP secret: privateKey cannot be read (another passphrase, or a format libssh2 does not know)".to_owned(),
        ),
        LoginError::NoSignature => SftpError::Settings(format!(
            "{} takes no signature that the secret's privateKey can make: RSA with SHA-1 is no longer spoken; give an Ed25519 \
             or ECDSA key",
            account.host
        )),
        LoginError::Broken => SftpError::from_ssh(error, DOING),
    }
}

/// The meaning of an error of libssh2 at a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LoginError {
    /// The server answered, and rejected it.
    Rejected,
    /// Nothing was sent: the key is not one that libssh2 reads.
    UnreadableKey,
    /// Nothing was sent: no signature algorithm is common to both sides.
    NoSignature,
    /// The connection is at fault.
    Broken,
}

/// Classifies a code of `LIBSSH2_ERROR_*`. libssh2 gives the codes of a rejection, too, where the socket closed while it
/// waited for the answer; only its text differs.
fn classify(code: i32, message: &str) -> LoginError {
    match code {
        // PASSWORD_EXPIRED, AUTHENTICATION_FAILED, PUBLICKEY_UNVERIFIED.
        -15 | -18 | -19 if !message.starts_with("Waiting for ") => LoginError::Rejected,
        // FILE, METHOD_NOT_SUPPORTED, KEYFILE_AUTH_FAILED, ALGO_UNSUPPORTED.
        -16 | -33 | -48 | -51 => LoginError::UnreadableKey,
        // METHOD_NONE.
        -17 => LoginError::NoSignature,
        _ => LoginError::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_is_an_answer_of_the_server() {
        for (code, message) in [
            (-18, "Authentication failed (username/password)"),
            (-18, "Authentication failed (keyboard-interactive)"),
            (-18, "Username/PublicKey combination invalid"),
            (-19, "Invalid signature for supplied public key, or bad username/public key combination"),
            (-15, "Password Expired, and no callback specified"),
        ] {
            assert_eq!(classify(code, message), LoginError::Rejected, "{message}");
        }
        for (code, message) in [
            (-18, "Waiting for keyboard USERAUTH response"),
            (-19, "Waiting for USERAUTH response"),
            (-19, "Waiting for publickey USERAUTH response"),
            (-13, "Waiting for password response"),
            (-43, "Socket error"),
        ] {
            assert_eq!(classify(code, message), LoginError::Broken, "{message}");
        }
        for code in [-16, -33, -48, -51] {
            assert_eq!(classify(code, ""), LoginError::UnreadableKey);
        }
        assert_eq!(classify(-17, "No signing signature matched"), LoginError::NoSignature);
    }

    #[test]
    fn each_secret_is_sent_once_and_the_key_first() {
        let offered = |names: &str| names.split(',').map(str::to_owned).collect::<Vec<_>>();
        let all = offered("publickey,keyboard-interactive,password");
        let (key, password, talk) = (Method::PublicKey, Method::Password, Method::KeyboardInteractive);
        for (offered, tried, has_key, has_password, expected) in [
            (&all, &[][..], true, true, Some(key)),
            (&all, &[], false, true, Some(password)),
            (&all, &[key], true, true, Some(password)),
            (&all, &[key], true, false, None),
            (&all, &[password], true, true, Some(key)),
            (&all, &[password], false, true, None),
            (&all, &[talk], false, true, None),
            (&offered("publickey,keyboard-interactive"), &[], false, true, Some(talk)),
            (&offered("password"), &[], true, true, Some(password)),
            (&offered("password"), &[], true, false, None),
            (&offered("publickey"), &[], false, true, None),
            (&offered("hostbased"), &[], true, true, None),
        ] {
            assert_eq!(next(offered, tried, has_key, has_password), expected, "{offered:?} {tried:?}");
        }
    }

    #[test]
    fn the_password_goes_to_the_first_hidden_prompt_and_nothing_to_the_next_question() {
        assert_eq!(password_prompt(&[]), None);
        assert_eq!(password_prompt(&[true]), Some(0));
        assert_eq!(password_prompt(&[true, false, false]), Some(1));
        let password = SecretString::from("open sesame");
        let mut talk = Conversation { password: Some(&password) };
        let prompt = |echo| Prompt { text: "".into(), echo };
        assert!(talk.prompt("", "", &[]).is_empty(), "a greeting asks for nothing");
        assert_eq!(talk.prompt("", "", &[prompt(true), prompt(false)]), ["", "open sesame"]);
        assert_eq!(talk.prompt("", "", &[prompt(false)]), [""], "a one-time code, or a new password");
    }
}
