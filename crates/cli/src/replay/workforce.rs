//! Files through the workforce feed: the real handler of `ctr-sftp`, from a folder in S3's place.

mod notifications;
mod object_links;
pub(crate) mod report;

use std::{
    collections::{HashMap, hash_map::Entry},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use ctr_sftp::{
    config::Config,
    handler::Handler,
    outcome::{Delivery, ObjectOutcome},
};
use indicatif::ProgressBar;
use switchboard_objects::store::Store;
use switchboard_runtime::settings::Settings;
use switchboard_wfm::history::sftp::SftpTargetUrl;
use tempfile::NamedTempFile;
use tokio::time::Instant;

use self::{notifications::NotificationsPass, object_links::ObjectLinks, report::WorkforceCounts};
use super::{
    file::ReplayedFile,
    file_reports::FileReport,
    outputs::{Outputs, RejectsFile},
    report::{ItemLocation, Report},
    without_logs,
};
use crate::{
    input::{
        carried,
        document_format::DocumentFormat,
        documents::{Documents, FilePiece},
        files::Input,
    },
    limits::SFTP_TIMEOUT,
};

/// The bucket of files that were given themselves.
const BUCKET: &str = "files";

/// The content of a file, by its documents; the feed goes by names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileContent {
    /// Contact records.
    Records,
    /// Contact records, some of them in batches of Kinesis or Firehose.
    Batches,
    /// An agent report.
    Report,
}

/// The workforce feed, for one file after another.
#[derive(Debug)]
pub(crate) struct WorkforceFeed {
    config: Config,
    out: PathBuf,
    objects: Option<PathBuf>,
    source: Option<ObjectSource>,
    /// Files by the name under which the WFM has them: two may have the same.
    delivered: HashMap<String, PathBuf>,
}

/// A folder of objects, and the feed that reads them.
#[derive(Debug)]
struct ObjectSource {
    objects: Option<PathBuf>,
    links: ObjectLinks,
    handler: Handler,
}

impl WorkforceFeed {
    /// A feed that delivers to where `WFM_SFTP` says, or into a folder of the results.
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
        // A secret that can't be read is an error at once.
        config.open().await?;
        Ok(Self { config, out, objects, source: None, delivered: HashMap::new() })
    }

    /// Where files are delivered to, for people.
    pub(crate) fn location(&self) -> String {
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
        let unpacked = if content == FileContent::Batches { Some(unpacked(input).await?) } else { None };
        let object = unpacked.as_ref().map_or(&*input.path, NamedTempFile::path);
        let source = self.source(None).await?;
        source.links.add(BUCKET, &name, object)?;
        let deadline = Instant::now() + SFTP_TIMEOUT;
        let outcome = without_logs(source.handler.object(BUCKET, &name, deadline)).await;
        let mut counts = count(&outcome);
        let path = input.path.display().to_string();
        if let Err(error) = &outcome.result {
            report.list_rejected(&path, ItemLocation::File {}, &format!("workforce feed: {error}"));
        }
        // The enrichment rejected these already, and wrote them.
        counts.rejected = 0;
        let content = if content == FileContent::Report { "agent report" } else { "contact records" };
        let written = RejectsFile::default();
        report.workforce_feed.by_file.add(FileReport { path, content, counts, written });
        Ok(())
    }

    /// Delivers the objects that a file's notifications name. `reports_damage`: no other system has rejected what
    /// can't be read.
    ///
    /// # Errors
    /// When the folder of results can't be written.
    pub(crate) async fn notifications(
        &mut self,
        input: &Input,
        reports_damage: bool,
        outputs: &Outputs,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let Some(objects) = self.objects.clone().or_else(|| nearest_objects(&input.path)) else {
            report.reject_file(&input.path, "no folder of the objects it names; give one with --objects");
            return Ok(());
        };
        let rejects = self.out.join("wfm-rejected");
        let source = self.source(Some(&objects)).await?;
        let file = ReplayedFile::new(input, reports_damage, outputs, report);
        let pass = NotificationsPass::new(source, &rejects, file);
        for (name, key) in pass.run(&input.path).await? {
            self.delivered.insert(name, objects.join(key).canonicalize()?);
        }
        Ok(())
    }

    /// The feed for these objects; for the current ones, if none are named.
    async fn source(&mut self, objects: Option<&Path>) -> anyhow::Result<&ObjectSource> {
        let fits = |source: &ObjectSource| objects.is_none() || source.objects.as_deref() == objects;
        if !self.source.as_ref().is_some_and(fits) {
            let links = ObjectLinks::new(&self.out)?;
            if let Some(objects) = objects {
                let unread = || format!("{} can't be read", objects.display());
                object_links::mirror(objects, links.path()).with_context(unread)?;
            }
            let handler =
                Handler::new(Store::folder(links.path()), self.config.open().await?, self.config.layout);
            self.source = Some(ObjectSource { objects: objects.map(Path::to_owned), links, handler });
        }
        self.source.as_ref().context("there is a folder of objects")
    }

    /// A key by which the feed recognises the content of the file, and delivers it under a name that no
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
            FileContent::Records | FileContent::Batches if is_csv => ".json",
            _ => "",
        };
        let numbers = std::iter::once(String::new()).chain((2..).map(|number| format!("{number}~")));
        for number in numbers {
            let key = format!("{number}{name}{end}");
            if let Entry::Vacant(free) = self.delivered.entry(delivered_name(&key)) {
                free.insert(path);
                return Ok(Some(key));
            }
        }
        Err(anyhow!("every name is in use"))
    }
}

/// The contact records of a file one by one, as they lie in S3: there are no batches there.
async fn unpacked(input: &Input) -> anyhow::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    let write = async |piece: FilePiece<'_>| {
        // Another system has rejected the rest.
        if let FilePiece::Document { text, .. } = piece {
            match DocumentFormat::of(text) {
                DocumentFormat::ContactRecord => writeln!(file, "{text}")?,
                format => {
                    for text in carried::contact_records(format, text) {
                        writeln!(file, "{text}")?;
                    }
                }
            }
        }
        io::Result::Ok(())
    };
    Documents::open(&input.path)?.for_each_piece(&ProgressBar::hidden(), write).await?;
    Ok(file)
}

/// The name under which an object is delivered, the same for all keys that share it.
fn delivered_name(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key).replace(':', "_").to_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).to_owned()
}

fn count(outcome: &ObjectOutcome) -> WorkforceCounts {
    let counts = outcome.counts;
    match outcome.result {
        Ok(Delivery::Delivered { .. }) => WorkforceCounts {
            delivered: 1,
            rows: counts.rows,
            duplicates: counts.duplicates,
            rejected: counts.rejected,
            failed: 0,
        },
        Ok(_) => WorkforceCounts { rejected: counts.rejected, ..WorkforceCounts::default() },
        Err(_) => WorkforceCounts { failed: 1, ..WorkforceCounts::default() },
    }
}

/// The folder `objects` beside the file or beside one of the folders that it is in.
fn nearest_objects(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors().skip(1).map(|folder| folder.join("objects")).find(|objects| objects.is_dir())
}
