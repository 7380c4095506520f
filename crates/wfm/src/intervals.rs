//! Interval statistics: the figures that a WFM forecasts and schedules by.
//!
//! Made of contact records and the rows of Connect's agent report, in whatever files and order they
//! came: of each contact only the newest copy counts, of each agent's reported interval one row.
//! Names of fields are those of the WFM's data mapping.
//!
//! # Intervals
//!
//! Half-open `[start, end)`, 5 to 60 minutes on the local clock of a named time zone. An interval is
//! told by its instants: on the day of 25 hours the hour that comes twice has two sets of intervals,
//! on the one of 23 hours none is invented. Where the clock changes inside an interval (Lord Howe
//! Island moves by half an hour) it ends there and a shorter one begins, so that none holds a clock
//! change. Only intervals in which something counts have a row.
//!
//! # Queue statistics
//!
//! Of contacts that were queued, which is those with a readable `Queue.EnqueueTimestamp`; an outbound
//! one too, as a campaign's are. **Every field counts in the interval of `EnqueueTimestamp`**, talk
//! and wrap-up included though they happen later: a row then describes one set of contacts, so its
//! offered are its answered and abandoned, and talk by answered is that set's handling time.
//!
//! | field | of the row's contacts |
//! |---|---|
//! | `offd_call_cnt` | all of them: answered and abandoned |
//! | `talking_call_dur`, `wrap_up_dur` | sum of `AgentInteractionDuration`, of `AfterContactWorkDuration` |
//! | `overflow_in_call_cnt` | with a `TransferredToEndpoint` |
//! | `overflow_out_call_cnt` | with a `TransferCompletedTimestamp` |
//! | `answ_call_cnt`, `aband_call_cnt` | with and without `Agent.ConnectedToAgentTimestamp` |
//! | `queued_and_answ_call_dur`, `queued_and_aband_call_dur` | sum of `Queue.Duration` of those |
//! | `queued_answ_longest_que_dur`, `queued_aband_longest_que_dur` | greatest `Queue.Duration` of those; empty if there is none |
//! | `ans_servicelevel_cnt`, `aband_within_sl_cnt` | answered, abandoned, with `Queue.Duration` below the service level |
//! | `aband_short_call_cnt` | abandoned, with `Queue.Duration` below the short-call threshold |
//! | `avg_avail_member_cnt`, `wait_dur` | not available |
//!
//! A contact that left the queue for another one is abandoned in the first, as the mapping has it.
//!
//! # Agent-queue statistics
//!
//! Of contacts that reached an agent, a row per agent and queue. Every field counts in the interval
//! of `Agent.ConnectedToAgentTimestamp`, when the agent's work began: `talking_call_dur`,
//! `wrap_up_dur`, `answ_call_cnt`, and `transfer_out_call_cnt` of those with a
//! `TransferCompletedTimestamp`. A contact without a queue (most outbound calls) is the agent's work
//! all the same: its row has no queue.
//!
//! # Agent performance
//!
//! From the agent report. A reported interval that lies in several of ours is shared out by the
//! seconds it has in each, whole seconds by the largest remainder, so that sums are kept exactly;
//! several that lie in one of ours are added. `tot_work_dur` is the online time, `pause_dur` the
//! non-productive time, `avail_dur` the difference, `wait_dur` the idle time. `admin_dur` and the
//! `direct_…` fields are not available.
//!
//! # Not available
//!
//! An empty cell ([`None`]), never 0: Connect does not say, and a zero would be averaged. A sum is
//! empty only if none of its parts is known. Counts are always known.
//!
//! Queues are told by the last segment of their ARN, agents by `Username`. A queue's name is the one
//! in the newest record that has one.

mod agents;
mod facts;
mod grid;
mod queues;
mod tables;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use self::grid::Grid;
pub use self::{
    agents::{AgentPerformance, AgentPerformanceRow, AgentRow, AgentTimes},
    facts::ContactFacts,
    grid::{IntervalLength, Period},
    queues::{AgentQueueRow, AgentQueueStatistics, QueueRow, QueueStatistics},
    tables::{Table, Tables},
};
use crate::latest::Latest;

/// The WFM's own threshold for a short call, where the customer asks for no other.
pub const DEFAULT_SHORT_CALL_SECS: u64 = 5;

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
}

/// Gathers contacts and agent rows, and makes the tables of them.
///
/// In memory for the facts of every contact: about half a kilobyte each.
#[derive(Debug)]
pub struct Statistics {
    settings: Settings,
    contacts: Latest<ContactFacts>,
    agents: BTreeMap<(String, Period), AgentTimes>,
}

impl Statistics {
    /// With nothing in it.
    pub fn new(settings: Settings) -> Self {
        Self { settings, contacts: Latest::default(), agents: BTreeMap::new() }
    }

    /// Takes one copy of a contact.
    pub fn add_contact(&mut self, facts: ContactFacts) {
        self.contacts.offer(facts.contact_id.clone(), facts.version, facts);
    }

    /// Takes one row of the agent report.
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
        let grid = Grid::new(self.settings.interval, &self.settings.time_zone);
        Tables {
            queues: queues::queue_rows(self.contacts.values(), &self.settings, &grid),
            agent_queues: queues::agent_queue_rows(self.contacts.values(), &grid),
            agents: agents::rows(&self.agents, &grid),
            time_zone: self.settings.time_zone,
        }
    }
}

#[cfg(test)]
mod tests;
