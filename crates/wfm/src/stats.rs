//! Interval statistics: the figures that a WFM forecasts and schedules by.
//!
//! Made of contact records and the rows of Connect's agent report, in whatever files and order they
//! came: of each contact only the newest copy counts, of each agent's reported interval one row.
//! Names of fields are those of the WFM's data mapping.
//!
//! # Intervals
//!
//! Half-open `[start, end)`, 5 to 60 minutes on the local clock of a named time zone. An interval is
//! identified by its instants: on the day of 25 hours the hour that comes twice has two sets of intervals,
//! on the one of 23 hours none is invented. Where the clock changes inside an interval (Lord Howe
//! Island moves by half an hour) it ends there and a shorter one begins, so that none holds a clock
//! change. Only intervals in which something counts have a row.
//!
//! # Which contacts count
//!
//! Those of the customer: a supervisor who listens (`MONITOR`), the outside party of a transfer
//! (`EXTERNAL_OUTBOUND`) and an agent who is only consulted are in no queue's and no agent's figures
//! ([`Leg`](switchboard_core::leg::Leg)). Whether Connect's own `CONTACTS_HANDLED` counts a `MONITOR` leg is
//! not documented.
//!
//! Rows are per [channel](QueueRow::channel): the WFM's fields are "call" fields, and one e-mail that waits for
//! two days would be the longest wait of the calls. [`Settings::channels`] selects channels.
//!
//! # Queue statistics
//!
//! Of contacts that were queued, which is those with a readable `Queue.EnqueueTimestamp`; an outbound
//! one too, as a campaign's are. **Every field counts in the interval of `EnqueueTimestamp`**, talk
//! and wrap-up included though they happen later: a row then describes one set of contacts, and its
//! handling time is that set's: talk, hold and wrap-up by answered. Connect's historical metrics count most of
//! these when the contact ends, so that a day agrees and a quarter of an hour need not.
//!
//! How a stay in the queue ended, says
//! [`QueueStay`](switchboard_core::outcome::QueueStay), and **offered is answered + abandoned + callback
//! requested + transferred out from the queue + ended otherwise**. The next contact is the one in its
//! `NextContactId`, and by any other record of the input that names it as `PreviousContactId`.
//!
//! | field | of the row's contacts | Connect's metric |
//! |---|---|---|
//! | `offd_call_cnt` | all of them | `CONTACTS_QUEUED_BY_ENQUEUE`, which counts the legs that are left out here |
//! | `talking_call_dur` | sum of `AgentInteractionDuration`: hold and wrap-up are not in it | sum of agent interaction time |
//! | `wrap_up_dur` | sum of `AfterContactWorkDuration` | sum of after-contact work time |
//! | `overflow_in_call_cnt` | with a `TransferredToEndpoint`: they were passed on from here to an endpoint. It is what the mapping asks for; by a WFM's sense of in and out it is a part of the outgoing | none |
//! | `overflow_out_call_cnt` | with a `TransferCompletedTimestamp`: an agent passed them on; not those that their queue's flow moved | `CONTACTS_TRANSFERRED_OUT` by an agent |
//! | `answ_call_cnt` | with an `Agent.ConnectedToAgentTimestamp` | `CONTACTS_HANDLED` |
//! | `aband_call_cnt` | the customer gave up in the queue; no callback, no contact that the centre made, none that ended otherwise | `CONTACTS_ABANDONED` |
//! | `queued_and_answ_call_dur`, `queued_and_aband_call_dur` | sum of `Queue.Duration` of the answered, of the abandoned; a callback's counts from its enqueue, its initial delay included | sums behind the average queue answer and abandon times |
//! | `queued_answ_longest_que_dur`, `queued_aband_longest_que_dur` | greatest `Queue.Duration` of those; empty if there is none | `MAX_QUEUED_TIME` is of all |
//! | `ans_servicelevel_cnt` | answered, with `Queue.Duration` below the service level | contacts answered in so many seconds |
//! | `aband_within_sl_cnt`, `aband_short_call_cnt` | abandoned, with `Queue.Duration` below the service level, below the short-call threshold | contacts abandoned in so many seconds |
//! | `avg_avail_member_cnt`, `wait_dur` | not available | |
//! | `callback_requested_call_cnt` | went on as a callback, which is a contact of its own and offered in the queue that it waits in | in `CONTACTS_TRANSFERRED_OUT_FROM_QUEUE` |
//! | `transferred_out_from_queue_call_cnt` | their queue's flow moved them elsewhere, where they are offered again | `CONTACTS_TRANSFERRED_OUT_FROM_QUEUE`, less the callbacks |
//! | `ended_otherwise_call_cnt` | expired, or ended by a flow, an agent, the API or the network; a callback or campaign call that nobody took | none |
//! | `hold_call_dur` | sum of `CustomerHoldDuration` | sum of customer hold time |
//!
//! Fields after `wait_dur` in this table are Switchboard's own; the others have the names of the mapping. The
//! waiting time of contacts that were neither answered nor abandoned is in no field.
//!
//! # Agent-queue statistics
//!
//! Of contacts that reached an agent, a row per agent, queue and channel. **Every field counts in the interval
//! of `Agent.ConnectedToAgentTimestamp`**, when the agent's work began: `talking_call_dur`, `wrap_up_dur` and
//! `hold_call_dur` as above, `answ_call_cnt` (Connect: contacts handled, connected to agent timestamp), and
//! `transfer_out_call_cnt` of those with a `TransferCompletedTimestamp`. A contact without a queue (most
//! outbound calls) is the agent's work all the same: its row has no queue. So the answered of the agents do
//! not add up to the answered of the queues in an interval: one that waits at 9:59 and is answered at 10:01 is
//! in two; and the contacts without a queue are in the agents' alone.
//!
//! # Agent performance
//!
//! From the agent report. A reported interval that lies in several of ours is shared out by the
//! seconds it has in each, whole seconds by the largest remainder, so that sums stay exact;
//! several that lie in one of ours are added. Of reports of several lengths **a second counts once, by the
//! shortest**: a day's row keeps what the half hours in it do not have, for the rest of the day. No row has more
//! seconds than its interval. `tot_work_dur` is the `Online time`, `pause_dur` the `Non-Productive Time` (time in
//! custom statuses), `avail_dur` the difference (available status, contacts included), `wait_dur` the
//! `Agent idle time`. `admin_dur` and the `direct_…` fields are not available.
//!
//! # Copies of other days
//!
//! A day's folder holds copies of earlier days' contacts that Connect delivered again. An interval that only
//! contacts touch whose every copy here was updated over an hour after the contact's end has no row: it would
//! tell of a few contacts of many. [`Tables::left_out`] names them. With limits ([`Settings::from`],
//! [`Settings::to`]) the caller has said what is wanted, and none is left out.
//!
//! # Not available
//!
//! An empty cell ([`None`]), never 0: Connect does not say, and a zero would be averaged. A sum is
//! empty only if none of its parts is known. Counts are always known.
//!
//! Times before 1971 are not set, as everywhere ([`instant`](switchboard_core::instant)).
//!
//! Queues are identified by the last segment of their ARN, agents by `Username`. A queue's name is the one
//! in the newest record that has one.

pub mod agent_report;
mod agents;
mod facts;
mod once;
mod queues;
mod share;
mod successors;
mod tables;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
pub use switchboard_core::interval::{IntervalLength, Period};
use switchboard_core::{interval::IntervalGrid, outcome::SHORT_ABANDON_SECS};

use self::facts::{Contact, Texts};
pub use self::{
    agents::{AgentPerformance, AgentPerformanceRow, AgentRow},
    facts::ContactFacts,
    queues::{AgentQueueRow, AgentQueueStatistics, QueueRow, QueueStatistics},
    tables::{Table, Tables},
    times::AgentTimes,
};
use crate::history::ctr_version::LatestByContact;

/// The WFM's own threshold for a short call, where the customer asks for no other.
pub const DEFAULT_SHORT_CALL_SECS: u64 = SHORT_ABANDON_SECS;

/// What the figures depend on besides the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long an interval is.
    pub interval: IntervalLength,
    /// Whose local clock it is counted on.
    pub time_zone: TimeZone,
    /// A contact that waited for less than this is within the service level.
    pub service_level_secs: u64,
    /// An abandoned contact that waited for less than this is a short call.
    pub short_call_secs: u64,
    /// Only contacts of these channels count, in upper or lower case; all if there are none.
    pub channels: Vec<String>,
    /// Only intervals that begin then or later have rows.
    pub from: Option<Timestamp>,
    /// Only intervals that begin before then have rows.
    pub to: Option<Timestamp>,
}

impl Settings {
    /// True for a contact of the customer's, of a channel that is wanted.
    fn counts(&self, contact: &Contact) -> bool {
        let has = |channel: &str| self.channels.iter().any(|wanted| wanted.eq_ignore_ascii_case(channel));
        contact.is_customers() && (self.channels.is_empty() || contact.channel.as_deref().is_some_and(has))
    }

    fn has_limits(&self) -> bool {
        self.from.or(self.to).is_some()
    }

    fn is_wanted(&self, interval: Period) -> bool {
        let start = interval.start();
        self.from.is_none_or(|from| start >= from) && self.to.is_none_or(|to| start < to)
    }
}

/// Statistics while contacts and agent rows are added; at the end, the tables.
///
/// In memory for the facts of every contact; what that is the program's bench `statistics` prints.
#[derive(Debug)]
pub struct Statistics {
    settings: Settings,
    /// Behind a pointer, as a map has up to twice as many places as entries.
    contacts: LatestByContact<Box<Contact>>,
    texts: Texts,
    agents: BTreeMap<(String, Period), AgentTimes>,
}

impl Statistics {
    /// Statistics of nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            contacts: LatestByContact::default(),
            texts: Texts::default(),
            agents: BTreeMap::new(),
        }
    }

    /// Adds one copy of a contact.
    pub fn add_contact(&mut self, facts: ContactFacts) {
        let ContactFacts { contact_id, version, mut contact } = facts;
        self.texts.share(&mut contact);
        if let Some((held, other)) = self.contacts.insert_if_newer(contact_id, version, Box::new(contact)) {
            held.is_redelivered &= other.is_redelivered;
        }
    }

    /// Adds one row of the agent report.
    ///
    /// The report is scheduled to overlap its predecessors, so a row comes several times. Of those
    /// for one agent and interval the one with the most online time counts: the others were made when
    /// less of the interval was known.
    pub fn add_agent_row(&mut self, row: AgentRow) {
        let held = self.agents.entry((row.agent, row.during)).or_default();
        *held = row.times.max(*held);
    }

    /// The tables, sorted by interval and then by queue or agent.
    pub fn finish(self) -> Tables {
        let settings = &self.settings;
        let grid = IntervalGrid::new(settings.interval, &settings.time_zone);
        let left_out = if settings.has_limits() {
            BTreeSet::new()
        } else {
            queues::only_redelivered(&self.contacts, settings, &grid)
        };
        let has_row = |interval| settings.is_wanted(interval) && !left_out.contains(&interval);
        let mut tables = Tables {
            queues: queues::queue_rows(&self.contacts, settings, &grid),
            agent_queues: queues::agent_queue_rows(&self.contacts, settings, &grid),
            agents: agents::rows(&self.agents, &grid),
            left_out: Vec::new(),
            time_zone: settings.time_zone.clone(),
        };
        tables.queues.retain(|row| has_row(row.interval));
        tables.agent_queues.retain(|row| has_row(row.interval));
        tables.agents.retain(|row| settings.is_wanted(row.interval));
        tables.left_out = left_out.into_iter().collect();
        tables
    }
}

#[cfg(test)]
mod tests;
