//! The three tables, typed and as text.

use std::{borrow::Cow, io};

use jiff::{Timestamp, tz::TimeZone};
use switchboard_core::interval::Period;

use super::{
    agents::AgentPerformanceRow,
    queues::{AgentQueueRow, QueueRow},
};
use crate::history::rows::{escape_formula, writer};

const QUEUE_HEADER: &[&str; 25] = &[
    "interval_start",
    "interval_end",
    "queue_id",
    "queue_name",
    "channel",
    "offd_call_cnt",
    "talking_call_dur",
    "wrap_up_dur",
    "overflow_in_call_cnt",
    "overflow_out_call_cnt",
    "aband_call_cnt",
    "answ_call_cnt",
    "queued_and_answ_call_dur",
    "queued_and_aband_call_dur",
    "queued_answ_longest_que_dur",
    "queued_aband_longest_que_dur",
    "avg_avail_member_cnt",
    "ans_servicelevel_cnt",
    "wait_dur",
    "aband_short_call_cnt",
    "aband_within_sl_cnt",
    "callback_requested_call_cnt",
    "transferred_out_from_queue_call_cnt",
    "ended_otherwise_call_cnt",
    "hold_call_dur",
];

const AGENT_QUEUE_HEADER: &[&str; 11] = &[
    "interval_start",
    "interval_end",
    "agent",
    "queue_id",
    "queue_name",
    "channel",
    "talking_call_dur",
    "wrap_up_dur",
    "answ_call_cnt",
    "transfer_out_call_cnt",
    "hold_call_dur",
];

const AGENT_HEADER: &[&str; 12] = &[
    "interval_start",
    "interval_end",
    "agent",
    "tot_work_dur",
    "pause_dur",
    "avail_dur",
    "wait_dur",
    "admin_dur",
    "direct_out_call_cnt",
    "direct_out_call_dur",
    "direct_in_call_cnt",
    "direct_in_call_dur",
];

/// The statistics, each table sorted by interval and then by queue or agent, and by channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// Queue statistics.
    pub queues: Vec<QueueRow>,
    /// Agent-queue statistics.
    pub agent_queues: Vec<AgentQueueRow>,
    /// Agent performance statistics.
    pub agents: Vec<AgentPerformanceRow>,
    /// Intervals without rows of contacts, as only redelivered copies touch them; none where limits were given.
    pub left_out: Vec<Period>,
    /// Whose local clock the intervals are counted on.
    pub time_zone: TimeZone,
}

/// A table as text. Times are RFC 3339 with the local offset (`2024-10-27T02:30:00+01:00`), so that
/// the hour that comes twice reads as two; what is not available is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub header: &'static [&'static str],
    /// The rows, each with a cell per column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Writes the table as CSV in the manner of [`rows`](crate::history::rows): `\n`, and formulas escaped against
    /// spreadsheets.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_csv(&self, out: impl io::Write) -> io::Result<()> {
        let mut csv = writer(out);
        csv.write_record(self.header)?;
        for row in &self.rows {
            for cell in row {
                csv.write_field(&*escape_formula(Cow::Borrowed(cell)))?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
        csv.flush()
    }
}

impl Tables {
    /// Queue statistics as text.
    pub fn queue_table(&self) -> Table {
        let row = |row: &QueueRow| {
            let figures = &row.statistics;
            let [start, end] = self.ends(row.interval);
            let cells: [String; QUEUE_HEADER.len()] = [
                start,
                end,
                row.queue_id.clone(),
                row.queue_name.clone().unwrap_or_default(),
                row.channel.clone().unwrap_or_default(),
                figures.offd_call_cnt().to_string(),
                figures.talking_call_dur.to_string(),
                figures.wrap_up_dur.to_string(),
                figures.overflow_in_call_cnt.to_string(),
                figures.overflow_out_call_cnt.to_string(),
                figures.aband_call_cnt.to_string(),
                figures.answ_call_cnt.to_string(),
                figures.queued_and_answ_call_dur.to_string(),
                figures.queued_and_aband_call_dur.to_string(),
                if_known(figures.queued_answ_longest_que_dur),
                if_known(figures.queued_aband_longest_que_dur),
                NOT_AVAILABLE,
                figures.ans_servicelevel_cnt.to_string(),
                NOT_AVAILABLE,
                figures.aband_short_call_cnt.to_string(),
                figures.aband_within_sl_cnt.to_string(),
                figures.callback_requested_call_cnt.to_string(),
                figures.transferred_out_from_queue_call_cnt.to_string(),
                figures.ended_otherwise_call_cnt.to_string(),
                figures.hold_call_dur.to_string(),
            ];
            Vec::from(cells)
        };
        Table { header: QUEUE_HEADER, rows: self.queues.iter().map(row).collect() }
    }

    /// Agent-queue statistics as text.
    pub fn agent_queue_table(&self) -> Table {
        let row = |row: &AgentQueueRow| {
            let figures = &row.statistics;
            let [start, end] = self.ends(row.interval);
            let cells: [String; AGENT_QUEUE_HEADER.len()] = [
                start,
                end,
                row.agent.clone(),
                row.queue_id.clone().unwrap_or_default(),
                row.queue_name.clone().unwrap_or_default(),
                row.channel.clone().unwrap_or_default(),
                figures.talking_call_dur.to_string(),
                figures.wrap_up_dur.to_string(),
                figures.answ_call_cnt.to_string(),
                figures.transfer_out_call_cnt.to_string(),
                figures.hold_call_dur.to_string(),
            ];
            Vec::from(cells)
        };
        Table { header: AGENT_QUEUE_HEADER, rows: self.agent_queues.iter().map(row).collect() }
    }

    /// Agent performance statistics as text.
    pub fn agent_table(&self) -> Table {
        let row = |row: &AgentPerformanceRow| {
            let figures = &row.performance;
            let [start, end] = self.ends(row.interval);
            let cells: [String; AGENT_HEADER.len()] = [
                start,
                end,
                row.agent.clone(),
                if_known(figures.tot_work_dur),
                if_known(figures.pause_dur),
                if_known(figures.avail_dur),
                if_known(figures.wait_dur),
                NOT_AVAILABLE,
                NOT_AVAILABLE,
                NOT_AVAILABLE,
                NOT_AVAILABLE,
                NOT_AVAILABLE,
            ];
            Vec::from(cells)
        };
        Table { header: AGENT_HEADER, rows: self.agents.iter().map(row).collect() }
    }

    fn ends(&self, interval: Period) -> [String; 2] {
        let local = |at: Timestamp| at.display_with_offset(self.time_zone.to_offset(at)).to_string();
        [local(interval.start()), local(interval.end())]
    }
}

const NOT_AVAILABLE: String = String::new();

fn if_known(figure: Option<u64>) -> String {
    figure.map_or(NOT_AVAILABLE, |figure| figure.to_string())
}
