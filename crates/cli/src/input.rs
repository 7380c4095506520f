//! What was given to be read: which files, of what kind, in what parts.

pub(crate) mod documents;
pub(crate) mod files;
pub(crate) mod kind;
pub(crate) mod shape;
