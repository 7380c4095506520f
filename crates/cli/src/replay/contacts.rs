//! Files about contacts through the real handlers of `contact-status` and `contact-flow`.

mod file;

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use indicatif::ProgressBar;
use switchboard_contacts::expiry::RETENTION_UNLIMITED_MINUTES;
use switchboard_store::store_url::StoreUrl;

use self::file::{FileOutcome, Replay};
use super::{
    agents::AgentTracker,
    outputs::Outputs,
    report::{AgentsFile, ContactsFile, ExampleCommand, Report},
    sample::Samples,
};
use crate::{
    contacts::location::{self, FILE_NAME, OUT},
    input::{
        document_format::DocumentFormat,
        documents::{Documents, Next},
        files::Input,
    },
};

/// Contacts, for one file after another.
pub(crate) struct Contacts {
    /// Where they are kept.
    selector: StoreUrl,
    retention_minutes: u32,
    /// The file of the results, if no other place is named.
    own: Option<PathBuf>,
    opened: Option<Handlers>,
    known: Known,
    /// Their agents come by the same stream.
    agents: AgentTracker,
}

/// The handlers, once something was told of a contact.
struct Handlers {
    tracker: contact_status::handler::Handler,
    flows: contact_flow::handler::Handler,
}

/// The contacts of all files so far.
#[derive(Default)]
struct Known {
    /// Hashes of their ids: 8 bytes a contact.
    ids: HashSet<u64>,
    samples: Samples,
}

impl Contacts {
    /// Kept where `CONTACTS` says, or in a file of the results.
    ///
    /// # Errors
    /// When a setting is invalid.
    pub(crate) fn new(outputs: &Outputs) -> anyhow::Result<Self> {
        let setting = location::from_environment()?;
        let file = std::path::absolute(outputs.folder())?.join(FILE_NAME);
        let own = setting.selector.is_none().then(|| file.clone());
        Ok(Self {
            selector: setting.selector.unwrap_or(StoreUrl::Sqlite(file)),
            // What is replayed is old, and its own file is made anew each time.
            retention_minutes: if own.is_some() {
                RETENTION_UNLIMITED_MINUTES
            } else {
                setting.retention_minutes
            },
            own,
            opened: None,
            known: Known::default(),
            agents: AgentTracker::from_environment()?,
        })
    }

    /// Where contacts are kept, for people.
    pub(crate) fn place(&self) -> String {
        match &self.selector {
            StoreUrl::Sqlite(path) => location::shown(path).display().to_string(),
            StoreUrl::DynamoDb { table } => format!("the table {table}"),
        }
    }

    /// How to see one that much is known of, if there is any.
    pub(crate) fn hint(&self) -> Option<ExampleCommand> {
        let contact_id = self.known.samples.best()?.to_owned();
        let file = self.own.as_deref().map(location::shown);
        // Where contacts are looked for anyway need not be said.
        let elsewhere = file.filter(|file| *file != Path::new(OUT).join(FILE_NAME));
        let elsewhere = elsewhere.map(|file| format!(" --contacts {}", file.display())).unwrap_or_default();
        let command = format!("switchboard contacts show {contact_id}{elsewhere}");
        Some(ExampleCommand { contact_id, command })
    }

    /// Replays what a file tells of contacts, of which `shape` comes first. `tells`: no other system has told what
    /// can't be read.
    ///
    /// # Errors
    /// When contacts can't be opened or a result can't be written. What can't be read is rejected.
    pub(crate) async fn replay(
        &mut self,
        input: &Input,
        shape: DocumentFormat,
        tells: bool,
        outputs: &Outputs,
        report: &mut Report,
        progress: &ProgressBar,
    ) -> anyhow::Result<()> {
        self.open().await?;
        let handlers = self.opened.as_ref().context("contacts are open")?;
        let mut file = Replay::new(
            handlers,
            &mut self.known,
            &mut self.agents,
            input,
            (outputs.of(&input.name), tells),
            report,
        );
        let mut documents = Documents::open(&input.path)?;
        loop {
            let next = documents.read();
            while let Some(piece) = documents.piece() {
                file.take(piece).await?;
            }
            match next {
                Ok(Next::More { read_bytes }) if tells => progress.inc(read_bytes),
                Ok(Next::More { .. }) => {}
                Ok(Next::End) => break,
                Ok(Next::Damaged { fault, at }) => {
                    file.unreadable(at..at, &fault.to_string(), &[])?;
                    break;
                }
                Err(error) => {
                    file.unread(&error);
                    break;
                }
            }
        }
        let content = content(shape);
        let FileOutcome { counts, agents: adherence, written } = file.finish().await?;
        let path = input.path.display().to_string();
        if let Some(counts) = adherence {
            report.add_agents(AgentsFile { path: path.clone(), content, counts }, self.agents.count());
        }
        // A file of nothing but damage was no file about contacts.
        if tells || counts.events > 0 {
            let rejected_records = written.rejected.map(|path| path.display().to_string());
            let contacts = self.known.ids.len() as u64;
            report.add_contacts(ContactsFile { path, content, counts, rejected_records }, contacts);
        }
        Ok(())
    }

    /// Opens the place, once. A file of the results is made anew, as the others are.
    async fn open(&mut self) -> anyhow::Result<()> {
        if self.opened.is_some() {
            return Ok(());
        }
        if let Some(own) = &self.own {
            let unmade = || format!("{} can't be replaced", own.display());
            fs::create_dir_all(own.parent().unwrap_or(own)).with_context(unmade)?;
            for end in ["", "-wal", "-shm"] {
                match fs::remove_file(own.with_file_name(format!("{FILE_NAME}{end}"))) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(error).with_context(unmade);
                    }
                    _ => {}
                }
            }
        }
        let store = location::open(&self.selector, self.retention_minutes).await?;
        self.opened = Some(Handlers {
            tracker: contact_status::handler::Handler::new(store.clone()),
            flows: contact_flow::handler::Handler::new(store),
        });
        Ok(())
    }
}

/// What tells of contacts, besides contact records.
pub(crate) const EVENTS: [DocumentFormat; 7] = [
    DocumentFormat::ContactEvent,
    DocumentFormat::AgentEvent,
    DocumentFormat::FlowLog,
    DocumentFormat::FlowCall,
    DocumentFormat::ContactMessages,
    DocumentFormat::KinesisEvent,
    DocumentFormat::LogBatch,
];

/// What a file is called whose first document has this shape.
fn content(shape: DocumentFormat) -> &'static str {
    match shape {
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
