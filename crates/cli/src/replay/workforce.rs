//! Files through the workforce feed: the real handler of `ctr-sftp`, from a folder in S3's place.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, anyhow};
use ctr_sftp::{
    config::Config,
    handler::Handler,
    outcome::{Fate, ObjectOutcome},
    store::Store,
};
use switchboard_core::framing::Piece;
use switchboard_runtime::{
    batch::{SqsEvent, SqsMessage},
    settings::Settings,
};
use switchboard_wfm::sftp::SftpTargetUrl;
use tokio::time::Instant;

use super::{
    outputs::{FileOutputs, Outputs, RejectedLine},
    report::{Place, Report, WorkforceCounts, WorkforceFile},
    stage::Stage,
    without_logs,
};
use crate::input::{
    document_format::DocumentFormat,
    documents::{Documents, Next},
    files::Input,
};

/// How long one message, or one file, may take.
const TIME_FOR_A_MESSAGE: Duration = Duration::from_mins(5);

/// The bucket that files which were given themselves are in.
const BUCKET: &str = "files";

/// What a file is told to be by what is in it; the feed goes by names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileContent {
    /// Contact records.
    Records,
    /// An agent report.
    Report,
}

/// The workforce feed, for one file after another.
#[derive(Debug)]
pub(crate) struct WorkforceFeed {
    config: Config,
    out: PathBuf,
    objects: Option<PathBuf>,
    stage: Option<Staged>,
    /// Files by the name under which the WFM has them: two may have the same.
    delivered: HashMap<String, PathBuf>,
}

/// A feed and the objects that it can read.
#[derive(Debug)]
struct Staged {
    objects: Option<PathBuf>,
    stage: Stage,
    handler: Handler,
}

impl WorkforceFeed {
    /// Delivers to where `WFM_SFTP` says, or into a folder of the results.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub(crate) async fn new(outputs: &Outputs, objects: Option<PathBuf>) -> anyhow::Result<Self> {
        let out = std::path::absolute(outputs.folder())?;
        let folder = format!("dir://{}", out.join("wfm").display());
        let mut settings = Settings::from_env();
        settings.set_default("WFM_SFTP", folder);
        let config = Config::read(&mut settings);
        settings.check()?;
        let config = config.context("WFM_SFTP is not set")?;
        // A secret that can't be read is told at once.
        config.open().await?;
        Ok(Self { config, out, objects, stage: None, delivered: HashMap::new() })
    }

    /// Where files are delivered to, for people.
    pub(crate) fn place(&self) -> String {
        match &self.config.sftp {
            SftpTargetUrl::Folder(path) => {
                let here = std::env::current_dir().unwrap_or_default();
                path.strip_prefix(here).unwrap_or(path).display().to_string()
            }
            SftpTargetUrl::Secret(_) | SftpTargetUrl::SecretFile(_) => {
                "the server that WFM_SFTP names".to_owned()
            }
        }
    }

    /// Delivers a file that was given itself, as if it lay in S3; unless a notification brought it already.
    ///
    /// # Errors
    /// When the folder of results can't be written.
    pub(crate) async fn object(
        &mut self,
        input: &Input,
        content: FileContent,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let Some(name) = self.free_name(input, content)? else {
            return Ok(());
        };
        let staged = self.staged(None).await?;
        staged.stage.add(BUCKET, &name, &input.path)?;
        let deadline = Instant::now() + TIME_FOR_A_MESSAGE;
        let outcome = without_logs(staged.handler.object(BUCKET, &name, deadline)).await;
        let mut counts = count(&outcome);
        if let Err(error) = &outcome.result {
            report.reject(&input.path, Place::Whole {}, format!("workforce feed: {error}"));
        }
        // The enrichment rejected these already, and keeps them.
        counts.rejected = 0;
        let content = if content == FileContent::Report { "agent report" } else { "contact records" };
        let path = input.path.display().to_string();
        report.add_fed(WorkforceFile { path, content, counts, rejected_records: None });
        Ok(())
    }

    /// Delivers the objects that a file's notifications name. `tells`: no other system has told what can't be read.
    ///
    /// # Errors
    /// When the folder of results can't be written.
    pub(crate) async fn notifications(
        &mut self,
        input: &Input,
        tells: bool,
        outputs: &Outputs,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let Some(objects) = self.objects.clone().or_else(|| nearest_objects(&input.path)) else {
            report.refuse_file(&input.path, "no folder of the objects it names; give one with --objects");
            return Ok(());
        };
        let out = self.out.join("wfm-rejected");
        let staged = self.staged(Some(&objects)).await?;
        let mut file = Notifications {
            staged,
            rejects: out,
            path: &input.path,
            source: input.path.display().to_string(),
            outputs: outputs.of(&input.name),
            tells,
            counts: WorkforceCounts::default(),
            brought: Vec::new(),
            report,
        };
        let mut documents = Documents::open(&input.path)?;
        loop {
            let next = documents.read()?;
            while let Some(piece) = documents.piece() {
                file.take(piece).await?;
            }
            match next {
                Next::More { .. } => {}
                Next::End => break,
                Next::Damaged { fault, at } => {
                    if tells {
                        file.refuse(at..at, &fault.to_string(), &[])?;
                    }
                    break;
                }
            }
        }
        let (brought, counts) = (file.brought, file.counts);
        let rejected = file.outputs.finish()?.rejected;
        let rejected_records = rejected.map(|path| path.display().to_string());
        for (name, key) in brought {
            self.delivered.insert(name, objects.join(key).canonicalize()?);
        }
        let path = input.path.display().to_string();
        report.add_fed(WorkforceFile { path, content: "S3 notifications", counts, rejected_records });
        Ok(())
    }

    /// The feed for these objects; for those it has, if none are said.
    async fn staged(&mut self, objects: Option<&Path>) -> anyhow::Result<&Staged> {
        let fits = |staged: &Staged| objects.is_none() || staged.objects.as_deref() == objects;
        if !self.stage.as_ref().is_some_and(fits) {
            let stage = Stage::new(&self.out)?;
            if let Some(objects) = objects {
                let unread = || format!("{} can't be read", objects.display());
                stage.mirror(objects).with_context(unread)?;
            }
            let handler =
                Handler::new(Store::folder(stage.path()), self.config.open().await?, self.config.layout);
            self.stage = Some(Staged { objects: objects.map(Path::to_owned), stage, handler });
        }
        self.stage.as_ref().context("there is a stage")
    }

    /// A key under which the feed takes a file for what it is, and delivers it under a name that no
    /// other file has. [`None`] if this very file was delivered already.
    fn free_name(&mut self, input: &Input, content: FileContent) -> anyhow::Result<Option<String>> {
        let path = input.path.canonicalize()?;
        if self.delivered.values().any(|delivered| *delivered == path) {
            return Ok(None);
        }
        let name = input.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        let unpacked = lower.strip_suffix(".gz").unwrap_or(&lower);
        let is_csv = Path::new(unpacked).extension().is_some_and(|extension| extension == "csv");
        let end = match content {
            FileContent::Report if !is_csv => ".csv",
            FileContent::Records if is_csv => ".json",
            _ => "",
        };
        let numbers = std::iter::once(String::new()).chain((2..).map(|number| format!("{number}~")));
        for number in numbers {
            let key = format!("{number}{name}{end}");
            if let std::collections::hash_map::Entry::Vacant(free) = self.delivered.entry(delivered_as(&key))
            {
                free.insert(path);
                return Ok(Some(key));
            }
        }
        Err(anyhow!("every name is taken"))
    }
}

/// What two keys have in common that are delivered under one name.
fn delivered_as(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key).replace(':', "_").to_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).to_owned()
}

/// A file of notifications on its way through.
struct Notifications<'a> {
    staged: &'a Staged,
    rejects: PathBuf,
    path: &'a Path,
    source: String,
    outputs: FileOutputs,
    /// True if no other system has told already what can't be read.
    tells: bool,
    counts: WorkforceCounts,
    /// What was delivered, and the object's path in its folder.
    brought: Vec<(String, String)>,
    report: &'a mut Report,
}

impl Notifications<'_> {
    async fn take(&mut self, piece: Piece<'_>) -> anyhow::Result<()> {
        let (text, range) = match piece {
            Piece::Document { text, range } => (text, range),
            Piece::Damage { bytes, range, fault } if self.tells => {
                return self.refuse(range, &fault.to_string(), bytes);
            }
            Piece::Damage { .. } => return Ok(()),
        };
        match DocumentFormat::of(text) {
            DocumentFormat::S3Notification => {
                let message_id = format!("bytes {} to {}", range.start, range.end);
                self.message(SqsMessage { message_id, body: text.to_owned() }).await
            }
            DocumentFormat::SqsEvent => match serde_json::from_str::<SqsEvent>(text) {
                Ok(event) => {
                    for message in event.records {
                        self.message(message).await?;
                    }
                    Ok(())
                }
                Err(_) => self.refuse(range, "no batch of SQS messages", text.as_bytes()),
            },
            DocumentFormat::Other(kind) if self.tells => {
                self.refuse(range, &format!("{kind}, no S3 notification"), text.as_bytes())
            }
            // For another system.
            _ => Ok(()),
        }
    }

    /// Brings a message to the handler, alone, so that it is clear what became of it.
    async fn message(&mut self, message: SqsMessage) -> anyhow::Result<()> {
        let event = SqsEvent { records: vec![message.clone()] };
        let deadline = Instant::now() + TIME_FOR_A_MESSAGE;
        let handled = without_logs(self.staged.handler.handle(event, deadline)).await;
        let failed = !handled.response.batch_item_failures.is_empty();
        let mut object_failed = false;
        for outcome in &handled.outcomes {
            self.counts.add(&count(outcome));
            self.outcome(outcome)?;
            if let Err(error) = &outcome.result {
                object_failed = true;
                let reason = format!("{}/{}: {error}", outcome.bucket, outcome.key);
                self.keep(&message, &reason)?;
            }
        }
        if failed && !object_failed {
            let reason = "no S3 notification, or not all of it";
            self.counts.failed += 1;
            self.keep(&message, reason)?;
            let place = Place::Message { message: message.message_id };
            self.report.reject(self.path, place, reason.to_owned());
        }
        Ok(())
    }

    fn outcome(&mut self, outcome: &ObjectOutcome) -> anyhow::Result<()> {
        let ObjectOutcome { bucket, key, rejects, result, .. } = outcome;
        let object = format!("{bucket}/{key}");
        match result {
            Ok(Fate::Delivered { .. }) => self.brought.push((delivered_as(key), object.clone())),
            Ok(_) => {}
            Err(error) => {
                let place = Place::Object { object: object.clone(), range: None };
                self.report.reject(self.path, place, error.to_string());
            }
        }
        for rejected in rejects {
            let place = Place::Object { object: object.clone(), range: Some(rejected.range.clone()) };
            self.report.reject(self.path, place, rejected.reason.to_string());
        }
        let to = self.rejects.join(format!("{object}.ndjson"));
        // A key that leads out of the folder has no object there, and so no rejected records.
        if !matches!(result, Err(_) | Ok(Fate::Ignored)) {
            self.staged.stage.take_rejects(bucket, key, &to)?;
        }
        Ok(())
    }

    /// Writes a message that failed to where it can be read.
    fn keep(&mut self, message: &SqsMessage, reason: &str) -> anyhow::Result<()> {
        let line = RejectedLine::of_event(&self.source, &message.message_id, reason, &message.body);
        self.outputs.reject(&line)
    }

    fn refuse(&mut self, range: std::ops::Range<u64>, reason: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.counts.failed += 1;
        self.outputs.reject(&RejectedLine::of_file(&self.source, &range, reason, bytes))?;
        let place = Place::Bytes { start: range.start, end: range.end };
        self.report.reject(self.path, place, reason.to_owned());
        Ok(())
    }
}

fn count(outcome: &ObjectOutcome) -> WorkforceCounts {
    let tally = outcome.tally;
    match outcome.result {
        Ok(Fate::Delivered { .. }) => WorkforceCounts {
            delivered: 1,
            rows: tally.rows,
            duplicates: tally.duplicates,
            rejected: tally.rejected,
            failed: 0,
        },
        Ok(_) => WorkforceCounts { rejected: tally.rejected, ..WorkforceCounts::default() },
        Err(_) => WorkforceCounts { failed: 1, ..WorkforceCounts::default() },
    }
}

/// The folder `objects` beside the file or beside one of the folders that it is in.
fn nearest_objects(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors().skip(1).map(|folder| folder.join("objects")).find(|objects| objects.is_dir())
}
