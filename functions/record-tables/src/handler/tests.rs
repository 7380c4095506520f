//! Events in, rows of an SQLite file out.

mod bench;
mod faults;
mod objects;
mod tables;
