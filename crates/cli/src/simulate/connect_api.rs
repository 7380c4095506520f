//! `switchboard simulate connect-api`: an invented Connect API.

use std::{
    env,
    io::{self, Write},
    path::{self, PathBuf},
    time::Duration,
};

use anyhow::Context;
use switchboard_simulator::connect_api::{ConnectApi, Faults, Options, Quotas, Size};

use crate::{outcome::CommandOutcome, signal::shutdown_signal};

const AFTER_HELP: &str = "\
The first line on standard output is the endpoint, once the server answers. Its operations are ListQueues, \
ListRoutingProfiles, ListAgentStatuses, ListUsers, GetCurrentMetricData, GetMetricData, GetMetricDataV2 and \
GetCurrentUserData, with the limits and errors of AWS. Credentials are not checked. The same seed and sizes \
give the same contact centre; its activity depends on the time. Ctrl-C ends the server.

Examples:
  switchboard simulate connect-api
  switchboard simulate connect-api --queues 250 --users 1200 --port 8090
  switchboard simulate connect-api --throttle-every 3 --delay-ms 200";

/// A server of Connect's metric and list operations, for an invented contact centre.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Standard queues.
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(..=10_000))]
    queues: u32,
    /// Users.
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(..=100_000))]
    users: u32,
    /// Random seed of the contact centre.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The port to listen on, on this machine alone; 0 = any free port.
    #[arg(long, value_name = "PORT", default_value_t = 8090)]
    port: u16,
    /// Don't throttle. Otherwise an operation may be called twice a second, the two of metrics 5 times.
    #[arg(long)]
    no_quotas: bool,
    /// Throttle every Nth call, to test a client.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    throttle_every: Option<u32>,
    /// Wait N milliseconds before each response.
    #[arg(long, value_name = "N", default_value_t = 0)]
    delay_ms: u64,
}

/// Serves until it is told to end.
///
/// # Errors
/// When the port can't be listened on.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let size = Size { queues: args.queues, users: args.users };
    let quotas = if args.no_quotas { Quotas::unlimited() } else { Quotas::default() };
    let options = Options { seed: args.seed, port: args.port, quotas, ..Options::new(size) };
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
