//! The Lambda `board`: see the library beside it, and docs/functions.md for its settings.

use std::process::ExitCode;

use anyhow::Context;
use aws_sdk_dynamodb::Client;
use board::{audit::AuditStream, config::Config, dead_letters::DeadLetterQueues, handler::Handler};
use secrecy::ExposeSecret as _;
use switchboard_board::{
    AgentStore, Clock, CustomerKeys, Sources,
    access::{Access, Admission, AuditLog, SignIn},
};
use switchboard_contacts::{expiry::RETENTION_DEFAULT_MINUTES, store::Store};
use switchboard_metrics::reader::MetricReader;
use switchboard_records::RecordTables;
use switchboard_runtime::{aws, database, http_api, lambda, streams::Streams};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(Config::read, open, async |handler, event, _| {
        let request = lambda::parse(event, http_api::EXPECTED)?;
        let (response, metrics) = handler.handle(request).await;
        lambda::respond(&response, metrics)
    })
    .await
}

async fn open(config: Config) -> anyhow::Result<Handler> {
    let sdk = aws::config().await;
    let client = async || Client::new(&sdk);
    // It only reads, so no contact gets this retention.
    let contacts = Store::open(&config.contacts, RETENTION_DEFAULT_MINUTES, client).await?;
    let mut agents = Vec::new();
    for url in &config.agents {
        agents.push(AgentStore::open(url, client).await?);
    }
    let database = match &config.database {
        Some(url) => Some(database::open(url).await.context("METRICS_DB can't be opened")?),
        None => None,
    };
    let records = database.clone().filter(|_| config.tables.records).map(RecordTables::new);
    let polls = database.filter(|_| config.tables.metrics).map(MetricReader::new);
    let access = Access {
        admission: Admission::SignIn(Box::new(SignIn::new(config.sign_in)?)),
        agent_names: config.agent_names,
        audit: AuditLog::new(AuditStream::new(Streams::new(&sdk), config.audit_stream)),
    };
    let secret = config.customer_secret.read().await.context("CUSTOMER_SECRET can't be read")?;
    let keys = CustomerKeys::new(secret.expose_secret().as_bytes());
    let sources =
        Sources::new(contacts, agents, records, Clock::real(), config.time_zone).with_customer_keys(keys);
    let sources = sources.with_instances(config.instances).with_thresholds(config.thresholds);
    let sources = polls.into_iter().fold(sources, Sources::with_polls);
    let queues = config.dead_letters.map(|urls| DeadLetterQueues::new(aws_sdk_sqs::Client::new(&sdk), urls));
    let sources = queues.into_iter().fold(sources, Sources::with_undelivered);
    Ok(Handler::new(sources, access))
}
