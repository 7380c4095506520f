//! `switchboard board`: the live board in a browser, from stores that are there.
//!
//! `rejected_records` counts what a replay has rejected.

mod rejected_records;

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use jiff::tz::TimeZone;
use switchboard_board::{
    AgentStore, Clock, Sources, Thresholds,
    access::{Access, Admission, AgentNames, AuditLog, Role, SharedToken, Viewer},
};
use switchboard_metrics::reader::MetricReader;
use switchboard_records::RecordTables;
use switchboard_runtime::{database, settings::Settings};
use switchboard_sql::url::SqlUrl;
use switchboard_store::store_url::{StoreUrl, StoreUrls};
use tokio::{net::TcpListener, time::Instant};

use self::rejected_records::RejectedRecords;
use crate::{
    contacts::location::{ContactsLocation, time_zone},
    outcome::CommandOutcome,
    signal::shutdown_signal,
};

/// How long a database has to answer at the start.
const TIME_TO_OPEN: Duration = Duration::from_secs(30);

const AFTER_HELP: &str = "\
The first line on standard output is the address, once the server answers. Ctrl-C ends the server. It listens \
on this machine alone, where who sees the board sees every contact.

--listen serves other machines, too. Then BOARD_TOKEN in the environment is a token of 32 letters or more, \
which programs send as a bearer token and browsers as the password, whatever the user name. The token goes over \
the network as it is: put the board behind a server that speaks TLS. What viewers see is told by --role: walls see \
queues alone, supervisors no numbers and no attributes of customers, investigators everything.

Contacts are those of --contacts, or of the environment's CONTACTS, or of out/contacts.db, which a replay \
fills; agents those of --agents or AGENTS, as the function rta-feed or `switchboard rta` keeps them; the \
day's figures are those of METRICS_DB: of its record tables, or else of its metric tables. Where these are polled, \
each queue's waiting contacts are compared with Amazon Connect's own count. Without agents or figures the board \
leaves them out. Where these are of several Connect instances, the first page lists them, and /i/INSTANCE/ is one's. \
/health counts the rejected records that a replay has left beside the file of contacts.

Tiles turn amber and red from thresholds on, those of --thresholds or of the environment's THRESHOLDS: JSON such \
as {\"waiting\": {\"warn\": 5, \"alarm\": 10}, \"queues\": {\"ID\": {\"longestWaitSeconds\": {\"warn\": 30, \"alarm\": 90}}}}, \
of waiting, longestWaitSeconds (60 and 180 if left out) and pointsBelowTarget (0 and 20).

Examples:
  switchboard board
  switchboard board --port 8081 --contacts out/contacts.db --agents agents.db
  METRICS_DB=sqlite:///var/lib/metrics.db switchboard board --tz Asia/Tokyo
  BOARD_TOKEN=$(cat token) switchboard board --listen 0.0.0.0";

/// Serve the live board: queues, agents and contacts as of now, in a browser.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The port; 0 for any free one.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// The IP address of this machine that others reach, without a port; `BOARD_TOKEN` must be set then.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = listen_address)]
    listen: IpAddr,
    /// What viewers may see: walls, supervisors or investigators. If left out: everything on this machine, and what
    /// supervisors see from others.
    #[arg(long, value_name = "ROLE")]
    role: Option<Role>,
    /// How agents are called: full, initials or none.
    #[arg(long, value_name = "HOW", default_value = "full")]
    agent_names: AgentNames,
    /// A file that says who looked at which contact, and when: lines of JSON are added to it.
    #[arg(long, value_name = "FILE")]
    audit_log: Option<PathBuf>,
    /// A file of JSON that says from where on figures colour their tiles, for all queues and for single ones.
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
    #[command(flatten)]
    contacts: ContactsLocation,
    /// Where agents are kept: a file, or an address as AGENTS takes it. May be given several times.
    #[arg(long, value_name = "FILE|URL")]
    agents: Vec<String>,
    /// Whose clock times and days are shown: an IANA name such as Europe/Stockholm, or `local`.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    tz: TimeZone,
}

/// Serves until it is told to end.
///
/// # Errors
/// When a store can't be opened, or the port not be listened on.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let mut settings = Settings::from_env();
    let (agents, metrics) = (settings.optional("AGENTS"), settings.optional("METRICS_DB"));
    let token: Option<SharedToken> = settings.optional("BOARD_TOKEN");
    let thresholds: Option<Thresholds> = settings.optional("THRESHOLDS");
    settings.check()?;
    let access = access(&args, token)?;
    let thresholds = match &args.thresholds {
        Some(file) => read_thresholds(file)?,
        None => thresholds.unwrap_or_default(),
    };
    let contacts = args.contacts.open().await?;
    let rejected = args.contacts.folder()?.map(RejectedRecords::of);
    let urls = if args.agents.is_empty() {
        agents.map_or_else(Vec::new, |StoreUrls(agents)| agents)
    } else {
        args.agents.iter().map(|place| agent_url(place)).collect::<anyhow::Result<_>>()?
    };
    let mut agents = Vec::new();
    for url in &urls {
        agents.push(open_agents(url).await?);
    }
    let Figures { records, polls } = match metrics {
        Some(url) => Figures::open(&url).await?,
        None => Figures::default(),
    };
    let sources = Sources::new(contacts, agents, records, Clock::real(), args.tz).with_thresholds(thresholds);
    let sources = polls.into_iter().fold(sources, Sources::with_polls);
    let sources = rejected.into_iter().fold(sources, Sources::with_undelivered);
    let listener = listen(args.listen, args.port).await?;
    let end = shutdown_signal()?;
    serve(listener, Arc::new(sources), access, end).await
}

/// An IP address; of one with a port it is said where that goes.
fn listen_address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| match text.parse::<SocketAddr>() {
        Ok(with_port) => {
            let (address, port) = (with_port.ip(), with_port.port());
            format!("expected an address without a port; the port is --port's: --listen {address} --port {port}")
        }
        Err(_) => {
            "expected an IP address of this machine, such as 192.0.2.7, or 0.0.0.0 or :: for all of them; the port is --port's"
                .to_owned()
        }
    })
}

/// Who may look: whoever sits at this machine, or who has the token.
fn access(args: &Args, token: Option<SharedToken>) -> anyhow::Result<Access> {
    let admission = if let Some(token) = token {
        Admission::Token(token, Viewer::new("token", args.role.unwrap_or(Role::Supervisors)))
    } else {
        let needed = "--listen: BOARD_TOKEN is not set; without a token the board is for this machine alone";
        ensure!(args.listen.is_loopback(), needed);
        Admission::ThisMachine(args.role.unwrap_or(Role::Investigators))
    };
    let audit = match &args.audit_log {
        Some(path) => AuditLog::file(path).with_context(|| format!("{} can't be written", path.display()))?,
        None => AuditLog::none(),
    };
    Ok(Access { admission, agent_names: args.agent_names, audit })
}

/// The address of a store of agents that is named by its file or its address.
fn agent_url(place: &str) -> anyhow::Result<StoreUrl> {
    if place.contains("://") {
        return place.parse().context("--agents is invalid");
    }
    Ok(StoreUrl::Sqlite(std::path::absolute(place)?))
}

fn read_thresholds(file: &Path) -> anyhow::Result<Thresholds> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    text.parse().with_context(|| format!("--thresholds: {}", file.display()))
}

async fn open_agents(url: &StoreUrl) -> anyhow::Result<AgentStore> {
    match url {
        StoreUrl::Sqlite(path) => {
            let file = path.display();
            // A store would be made where there is none.
            ensure!(path.is_file(), "{file} is not there: `switchboard rta` or the function fills it");
            AgentStore::sqlite(path).await.with_context(|| format!("{file} can't be opened"))
        }
        #[cfg(feature = "aws")]
        StoreUrl::DynamoDb { table } => {
            let client = aws_sdk_dynamodb::Client::new(&crate::aws::config().await?);
            Ok(AgentStore::dynamodb(&client, table.clone()))
        }
        #[cfg(not(feature = "aws"))]
        StoreUrl::DynamoDb { .. } => {
            anyhow::bail!("agents: this build can't read DynamoDB: it lacks the feature `aws`")
        }
    }
}

/// What a database of figures has.
#[derive(Default)]
struct Figures {
    records: Option<RecordTables>,
    polls: Option<MetricReader>,
}

impl Figures {
    /// Looks for record tables and for metric tables, of which one at least must be there.
    async fn open(url: &SqlUrl) -> anyhow::Result<Self> {
        if let SqlUrl::Sqlite(path) = url {
            let file = path.display();
            ensure!(
                path.is_file(),
                "{file} is not there: `switchboard tables load` or `metrics poll` fills it"
            );
        }
        let database = database::open(url).await.context("METRICS_DB can't be opened")?;
        let (records, polls) = (RecordTables::new(database.clone()), MetricReader::new(database));
        let has_records = records.service_level_targets(Instant::now() + TIME_TO_OPEN).await.map(drop);
        let has_polls = polls.polls(Instant::now() + TIME_TO_OPEN).await.map(drop);
        if let (Err(error), Err(_)) = (&has_records, &has_polls) {
            let neither = "METRICS_DB has neither record tables nor metric tables, or they can't be read";
            return Err(anyhow::Error::new(error.clone()).context(neither));
        }
        Ok(Self { records: has_records.ok().map(|()| records), polls: has_polls.ok().map(|()| polls) })
    }
}

/// Listens on an address of this machine.
///
/// # Errors
/// When the port is taken, or the address is none of this machine's.
pub(crate) async fn listen(address: IpAddr, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((address, port)))
        .await
        .with_context(|| format!("port {port} can't be listened on; --port names another"))
}

/// Prints the address, and serves the board until `end` is over.
///
/// # Errors
/// When the address can't be printed, or connections not be taken.
pub(crate) async fn serve(
    listener: TcpListener,
    sources: Arc<Sources>,
    access: Access,
    end: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<CommandOutcome> {
    print_address(&listener)?;
    switchboard_board::serve(listener, sources, access, end).await.context("the board can't be served")?;
    Ok(CommandOutcome::Success)
}

/// Prints the address of the board.
///
/// # Errors
/// When it can't be printed.
pub(crate) fn print_address(listener: &TcpListener) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "http://{}/", listener.local_addr()?)?;
    Ok(out.flush()?)
}
