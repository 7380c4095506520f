//! Whether every contact that Connect lists is here, hour by hour.
//!
//! `SearchContacts` is the reference, for every contact, queued or not. An hour of UTC is compared by `DisconnectTimestamp`, an
//! hour after its end and again after a day. Counts are compared by channel and initiation method; ids are listed only where
//! counts differ ([`Listing`]). How far a comparison has come is kept after each request, so that it may stop at any time and go
//! on in another run. What there was no time to list is counted only, and never complete.

mod connect;
mod described;
mod flow_logs;
mod hour;
mod lease;
mod listing;
mod rate;
mod reconciler;
mod sdk_time;
mod search;
mod statement;
mod store;
mod summary;

pub use self::{
    connect::{ConnectContacts, ConnectError},
    reconciler::{HealReport, ReconcileError, Reconciler},
};
pub use self::{
    flow_logs::{BegunInFlow, FlowLogCoverage},
    hour::{Check, Hour, due},
    listing::{Listing, Task},
    rate::{NotARate, SearchRate},
    search::{ListedContact, Search, SearchPage},
    store::{ReconciledHour, ReconciliationTables},
    summary::Summary,
};
