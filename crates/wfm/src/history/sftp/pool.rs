//! A pool of sessions, which stay open between uploads.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::account::Delivery;
use super::remote_staged_file::ServerQuirks;
use super::{Account, Session, SftpError};

/// The sessions of one pool at most. One session is busy with one file; a WFM's server allows a handful.
const MAX_SESSIONS: usize = 4;

/// A pool of up to [`MAX_SESSIONS`] sessions, fewer if the server allows fewer.
#[derive(Debug)]
pub(super) struct Pool {
    account: Account,
    state: Mutex<PoolState>,
    changed: Condvar,
    /// What earlier uploads have shown of the server.
    pub(super) quirks: Arc<ServerQuirks>,
}

#[derive(Debug)]
struct PoolState {
    idle: Vec<Session>,
    /// The number of sessions, idle or in use.
    open: usize,
    connecting: bool,
    limit: usize,
    /// Why no connection is to be made: the fault of the account, the host key or the settings.
    account_error: Option<String>,
}

/// The slot of a session in use. A session that is in it at the end becomes idle; an empty slot means that
/// the session has ended, by a broken connection or by a panic.
struct PoolSlot<'p> {
    pool: &'p Pool,
    session: Option<Session>,
}

impl Pool {
    pub(super) fn new(account: Account) -> Self {
        let state = PoolState {
            idle: Vec::new(),
            open: 0,
            connecting: false,
            limit: MAX_SESSIONS,
            account_error: None,
        };
        let quirks = Arc::new(ServerQuirks::new(account.delivery == Delivery::Direct));
        Self { account, state: Mutex::new(state), changed: Condvar::new(), quirks }
    }

    /// Runs `work` with an idle session, a new one, or the next that becomes free.
    pub(super) fn with<T>(
        &self,
        deadline: Instant,
        work: impl FnOnce(&mut Session) -> Result<T, SftpError>,
    ) -> Result<T, SftpError> {
        let mut session = self.acquire(deadline)?;
        let mut slot = PoolSlot { pool: self, session: None };
        let done = work(&mut session);
        slot.session = Some(session).filter(|session| !session.is_broken());
        done
    }

    /// An idle session, or a new one. Connections are made one at a time. A fault of the account is found once, and holds
    /// for all callers that wait or come later: a wrong password costs one failed login until [`Pool::retry_account`]. If a further
    /// connection fails while others are open, the server allows no more, and the caller waits for one of those.
    fn acquire(&self, deadline: Instant) -> Result<Session, SftpError> {
        let mut state = self.lock();
        loop {
            if let Some(session) = state.pop_idle() {
                return Ok(session);
            }
            if let Some(why) = &state.account_error {
                return Err(SftpError::NotTried { why: why.clone() });
            }
            if state.has_capacity() {
                state.connecting = true;
                drop(state);
                let connected = Session::connect(&self.account, deadline);
                state = self.lock();
                let recorded = state.record_connect(connected);
                self.changed.notify_all();
                if let Some(session) = recorded? {
                    return Ok(session);
                }
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SftpError::Deadline { doing: "a session was free" });
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Allows the account to be tried again.
    pub(super) fn retry_account(&self) {
        self.lock().account_error = None;
    }

    /// Closes the idle sessions: after one broke, others of the same age may be broken, too.
    pub(super) fn close_idle(&self) {
        let mut state = self.lock();
        let suspects = std::mem::take(&mut state.idle);
        state.record_closed(suspects.len());
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PoolState {
    fn pop_idle(&mut self) -> Option<Session> {
        while let Some(session) = self.idle.pop() {
            if session.is_connected() {
                return Some(session);
            }
            self.record_closed(1);
        }
        None
    }

    fn has_capacity(&self) -> bool {
        !self.connecting && self.open < self.limit
    }

    /// Records the end of a connection attempt; `None` if the caller has to wait for another session.
    fn record_connect(
        &mut self,
        connected: Result<Session, SftpError>,
    ) -> Result<Option<Session>, SftpError> {
        self.connecting = false;
        match connected {
            Ok(session) => {
                self.open += 1;
                Ok(Some(session))
            }
            Err(error @ SftpError::Deadline { .. }) => Err(error),
            Err(error)
                if self.open == 0 || matches!(error, SftpError::HostKey { .. } | SftpError::Settings(_)) =>
            {
                if error.is_account_error() {
                    self.account_error = Some(error.to_string());
                }
                Err(error)
            }
            Err(error) => {
                self.limit = self.open;
                tracing::info!(sftp.sessions = self.open, error = %error, event = "sftp_session_limit", "the SFTP server allows no further session");
                Ok(None)
            }
        }
    }

    /// Records closed sessions. Once all are closed, the server may allow more again.
    fn record_closed(&mut self, count: usize) {
        self.open -= count;
        if self.open == 0 {
            self.limit = MAX_SESSIONS;
        }
    }
}

impl Drop for PoolSlot<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        match self.session.take() {
            Some(session) => state.idle.push(session),
            None => state.record_closed(1),
        }
        drop(state);
        self.pool.changed.notify_all();
    }
}
