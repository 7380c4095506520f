//! `switchboard tables intervals`: figures of intervals from the record tables.

use std::{
    io::{self, Write},
    time::Duration,
};

use anyhow::{Context, ensure};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde::Serialize;
use switchboard_core::interval::IntervalLength;
use switchboard_metrics::settings::ServiceLevel;
use switchboard_records::{
    RecordTables,
    agent_intervals::AgentIntervalKey,
    intervals::{Attribution, Grain, IntervalQuery, QueueKey},
};
use tokio::time::Instant;

use super::print::{self, Layout, Row};
use crate::{
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
    wfm::options::{duration, instant, threshold, time_zone},
};

/// How long the figures of years may take.
const LONG: Duration = Duration::from_mins(30);

const AFTER_HELP: &str = "\
By queue a contact counts in the interval in which it came into the queue, as workforce management counts; \
by agent-queue in the one in which an agent was connected; by disconnect, as Amazon Connect's historical \
metrics do, in the one in which it was disconnected. Contacts are the customer's: no supervisors, no outside \
parties of transfers, no colleagues who were asked. Durations are seconds.

By agent it is the agent's time, from agent events, and the contacts that the agent was connected with; by \
agent-status the time in each status.

Any service level can be asked for. Those that `switchboard tables targets` lists are kept, others are \
counted from the contacts.

Examples:
  switchboard tables intervals --from 2026-11-02 --to 2026-11-03
  switchboard tables intervals --tz Asia/Kolkata --service-level 20s,1m --csv
  switchboard tables intervals --by agent-queue --interval 1d --json
  switchboard tables intervals --by agent --interval 1d --tz Europe/Stockholm";

/// Show statistics of intervals, by queue or agent, at any service level.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    location: DatabaseLocation,
    /// By what contacts are counted.
    #[arg(long, value_enum, default_value_t = By::Queue)]
    by: By,
    /// How long an interval is: 5m, 15m, 30m, 1h, or 1d for local days.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = grain)]
    interval: Grain,
    /// Whose clock intervals are counted on: an IANA name such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    tz: TimeZone,
    /// Only intervals that begin then or later: a day or a time of the zone, or a time with an offset. If left out: all.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only intervals that begin before then.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// The service levels: contacts that waited for less than this. Several by commas.
    #[arg(long, value_name = "DURATION", default_value = "20s", value_delimiter = ',', value_parser = threshold)]
    service_level: Vec<ServiceLevel>,
    /// Print CSV: every figure, local times with their offset.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print one JSON document: an object for each row, times in UTC.
    #[arg(long)]
    json: bool,
}

/// By what contacts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// Queue and channel, when they came into the queue.
    Queue,
    /// Agent, queue and channel, when the agent was connected.
    AgentQueue,
    /// Agent: the time, and what the agent was connected with.
    Agent,
    /// Agent and status: the time.
    AgentStatus,
    /// Queue and channel, when they were disconnected.
    Disconnect,
}

/// Prints the figures.
///
/// # Errors
/// When a limit is no time, or the tables can't be read.
pub(crate) async fn run(args: &Args) -> anyhow::Result<CommandOutcome> {
    let zone = args.tz.iana_name().context("a time zone without a name")?;
    let limit = |name, text: &Option<String>| {
        let at = text.as_deref().map(|text| instant(text, &args.tz));
        at.transpose().with_context(|| format!("{name} can't be read"))
    };
    let (from, to) = (limit("--from", &args.from)?, limit("--to", &args.to)?);
    let tables = super::open(&args.location).await?;
    let over = tables.presume_over(Timestamp::now(), deadline()).await;
    over.context("what is over can't be told")?;
    let sums = tables.recompute(Instant::now() + LONG).await;
    sums.context("the sums of what was loaded last can't be computed")?;
    let known = tables.first_and_last(deadline()).await.context("the tables can't be read")?;
    let (first, last) = known.unwrap_or_default();
    if let (Some(from), Some(to)) = (from, to) {
        ensure!(from < to, "--to is not after --from");
    }
    // The interval that the first contact is in begins before it.
    let from = from.unwrap_or_else(|| day_of(first, &args.tz));
    let to = to.map_or_else(|| last.checked_add(1.second()), Ok)?;
    ensure!(known.is_none() || from < to, "nothing can be between --from and --to: the tables end at {last}");
    tables.add_data_to_calendar(zone, &args.tz, Instant::now() + LONG).await?;
    let query = IntervalQuery { zone, grain: args.interval, from, to };
    let rows = read(&tables, &query, args).await.context("the figures can't be read")?;
    let layout = match args.by {
        By::Queue => Layout::Queue,
        By::AgentQueue => Layout::AgentQueue,
        By::Agent => Layout::Agent,
        By::AgentStatus => Layout::AgentStatus,
        By::Disconnect => Layout::Disconnect,
    };
    let mut out = io::stdout().lock();
    if args.json {
        print::json(&mut out, &rows)?;
    } else if args.csv {
        print::csv(&mut out, &rows, &args.tz)?;
    } else {
        print::table(&mut out, layout, &rows, &args.tz)?;
    }
    out.flush()?;
    Ok(CommandOutcome::Success)
}

async fn read(tables: &RecordTables, query: &IntervalQuery<'_>, args: &Args) -> anyhow::Result<Vec<Row>> {
    let until = Instant::now() + LONG;
    let (mut rows, attribution) = match args.by {
        By::Queue => {
            (of(&tables.queue_intervals(query, until).await?, |row| &row.key)?, Attribution::Enqueue)
        }
        By::Disconnect => {
            let rows = tables.queue_intervals_by_disconnect(query, until).await?;
            (of(&rows, |row| &row.key)?, Attribution::Disconnect)
        }
        By::AgentQueue => {
            return of(&tables.agent_queue_intervals(query, until).await?, |row| &row.key);
        }
        By::Agent => return of_agents(&tables.agent_intervals(query, until).await?, |row| &row.key),
        By::AgentStatus => {
            return of_agents(&tables.agent_status_intervals(query, until).await?, |row| &row.key);
        }
    };
    for seconds in each_once(&args.service_level) {
        let levels = tables.service_levels(query, attribution, seconds, until).await?;
        let levels =
            levels.into_iter().map(|level| (level.key, [level.answered_within, level.abandoned_within]));
        let levels: std::collections::BTreeMap<QueueKey, [u64; 2]> = levels.collect();
        for row in &mut rows {
            let [answered, abandoned] = levels.get(&row.key).copied().unwrap_or_default();
            row.add(format!("answered_within_{seconds}s"), answered);
            row.add(format!("abandoned_within_{seconds}s"), abandoned);
        }
    }
    Ok(rows)
}

/// The thresholds in the order in which they were given: a column of an object or a CSV file has its name alone.
fn each_once(thresholds: &[ServiceLevel]) -> impl Iterator<Item = u32> {
    let is_first =
        |(at, level): &(usize, &ServiceLevel)| !thresholds.iter().take(*at).any(|other| other == *level);
    thresholds.iter().enumerate().filter(is_first).map(|(_, level)| level.seconds())
}

fn of<T: Serialize>(rows: &[T], key: impl Fn(&T) -> &QueueKey) -> anyhow::Result<Vec<Row>> {
    rows.iter().map(|row| Row::new(key(row).clone(), row)).collect()
}

fn of_agents<T: Serialize>(rows: &[T], key: impl Fn(&T) -> &AgentIntervalKey) -> anyhow::Result<Vec<Row>> {
    let without_queue = |key: &AgentIntervalKey| QueueKey {
        from: key.from,
        to: key.to,
        aws_region: key.aws_region.clone(),
        instance_id: key.instance_id.clone(),
        queue: None,
        channel: None,
    };
    rows.iter().map(|row| Row::new(without_queue(key(row)), row)).collect()
}

/// The beginning of the local day that a time is in.
fn day_of(at: Timestamp, time_zone: &TimeZone) -> Timestamp {
    at.to_zoned(time_zone.clone()).start_of_day().map_or(at, |day| day.timestamp())
}

fn grain(text: &str) -> Result<Grain, String> {
    let expected = || "expected 5m, 15m, 30m, 1h or 1d".to_owned();
    if text == "1d" {
        return Ok(Grain::Day);
    }
    let minutes = duration(text).ok().filter(|secs| secs % 60 == 0).map(|secs| secs / 60);
    let length = minutes.filter(|minutes| *minutes != 10).and_then(IntervalLength::from_minutes);
    length.map(Grain::Minutes).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_that_is_given_twice_is_printed_once() {
        let levels = ["1m", "20s", "60s", "20s", "5s"].map(|text| threshold(text).unwrap());
        assert_eq!(each_once(&levels).collect::<Vec<_>>(), [60, 20, 5]);
    }

    #[test]
    fn an_interval_is_one_that_the_calendar_has() {
        assert_eq!(grain("1h"), Ok(Grain::Minutes(IntervalLength::Sixty)));
        assert_eq!(grain("1d"), Ok(Grain::Day));
        for text in ["10m", "2h", "15", "1.5m", "24h"] {
            assert!(grain(text).is_err(), "{text}");
        }
    }
}
