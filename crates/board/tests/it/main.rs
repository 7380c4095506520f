//! The board of an invented centre: its figures against the model's, and the protocol of its server.

mod centre;
mod client;
mod server;
mod truth;
