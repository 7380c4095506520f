//! Files about contacts through the real handlers of `contact-status` and `contact-flow`.

pub(crate) mod event_batch;
mod pass;
pub(crate) mod report;
mod sample;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use indicatif::ProgressBar;
use switchboard_contacts::{expiry::RETENTION_UNLIMITED_MINUTES, store::Store};
use switchboard_store::store_url::StoreUrl;

use self::{
    pass::{ContactHandlers, ContactsPass, ReplayedContacts},
    report::ExampleCommand,
};
use super::{agents::AgentTracker, file::ReplayedFile, outputs::Outputs, report::Report};
use crate::{
    contacts::location::{self, FILE_NAME, OUT},
    input::{document_format::DocumentFormat, documents::Documents, files::Input},
};

/// Contacts, for one file after another.
pub(crate) struct Contacts {
    /// Where they are stored.
    selector: StoreUrl,
    retention_minutes: u32,
    /// The file of the results, if no other place is named.
    own: Option<PathBuf>,
    opened: Option<ContactHandlers>,
    replayed: ReplayedContacts,
    /// Agent events come by the same stream.
    agents: AgentTracker,
}

impl Contacts {
    /// Contacts that are stored where `CONTACTS` says, or in a file of the results.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub(crate) fn new(outputs: &Outputs) -> anyhow::Result<Self> {
        let setting = location::from_environment()?;
        let file = std::path::absolute(outputs.folder())?.join(FILE_NAME);
        let own = setting.selector.is_none().then(|| file.clone());
        Ok(Self {
            selector: setting.selector.unwrap_or(StoreUrl::Sqlite(file)),
            // What is replayed is old, and its own file is recreated each time.
            retention_minutes: if own.is_some() {
                RETENTION_UNLIMITED_MINUTES
            } else {
                setting.retention_minutes
            },
            own,
            opened: None,
            replayed: ReplayedContacts::default(),
            agents: AgentTracker::from_environment()?,
        })
    }

    /// Where contacts are stored, for people.
    pub(crate) fn location(&self) -> String {
        match &self.selector {
            StoreUrl::Sqlite(path) => location::shown(path).display().to_string(),
            StoreUrl::DynamoDb { table } => format!("the table {table}"),
        }
    }

    /// A command that shows a contact with many events, if there is any.
    pub(crate) fn hint(&self) -> Option<ExampleCommand> {
        let contact_id = self.replayed.samples.best()?.to_owned();
        let file = self.own.as_deref().map(location::shown);
        // The default location needs no option.
        let elsewhere = file.filter(|file| *file != Path::new(OUT).join(FILE_NAME));
        let elsewhere = elsewhere.map(|file| format!(" --contacts {}", file.display())).unwrap_or_default();
        let command = format!("switchboard contacts show {contact_id}{elsewhere}");
        Some(ExampleCommand { contact_id, command })
    }

    /// Replays what a file holds of contacts, of which `format` comes first. `reports_damage`: no other system has
    /// rejected what can't be read.
    ///
    /// # Errors
    /// When contacts can't be opened or a result can't be written. What can't be read is rejected.
    pub(crate) async fn replay(
        &mut self,
        input: &Input,
        format: DocumentFormat,
        reports_damage: bool,
        outputs: &Outputs,
        report: &mut Report,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        self.open().await?;
        let handlers = self.opened.as_ref().context("contacts are open")?;
        let file = ReplayedFile::new(input, reports_damage, outputs, report);
        let mut pass = ContactsPass::new(handlers, &mut self.replayed, &mut self.agents, file);
        let mut documents = Documents::open(&input.path)?;
        // The bytes of a file count once, whatever the number of systems that read it.
        let hidden = ProgressBar::hidden();
        let progress = if reports_damage { progress } else { &hidden };
        documents.for_each_piece(progress, async |piece| pass.apply(piece).await).await?;
        pass.finish(content(format)).await
    }

    /// Opens the store, once. A file of the results is recreated, as the others are; what was forgotten stays so.
    async fn open(&mut self) -> anyhow::Result<()> {
        if self.opened.is_some() {
            return Ok(());
        }
        let mut forgotten = Vec::new();
        if let Some(own) = &self.own {
            forgotten = forgotten_in(own).await;
            let unreplaced = || format!("{} can't be replaced", own.display());
            fs::create_dir_all(own.parent().unwrap_or(own)).with_context(unreplaced)?;
            for end in ["", "-wal", "-shm"] {
                match fs::remove_file(own.with_file_name(format!("{FILE_NAME}{end}"))) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(error).with_context(unreplaced);
                    }
                    _ => {}
                }
            }
        }
        let store = location::open(&self.selector, self.retention_minutes).await?;
        for id in forgotten {
            store.erase(&id, location::now()).await?;
        }
        self.opened = Some(ContactHandlers {
            tracker: contact_status::handler::Handler::new(store.clone()),
            flows: contact_flow::handler::Handler::new(store),
        });
        Ok(())
    }
}

/// The contacts that were erased from a file; none if it is not there, or can't be read.
async fn forgotten_in(file: &Path) -> Vec<String> {
    if !file.is_file() {
        return Vec::new();
    }
    match Store::sqlite(file, RETENTION_UNLIMITED_MINUTES).await {
        Ok(store) => store.forgotten(location::now()).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// The documents about contacts, besides contact records.
pub(crate) const EVENTS: [DocumentFormat; 7] = [
    DocumentFormat::ContactEvent,
    DocumentFormat::AgentEvent,
    DocumentFormat::FlowLog,
    DocumentFormat::FlowCall,
    DocumentFormat::ContactMessages,
    DocumentFormat::KinesisEvent,
    DocumentFormat::LogBatch,
];

/// The content of a file whose first document has this format, for people.
fn content(format: DocumentFormat) -> &'static str {
    match format {
        DocumentFormat::ContactEvent => "contact events",
        DocumentFormat::ContactMessages => "contact events, SQS",
        DocumentFormat::AgentEvent => "agent events",
        DocumentFormat::KinesisEvent => "Kinesis batch",
        DocumentFormat::FlowLog => "flow log",
        DocumentFormat::LogBatch => "flow log, CloudWatch",
        DocumentFormat::FlowCall => "call from a flow",
        _ => "contact records",
    }
}
