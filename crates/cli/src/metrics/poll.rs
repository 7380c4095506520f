//! `switchboard metrics poll`: poll Connect once or periodically.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use anyhow::Context;
use clap::ValueEnum;
use jiff::{Timestamp, tz::TimeZone};
use switchboard_core::instance::Instance;
use switchboard_metrics::{
    api::Connect,
    poll::{BACKFILL_MAX_DAYS, PollReport, Poller},
    settings::{CentreTimeZone, RequestRate, ServiceLevel},
    store::{self, Store},
    tables::Table,
};
use switchboard_runtime::settings::Settings;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use crate::{
    database::{DatabaseLocation, LocationName, deadline},
    outcome::CommandOutcome,
    signal::shutdown_signal,
};

/// How long a poll of the moment may take: the function has as long until the next.
const NOW: Duration = Duration::from_secs(30);
/// How long a list or a poll of history may take.
const LONG: Duration = Duration::from_mins(5);
/// How long history of days may take.
const BACKFILL: Duration = Duration::from_hours(24);

const AFTER_HELP: &str = "\
Credentials, region and endpoint come from the AWS SDK's own variables: AWS_ENDPOINT_URL_CONNECT can name a \
`switchboard simulate connect-api`. CONNECT_REQUESTS_PER_SECOND (1.8) limits the requests to Connect, \
SERVICE_LEVEL_SECONDS (20) is the time within which a contact should be answered.

Exit status: 1 if not everything could be read. What was read is stored, and rows that the poll did not \
return are not reset.

Examples:
  switchboard metrics poll current --instance $INSTANCE_ARN
  switchboard metrics poll users --every 10
  switchboard metrics poll history --backfill 7 --db sqlite:///metrics.db";

/// Poll Connect's metrics and save them in the metric tables.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// What to poll.
    #[arg(value_enum)]
    poll: PollKind,
    /// The Connect instance, by its ARN. If left out: the environment's `CONNECT_INSTANCE_ARN`.
    #[arg(long, value_name = "ARN")]
    instance: Option<Instance>,
    #[command(flatten)]
    location: DatabaseLocation,
    /// Poll again after this number of seconds, until Ctrl-C.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// Only history: read every missing quarter of an hour of this number of days.
    #[arg(long, value_name = "DAYS", conflicts_with = "every",
          value_parser = clap::value_parser!(u8).range(1..=i64::from(BACKFILL_MAX_DAYS)))]
    backfill: Option<u8>,
}

/// What is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PollKind {
    /// The current metrics of queues.
    Current,
    /// The current state of agents.
    Users,
    /// Queues in each five minutes, and queues and agents in each quarter of an hour.
    History,
    /// The names of queues, routing profiles, agent statuses and users.
    Metadata,
}

/// Polls.
///
/// # Errors
/// When a setting is invalid, or the tables can't be read or written.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    anyhow::ensure!(
        args.backfill.is_none() || args.poll == PollKind::History,
        "only history can be backfilled"
    );
    let connect = connect(args.instance.clone()).await?;
    let service_level = service_level()?;
    let time_zone = time_zone()?;
    let (database, name) = args.location.open_or_make().await?;
    let migrated = store::migrate(&database, deadline()).await;
    migrated.with_context(|| format!("{name} can't be given its tables"))?;
    let store = Store::new(database, connect.instance().clone()).in_time_zone(time_zone);
    let poller = Poller::new(connect, store, service_level);
    let Some(every) = args.every else { return once(&poller, &args, &name).await };
    let mut ticks = tokio::time::interval(Duration::from_secs(every));
    // A poll that took too long is followed by the next at its time, not by all that were missed.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut end = std::pin::pin!(shutdown_signal()?);
    let mut ended = CommandOutcome::Success;
    loop {
        tokio::select! {
            () = &mut end => return Ok(ended),
            _ = ticks.tick() => {}
        }
        ended = once(&poller, &args, &name).await?;
    }
}

async fn once(poller: &Poller, args: &Args, name: &LocationName) -> anyhow::Result<CommandOutcome> {
    let before = poller.connect().counts();
    let mut ended = CommandOutcome::Success;
    if args.poll == PollKind::History && io::stderr().is_terminal() {
        writeln!(
            io::stderr(),
            "a large centre's history takes minutes at the rate that Connect may be asked at"
        )?;
    }
    for table in args.poll.tables(args.backfill.is_some()) {
        let outcome = poll(poller, *table, args.backfill).await;
        let outcome = outcome.with_context(|| format!("{name} can't be used"))?;
        // As soon as it is known: the next may take its time.
        writeln!(io::stdout(), "{outcome}")?;
        if !outcome.is_complete() {
            ended = CommandOutcome::Rejected;
        }
    }
    if args.poll == PollKind::Metadata {
        for load in poller.outgrown().unwrap_or_default() {
            writeln!(io::stderr(), "{load}; with a higher quota, raise CONNECT_REQUESTS_PER_SECOND")?;
        }
    }
    let sent = poller.connect().counts().since(before);
    let repeated = sent.attempts.saturating_sub(sent.requests);
    writeln!(io::stdout(), "{} requests, {repeated} repeated; into {name}", sent.requests)?;
    Ok(ended)
}

impl PollKind {
    /// The tables that it fills, in this order.
    fn tables(self, backfill: bool) -> &'static [Table] {
        match self {
            Self::Current => &[Table::CurrentMetrics],
            Self::Users => &[Table::CurrentUsers],
            Self::Metadata => &[Table::Metadata],
            Self::History if backfill => &[Table::Intervals],
            Self::History => &[Table::History, Table::Intervals],
        }
    }
}

async fn poll(poller: &Poller, table: Table, backfill: Option<u8>) -> Result<PollReport, SqlError> {
    let within = |time| Instant::now() + time;
    let now = Timestamp::now();
    match (table, backfill) {
        (Table::CurrentMetrics, _) => poller.current(within(NOW)).await,
        (Table::CurrentUsers, _) => poller.users(within(NOW)).await,
        (Table::Metadata, _) => poller.metadata(within(LONG)).await,
        (Table::History, _) => poller.history(now, within(LONG)).await,
        (Table::Intervals, Some(days)) => poller.backfill(days, now, within(BACKFILL)).await,
        (Table::Intervals, None) => poller.intervals(now, within(LONG)).await,
    }
}

async fn connect(named: Option<Instance>) -> anyhow::Result<Connect> {
    let mut settings = Settings::from_env();
    let instance = named.or_else(|| settings.required("CONNECT_INSTANCE_ARN"));
    let rate = settings.optional_or("CONNECT_REQUESTS_PER_SECOND", RequestRate::default());
    settings.check()?;
    let instance = instance.context("CONNECT_INSTANCE_ARN is not set")?;
    let config = crate::aws::config().await?;
    Ok(Connect::new(&(&config).into(), instance, rate))
}

/// Whose days intervals belong to.
fn time_zone() -> anyhow::Result<TimeZone> {
    let mut settings = Settings::from_env();
    let time_zone = settings.optional_or("METRICS_TIME_ZONE", CentreTimeZone::default());
    settings.check()?;
    Ok(time_zone.into_inner())
}

fn service_level() -> anyhow::Result<ServiceLevel> {
    let mut settings = Settings::from_env();
    let seconds = settings.optional_or("SERVICE_LEVEL_SECONDS", ServiceLevel::default().seconds());
    settings.check()?;
    ServiceLevel::new(seconds).context("SERVICE_LEVEL_SECONDS is invalid")
}
