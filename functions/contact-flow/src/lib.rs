//! What contact flows call.
