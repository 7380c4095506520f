//! Deliveries, retried.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

#[cfg(feature = "ssh")]
use super::{Account, pool::Pool};
use super::{SftpError, claims::Claims, folder::FolderPart, name::FileName, part::Part};

/// Where the files go, ready to use.
#[derive(Debug, Clone)]
pub enum Target {
    /// A server, with the account of the secret.
    #[cfg(feature = "ssh")]
    Sftp(Account),
    /// A local folder.
    Folder(PathBuf),
}

/// A file that is there, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// Its size.
    pub bytes: u64,
}

/// Delivers files to one target, and keeps the sessions for the next. Up to four files are under way at
/// once, one per calling thread; further callers wait.
#[derive(Debug)]
pub struct Courier {
    route: Route,
    claims: Claims,
}

#[derive(Debug)]
enum Route {
    #[cfg(feature = "ssh")]
    Sftp(Box<Pool>),
    Folder(PathBuf),
}

impl Courier {
    /// Connects nowhere yet.
    pub fn new(target: Target) -> Self {
        let route = match target {
            #[cfg(feature = "ssh")]
            Target::Sftp(account) => Route::Sftp(Box::new(Pool::new(account))),
            Target::Folder(folder) => Route::Folder(folder),
        };
        Self { route, claims: Claims::default() }
    }

    /// Lets the account be tried again, after it was refused. Until then one refused login, wrong host key or
    /// setting is all that any number of deliveries costs: [`SftpError::NotTried`] is what the others end with.
    pub fn try_again(&self) {
        match &self.route {
            Route::Folder(_) => {}
            #[cfg(feature = "ssh")]
            Route::Sftp(pool) => pool.try_again(),
        }
    }

    /// Delivers one file: what `write` writes, under `name`. Blocks until it is there, or the deadline.
    ///
    /// Where a connection cannot be made or breaks, a second attempt follows on a new one if the time
    /// allows; `write` is then called again, from the beginning. So it is where the server takes a file away as
    /// soon as it is closed: the second one, and all after it, have their own name from the beginning.
    ///
    /// Deliveries of the same name wait for each other, within this courier. Of those of two processes one replaces
    /// the other's file; each ends with a whole file of that name.
    ///
    /// # Errors
    /// Each variant of [`SftpError`] says what to do. A file that is visible under the name is whole
    /// whatever the error: it is of a former delivery or, if the connection broke on the rename, of this
    /// one. [`SftpError::Source`] is the error of `write` itself.
    pub fn deliver(
        &self,
        name: &str,
        mut write: impl FnMut(&mut dyn Write) -> io::Result<()>,
        deadline: Instant,
    ) -> Result<Delivered, SftpError> {
        let file_name = FileName::parse(name)?;
        let _claim = self.claims.claim(name, deadline)?;
        match &self.route {
            Route::Folder(folder) => fill(FolderPart::open(folder, file_name)?, &mut write),
            #[cfg(feature = "ssh")]
            Route::Sftp(pool) => over_ssh(pool, file_name, &mut write, deadline),
        }
    }
}

/// Delivers on one of the pool's sessions, and once more on a new one if that one broke.
#[cfg(feature = "ssh")]
fn over_ssh(
    pool: &Pool,
    name: FileName<'_>,
    write: &mut impl FnMut(&mut dyn Write) -> io::Result<()>,
    deadline: Instant,
) -> Result<Delivered, SftpError> {
    use backon::{BlockingRetryable, ConstantBuilder};

    /// The pause before the second attempt; the jitter adds up to as much again.
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(250);

    let attempt = || {
        pool.with(deadline, |session| {
            let habits = std::sync::Arc::clone(&pool.habits);
            fill(super::Upload::open(session, name, habits, deadline)?, &mut *write)
        })
    };
    attempt
        .retry(ConstantBuilder::default().with_delay(PAUSE).with_jitter().with_max_times(1))
        .when(|error| {
            let again = error.is_connection() || matches!(error, SftpError::TakenAway);
            again && Instant::now() + 2 * PAUSE < deadline
        })
        .notify(|error, _| {
            pool.habits.learn(error);
            if error.is_connection() {
                pool.forget_idle();
            }
            tracing::warn!(reason = %error, "an SFTP delivery broke; once more");
        })
        .call()
}

fn fill<P: Part>(
    mut part: P,
    write: &mut impl FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<Delivered, SftpError> {
    if let Err(error) = write(&mut part) {
        return Err(part.take_failure().unwrap_or(SftpError::Source(error)));
    }
    part.commit().map(|bytes| Delivered { bytes })
}
