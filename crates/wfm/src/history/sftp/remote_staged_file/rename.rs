//! The rename of a staged file, also over a file of that name.

use std::path::Path;

use super::{DIRECT, RemoteStagedFile};
use crate::history::sftp::{SftpError, error::StatusError};

const DOING: &str = "renaming the file";
/// How many other uploads of the same name may come in between.
const ROUNDS: u32 = 32;

impl RemoteStagedFile<'_> {
    /// Renames the staged file. The file of that name is only ever moved aside, never removed before the new one has
    /// its name: a server that renames nothing keeps it, and of two uploads at once each ends with a whole file.
    pub(super) fn rename(&mut self) -> Result<(), SftpError> {
        let mut moved = false;
        let renamed = self.replace(&mut moved);
        if !moved {
            return renamed;
        }
        let replaced = self.replaced.clone();
        if renamed.is_err() {
            let target = self.target.clone();
            // Back, unless another upload's file is there by now. Which of the two it is that failed is not certain, so
            // nothing is removed.
            if !matches!(self.move_file(&replaced, &target), Ok(Ok(()))) {
                tracing::warn!(
                    event = "sftp_restore_failed",
                    "a file that was to be replaced is left under a hidden name that ends in .old"
                );
            }
        } else if !self.session.remove(&replaced, DOING, self.deadline).unwrap_or(false) {
            tracing::warn!(
                event = "sftp_remove_failed",
                "a file that was replaced could not be removed; it has a hidden name that ends in .old"
            );
            self.quirks.add_orphan(replaced);
        }
        renamed
    }

    fn replace(&mut self, moved: &mut bool) -> Result<(), SftpError> {
        let (staged, target, replaced) = (self.staged.clone(), self.target.clone(), self.replaced.clone());
        let mut absent = 0;
        let mut last = None;
        for _ in 0..ROUNDS {
            let Err(status) = self.move_file(&staged, &target)? else {
                self.staged.clear();
                return Ok(());
            };
            if status.is_missing() || self.is_missing(&staged)? {
                self.staged.clear();
                return Err(SftpError::RemovedOnClose);
            }
            let unsupported = status.code == StatusError::UNSUPPORTED;
            last = Some(status.why);
            if unsupported {
                break;
            }
            if self.is_missing(&target)? {
                // That was not the reason, unless another upload has moved it aside just now.
                absent += 1;
                if absent == 5 {
                    break;
                }
                continue;
            }
            match self.move_file(&target, &replaced)? {
                Ok(()) => *moved = true,
                // Another upload was faster, or an earlier round's file is still there.
                Err(status) if status.is_missing() => {}
                Err(_) if *moved => {
                    self.session.remove(&replaced, DOING, self.deadline)?;
                }
                Err(_) => break,
            }
        }
        let why = last.unwrap_or_default();
        Err(self.session.rejected(DOING, format!("{why}; {DIRECT}")))
    }

    fn move_file(&mut self, from: &str, to: &str) -> Result<Result<(), StatusError>, SftpError> {
        self.session.request(DOING, self.deadline, |sftp| sftp.rename(Path::new(from), Path::new(to), None))
    }

    /// True where the server says so; false where it returns another error.
    fn is_missing(&mut self, path: &str) -> Result<bool, SftpError> {
        let stat = self.session.request(DOING, self.deadline, |sftp| sftp.stat(Path::new(path)))?;
        Ok(stat.is_err_and(|status| status.is_missing()))
    }
}
