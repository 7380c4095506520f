//! What was given to be read: which files, of what kind, in what parts.

pub(crate) mod document_format;
pub(crate) mod documents;
pub(crate) mod file_format;
pub(crate) mod files;
