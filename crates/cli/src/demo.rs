//! `switchboard demo`: an invented contact centre through the very same handlers, and its board in a browser.
//!
//! `centre` is the centre with what it emits, `handlers` the functions' handlers with their stores, and `zone` the time zone in
//! which the centre is.

mod centre;
mod handlers;
mod zone;

use std::{net::Ipv4Addr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_board::{Clock, ClockPhase, Sources, access::Access};
use switchboard_simulator::model::{Behaviour, Config};
use tokio::{
    sync::watch,
    task::yield_now,
    time::{Instant, sleep, sleep_until},
};

use self::{centre::DemoCentre, handlers::Handlers};
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

/// How much of the day so far the handlers get at once.
const CATCH_UP_STEP: SignedDuration = SignedDuration::from_mins(10);

/// How often the handlers get what has happened since.
const TICK: Duration = Duration::from_millis(250);

const AFTER_HELP: &str = "\
The first line on standard output is the address of the board, which answers at once; meanwhile the day so \
far goes through the handlers, and the page says how far it is. Everything is kept in SQLite files below \
out/demo, anew each time. Ctrl-C ends it.

The centre is where it is about 11:00 now, unless --tz names a time zone. The same --seed and --agents at the \
same time are the same centre.

Examples:
  switchboard demo
  switchboard demo --agents 400 --speed 10
  switchboard demo --for 10m --port 8081
  switchboard demo --until 2026-11-02T10:30 --tz Europe/Stockholm
  switchboard contacts list --active --contacts out/demo/contacts.db";

/// Show an invented contact centre on the live board.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
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
    /// Stop the centre's time there, and go on serving: a time of its zone, such as 2026-11-02T10:30, or one with an
    /// offset. A time that is over is reached at once.
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
    ensure!((0.01..=1000.0).contains(&args.speed), "--speed is from 0.01 to 1000");
    let start = Clock::real().now();
    let zone = match &args.tz {
        Some(zone) => zone.clone(),
        None => zone::where_it_is_eleven(start)?,
    };
    let until = args.until.as_deref().map(|text| instant(text, &zone));
    let until = until.transpose().context("--until can't be read")?;
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
        zone,
    );
    print_address(&listener)?;
    let (ending, mut ended) = watch::channel(false);
    let server_end = async move { drop(ended.wait_for(|is_ended| *is_ended).await) };
    let board = switchboard_board::serve(listener, Arc::new(sources), Access::this_machine(), server_end);
    let mut life = CentreLife { centre, handlers, clock, speed: args.speed, until, length: args.duration };
    let lived = async {
        let lived = tokio::select! {
            lived = life.live(target) => lived,
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

/// The life of a centre: what it emits goes through the handlers as time goes on.
struct CentreLife {
    centre: DemoCentre,
    handlers: Handlers,
    clock: Clock,
    speed: f64,
    until: Option<Timestamp>,
    length: Option<SignedDuration>,
}

impl CentreLife {
    /// The day so far, then time as it passes. It comes back when its length is over, if it has one.
    async fn live(&mut self, target: Timestamp) -> anyhow::Result<()> {
        self.catch_up(target).await?;
        let end =
            self.length.map(|length| Instant::now() + Duration::try_from(length).unwrap_or(Duration::ZERO));
        let living = async {
            self.go_on().await?;
            // It stands still, and the board goes on.
            std::future::pending::<anyhow::Result<()>>().await
        };
        match end {
            None => living.await,
            Some(end) => tokio::select! {
                lived = living => lived,
                () = sleep_until(end) => Ok(()),
            },
        }
    }

    /// Tells everything that happened before that moment; without a moment to stop at, also what happens meanwhile.
    async fn catch_up(&mut self, target: Timestamp) -> anyhow::Result<()> {
        let (start, begun) = (target, Instant::now());
        let mut at = self.clock.now();
        loop {
            let passed =
                SignedDuration::from_millis(i64::try_from(begun.elapsed().as_millis()).unwrap_or_default());
            // Time that passes meanwhile is real time: a fast centre begins to be fast afterwards.
            let to = match self.until {
                Some(until) => start.saturating_add(passed)?.min(until.max(start)),
                None => start.saturating_add(passed)?,
            };
            let to = if self.until.is_some_and(|until| until <= start) { start } else { to };
            if at >= to {
                return Ok(());
            }
            at = at.saturating_add(CATCH_UP_STEP)?.min(to);
            // Before the stores hear of it, as nothing in them is to be ahead of the board's time.
            self.clock.set(at, ClockPhase::CatchingUp { to });
            self.tell(at).await?;
            yield_now().await;
            if to.duration_since(at) < SignedDuration::from_secs(1) {
                return Ok(());
            }
        }
    }

    /// Tells what happens as it happens, until the moment to stop at.
    async fn go_on(&mut self) -> anyhow::Result<()> {
        self.clock.set(self.clock.now(), ClockPhase::Running { speed: self.speed });
        loop {
            let now = self.clock.now();
            let stop = self.until.filter(|until| *until <= now);
            let to = stop.unwrap_or(now);
            self.tell(to).await?;
            if let Some(stop) = stop {
                self.clock.set(stop, ClockPhase::Stopped);
                return Ok(());
            }
            sleep(TICK).await;
        }
    }

    /// Lets the centre go on to that moment, and hands what it emitted to the handlers.
    async fn tell(&mut self, to: Timestamp) -> anyhow::Result<()> {
        let emitted = self.centre.advance(to)?;
        // On the heap: the handlers' state is deeper than the compiler follows otherwise.
        Box::pin(self.handlers.handle(emitted, to)).await
    }
}
