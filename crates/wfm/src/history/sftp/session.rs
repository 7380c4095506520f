//! One SSH connection with its SFTP channel.

use std::fmt;
use std::io;
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

use ssh2::{ErrorCode, HashType, MethodType};

use super::error::StatusError;
use super::host_key::{describe_shown, methods_of};
use super::login::authenticate;
use super::{Account, SftpError};

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
    /// A fingerprint does not show the type of its key: a server that shows another key is asked for one of each
    /// type, on a connection each, before it counts as another server. Nothing of the account is sent meanwhile.
    ///
    /// # Errors
    /// [`SftpError::Unreachable`] without a connection, [`SftpError::HostKey`] before anything of the
    /// account was sent, [`SftpError::Auth`], [`SftpError::Settings`] if no algorithm is common to both
    /// sides or the private key cannot be read, [`SftpError::Broken`], [`SftpError::Deadline`].
    pub fn connect(account: &Account, deadline: Instant) -> Result<Self, SftpError> {
        let (mut tried, mut shown) = (Vec::new(), Vec::new());
        let known = account.shown_as.get().copied().map(Some);
        for methods in known.into_iter().chain(account.host_key.methods()) {
            if tried.contains(&methods) {
                continue;
            }
            let first = tried.is_empty();
            tried.push(methods);
            match Self::open(account, methods, deadline) {
                Ok(session) => return Ok(session),
                Err(ConnectFault::OtherKey { methods, description }) => {
                    tried.push(methods);
                    shown.push(description);
                }
                // A cut connection looks the same; the second time it is an answer.
                Err(ConnectFault::NothingInCommon) if first => match Self::open(account, methods, deadline) {
                    Ok(session) => return Ok(session),
                    Err(fault) => return Err(fault.into_error(account)),
                },
                // The server has no key of this type.
                Err(ConnectFault::NothingInCommon) => {}
                Err(ConnectFault::Other(error)) => return Err(error),
            }
        }
        Err(ConnectFault::OtherKey { methods: None, description: shown.join(", ") }.into_error(account))
    }

    fn open(
        account: &Account,
        methods: Option<&'static str>,
        deadline: Instant,
    ) -> Result<Self, ConnectFault> {
        let socket = connect_tcp(account, deadline)?;
        let shaken = handshake(account, &socket, methods, deadline);
        shaken.inspect_err(|_| close_socket(&socket)).map(|(ssh, sftp)| Self {
            sftp,
            ssh,
            socket,
            directory: account.directory.clone(),
            broken: false,
        })
    }

    /// False if the system knows that the connection has ended. True is no promise.
    pub(super) fn is_connected(&self) -> bool {
        // libssh2 made the socket non-blocking.
        match self.socket.peek(&mut [0]) {
            Ok(count) => count > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    /// True where the server says that it is OpenSSH.
    pub(super) fn is_openssh(&self) -> bool {
        self.ssh.banner().is_some_and(|banner| banner.contains("OpenSSH"))
    }

    /// The path of a file in the account's directory.
    pub(super) fn path_of(&self, file: &str) -> String {
        format!("{}/{file}", self.directory.trim_end_matches('/'))
    }

    /// One call to the server, with what is left until the deadline as its time limit. An error status
    /// of the server is inside.
    pub(super) fn request<T>(
        &mut self,
        doing: &'static str,
        deadline: Instant,
        call: impl FnOnce(&ssh2::Sftp) -> Result<T, ssh2::Error>,
    ) -> Result<Result<T, StatusError>, SftpError> {
        set_timeout(&self.ssh, doing, deadline)?;
        match call(&self.sftp) {
            Ok(value) => Ok(Ok(value)),
            Err(error) => match StatusError::of(&error) {
                Some(status) => Ok(Err(status)),
                None => Err(self.mark_broken(SftpError::from_ssh(&error, doing))),
            },
        }
    }

    /// The same where an error status is a failure.
    pub(super) fn call<T>(
        &mut self,
        doing: &'static str,
        deadline: Instant,
        call: impl FnOnce(&ssh2::Sftp) -> Result<T, ssh2::Error>,
    ) -> Result<T, SftpError> {
        self.request(doing, deadline, call)?.map_err(|status| self.rejected(doing, status.why))
    }

    /// One write, which ssh2 reports as an `io::Error` without the code: the session still has it.
    pub(super) fn write(
        &mut self,
        deadline: Instant,
        file: &mut ssh2::File,
        bytes: &[u8],
    ) -> Result<usize, SftpError> {
        const DOING: &str = "writing the file";
        /// `LIBSSH2_ERROR_SFTP_PROTOCOL`: the server answered, with an error status.
        const SFTP_PROTOCOL: ErrorCode = ErrorCode::Session(-31);
        set_timeout(&self.ssh, DOING, deadline)?;
        io::Write::write(file, bytes).map_err(|error| {
            let why = error.to_string();
            let code = ssh2::Error::last_session_error(&self.ssh).map(|error| error.code());
            self.mark_broken(if code == Some(SFTP_PROTOCOL) {
                self.rejected(DOING, why)
            } else {
                SftpError::Broken { doing: DOING, why }
            })
        })
    }

    /// Removes a file of this attempt; false if the server returns an error, as it does where there is none.
    pub(super) fn remove(
        &mut self,
        path: &str,
        doing: &'static str,
        deadline: Instant,
    ) -> Result<bool, SftpError> {
        Ok(self.request(doing, deadline, |sftp| sftp.unlink(Path::new(path)))?.is_ok())
    }

    /// The error for a call that the server rejects.
    pub(super) fn rejected(&self, doing: &'static str, why: String) -> SftpError {
        SftpError::Rejected { doing, directory: self.directory.clone(), why }
    }

    /// True once a call found the connection closed.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Marks the session broken, if the error says so. A call that ended in the middle leaves libssh2 waiting for its answer: the session is of no
    /// further use, and closing its socket keeps the closing of handles from waiting for one.
    fn mark_broken(&mut self, error: SftpError) -> SftpError {
        if matches!(error, SftpError::Broken { .. }) {
            self.broken = true;
            close_socket(&self.socket);
        }
        error
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Without a disconnect message: on a dead connection that would wait for its time limit.
        close_socket(&self.socket);
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

fn close_socket(socket: &TcpStream) {
    // An error means that it is closed already.
    drop(socket.shutdown(Shutdown::Both));
}

/// Gives the next calls of a session the time until the deadline, at most [`CALL_TIMEOUT`].
fn set_timeout(ssh: &ssh2::Session, doing: &'static str, deadline: Instant) -> Result<(), SftpError> {
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
fn connect_tcp(account: &Account, deadline: Instant) -> Result<TcpStream, SftpError> {
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

/// Why there is no session.
enum ConnectFault {
    /// The two sides' lists of algorithms have nothing in common.
    NothingInCommon,
    /// The server showed another key than the one expected.
    OtherKey {
        /// What would ask for the key that was shown.
        methods: Option<&'static str>,
        /// Its type and fingerprint.
        description: String,
    },
    Other(SftpError),
}

impl From<SftpError> for ConnectFault {
    fn from(error: SftpError) -> Self {
        Self::Other(error)
    }
}

impl ConnectFault {
    fn into_error(self, account: &Account) -> SftpError {
        let host = account.host.clone();
        match self {
            Self::Other(error) => error,
            Self::OtherKey { description: shown, .. } => {
                SftpError::HostKey { host, shown, expected: account.host_key.describe() }
            }
            Self::NothingInCommon => {
                let kind = account.host_key.methods().first().copied().flatten();
                let hint = kind.map_or_else(String::new, |methods| {
                    format!("; the secret's hostKey asks for a key of type {methods}")
                });
                SftpError::Settings(format!(
                    "no SSH algorithms in common with {host}{hint}; what rests on SHA-1 (key exchange, ssh-rsa host keys) is no \
                     longer spoken"
                ))
            }
        }
    }
}

fn handshake(
    account: &Account,
    socket: &TcpStream,
    methods: Option<&'static str>,
    deadline: Instant,
) -> Result<(ssh2::Session, ssh2::Sftp), ConnectFault> {
    /// `LIBSSH2_ERROR_KEX_FAILURE`: nothing in common, or no list of the server's at all.
    const NOTHING_IN_COMMON: ErrorCode = ErrorCode::Session(-5);
    let broken = |doing| move |error: ssh2::Error| SftpError::from_ssh(&error, doing);
    let mut ssh = ssh2::Session::new().map_err(broken("starting libssh2"))?;
    let stream = socket
        .try_clone()
        .map_err(|error| SftpError::Broken { doing: "connecting", why: error.to_string() })?;
    ssh.set_tcp_stream(stream);
    if let Some(methods) = methods {
        ssh.method_pref(MethodType::HostKey, methods).map_err(broken("choosing the host key type"))?;
    }
    set_timeout(&ssh, "the handshake", deadline)?;
    ssh.handshake().map_err(|error| match error.code() {
        NOTHING_IN_COMMON => ConnectFault::NothingInCommon,
        _ => SftpError::from_ssh(&error, "the handshake").into(),
    })?;
    check_host_key(account, &ssh)?;
    set_timeout(&ssh, "authentication", deadline)?;
    authenticate(account, &ssh)?;
    set_timeout(&ssh, "opening SFTP", deadline)?;
    let sftp = ssh.sftp().map_err(broken("opening SFTP"))?;
    Ok((ssh, sftp))
}

fn check_host_key(account: &Account, ssh: &ssh2::Session) -> Result<(), ConnectFault> {
    let shown = ssh.host_key().map(|(key, _)| key).zip(ssh.host_key_hash(HashType::Sha256));
    let Some((key, sha256)) = shown else {
        return Err(ConnectFault::OtherKey { methods: None, description: "no key".to_owned() });
    };
    let methods = methods_of(key);
    if !account.host_key.matches(key, sha256) {
        return Err(ConnectFault::OtherKey { methods, description: describe_shown(key, sha256) });
    }
    if let Some(methods) = methods {
        account.shown_as.get_or_init(|| methods);
    }
    Ok(())
}
