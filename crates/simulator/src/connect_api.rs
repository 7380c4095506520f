//! An invented Connect API: an HTTP server that speaks Connect's REST protocol, for the centre of [`crate::model`].
//!
//! Connect can't be had without AWS, and no emulator has its metrics. This stands in, so that the real SDK client can
//! be tried against the traps of the API that are known: pages and their tokens, filters of at most 100 values, agent
//! queues in `ListQueues`, queues that vanish when they are idle, users who do when they are offline, contacts that
//! are counted more than an hour after they ended, throttling. It keeps the limits that AWS documents and answers
//! with the documented errors; where the documentation leaves something open, it is strict. It checks no signature.
//!
//! | part | what it is |
//! |---|---|
//! | `live` | the model, stepped to the clock's moment, and what is kept of its history |
//! | `answer` | what each operation answers, or refuses |
//! | `pages`, `quota`, `faults` | what comes between: tokens, throttling, and the faults that tests order |
//! | `server` | HTTP |
//!
//! The model goes on to the clock's moment with each call. Answers of that moment come from its agents and contacts;
//! history comes from the contacts that are over, most of them counted within minutes and some after more than an hour,
//! and from what agents did. Contacts and
//! agents' time are kept up to a bound (the last 500,000 contacts), and a time of which something is forgotten is
//! refused. A clock that is set back begins the same history anew.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use switchboard_simulator::{connect_api::{ConnectApi, Options}, model::Config};
//! let api = ConnectApi::start(Options::new(Config { queues: 250, agents: 1200, ..Config::default() })).await?;
//! println!("AWS_ENDPOINT_URL_CONNECT={}", api.endpoint());
//! # Ok(()) }
//! ```

mod answer;
mod associations;
mod clock;
mod error;
mod faults;
mod live;
mod operation;
mod pages;
mod quota;
mod server;

pub use self::{
    associations::{Associations, SecondInstance},
    clock::Clock,
    faults::Faults,
    operation::Operation,
    quota::{Quota, Quotas},
    server::{Call, ConnectApi, Options},
};
