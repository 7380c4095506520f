//! Interval statistics.
