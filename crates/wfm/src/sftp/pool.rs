//! The sessions kept between deliveries.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::account::Delivery;
use super::upload::Habits;
use super::{Account, Session, SftpError};

/// Files in flight at once. One session is busy with one file; a WFM's server allows a handful.
const MAX_SESSIONS: usize = 4;

/// Up to [`MAX_SESSIONS`] sessions, fewer if the server allows fewer.
#[derive(Debug)]
pub(super) struct Pool {
    account: Account,
    state: Mutex<State>,
    changed: Condvar,
    /// What was learnt about the server.
    pub(super) habits: Arc<Habits>,
}

#[derive(Debug)]
struct State {
    idle: Vec<Session>,
    /// Idle or lent.
    open: usize,
    connecting: bool,
    limit: usize,
    /// Why no connection is to be made: the account, the host key or the settings are at fault.
    verdict: Option<String>,
}

/// The place of a session on loan. What is in it at the end goes back to the idle ones; if nothing is,
/// the session is gone, by a broken connection or by a panic.
struct Place<'p> {
    pool: &'p Pool,
    session: Option<Session>,
}

impl Pool {
    pub(super) fn new(account: Account) -> Self {
        let state =
            State { idle: Vec::new(), open: 0, connecting: false, limit: MAX_SESSIONS, verdict: None };
        let habits = Arc::new(Habits::new(account.delivery == Delivery::Direct));
        Self { account, state: Mutex::new(state), changed: Condvar::new(), habits }
    }

    /// Does one piece of work with an idle session, a new one, or the next that is free.
    pub(super) fn with<T>(
        &self,
        deadline: Instant,
        work: impl FnOnce(&mut Session) -> Result<T, SftpError>,
    ) -> Result<T, SftpError> {
        let mut session = self.take(deadline)?;
        let mut place = Place { pool: self, session: None };
        let done = work(&mut session);
        place.session = Some(session).filter(|session| !session.is_broken());
        done
    }

    /// Connections are made one at a time. What is wrong with the account is found once, and holds for those
    /// that wait and come after: a wrong password costs one failed login until [`Pool::try_again`]. If a further
    /// connection fails while others live, the server allows no more, and the caller waits for one of those.
    fn take(&self, deadline: Instant) -> Result<Session, SftpError> {
        let mut state = self.lock();
        loop {
            if let Some(session) = state.take_idle() {
                return Ok(session);
            }
            if let Some(why) = &state.verdict {
                return Err(SftpError::NotTried { why: why.clone() });
            }
            if state.may_connect() {
                state.connecting = true;
                drop(state);
                let connected = Session::connect(&self.account, deadline);
                state = self.lock();
                let settled = state.settle(connected);
                self.changed.notify_all();
                if let Some(session) = settled? {
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

    /// Lets the account be tried again.
    pub(super) fn try_again(&self) {
        self.lock().verdict = None;
    }

    /// Closes the idle sessions: after one broke, those of the same age are suspect.
    pub(super) fn forget_idle(&self) {
        let mut state = self.lock();
        let suspects = std::mem::take(&mut state.idle);
        state.closed(suspects.len());
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_idle(&mut self) -> Option<Session> {
        while let Some(session) = self.idle.pop() {
            if session.is_connected() {
                return Some(session);
            }
            self.closed(1);
        }
        None
    }

    fn may_connect(&self) -> bool {
        !self.connecting && self.open < self.limit
    }

    /// Books the end of a connection attempt; `None` if the caller has to wait for another's session.
    fn settle(&mut self, connected: Result<Session, SftpError>) -> Result<Option<Session>, SftpError> {
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
                if error.is_verdict() {
                    self.verdict = Some(error.to_string());
                }
                Err(error)
            }
            Err(error) => {
                self.limit = self.open;
                tracing::info!(sftp.sessions = self.open, reason = %error, "the SFTP server allows no further session");
                Ok(None)
            }
        }
    }

    /// Once all are closed, the server may allow more again.
    fn closed(&mut self, count: usize) {
        self.open -= count;
        if self.open == 0 {
            self.limit = MAX_SESSIONS;
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        match self.session.take() {
            Some(session) => state.idle.push(session),
            None => state.closed(1),
        }
        drop(state);
        self.pool.changed.notify_all();
    }
}
