//! How large the folder will be, and whether there is room for it.

use std::path::Path;

use anyhow::ensure;
use switchboard_simulator::model::Config;

/// What a contact takes in the folder, in bytes: its record, events and log lines compressed, its lines of truth, and what
/// agents' events say of it. Measured.
const BYTES_PER_CONTACT: f64 = 7_200.0;
/// What an agent's shift takes without contacts: heartbeats, breaks, reports.
const BYTES_PER_SHIFT: f64 = 100_000.0;

/// About how many bytes the folder will have: by the hours of the day and the days of the week of the history.
pub(super) fn estimated_bytes(config: &Config, repeat: f64) -> u64 {
    let contacts = config.expected_contacts() * BYTES_PER_CONTACT;
    let shifts = config.expected_shifts() * BYTES_PER_SHIFT;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size, and no negative one"
    )]
    let bytes = ((contacts + shifts) * (1.0 + repeat)) as u64;
    bytes
}

/// As it is told to people.
pub(super) fn megabytes(bytes: u64) -> String {
    if bytes < 10_000_000 { format!("{} kB", bytes / 1000) } else { format!("{} MB", bytes / 1_000_000) }
}

/// # Errors
/// When the disk has less room than that, as far as it tells.
pub(super) fn require_space(folder: &Path, bytes: u64) -> anyhow::Result<()> {
    if let Some(free) = free_bytes(folder) {
        ensure!(
            free > bytes,
            "{} has {} MB free, less than the folder needs",
            folder.display(),
            free / 1_000_000
        );
    }
    Ok(())
}

/// What is free where the folder is, or will be.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|path| path.exists()).filter(|path| !path.as_os_str().is_empty());
    let space = rustix::fs::statvfs(there.unwrap_or(Path::new("."))).ok()?;
    space.f_bavail.checked_mul(space.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
