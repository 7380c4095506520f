//! The real-time adherence feed: the library over both stores, and the compiled `rta-feed` behind the Runtime API, into
//! a service that reads as strictly as the real one.

mod binary;
mod costs;
pub(crate) mod events;
mod privacy;
mod property;
mod rejections;
mod uneven;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use switchboard_tests::rta_service::RtaService;
use switchboard_wfm::rta::{Client, SoapAccount};
use tokio::time::Instant;

use self::events::{event, nameless, update};
use crate::agents_store::Place;

/// A client of this service.
fn client(service: &RtaService) -> Client {
    let account = SoapAccount::from_json(&service.secret().to_string()).expect("a secret");
    Client::soap(account).expect("a client")
}
