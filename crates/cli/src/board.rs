//! `switchboard board`: the live board in a browser, from stores that are there.

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context, ensure};
use jiff::tz::TimeZone;
use switchboard_board::{AgentStore, Clock, Sources};
use switchboard_records::RecordTables;
use switchboard_runtime::{database, settings::Settings};
use switchboard_sql::url::SqlUrl;
use switchboard_store::store_url::StoreUrl;
use tokio::net::TcpListener;

use crate::{
    contacts::location::{ContactsLocation, time_zone},
    outcome::CommandOutcome,
    signal::shutdown_signal,
};

const AFTER_HELP: &str = "\
The first line on standard output is the address, once the server answers. Ctrl-C ends the server. It listens \
on this machine alone: who sees the board sees every contact.

Contacts are those of --contacts, or of the environment's CONTACTS, or of out/contacts.db, which a replay \
fills; agents those of --agents or AGENTS, as the function rta-feed or `switchboard rta` keeps them; the \
day's figures are those of METRICS_DB. Without agents or figures the board leaves them out.

Examples:
  switchboard board
  switchboard board --port 8081 --contacts out/contacts.db --agents agents.db
  METRICS_DB=sqlite:///var/lib/metrics.db switchboard board --tz Europe/Stockholm";

/// Serve the live board: queues, agents and contacts as of now, in a browser.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The port; 0 for any free one.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    #[command(flatten)]
    contacts: ContactsLocation,
    /// Where agents are kept: a file, or an address as AGENTS takes it.
    #[arg(long, value_name = "FILE|URL")]
    agents: Option<String>,
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
    settings.check()?;
    let contacts = args.contacts.open().await?;
    let agents = match &args.agents {
        Some(url) if url.contains("://") => Some(url.parse().context("--agents is invalid")?),
        Some(file) => Some(StoreUrl::Sqlite(std::path::absolute(file)?)),
        None => agents,
    };
    let agents = match agents {
        Some(agents) => Some(open_agents(&agents).await?),
        None => None,
    };
    let records = match metrics {
        Some(url) => Some(open_records(&url).await?),
        None => None,
    };
    let sources = Sources::new(contacts, agents, records, Clock::real(), args.tz);
    let listener = listen(args.port).await?;
    let end = shutdown_signal()?;
    serve(listener, Arc::new(sources), end).await
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

async fn open_records(url: &SqlUrl) -> anyhow::Result<RecordTables> {
    if let SqlUrl::Sqlite(path) = url {
        ensure!(path.is_file(), "{} is not there: `switchboard tables load` fills it", path.display());
    }
    Ok(RecordTables::new(database::open(url).await.context("METRICS_DB can't be opened")?))
}

/// Listens on this machine alone.
///
/// # Errors
/// When the port is taken.
pub(crate) async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address)
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
    end: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<CommandOutcome> {
    print_address(&listener)?;
    switchboard_board::serve(listener, sources, end).await.context("the board can't be served")?;
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
