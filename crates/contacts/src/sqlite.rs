//! Contacts in an SQLite file.

use std::path::Path;

use crate::store::StoreError;

/// The file.
#[derive(Clone)]
pub(crate) struct Database;

impl Database {
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        todo!("{}", path.display())
    }
}
