//! A directory of callers over HTTP, for a centre without a CRM API: `GET /api/user/{phone}`.
//!
//! The answer is the workshop's: the name as a JSON string, or `null` for an unknown number.

pub mod handler;
