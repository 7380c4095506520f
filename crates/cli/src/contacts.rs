//! `switchboard contact`, `customer` and `contacts`: what is known of contacts.

pub(crate) mod called;
pub(crate) mod contact;
pub(crate) mod kept;
pub(crate) mod list;
pub(crate) mod moments;
mod table;
mod timeline;
