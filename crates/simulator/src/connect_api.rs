//! An invented Connect API: an HTTP server that speaks Connect's REST protocol, for an invented centre.
//!
//! Connect can't be had without AWS, and no emulator has its metrics. This stands in, so that the real SDK client can
//! be tried against the traps of the API that are known: pages and their tokens, filters of at most 100 values, agent
//! queues in `ListQueues`, queues that vanish when they are idle, users who do when they are offline, contacts that
//! are counted more than an hour after they ended, throttling. It keeps the limits that AWS documents and answers
//! with the documented errors; where the documentation leaves something open, it is strict. It checks no signature.
//!
//! | part | what it is |
//! |---|---|
//! | `centre` | the centre itself, as a function of the seed and the time, without any protocol |
//! | `answer` | what each operation answers, or refuses |
//! | `pages`, `quota`, `faults` | what comes between: tokens, throttling, and the faults that tests order |
//! | `server` | HTTP |
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use switchboard_simulator::connect_api::{ConnectApi, Options, Size};
//! let api = ConnectApi::start(Options::new(Size { queues: 250, users: 1200 })).await?;
//! println!("AWS_ENDPOINT_URL_CONNECT={}", api.endpoint());
//! # Ok(()) }
//! ```

mod answer;
mod centre;
mod clock;
mod error;
mod faults;
mod operation;
mod pages;
mod quota;
mod server;

pub use self::{
    centre::Size,
    clock::Clock,
    faults::Faults,
    operation::Operation,
    quota::{Quota, Quotas},
    server::{Call, ConnectApi, Options},
};
