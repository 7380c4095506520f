//! The files that a command reads: which there are, their formats, and their documents.
//!
//! `files` lists them, `file_format` tells documents from agent reports and directories of callers by their content,
//! `documents` cuts a file of any size into JSON documents, `document_format` names the kind of each, and `carried` opens
//! batches of Kinesis and Firehose. The kind is always the document's, never the file's: a file may hold several.

pub(crate) mod carried;
pub(crate) mod document_format;
pub(crate) mod documents;
pub(crate) mod file_format;
pub(crate) mod files;
