//! The secret: which server, who we are there, and which key it has to show.

use std::fmt;
use std::sync::{Arc, OnceLock};

use secrecy::SecretString;
use serde_json::Value;

use super::{SftpError, host_key::HostKey, private_key};
use crate::secret_fields::SecretFields;

/// An SFTP account, from the JSON of its secret:
/// `host, port (22), username, password and/or privateKey (+ passphrase), hostKey, directory, delivery ("rename")`.
///
/// `Debug` shows host, port and directory alone.
#[derive(Clone)]
pub struct Account {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) username: SecretString,
    pub(super) login: Login,
    pub(super) host_key: HostKey,
    pub(super) directory: String,
    pub(super) delivery: Delivery,
    /// The algorithms with which the server showed the key that is expected, once it has.
    pub(super) shown_as: Arc<OnceLock<&'static str>>,
}

/// How the account proves itself: by one of the two, or by both.
#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) password: Option<SecretString>,
    pub(super) key: Option<Key>,
}

/// A private key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) text: SecretString,
    pub(super) passphrase: Option<SecretString>,
}

/// How a file gets its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Delivery {
    /// By renaming a hidden file once it is whole.
    #[default]
    Rename,
    /// It has it from the beginning: for servers that rename nothing, or take no hidden name. A reader may see
    /// half a file.
    Direct,
}

impl Account {
    /// Reads the secret's JSON. Unknown members are ignored; an empty text counts as absent; `port` may
    /// be a text, as Secrets Manager's console writes every value. `privateKey` is OpenSSH or PEM text,
    /// also where a fields made something else of its line ends.
    ///
    /// # Errors
    /// [`SftpError::Settings`] with every problem of the secret in one message, and none of its values.
    pub fn from_json(json: &str) -> Result<Self, SftpError> {
        let Some(mut fields) = SecretFields::read(json, false) else {
            return Err(SftpError::Settings("the SFTP secret is not a JSON object".to_owned()));
        };
        let (host, port, username) = (fields.required("host"), fields.port(), fields.required("username"));
        let (login, host_key, directory) = (fields.login(), fields.host_key(), fields.required("directory"));
        let delivery = fields.delivery();
        if let (Some(host), Some(port), Some(username), Some(login), Some(host_key), Some(directory)) =
            (host, port, username, login, host_key, directory)
            && fields.problems.is_empty()
        {
            let (username, shown_as) = (username.into(), Arc::default());
            return Ok(Self { host, port, username, login, host_key, directory, delivery, shown_as });
        }
        Err(SftpError::Settings(format!("the SFTP secret: {}", fields.problems.join("; "))))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl SecretFields {
    fn port(&mut self) -> Option<u16> {
        let port = match self.take("port") {
            None => Some(22),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        port.filter(|port| *port != 0).or_else(|| self.problem("port is not a number from 1 to 65535"))
    }

    fn login(&mut self) -> Option<Login> {
        let (password, key) = (self.text("password"), self.text("privateKey"));
        let passphrase = self.text("passphrase");
        if password.is_none() && key.is_none() {
            return self.problem("password or privateKey is missing");
        }
        let key = match key.map(|text| private_key::read(&text, passphrase.is_some())) {
            None => None,
            Some(Ok(text)) => Some(Key { text: text.into(), passphrase: passphrase.map(Into::into) }),
            Some(Err(fault)) => return self.problem(format!("privateKey {fault}")),
        };
        Some(Login { password: password.map(Into::into), key })
    }

    fn delivery(&mut self) -> Delivery {
        match self.text("delivery").as_deref() {
            None | Some("rename") => Delivery::Rename,
            Some("direct") => Delivery::Direct,
            Some(_) => {
                self.problems.push("delivery is neither \"rename\" nor \"direct\"".to_owned());
                Delivery::default()
            }
        }
    }

    fn host_key(&mut self) -> Option<HostKey> {
        match self.text("hostKey").as_deref().map(HostKey::parse) {
            Some(Ok(key)) => Some(key),
            Some(Err(fault)) => self.problem(format!("hostKey {fault}")),
            None => self.problem(
                "hostKey is missing: the server's SHA256:… fingerprint or known_hosts line, without which anybody \
                 between could read the files",
            ),
        }
    }
}

#[cfg(test)]
mod tests;
