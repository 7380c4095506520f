//! One SSH connection with its SFTP channel.

use std::fmt;
use std::io;
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use ssh2::{ErrorCode, HashType, MethodType};

use super::account::Login;
use super::host_key::describe_shown;
use super::name::FileName;
use super::{Account, SftpError, Upload};

/// The longest wait for one address of the host to accept the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest wait for one answer of the server.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// An authenticated SFTP session in the account's directory. It does one thing at a time; several files
/// in flight take several sessions.
pub struct Session {
    // Dropped in this order: the channel before its session.
    sftp: ssh2::Sftp,
    ssh: ssh2::Session,
    socket: TcpStream,
    directory: String,
    broken: bool,
}

impl Session {
    /// Connects, checks the host key, and only then authenticates. Every step ends at the deadline, save
    /// the look-up of the host's name.
    ///
    /// # Errors
    /// [`SftpError::Unreachable`] without a connection, [`SftpError::HostKey`] before anything of the
    /// account was sent, [`SftpError::Auth`], [`SftpError::Settings`] if no algorithm is common to both
    /// sides or the private key cannot be read, [`SftpError::Broken`], [`SftpError::Deadline`].
    pub fn connect(account: &Account, deadline: Instant) -> Result<Self, SftpError> {
        let socket = dial(account, deadline)?;
        let shaken = shake_hands(account, &socket, deadline);
        shaken.inspect_err(|_| hang_up(&socket)).map(|(ssh, sftp)| Self {
            sftp,
            ssh,
            socket,
            directory: account.directory.clone(),
            broken: false,
        })
    }

    /// Opens the temporary file of a delivery, empty. What is written reaches the final name with
    /// [`Upload::commit`]; dropped before, it is removed.
    ///
    /// # Errors
    /// [`SftpError::BadName`]; [`SftpError::Refused`] if the server does not let the file be created;
    /// [`SftpError::Broken`], [`SftpError::Deadline`].
    pub fn begin(&mut self, name: &str, deadline: Instant) -> Result<Upload<'_>, SftpError> {
        Upload::open(self, FileName::parse(name)?, deadline)
    }

    /// False if the system knows that the connection has ended. True is no promise.
    pub(super) fn is_connected(&self) -> bool {
        // libssh2 made the socket non-blocking.
        match self.socket.peek(&mut [0]) {
            Ok(count) => count > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    /// The path of a file in the account's directory.
    pub(super) fn path_of(&self, file: &str) -> String {
        format!("{}/{file}", self.directory.trim_end_matches('/'))
    }

    /// One call to the server, with what is left until the deadline as its time limit.
    pub(super) fn call<T>(
        &mut self,
        doing: &'static str,
        deadline: Instant,
        call: impl FnOnce(&ssh2::Sftp) -> Result<T, ssh2::Error>,
    ) -> Result<T, SftpError> {
        limit(&self.ssh, doing, deadline)?;
        call(&self.sftp).map_err(|error| self.note(SftpError::from_ssh(&error, doing, &self.directory)))
    }

    /// One write, which ssh2 reports as an `io::Error` without the code: the session still has it.
    pub(super) fn write(
        &mut self,
        deadline: Instant,
        file: &mut ssh2::File,
        bytes: &[u8],
    ) -> Result<usize, SftpError> {
        const DOING: &str = "writing the file";
        /// `LIBSSH2_ERROR_SFTP_PROTOCOL`: the server answered, with a refusal.
        const REFUSED: ErrorCode = ErrorCode::Session(-31);
        limit(&self.ssh, DOING, deadline)?;
        io::Write::write(file, bytes).map_err(|error| {
            let why = error.to_string();
            let code = ssh2::Error::last_session_error(&self.ssh).map(|error| error.code());
            self.note(if code == Some(REFUSED) {
                self.refused(DOING, why)
            } else {
                SftpError::Broken { doing: DOING, why }
            })
        })
    }

    /// Removes a file; false if the server refuses, as it does where there is none.
    pub(super) fn remove(
        &mut self,
        path: &Path,
        doing: &'static str,
        deadline: Instant,
    ) -> Result<bool, SftpError> {
        match self.call(doing, deadline, |sftp| sftp.unlink(path)) {
            Ok(()) => Ok(true),
            Err(SftpError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The server said no.
    pub(super) fn refused(&self, doing: &'static str, why: String) -> SftpError {
        SftpError::Refused { doing, directory: self.directory.clone(), why }
    }

    /// True once a call found the connection gone.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// A call that ended in the middle leaves libssh2 waiting for its answer: the session is of no
    /// further use, and closing its socket keeps the closing of handles from waiting for one.
    fn note(&mut self, error: SftpError) -> SftpError {
        if matches!(error, SftpError::Broken { .. }) {
            self.broken = true;
            hang_up(&self.socket);
        }
        error
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // No farewell: on a connection that went silent it would wait for its time limit.
        hang_up(&self.socket);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("directory", &self.directory)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

fn hang_up(socket: &TcpStream) {
    // An error means that it is closed already.
    drop(socket.shutdown(Shutdown::Both));
}

/// Gives the next calls of a session the time until the deadline, at most [`CALL_TIMEOUT`].
fn limit(ssh: &ssh2::Session, doing: &'static str, deadline: Instant) -> Result<(), SftpError> {
    let left = remaining(doing, deadline)?.min(CALL_TIMEOUT);
    // Zero would mean "for ever" to libssh2.
    ssh.set_timeout(u32::try_from(left.as_millis()).unwrap_or(u32::MAX).max(1));
    Ok(())
}

fn remaining(doing: &'static str, deadline: Instant) -> Result<Duration, SftpError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(SftpError::Deadline { doing }) } else { Ok(left) }
}

/// The first of the host's addresses that accepts a connection.
fn dial(account: &Account, deadline: Instant) -> Result<TcpStream, SftpError> {
    let unreachable = |error: io::Error| SftpError::Unreachable {
        host: account.host.clone(),
        port: account.port,
        why: error.to_string(),
    };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (account.host.as_str(), account.port).to_socket_addrs().map_err(unreachable)? {
        let limit = remaining("connecting", deadline)?.min(CONNECT_TIMEOUT);
        match TcpStream::connect_timeout(&address, limit) {
            Ok(socket) => {
                // Requests are small and answered one by one; a failure costs time, not truth.
                drop(socket.set_nodelay(true));
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

fn shake_hands(
    account: &Account,
    socket: &TcpStream,
    deadline: Instant,
) -> Result<(ssh2::Session, ssh2::Sftp), SftpError> {
    let broken = |doing| move |error: ssh2::Error| SftpError::from_ssh(&error, doing, &account.directory);
    let mut ssh = ssh2::Session::new().map_err(broken("starting libssh2"))?;
    let stream = socket
        .try_clone()
        .map_err(|error| SftpError::Broken { doing: "connecting", why: error.to_string() })?;
    ssh.set_tcp_stream(stream);
    if let Some(methods) = account.host_key.methods() {
        ssh.method_pref(MethodType::HostKey, methods).map_err(broken("choosing the host key type"))?;
    }
    limit(&ssh, "the handshake", deadline)?;
    ssh.handshake().map_err(|error| handshake_fault(account, &error))?;
    check_host_key(account, &ssh)?;
    limit(&ssh, "authentication", deadline)?;
    authenticate(account, &ssh)?;
    limit(&ssh, "opening SFTP", deadline)?;
    let sftp = ssh.sftp().map_err(broken("opening SFTP"))?;
    Ok((ssh, sftp))
}

fn handshake_fault(account: &Account, error: &ssh2::Error) -> SftpError {
    /// `LIBSSH2_ERROR_KEX_FAILURE`: one of the two sides' lists of algorithms have nothing in common.
    const NOTHING_IN_COMMON: ErrorCode = ErrorCode::Session(-5);
    if error.code() != NOTHING_IN_COMMON {
        return SftpError::from_ssh(error, "the handshake", &account.directory);
    }
    let hint = account.host_key.methods().map_or_else(String::new, |methods| {
        format!("; the secret's hostKey asks for a key of type {methods}")
    });
    SftpError::Settings(format!("no SSH algorithms in common with {}{hint}", account.host))
}

fn check_host_key(account: &Account, ssh: &ssh2::Session) -> Result<(), SftpError> {
    let shown = ssh.host_key().map(|(key, _)| key).zip(ssh.host_key_hash(HashType::Sha256));
    match shown {
        Some((key, sha256)) if account.host_key.matches(key, sha256) => Ok(()),
        shown => Err(SftpError::HostKey {
            host: account.host.clone(),
            shown: shown.map_or_else(|| "no key".to_owned(), |(key, sha256)| describe_shown(key, sha256)),
            expected: account.host_key.describe(),
        }),
    }
}

fn authenticate(account: &Account, ssh: &ssh2::Session) -> Result<(), SftpError> {
    let username = account.username.expose_secret();
    let answer = match &account.login {
        Login::Password(password) => ssh.userauth_password(username, password.expose_secret()),
        Login::Key { key, passphrase } => {
            let passphrase = passphrase.as_ref().map(ExposeSecret::expose_secret);
            ssh.userauth_pubkey_memory(username, None, key.expose_secret(), passphrase)
        }
    };
    answer.map_err(|error| match error.code() {
        // PASSWORD_EXPIRED, AUTHENTICATION_FAILED, PUBLICKEY_UNVERIFIED of LIBSSH2_ERROR_*.
        ErrorCode::Session(-15 | -18 | -19) => SftpError::Auth { host: account.host.clone() },
        // FILE, METHOD_NOT_SUPPORTED, KEYFILE_AUTH_FAILED, ALGO_UNSUPPORTED: before anything is sent.
        ErrorCode::Session(-16 | -33 | -48 | -51) => SftpError::Settings(
            "the SFTP secret: privateKey cannot be read (another passphrase, or a format libssh2 does not know)".to_owned(),
        ),
        _ => SftpError::from_ssh(&error, "authentication", &account.directory),
    })
}
