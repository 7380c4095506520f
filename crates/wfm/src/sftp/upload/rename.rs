//! Giving a file its name, also where there is one of that name.

use std::path::Path;

use super::super::error::Refusal;
use super::{DIRECT, Upload};
use crate::sftp::SftpError;

const DOING: &str = "renaming the file";
/// How often another delivery of the same name may come in between.
const ROUNDS: u32 = 32;

impl Upload<'_> {
    /// Renames the part file. The file that is there is only ever moved aside, never removed before the new one has
    /// its name: a server that renames nothing keeps it, and of two deliveries at once each ends with a whole file.
    pub(super) fn rename(&mut self) -> Result<(), SftpError> {
        let mut moved = false;
        let renamed = self.replace(&mut moved);
        if !moved {
            return renamed;
        }
        let old = self.old.clone();
        if renamed.is_err() {
            let target = self.target.clone();
            // Back, unless another delivery's file is there by now. Which of the two it is that refuses is not certain, so
            // that nothing is removed.
            if !matches!(self.move_file(&old, &target), Ok(Ok(()))) {
                tracing::warn!(
                    "a file that was to be replaced is left under a hidden name that ends in .old"
                );
            }
        } else if !self.session.remove(&old, DOING, self.deadline).unwrap_or(false) {
            tracing::warn!(
                "a file that was replaced could not be removed; it has a hidden name that ends in .old"
            );
            self.habits.leave(old);
        }
        renamed
    }

    fn replace(&mut self, moved: &mut bool) -> Result<(), SftpError> {
        let (part, target, old) = (self.part.clone(), self.target.clone(), self.old.clone());
        let mut absent = 0;
        let mut last = None;
        for _ in 0..ROUNDS {
            let Err(refusal) = self.move_file(&part, &target)? else {
                self.part.clear();
                return Ok(());
            };
            if refusal.is_missing() || self.is_missing(&part)? {
                self.part.clear();
                return Err(SftpError::TakenAway);
            }
            let unsupported = refusal.code == Refusal::UNSUPPORTED;
            last = Some(refusal.why);
            if unsupported {
                break;
            }
            if self.is_missing(&target)? {
                // That was not the reason, unless another delivery has it aside just now.
                absent += 1;
                if absent == 5 {
                    break;
                }
                continue;
            }
            match self.move_file(&target, &old)? {
                Ok(()) => *moved = true,
                // Another delivery was faster, or an earlier round's file is still there.
                Err(refusal) if refusal.is_missing() => {}
                Err(_) if *moved => {
                    self.session.remove(&old, DOING, self.deadline)?;
                }
                Err(_) => break,
            }
        }
        let why = last.unwrap_or_default();
        Err(self.session.refused(DOING, format!("{why}; {DIRECT}")))
    }

    fn move_file(&mut self, from: &str, to: &str) -> Result<Result<(), Refusal>, SftpError> {
        self.session.ask(DOING, self.deadline, |sftp| sftp.rename(Path::new(from), Path::new(to), None))
    }

    /// True where the server says so; one that refuses to say does not.
    fn is_missing(&mut self, path: &str) -> Result<bool, SftpError> {
        let stat = self.session.ask(DOING, self.deadline, |sftp| sftp.stat(Path::new(path)))?;
        Ok(stat.is_err_and(|refusal| refusal.is_missing()))
    }
}
