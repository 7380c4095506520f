//! Contact records as the CSV rows of the history feed.
