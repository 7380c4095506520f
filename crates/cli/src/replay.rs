//! `switchboard replay`: files through the functions.
//!
//! Each document of a file goes to the handler of the function that would get it from AWS, in events of the size that AWS
//! would send. So what is printed is what the functions do, their rejections and limits included.
//!
//! | module | handler | results in the folder `OUT` |
//! |---|---|---|
//! | `enrichment` | `ctr-enrich` | `enriched/`, `rejected/` |
//! | `workforce` | `ctr-sftp`, with a folder in S3's place | `wfm/`, `wfm-rejected/` |
//! | `contacts` | `contact-status`, `contact-flow` | `contacts.db`, `answers/` |
//! | `agents` | what `rta-feed` would send | `agent-states/` |
//! | `tables` | the record tables | `metrics.db` |
//!
//! `file` is one file's pass through one of them, `outputs` what is written, `report` the facts that are printed and
//! `print` their text and JSON.
//!
//! What must hold:
//!
//! - An item that is rejected is counted once, by the first system that reads the file, with its place in the file.
//! - Memory does not grow with a file: it holds one document or one event, and 8 bytes for each contact.
//! - A second run replaces the results of the first, file by file. A path below `OUT` is no input.

mod agents;
mod batch;
mod contacts;
mod enrichment;
mod file;
mod file_reports;
mod outputs;
mod print;
mod report;
mod tables;
mod workforce;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

pub(crate) use self::contacts::event_batch::EventBatch;
use self::{
    contacts::{Contacts, report::ContactsReport},
    enrichment::Enrichment,
    outputs::Outputs,
    report::Report,
    tables::TablesOutput,
    workforce::{FileContent, WorkforceFeed, report::WorkforceReport},
};
use crate::{
    contacts::location::OUT,
    input::{
        document_format::DocumentFormat,
        file_format::{Contents, FileFormat},
        files::{Input, InputFiles},
    },
    outcome::CommandOutcome,
};

/// The first line of the README in the folder of this project's sample events.
const SAMPLES_TITLE: &str = "# Sample events\n";

const AFTER_HELP: &str = "\
The content of a file decides where it goes:
  a Firehose transformation event
      through the enrichment, as it is
  contact records (concatenated, one per line, pretty-printed, or gzip of these)
      through the enrichment in batches, through the workforce feed, and into contacts as their final state
  S3 notifications (from S3 or SQS)
      the objects that they name, in a folder objects/BUCKET/KEY beside them, through the workforce feed
  an agent report
      through the workforce feed
  contact events (from EventBridge, or SQS batches)
      into contacts
  flow logs (lines, or CloudWatch Logs batches)
      into contacts
  agent events (or Kinesis batches, of contact records too)
      into contacts, and the changes of agents' states as RTA_STATES says
  a call from a contact flow
      data recorded on its contact, or a look-up answered; its time is the time of the replay
  contact records, contact events and agent events
      into the record tables as well, as `switchboard tables load` does

A file may hold several kinds: each document goes where it belongs. Other files are listed with the reason \
and make the exit status 1. Hidden files and a directory of callers do not.

In the first table, `records` are contact records and rejected items, so each line adds up.

Results:
  OUT/enriched/FILE.ndjson
      the bytes that the function returned
  OUT/rejected/FILE.ndjson
      a JSON line for each rejected record: position, reason, and the record
  OUT/answers/FILE.ndjson
      a JSON line for each call from a contact flow: the answer
  OUT/agent-states/FILE.ndjson
      a JSON line for each change that would be sent to the WFM: per batch the latest state of each agent
  OUT/wfm/NAME.csv
      what the workforce feed delivers, unless WFM_SFTP names another place
  OUT/wfm-rejected/
      what it rejected in the objects of notifications
  OUT/contacts.db
      statuses and histories of contacts, unless CONTACTS names another place, where they are kept for \
CONTACT_RETENTION_MINUTES (default: a day)
  OUT/metrics.db
      the record tables, unless METRICS_DB names another database; what is in them stays

Exit status: 1 if anything was rejected, 2 if the replay could not go on. The samples in events/ include \
damaged ones on purpose, so their replay ends with 1.

Examples:
  switchboard replay events/
  switchboard replay day.gz --callers callers.csv
  CALLERS=https://crm.example/api/user/ switchboard replay events/ --json";

/// Put files through the functions: anything that Amazon Connect emits, as events or as files.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Files, and folders of files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Who is calling: a CSV file (columns Phone, Name) or an address as CALLERS takes it. If left out:
    /// the environment's CALLERS, or callers.csv in a folder that is replayed.
    #[arg(long, value_name = "FILE|URL")]
    callers: Option<String>,
    /// The folder of the objects that notifications name, as DIR/BUCKET/KEY. If left out: the nearest
    /// folder `objects` beside the notifications or above them.
    #[arg(long, value_name = "DIR")]
    objects: Option<PathBuf>,
    /// The folder for results. Those of an earlier run are replaced, file by file.
    #[arg(long, value_name = "DIR", default_value = OUT)]
    out: PathBuf,
    /// Leave agent events out of the record tables.
    #[arg(long)]
    no_agent_time: bool,
    /// Print one JSON document in place of the tables.
    #[arg(long)]
    json: bool,
}

/// Replays the files and prints what became of them.
///
/// # Errors
/// When a path or the directory of callers can't be read, or a result can't be written.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let files = InputFiles::of(&args.paths, Some(&args.out))?;
    let (enrichment, callers) = Enrichment::open(args.callers.as_deref(), &args.paths).await?;
    let outputs = Outputs::new(args.out);
    let workforce = WorkforceFeed::new(&outputs, args.objects).await?;
    let contacts = Contacts::new(&outputs)?;
    let tables = TablesOutput::new(&outputs, !args.no_agent_time);
    let mut report = Report {
        callers,
        out: outputs.folder().display().to_string(),
        workforce_feed: WorkforceReport { to: workforce.location(), ..WorkforceReport::default() },
        contacts: ContactsReport { location: contacts.location(), ..ContactsReport::default() },
        are_samples: args.paths.iter().all(|path| is_of_samples(path)),
        ..Report::default()
    };
    for (path, reason) in &files.passed_over {
        report.skip(path, reason);
    }
    for (path, reason) in &files.unreadable {
        report.reject_file(path, reason);
    }
    let progress = progress_bar(&files.inputs);
    let mut targets = ReplayTargets { enrichment, workforce, contacts, tables, outputs };
    for input in &files.inputs {
        progress.set_message(input.name.clone());
        targets
            .replay(input, &mut report, &progress)
            .await
            .with_context(|| format!("the replay of {} can't go on", input.path.display()))?;
    }
    progress.finish_and_clear();
    report.contacts.hint = targets.contacts.hint();
    report.record_tables = targets.tables.finish().await.context("the record tables can't be filled")?;
    let printed = if args.json { print::json(&report) } else { print::tables(&report) };
    printed?;
    Ok(CommandOutcome::of(report.rejected_items() + report.unused_files))
}

/// The systems that files are replayed to.
struct ReplayTargets {
    enrichment: Enrichment,
    workforce: WorkforceFeed,
    contacts: Contacts,
    tables: TablesOutput,
    outputs: Outputs,
}

impl ReplayTargets {
    /// Replays one file to the systems that its format is for.
    async fn replay(
        &mut self,
        input: &Input,
        report: &mut Report,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        let format = match FileFormat::of(&input.path) {
            Ok(format) => format,
            Err(error) => {
                report.reject_file(&input.path, &format!("can't be read: {}", error.kind()));
                return Ok(());
            }
        };
        match format {
            FileFormat::Documents => {
                let contents = Contents::of(&input.path).await?;
                match contents.unused() {
                    Some(reason) => report.add_unused(input, &reason),
                    None => self.documents(input, &contents, report, progress).await?,
                }
            }
            FileFormat::AgentReport => self.workforce.object(input, FileContent::Report, report).await?,
            // The look-ups of the other files use it.
            FileFormat::Callers if !input.named => report.skip(&input.path, "a directory of callers"),
            FileFormat::Callers => report.add_unused(input, "a directory of callers"),
            FileFormat::Unknown(reason) => report.add_unused(input, &reason.to_string()),
        }
        Ok(())
    }

    /// Replays a file's documents, each to its own systems. The first system that reads the file reports its damage.
    async fn documents(
        &mut self,
        input: &Input,
        contents: &Contents,
        report: &mut Report,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        let Self { enrichment, workforce, contacts, tables, outputs } = self;
        outputs.begin(&input.name)?;
        let events = contents.first(&contacts::EVENTS);
        let notifications = contents.has(&[DocumentFormat::S3Notification, DocumentFormat::SqsEvent]);
        let records = contents.has_records();
        let firehose = contents.has(&[DocumentFormat::FirehoseEvent]);
        let mut reports_damage = true;
        if records || firehose || events.is_none() && !notifications {
            enrichment.replay(input, outputs, report, progress).await?;
            reports_damage = false;
        }
        if records {
            let content =
                if contents.carries_records() { FileContent::Batches } else { FileContent::Records };
            workforce.object(input, content, report).await?;
        }
        if let Some(format) = events.or(records.then_some(DocumentFormat::ContactRecord)) {
            contacts.replay(input, format, reports_damage, outputs, report, progress).await?;
            reports_damage = false;
        }
        if notifications {
            workforce.notifications(input, reports_damage, outputs, report).await?;
        }
        tables.replay(input, contents).await
    }
}

/// True for a path within this project's folder of sample events, which has a README of that title.
fn is_of_samples(path: &Path) -> bool {
    let has_title = |folder: &Path| {
        fs::read_to_string(folder.join("README.md")).is_ok_and(|text| text.starts_with(SAMPLES_TITLE))
    };
    path.canonicalize().is_ok_and(|path| path.ancestors().any(has_title))
}

/// A bar on standard error, if that is a terminal.
fn progress_bar(inputs: &[Input]) -> ProgressBar {
    let bytes = inputs.iter().filter_map(|input| input.path.metadata().ok()).map(|file| file.len()).sum();
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta} {wide_msg}");
    let bar = ProgressBar::new(bytes);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// Runs a handler without its log lines, since the report has all that they say; with them if they were asked for.
pub(crate) async fn without_logs<T>(work: impl Future<Output = T>) -> T {
    if tracing::enabled!(tracing::Level::INFO) {
        return work.await;
    }
    work.with_subscriber(NoSubscriber::default()).await
}
