//! The files that a command reads: which there are, their formats, and their documents.

pub(crate) mod carried;
pub(crate) mod document_format;
pub(crate) mod documents;
pub(crate) mod file_format;
pub(crate) mod files;
