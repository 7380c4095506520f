//! `switchboard demo`: an invented contact centre through the very same handlers, and its board in a browser.
//!
//! `centre` is the centre with what it emits, `handlers` the functions' handlers with their stores, `life` the centre's time,
//! `step` moves a stopped centre on, and `zone` is the time zone in which the centre is.

mod centre;
mod handlers;
mod life;
mod step;
mod zone;

use std::{net::Ipv4Addr, path::PathBuf, sync::Arc};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp, civil::Time, tz::TimeZone};
use switchboard_board::{Clock, ClockPhase, Sources, access::Access};
use switchboard_simulator::model::{Behaviour, Config};
use tokio::sync::watch;

use self::{centre::DemoCentre, handlers::Handlers, life::CentreLife, step::StepListener};
use crate::{
    board::{listen, print_address},
    outcome::CommandOutcome,
    signal::shutdown_signal,
    wfm::options::{instant, time_zone},
};

/// The longest history: a demo on a wall goes on for a month.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Contacts of a day for each agent of all shifts: queues grow at the peaks, and empty again.
const CONTACTS_PER_AGENT: u32 = 60;

const AFTER_HELP: &str = "\
The first line on standard output is the address of the board, which answers at once; meanwhile the day so \
far goes through the handlers, and the page says how far it is. Everything is kept in SQLite files below \
out/demo, anew each time. Ctrl-C ends it.

The centre is where it is about 11:00 now, unless --tz names a time zone. The same --seed and --agents at the \
same time are the same centre.

TIME is a time of day there (09:30, of today), a day with a time (2026-11-02T09:30), or one with an offset.

Examples:
  switchboard demo
  switchboard demo --agents 400 --speed 10
  switchboard demo --for 10m --port 8081
  switchboard demo --at 08:55
  switchboard demo --until 2026-11-02T10:30 --tz Europe/Stockholm
  switchboard demo step 30
  switchboard contacts list --active --contacts out/demo/contacts.db";

/// Show an invented contact centre on the live board.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: DemoArgs,
}

/// What is asked of a demo that runs.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Move on the time of a demo that --until has stopped, and wait until the handlers are done.
    Step(step::Args),
}

#[derive(Debug, clap::Args)]
struct DemoArgs {
    /// Agents, on all shifts together.
    #[arg(long, value_name = "N", default_value_t = 40)]
    agents: u32,
    /// Queues.
    #[arg(long, value_name = "N", default_value_t = 5)]
    queues: u32,
    /// Random seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How fast the centre's time goes once the day so far is told; 1 is real time.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,
    /// The port; 0 for any free one.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// End after so long, counted from when the day so far is told.
    #[arg(long = "for", value_name = "DURATION")]
    duration: Option<SignedDuration>,
    /// Begin at that time instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Stop the centre's time there, and go on serving. A time that is over when it begins is reached at once.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Whose clock the centre goes by: an IANA name such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    tz: Option<TimeZone>,
    /// The folder of its files.
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    out: PathBuf,
}

/// Lets the centre live until it is told to end.
///
/// # Errors
/// When there can be no such centre, its files can't be written, or the port not be listened on.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    match args.command {
        Some(Command::Step(step)) => step::run(step).await,
        None => show(args.demo).await,
    }
}

async fn show(args: DemoArgs) -> anyhow::Result<CommandOutcome> {
    ensure!((0.01..=1000.0).contains(&args.speed), "--speed is from 0.01 to 1000");
    let now = Clock::real().now();
    let zone = match &args.tz {
        Some(zone) => zone.clone(),
        None => zone::where_it_is_eleven(now)?,
    };
    let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, &zone, now)).transpose();
    let start = time(&args.at).context("--at can't be read")?.unwrap_or(now);
    let until = time(&args.until).context("--until can't be read")?;
    let target = until.map_or(start, |until| until.min(start));
    let from = target.to_zoned(zone.clone()).start_of_day()?.timestamp();
    let config = Config {
        seed: args.seed,
        agents: args.agents,
        queues: args.queues,
        contacts_per_day: args.agents.saturating_mul(CONTACTS_PER_AGENT),
        from,
        duration: LONGEST,
        zone: zone.clone(),
        // A demo at the weekend is as lively as on any other day.
        behaviour: Behaviour { weekend: 1.0, ..Behaviour::default() },
        ..Config::default()
    };
    let mut end = std::pin::pin!(shutdown_signal()?);
    let listener = listen(Ipv4Addr::LOCALHOST.into(), args.port).await?;
    let centre = DemoCentre::new(config)?;
    let handlers = Handlers::open(&args.out, centre.instance_arn()?, &zone, from).await?;
    let clock = Clock::invented(from, ClockPhase::CatchingUp { to: target });
    let sources = Sources::new(
        handlers.contacts.clone(),
        Some(handlers.agents.clone()),
        Some(handlers.records.clone()),
        clock.clone(),
        zone.clone(),
    );
    let mut steps = match until {
        Some(_) => Some(StepListener::open(&args.out).await?),
        None => None,
    };
    print_address(&listener)?;
    let (ending, mut ended) = watch::channel(false);
    let server_end = async move { drop(ended.wait_for(|is_ended| *is_ended).await) };
    let board = switchboard_board::serve(listener, Arc::new(sources), Access::this_machine(), server_end);
    let mut life = CentreLife {
        centre,
        handlers: Arc::new(handlers),
        clock,
        zone,
        speed: args.speed,
        until,
        length: args.duration,
    };
    let lived = async {
        let lived = tokio::select! {
            lived = life.live(target, steps.as_mut()) => lived,
            () = &mut end => Ok(()),
        };
        ending.send_replace(true);
        lived
    };
    let (lived, served) = tokio::join!(lived, board);
    lived?;
    served.context("the board can't be served")?;
    Ok(CommandOutcome::Success)
}

/// A moment as an option says it: a time of day is one of today.
fn moment(text: &str, zone: &TimeZone, now: Timestamp) -> anyhow::Result<Timestamp> {
    match text.parse::<Time>() {
        Ok(time) if !text.contains('-') => {
            Ok(now.to_zoned(zone.clone()).date().to_datetime(time).to_zoned(zone.clone())?.timestamp())
        }
        _ => instant(text, zone).context("neither a time of day, such as 09:30, nor a day with a time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_one_of_today() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        // It is the third there.
        let now: Timestamp = "2026-11-02T20:00:00Z".parse().unwrap();
        let read = |text| moment(text, &zone, now).map(|at| at.to_string()).ok();
        assert_eq!(read("09:30").as_deref(), Some("2026-11-03T00:30:00Z"));
        assert_eq!(read("2026-11-02T09:30").as_deref(), Some("2026-11-02T00:30:00Z"));
        assert_eq!(read("2026-11-02T09:30:10Z").as_deref(), Some("2026-11-02T09:30:10Z"));
        assert_eq!(read("half past nine"), None);
    }
}
