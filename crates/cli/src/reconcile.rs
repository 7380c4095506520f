//! `switchboard reconcile`: whether every contact that Connect lists is in the record tables.

mod flow_logs;
mod time_name;

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use anyhow::{Context, ensure};
use jiff::{Timestamp, ToSpan as _, Unit, tz::TimeZone};
use switchboard_contacts::store::Store;
use switchboard_core::instance::Instance;
use switchboard_records::{
    contact::AttributeSelection,
    reconcile::{Check, ConnectContacts, Hour, Reconciler, ReconciliationTables, SearchRate, Summary},
};
use switchboard_runtime::settings::Settings;
use tokio::time::Instant;

use self::time_name::time_name;
use crate::{
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
    wfm::options::{instant, time_zone},
};

/// How long one hour, or healing, may take.
const LONG: Duration = Duration::from_hours(24);

const AFTER_HELP: &str = "\
Hours of UTC are compared by the time at which contacts were disconnected, an hour after their end at the \
earliest, and for good a day after it. What was compared for good is not asked again without --again. How far \
the comparison has come is kept after each request: stopped with Ctrl-C, the same command goes on, within half \
a minute. Runs in the same database and Region, the function's too, wait for each other.

SEARCH_CONTACTS_PER_SECOND (0.25) limits the searches: half of what AWS allows an account. An hour takes a \
request for each channel and initiation method that it has, and some more for each contact that is missing: a \
day about a quarter of an hour. If Connect does not answer for five minutes, the run ends, and the same command \
goes on later. Credentials, region and endpoint come from the AWS SDK's own variables.

CONTACTS, if set, names the contacts store: of up to 500 contacts of each hour that began in a flow it is asked \
whether flow logs tell of them. It forgets contacts a day after their end, unless CONTACT_RETENTION_MINUTES says more.

Exit status: 1 if a contact is missing, or an hour could not be compared yet.

Examples:
  switchboard reconcile --instance $INSTANCE_ARN
  switchboard reconcile --from 2026-11-26 --to 2026-11-27 --tz Australia/Sydney
  switchboard reconcile --from 2026-11-26 --heal";

/// Compare the record tables with the contacts that Connect lists.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The Connect instance, by its ARN. If left out: the environment's `CONNECT_INSTANCE_ARN`.
    #[arg(long, value_name = "ARN")]
    instance: Option<Instance>,
    #[command(flatten)]
    location: DatabaseLocation,
    /// Contacts that were disconnected then or later: a day or a time of the zone, or a time with an offset. If left
    /// out: yesterday.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Contacts that were disconnected before then. If left out: a day after --from.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Whose clock days begin on: an IANA name such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    tz: TimeZone,
    /// Fetch what is missing with `DescribeContact`, into the record tables alone.
    #[arg(long)]
    heal: bool,
    /// The attributes of fetched contacts to keep, by commas; * for all. They may hold personal data.
    #[arg(long, value_name = "NAMES", default_value = "", requires = "heal")]
    attributes: AttributeSelection,
    /// Compare hours again that were compared for good.
    #[arg(long)]
    again: bool,
}

/// Compares, and prints the sentence.
///
/// # Errors
/// When a setting is invalid, or Connect or the tables can't be used.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let (from, to) = args.time()?;
    let contacts = flow_logs::contacts().await?;
    let reconciler = reconciler(&args).await?;
    let tables = reconciler.tables();
    let work = Box::pin(async {
        let too_young = compare(&reconciler, contacts.as_ref(), (from, to), args.again).await?;
        tables.settle(deadline()).await?;
        let mut healed = None;
        if args.heal {
            let now = Timestamp::now();
            healed = Some(reconciler.heal(from, to, now, Instant::now() + LONG).await?);
            tables.record_tables().recompute(Instant::now() + LONG).await?;
        }
        anyhow::Ok((too_young, healed))
    });
    let alone = tables.alone(Instant::now() + LONG, work).await;
    let (too_young, healed) = alone.context("contacts can't be compared while others do")??;
    let mut out = io::stdout().lock();
    let hours = tables.hours(from, to, deadline()).await?;
    let sum = Summary::of(&hours);
    writeln!(out, "{}", sum.sentence(&time_name(from, to, &args.tz)))?;
    writeln!(out, "{}", sum.queued_sentence())?;
    for sentence in [sum.agent_event_sentence(), sum.flow_log_sentence()].into_iter().flatten() {
        writeln!(out, "{sentence}")?;
    }
    if let Some(healed) = healed {
        let (fetched, open, unknown) = (healed.healed, healed.open, healed.unknown);
        writeln!(
            out,
            "{fetched} fetched with DescribeContact, into the record tables alone; {open} open, {unknown} not known to Connect"
        )?;
    }
    let missing = tables.missing(from, to, deadline()).await?;
    for contact in &missing {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let ended = contact.disconnected_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let (channel, method) = (text(&contact.channel), text(&contact.initiation_method));
        writeln!(out, "missing {} {channel} {method} {ended}", contact.contact_id)?;
    }
    if too_young > 0 {
        writeln!(out, "{too_young} hours can't be compared yet: an hour after its end each can")?;
    }
    out.flush()?;
    Ok(CommandOutcome::of(u64::from(!sum.is_whole()) + too_young))
}

/// Compares the hours of a time. How many can't be yet comes back.
async fn compare(
    reconciler: &Reconciler,
    contacts: Option<&Store>,
    (from, to): (Timestamp, Timestamp),
    again: bool,
) -> anyhow::Result<u64> {
    let had = reconciler.tables().hours(from, to, deadline()).await?;
    let mut too_young = 0;
    let hours = std::iter::successors(Some(Hour::of(from)), |hour| Some(hour.next()));
    for hour in hours.take_while(|hour| hour.start() < to) {
        let now = Timestamp::now();
        let Some(check) = hour.check(now) else {
            too_young += 1;
            continue;
        };
        let is_final = had.iter().any(|had| {
            had.hour_start == hour.start() && had.checks >= check.number() && check == Check::Final
        });
        if is_final && !again {
            continue;
        }
        if io::stderr().is_terminal() {
            writeln!(io::stderr(), "{} is compared", hour.start())?;
        }
        reconciler.compare(hour, check, now, Instant::now() + LONG).await?;
        if let Some(contacts) = contacts {
            flow_logs::count(reconciler.tables(), contacts, hour).await?;
        }
    }
    Ok(too_young)
}

impl Args {
    /// From when to when.
    fn time(&self) -> anyhow::Result<(Timestamp, Timestamp)> {
        let limit = |name, text: &Option<String>| {
            let at = text.as_deref().map(|text| instant(text, &self.tz));
            at.transpose().with_context(|| format!("{name} can't be read"))
        };
        let today = Timestamp::now().to_zoned(self.tz.clone()).start_of_day()?;
        let from = limit("--from", &self.from)?
            .map_or_else(|| today.checked_sub(1.day()), |from| Ok(from.to_zoned(self.tz.clone())))?;
        let to = limit("--to", &self.to)?
            .map_or_else(|| Ok(from.checked_add(1.day())?.timestamp()), anyhow::Ok)?;
        let from = from.timestamp();
        ensure!(from < to, "nothing can be between --from and --to");
        for (name, at) in [("--from", from), ("--to", to)] {
            ensure!(
                at.round(Unit::Hour)? == at,
                "{name} is within an hour of UTC, and whole hours are compared: {at}"
            );
        }
        Ok((from, to))
    }
}

async fn reconciler(args: &Args) -> anyhow::Result<Reconciler> {
    let mut settings = Settings::from_env();
    let instance = args.instance.clone().or_else(|| settings.required("CONNECT_INSTANCE_ARN"));
    let rate = settings.optional_or("SEARCH_CONTACTS_PER_SECOND", SearchRate::default());
    settings.check()?;
    let instance = instance.context("CONNECT_INSTANCE_ARN is not set")?;
    let config = crate::aws::config().await?;
    let tables = crate::tables::open(&args.location).await?;
    let connect = ConnectContacts::new(&(&config).into(), instance.arn(), rate);
    let tables = ReconciliationTables::new(tables, instance.arn());
    Ok(Reconciler::new(connect, tables).with_attributes(args.attributes.clone()))
}
