//! Rows of intervals as a table, CSV or JSON.

use std::{borrow::Cow, io::Write};

use anyhow::Context;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;
use switchboard_core::json;
use switchboard_records::intervals::QueueKey;
use switchboard_wfm::history::rows::{escape_formula, writer};

use crate::table::{Screen, TextTable, shortened};

/// The longest name that is printed whole.
const NAME_WIDTH: usize = 24;

/// A row: its key, and its columns in their order.
pub(super) struct Row {
    pub(super) key: QueueKey,
    columns: Vec<(String, Value)>,
}

/// Which columns a table for people has.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    Queue,
    AgentQueue,
    Agent,
    AgentStatus,
    Disconnect,
}

impl Layout {
    /// The columns after the interval, each with what it is called; texts come first.
    fn columns(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Queue => &[
                ("queue_name", "queue"),
                ("channel", "channel"),
                ("offered", "offered"),
                ("waiting", "waiting"),
                ("answered", "answ"),
                ("abandoned", "aband"),
                ("callback_requested", "callback"),
                ("transferred_out_from_queue", "moved"),
                ("ended_otherwise", "other"),
                ("abandoned_short", "short"),
                ("interaction_seconds", "talk"),
                ("hold_seconds", "hold"),
                ("after_contact_work_seconds", "wrap-up"),
            ],
            Self::AgentQueue => &[
                ("agent", "agent"),
                ("queue_name", "queue"),
                ("channel", "channel"),
                ("answered", "answ"),
                ("transfer_completed", "passed on"),
                ("interaction_seconds", "talk"),
                ("hold_seconds", "hold"),
                ("after_contact_work_seconds", "wrap-up"),
            ],
            Self::Agent => &[
                ("agent", "agent"),
                ("online_seconds", "online"),
                ("non_productive_seconds", "away"),
                ("idle_seconds", "idle"),
                ("contact_seconds", "on contacts"),
                ("after_contact_work_seconds", "wrap-up"),
                ("error_seconds", "error"),
                ("gap_seconds", "gap"),
                ("answered", "answ"),
                ("transfer_completed", "passed on"),
                ("handle_seconds", "handling"),
            ],
            Self::AgentStatus => &[
                ("agent", "agent"),
                ("status_name", "status"),
                ("status_type", "type"),
                ("status_seconds", "seconds"),
                ("contact_seconds", "on contacts"),
            ],
            Self::Disconnect => &[
                ("queue_name", "queue"),
                ("channel", "channel"),
                ("contacts_created", "created"),
                ("contacts_queued", "queued"),
                ("contacts_handled", "handled"),
                ("contacts_abandoned", "aband"),
                ("contacts_transferred_out_from_queue", "out of queue"),
                ("contacts_transferred_out", "passed on"),
                ("max_queued_seconds", "longest"),
                ("handle_seconds", "handling"),
            ],
        }
    }

    /// How many of them are texts.
    fn texts(self) -> usize {
        match self {
            Self::AgentQueue | Self::AgentStatus => 3,
            Self::Queue | Self::Disconnect => 2,
            Self::Agent => 1,
        }
    }
}

impl Row {
    /// A row of a view.
    pub(super) fn new(key: QueueKey, row: &impl Serialize) -> anyhow::Result<Self> {
        let text = serde_json::to_string(row)?;
        let mut columns = Vec::new();
        let walked = json::members(&text, |member| {
            let value = serde_json::from_str(member.value.json()).unwrap_or_default();
            columns.push((member.name.into_owned(), value));
        });
        walked.context("a row is no object")?;
        Ok(Self { key, columns })
    }

    /// Adds a figure.
    pub(super) fn add(&mut self, name: String, figure: u64) {
        self.columns.push((name, figure.into()));
    }

    fn cell(&self, column: &str) -> String {
        let value = self.columns.iter().find(|(name, _)| name == column).map(|(_, value)| value);
        value.map(cell).unwrap_or_default()
    }

    /// The queue's name, or its id.
    fn queue(&self) -> String {
        let name = self.cell("queue_name");
        if name.is_empty() { self.key.queue.clone().unwrap_or_default() } else { name }
    }
}

/// Prints a table for people.
pub(super) fn table(
    out: &mut impl Write,
    layout: Layout,
    rows: &[Row],
    time_zone: &TimeZone,
) -> anyhow::Result<()> {
    let levels =
        rows.first().map(|row| row.columns.iter().filter(|(name, _)| name.starts_with("answered_within_")));
    let levels: Vec<&str> = levels.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let titles: Vec<_> = levels.iter().map(|name| name.replace("answered_within_", "in ")).collect();
    let mut header = vec!["from"];
    header.extend(layout.columns().iter().map(|(_, title)| *title));
    header.extend(titles.iter().map(String::as_str));
    let mut table = TextTable::new(Screen::stdout(), &header, layout.texts() + 1..header.len());
    for row in rows {
        let mut cells = vec![local(row.key.from, time_zone, "%Y-%m-%d %H:%M%:z")];
        for (column, _) in layout.columns() {
            cells.push(match *column {
                "queue_name" => shortened(&row.queue(), NAME_WIDTH),
                "agent" | "status_name" => shortened(&row.cell(column), NAME_WIDTH),
                "channel" => row.cell("channel").to_lowercase(),
                column => row.cell(column),
            });
        }
        cells.extend(levels.iter().map(|name| row.cell(name)));
        table.row(cells);
    }
    write!(out, "{table}")?;
    Ok(())
}

/// Prints CSV.
pub(super) fn csv(out: &mut impl Write, rows: &[Row], time_zone: &TimeZone) -> anyhow::Result<()> {
    let mut csv = writer(out);
    if let Some(first) = rows.first() {
        csv.write_record(first.columns.iter().map(|(name, _)| name))?;
    }
    for row in rows {
        for (name, value) in &row.columns {
            let cell = match name.as_str() {
                "from" => local(row.key.from, time_zone, "%Y-%m-%dT%H:%M:%S%:z"),
                "to" => local(row.key.to, time_zone, "%Y-%m-%dT%H:%M:%S%:z"),
                _ => cell(value),
            };
            csv.write_field(&*escape_formula(Cow::Owned(cell)))?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()?;
    Ok(())
}

/// Prints a JSON array with an object for each row, its members in their order.
pub(super) fn json(out: &mut impl Write, rows: &[Row]) -> anyhow::Result<()> {
    write!(out, "[")?;
    for (number, row) in rows.iter().enumerate() {
        let members: Vec<_> = row
            .columns
            .iter()
            .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
            .collect();
        write!(out, "{}\n{{{}}}", if number == 0 { "" } else { "," }, members.join(","))?;
    }
    writeln!(out, "\n]")?;
    Ok(())
}

fn local(at: Timestamp, time_zone: &TimeZone, format: &str) -> String {
    at.to_zoned(time_zone.clone()).strftime(format).to_string()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
