//! Interval statistics as tables for people.

use std::{
    io::{self, Write},
    path::Path,
};

use jiff::tz::TimeZone;
use switchboard_wfm::stats::{Period, Tables};

use super::excluded::Excluded;
use crate::table::{Screen, TextTable, clean, shortened};

/// The longest name of a queue or an agent that is printed whole.
const NAME_WIDTH: usize = 24;

/// Prints the most useful columns of the three tables. Durations are seconds.
///
/// # Errors
/// When standard output fails.
pub(crate) fn tables(tables: &Tables) -> io::Result<()> {
    let screen = Screen::stdout();
    let mut out = io::stdout().lock();
    writeln!(out, "Queues ({}; durations in seconds)", zone(&tables.time_zone))?;
    write!(out, "{}", queues(tables, screen))?;
    writeln!(out, "\nAgents by queue")?;
    write!(out, "{}", agent_queues(tables, screen))?;
    writeln!(out, "\nAgent performance")?;
    write!(out, "{}", agents(tables, screen))
}

fn queues(tables: &Tables, screen: Screen) -> TextTable {
    let header = [
        "from", "queue", "channel", "offered", "answ", "aband", "callback", "moved", "other", "short",
        "in SL", "longest", "talk", "hold", "wrap-up",
    ];
    let mut table = TextTable::new(screen, &header, 3..header.len());
    for row in &tables.queues {
        let figures = &row.statistics;
        let longest = figures.queued_answ_longest_que_dur.max(figures.queued_aband_longest_que_dur);
        table.row([
            from(row.interval, &tables.time_zone),
            shortened(row.queue_name.as_deref().unwrap_or(&row.queue_id), NAME_WIDTH),
            channel(row.channel.as_deref()),
            figures.offd_call_cnt().to_string(),
            figures.answ_call_cnt.to_string(),
            figures.aband_call_cnt.to_string(),
            figures.callback_requested_call_cnt.to_string(),
            figures.transferred_out_from_queue_call_cnt.to_string(),
            figures.ended_otherwise_call_cnt.to_string(),
            figures.aband_short_call_cnt.to_string(),
            figures.ans_servicelevel_cnt.to_string(),
            if_known(longest),
            figures.talking_call_dur.to_string(),
            figures.hold_call_dur.to_string(),
            figures.wrap_up_dur.to_string(),
        ]);
    }
    table
}

fn agent_queues(tables: &Tables, screen: Screen) -> TextTable {
    let header = ["from", "agent", "queue", "channel", "answ", "transferred", "talk", "hold", "wrap-up"];
    let mut table = TextTable::new(screen, &header, 4..header.len());
    for row in &tables.agent_queues {
        let figures = &row.statistics;
        let queue = row.queue_name.as_deref().or(row.queue_id.as_deref()).unwrap_or("-");
        table.row([
            from(row.interval, &tables.time_zone),
            shortened(&row.agent, NAME_WIDTH),
            shortened(queue, NAME_WIDTH),
            channel(row.channel.as_deref()),
            figures.answ_call_cnt.to_string(),
            figures.transfer_out_call_cnt.to_string(),
            figures.talking_call_dur.to_string(),
            figures.hold_call_dur.to_string(),
            figures.wrap_up_dur.to_string(),
        ]);
    }
    table
}

fn agents(tables: &Tables, screen: Screen) -> TextTable {
    let header = ["from", "agent", "online", "paused", "available", "idle"];
    let mut table = TextTable::new(screen, &header, 2..header.len());
    for row in &tables.agents {
        let figures = &row.performance;
        table.row([
            from(row.interval, &tables.time_zone),
            shortened(&row.agent, NAME_WIDTH),
            if_known(figures.tot_work_dur),
            if_known(figures.pause_dur),
            if_known(figures.avail_dur),
            if_known(figures.wait_dur),
        ]);
    }
    table
}

/// The longest name of a channel that is printed whole.
const CHANNEL_WIDTH: usize = 8;

fn channel(channel: Option<&str>) -> String {
    shortened(channel.unwrap_or("-"), CHANNEL_WIDTH)
}

/// The interval's start on the local clock, with the offset: one hour of the year comes twice.
fn from(interval: Period, time_zone: &TimeZone) -> String {
    interval.start().to_zoned(time_zone.clone()).strftime("%Y-%m-%d %H:%M%:z").to_string()
}

fn zone(time_zone: &TimeZone) -> &str {
    time_zone.iana_name().unwrap_or("local time")
}

fn if_known(figure: Option<u64>) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| figure.to_string())
}

/// How many intervals are named in full.
const MAX_NAMED: usize = 20;

/// Names the intervals that have no row, as only redelivered copies touch them.
///
/// # Errors
/// When standard output fails.
pub(crate) fn left_out(tables: &Tables) -> io::Result<()> {
    if tables.left_out.is_empty() {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    let count = tables.left_out.len();
    writeln!(
        out,
        "\nIntervals left out, as only redelivered copies of contacts touch them ({count}); --from and --to put them in:"
    )?;
    for interval in tables.left_out.iter().take(MAX_NAMED) {
        writeln!(out, "  {}", from(*interval, &tables.time_zone))?;
    }
    if let (Some(last), more @ 1..) = (tables.left_out.last(), count.saturating_sub(MAX_NAMED)) {
        writeln!(out, "  … and {more} more until {}", from(*last, &tables.time_zone))?;
    }
    Ok(())
}

/// Tells where a table was written.
///
/// # Errors
/// When standard output fails.
pub(crate) fn written(path: &Path, rows: usize) -> io::Result<()> {
    writeln!(io::stdout(), "{}: {rows} rows", clean(&path.display().to_string()))
}

/// Prints the excluded records.
///
/// # Errors
/// When standard output fails.
pub(crate) fn excluded(excluded: &[Excluded], count: u64) -> io::Result<()> {
    if excluded.is_empty() {
        return Ok(());
    }
    let screen = Screen::stdout();
    let mut table = TextTable::new(screen, &["left out of", "place", "reason"], 0..0);
    let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(48));
    for one in excluded {
        table.row([shortened(&one.path, width), one.place.clone(), one.reason.clone()]);
    }
    let mut out = io::stdout().lock();
    write!(out, "\n{table}")?;
    let more = count.saturating_sub(excluded.len() as u64);
    if more > 0 {
        writeln!(out, "… and {more} more")?;
    }
    Ok(())
}
