//! `switchboard simulate connect-api`: an invented Connect API.

use std::{
    env,
    io::{self, Write},
    path::{self, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use switchboard_simulator::connect_api::{Associations, Clock, ConnectApi, Faults, Options, Quotas};

use super::centre_options::CentreOptions;
use crate::{outcome::CommandOutcome, signal::shutdown_signal, wfm::options::instant};

const AFTER_HELP: &str = "\
The first line on standard output is the endpoint, once the server answers. Its operations are ListQueues, \
ListRoutingProfiles, ListAgentStatuses, ListUsers, GetCurrentMetricData, GetCurrentUserData, GetMetricData, \
GetMetricDataV2, SearchContacts, DescribeContact, DescribeInstance, ListInstances and \
ListInstanceStorageConfigs, with the limits and errors of AWS. Credentials are not \
checked. Ctrl-C ends the server.

It answers for the centre that `simulate centre` tells of with the same options: the same agents, contacts and \
figures. Its history goes on with the clock, for 400 days at most; the last 500,000 contacts are kept. Historical metrics \
count a contact some time after it is over, as Connect does: one in ten 15 to 100 minutes later.

Examples:
  switchboard simulate connect-api
  switchboard simulate connect-api --queues 250 --agents 1200 --port 8090
  switchboard simulate connect-api --from 2026-11-02 --now 2026-11-02T09:00
  switchboard simulate connect-api --speed 60 --throttle-every 3 --delay-ms 200";

/// How long the history goes on.
const DURATION: SignedDuration = SignedDuration::from_hours(400 * 24);

/// A server of Connect's metrics, lists and contacts, for an invented contact centre.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    centre: CentreOptions,
    /// What time it is in the centre when the server starts, written as in --from. Default: the time that it is.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// How fast the centre's clock runs: so many times as fast as real time; 0 = it stands still.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// The port to listen on, on this machine alone; 0 = any free port.
    #[arg(long, value_name = "PORT", default_value_t = 8090)]
    port: u16,
    /// Don't throttle. Otherwise an operation may be called as often as AWS allows by default: most twice a second.
    #[arg(long)]
    no_quotas: bool,
    /// Throttle every Nth call, to test a client.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    throttle_every: Option<u32>,
    /// Wait N milliseconds before each response.
    #[arg(long, value_name = "N", default_value_t = 0)]
    delay_ms: u64,
    /// The data stream or delivery stream that the instance's contact records go to, as it says when asked. None goes
    /// there.
    #[arg(long, value_name = "ARN")]
    contact_records: Option<String>,
    /// The data stream that its agent events go to, as it says when asked. None goes there.
    #[arg(long, value_name = "ARN")]
    agent_events: Option<String>,
}

/// Serves until it is told to end.
///
/// # Errors
/// When there can be no such centre, or the port can't be listened on.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let config = args.centre.config(DURATION)?;
    let clock = args.clock()?;
    ensure!(clock.now() >= config.from, "--now is before --from");
    let quotas = if args.no_quotas { Quotas::unlimited() } else { Quotas::default() };
    let associations =
        Associations { contact_records: args.contact_records, agent_events: args.agent_events };
    let options = Options { port: args.port, clock, quotas, associations, ..Options::new(config) };
    let api = ConnectApi::start(options)
        .await
        .with_context(|| format!("port {} can't be listened on", args.port))?;
    api.set_faults(Faults {
        throttle_every: args.throttle_every,
        delay: Duration::from_millis(args.delay_ms),
        ..Faults::default()
    });
    let end = shutdown_signal()?;
    print_start(&api)?;
    end.await;
    Ok(CommandOutcome::Success)
}

impl Args {
    fn clock(&self) -> anyhow::Result<Clock> {
        let now = match &self.now {
            Some(text) => instant(text, &self.centre.tz).context("--now can't be read")?,
            None => Timestamp::now(),
        };
        Ok(Clock::running(now, self.speed))
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|factor| (0.0..=1e6).contains(factor));
    speed.ok_or_else(|| "expected how many times as fast as real time, such as 60".to_owned())
}

/// The endpoint alone on standard output, for programs; what to do with it on standard error, for people.
fn print_start(api: &ConnectApi) -> io::Result<()> {
    writeln!(io::stdout(), "{}", api.endpoint())?;
    writeln!(
        io::stderr(),
        "In another terminal:\n  export AWS_ENDPOINT_URL_CONNECT={} AWS_REGION=ap-southeast-2 \\\n    \
         AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test CONNECT_INSTANCE_ARN={}\n  \
         {program} metrics poll current\n  {program} metrics show",
        api.endpoint(),
        api.instance_arn(),
        program = program(),
    )
}

/// What this program is to be called by: its name, if that was enough, or a path that holds in every folder.
fn program() -> String {
    let called = env::args_os().next().map_or_else(|| PathBuf::from("switchboard"), PathBuf::from);
    let is_name = called.components().nth(1).is_none();
    let program = if is_name { called } else { path::absolute(&called).unwrap_or(called) };
    program.display().to_string()
}
