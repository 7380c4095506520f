//! Logins of the database server with just the rights that a program needs, beside that of the tables' owner.
//!
//! They are made, and given their rights, by whoever migrates: a migration that makes a table or a view anew takes the
//! rights on the old one away. Passwords come from secrets that others read as well, so they are set each time.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{
    error::SqlError,
    statement::{Parameter, Statement},
};

/// What a login may do with the tables and views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read them.
    Read,
    /// Read and change what is in them; not make or drop them.
    Write,
}

/// A login to be made.
#[derive(Clone)]
pub struct Login {
    name: String,
    password: SecretString,
    access: Access,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("name", &self.name)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// The secret is none of a login. The message repeats nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected JSON with a username of lower-case letters, digits and underscores, and a password of 16 letters and digits \
     at least"
)]
pub struct LoginError;

/// A secret's JSON, as RDS and the Data API read it, too.
#[derive(Deserialize)]
struct Credentials {
    username: Name,
    password: Password,
}

/// A name that SQL takes without quotes.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

/// A password that SQL takes in quotes as it is: no statement can have it as a parameter.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Password(SecretString);

impl TryFrom<String> for Name {
    type Error = LoginError;

    fn try_from(text: String) -> Result<Self, LoginError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        // A longer one is cut by the server.
        (begins && text.len() <= 63 && text.chars().all(fits)).then_some(Self(text)).ok_or(LoginError)
    }
}

impl TryFrom<String> for Password {
    type Error = LoginError;

    fn try_from(text: String) -> Result<Self, LoginError> {
        let fits = text.len() >= 16 && text.chars().all(|c| c.is_ascii_alphanumeric());
        fits.then(|| Self(SecretString::from(text))).ok_or(LoginError)
    }
}

impl FromStr for Credentials {
    type Err = LoginError;

    fn from_str(text: &str) -> Result<Self, LoginError> {
        serde_json::from_str(text).map_err(|_| LoginError)
    }
}

impl Login {
    /// The login that a secret is for.
    ///
    /// # Errors
    /// When the secret is not one of a login.
    pub fn new(secret: &SecretString, access: Access) -> Result<Self, LoginError> {
        let Credentials { username: Name(name), password: Password(password) } =
            secret.expose_secret().parse()?;
        Ok(Self { name, password, access })
    }

    /// What it may do.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether it is there.
    pub(crate) fn is_there(&self) -> Statement {
        let sql = "SELECT CAST(COUNT(*) AS text) FROM pg_roles WHERE rolname = $1";
        Statement::read(sql, vec![Parameter::Text(self.name.clone())])
    }

    /// Makes it, or changes its password, and gives it its rights on the tables and views `granted`, and on no others of `owned`.
    pub(crate) fn statements(&self, is_there: bool, (owned, granted): (&[&str], &[&str])) -> Vec<Statement> {
        let Self { name, password, access } = self;
        let verb = if is_there { "ALTER" } else { "CREATE" };
        let rights = match access {
            Access::Read => "SELECT",
            Access::Write => "SELECT, INSERT, UPDATE, DELETE",
        };
        let (password, owned, granted) = (password.expose_secret(), owned.join(", "), granted.join(", "));
        [
            format!(
                "{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD '{password}'"
            ),
            format!("GRANT USAGE ON SCHEMA public TO {name}"),
            format!("REVOKE ALL ON {owned} FROM {name}"),
            format!("GRANT {rights} ON {granted} TO {name}"),
            // The planner takes a view for a hundred times as long as it is, and would compile it for seconds.
            format!("ALTER ROLE {name} SET jit = off"),
        ]
        .map(|sql| Statement::write(sql, Vec::new()))
        .into()
    }
}

/// What a place that has no logins says.
pub(crate) fn none_here() -> SqlError {
    SqlError::Rejected("an SQLite file has no logins".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(secret: &str) -> Result<Login, LoginError> {
        Login::new(&SecretString::from(secret), Access::Read)
    }

    #[test]
    fn only_what_sql_takes_as_it_is_becomes_a_login() {
        let secret = |name: &str, password: &str| {
            serde_json::json!({"username": name, "password": password, "engine": "postgres"}).to_string()
        };
        let password = "0123456789abcdefXYZ";
        assert!(login(&secret("switchboard_check", password)).is_ok());
        for name in ["", "x; DROP TABLE y", "Check", "9x", "x\"y", "pg-x", &"x".repeat(64)] {
            assert!(login(&secret(name, password)).is_err(), "{name}");
        }
        for password in ["", "short", "0123456789abcdef'", "0123456789abcdef$1", "0123456789 abcdefg"] {
            assert!(login(&secret("check", password)).is_err(), "{password}");
        }
        for text in ["", "{}", r#"{"username":"check"}"#, "hunter2hunter2hunter2"] {
            assert!(login(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_prints_the_password() {
        let secret = r#"{"username":"check","password":"0123456789abcdef"}"#;
        let login = login(secret).unwrap();
        assert!(!format!("{login:?}").contains("0123456789abcdef"));
        assert_eq!(format!("{login:?}"), r#"Login { name: "check", access: Read, .. }"#);
        let rights = login.statements(true, (&["a", "b", "c"], &["a", "b"]));
        assert!(rights[0].sql.starts_with("ALTER ROLE check LOGIN "), "{}", rights[0].sql);
        assert_eq!(rights[2].sql, "REVOKE ALL ON a, b, c FROM check", "what others granted stays");
        assert_eq!(rights[3].sql, "GRANT SELECT ON a, b TO check");
        assert_eq!(rights[4].sql, "ALTER ROLE check SET jit = off");
    }
}
