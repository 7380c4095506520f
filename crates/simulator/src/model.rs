//! One invented contact centre: a discrete-event model whose history is the source of everything that is emitted.
//!
//! [`Centre`] is pure and seeded: it has no clock, no input and no output. It keeps a schedule of what is to happen,
//! ordered by time and then by sequence number, takes one entry after the other, and hands each [`Step`] of the history to a
//! [`Sink`] as it happens. In memory is what is in the centre now, with its agents and queues; however long it runs, it
//! does not grow.
//!
//! Times are milliseconds since 1970 ([`Millis`]). Everything random is drawn from a stream of its own, named by what is
//! drawn and for whom, so that a change in one place leaves the others as they are; logarithms and exponentials come from
//! the `libm` crate, so that the same [`Config`] gives the same history on every machine.
//!
//! | file | what it is |
//! |---|---|
//! | `config`, `behaviour`, `random`, `calendar` | what a centre depends on |
//! | `expectation` | how much is to be expected of it |
//! | `directory` | who and what the centre has: queues, routing profiles, people, statuses |
//! | `clock_skew` | clocks that are off |
//! | `contact`, `agent`, `plan` | what is known of a contact and an agent, and what is drawn for a contact beforehand |
//! | `step` | the history |
//! | `schedule`, `contacts`, `waiting`, `ready` | the containers |
//! | `centre` | the model itself; the other files are its parts: `arrivals`, `flow`, `queueing`, `routing`, `offers`, `handling`, `transfers`, `callbacks`, `closing`, `shifts`, `changes` |
//!
//! ```
//! use switchboard_simulator::model::{Centre, Config, Event, Step};
//! let config = Config { agents: 5, contacts_per_day: 200, ..Config::default() };
//! let mut contacts = 0;
//! let sink = |step: &Step<'_>| contacts += u32::from(matches!(step.event, Event::Contact { .. }));
//! let summary = Centre::new(config, sink)?.run();
//! assert_eq!(summary.arrived, summary.ended + summary.in_centre);
//! assert!(contacts > 0);
//! # Ok::<(), switchboard_simulator::model::ConfigError>(())
//! ```

mod activity;
mod agent;
mod agent_time;
mod arrivals;
mod behaviour;
mod calendar;
mod callbacks;
mod centre;
mod changes;
mod clock_skew;
mod closing;
mod config;
mod contact;
mod contacts;
mod directory;
mod draw;
pub mod emit;
mod endpoint;
mod expectation;
mod flow;
mod handle;
mod handling;
mod iso;
mod offers;
mod plan;
mod queueing;
mod random;
mod ready;
mod routing;
mod schedule;
mod shifts;
mod source;
mod step;
mod terms;
mod time;
mod transfers;
pub mod truth;
mod waiting;

#[cfg(feature = "connect-api")]
pub(crate) use self::agent_time::{AgentTime, cut};
pub use self::{
    activity::{AgentActivity, Stretch, Stretches},
    agent::{Agent, ContactState, HeldContact},
    behaviour::{Behaviour, DailyProfile, OfferChances, TransferChances},
    calendar::Calendar,
    centre::{Centre, Summary},
    clock_skew::{Clock, ClockSkew},
    config::{Config, ConfigError, Staffing},
    contact::Contact,
    directory::{Directory, Person, Profile, Queue, RoutingEntry, Status, StatusChoice, Team},
    iso::{IsoMillis, IsoSeconds},
    plan::{
        Action, AfterConsult, ContactPlan, EndedBy, FlowBlock, OfferReply, PlannedBlock, PlannedOffer,
        QueueTurn, ScriptedContact, ScriptedShift,
    },
    random::Distribution,
    step::{AgentStep, ContactStep, Event, Flow, ResourceStep, Sink, Step},
    terms::{
        Channel, ContactId, Customer, DialOutcome, HoldTimes, InitiationMethod, LegRole, PauseTimes,
        QueueRef, RecordAddition, RecordAdditions, Transfer, TransferTarget, WaitEnd,
    },
    time::{DAY, HOUR, MINUTE, Millis, SECOND, whole_seconds},
};

#[cfg(test)]
mod tests;
