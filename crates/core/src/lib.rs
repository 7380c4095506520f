//! The wire types of Amazon Connect and the pure rules on them.
//!
//! Nothing here does I/O, reads a clock or waits. Input is bytes, output is borrowed views and bytes.
//!
//! | module | what it is for |
//! |---|---|
//! | [`framing`] | a byte stream into JSON documents, whatever stands between them |
//! | [`gzip`] | the bytes inside a gzip stream, up to a cap |
//! | [`json`] | where the members of an object lie, without building it |
//! | [`ctr`] | the tolerant view of a contact trace record |
//! | [`enrich`] | a contact trace record with its caller's name, byte for byte otherwise |
//! | [`phone`] | a phone number that does not show itself in a log |

pub mod ctr;
pub mod enrich;
pub mod framing;
pub mod gzip;
pub mod json;
pub mod phone;
mod scan;
