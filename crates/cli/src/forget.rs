//! `switchboard forget`: erasing a customer's contacts, or one contact.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use anyhow::Context;
use jiff::Timestamp;
use switchboard_records::{Forgotten, RecordTables};

use crate::{
    contacts::location,
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
};

/// As many of a customer's contacts are erased from the contacts store at once.
const MAX_CONTACTS: usize = 10_000;

/// What is not erased, and where it is.
const STAYS: &str = "\
What stays, and has to be erased where it is:
  S3: contact records, agent events and rejected records in the raw bucket, until its own lifecycle deletes them
  the archive: recordings, transcripts and Contact Lens files in Connect's own bucket
  the search index: documents of these contacts in OpenSearch (_delete_by_query by ContactId)
  the WFM: rows of files that were delivered to its SFTP server
  Connect itself: contacts, and the customer's profile
A replay of old records brings their rows back; reconciliation does not.";

const AFTER_HELP: &str = "\
Erased from the record tables (METRICS_DB) and the contacts store (CONTACTS). Sums of intervals are recomputed \
without these contacts. Of each only the id is kept, so that `reconcile --heal` does not fetch it again.

Exit status: 1 if nothing was found, or one of both can't be opened.

Examples:
  switchboard forget --customer +61491570156
  switchboard forget --contact 4fab6e40-99d5-43ce-8a75-e058ee62b1b4";

/// Erase a customer's contacts, or one contact, from the record tables and the contacts store.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The customer's phone number, with + and country code, or other address.
    #[arg(
        long,
        value_name = "NUMBER|ADDRESS",
        required_unless_present = "contact",
        conflicts_with = "contact"
    )]
    customer: Option<String>,
    /// The contact's id.
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    #[command(flatten)]
    location: DatabaseLocation,
    #[command(flatten)]
    contacts: location::ContactsLocation,
}

/// Erases, and says what stays.
///
/// # Errors
/// When a place is invalid, or can't be read or written.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let customer = args.customer.as_deref();
    let customer = customer.map(|text| {
        switchboard_contacts::customer::identifier_of(text).context("this is no phone number and no address")
    });
    let customer = customer.transpose()?;
    let what = match (&customer, &args.contact) {
        (Some(customer), _) => Forgotten::Customer(customer),
        (None, Some(contact)) => Forgotten::Contact(contact),
        (None, None) => anyhow::bail!("--customer or --contact says whom to forget"),
    };
    let mut out = io::stdout().lock();
    let mut ids: BTreeSet<String> = args.contact.iter().cloned().collect();
    let (mut erased, mut failed) = (0, 0);
    match args.location.open_existing("tables load").await {
        Ok((database, name)) => {
            let tables = RecordTables::new(database);
            tables.migrate(deadline()).await?;
            let keys = tables.forget(what, Timestamp::now(), deadline()).await?;
            tables.recompute(deadline()).await?;
            erased += keys.len();
            writeln!(out, "record tables: {} contacts erased from {name}", keys.len())?;
            ids.extend(keys.into_iter().map(|key| key.contact_id));
        }
        Err(error) => {
            failed += 1;
            writeln!(out, "record tables: nothing erased: {error:#}")?;
        }
    }
    match args.contacts.open().await {
        Ok(store) => {
            if let Some(customer) = &customer {
                let found = store
                    .by_customer(customer, None, Timestamp::UNIX_EPOCH, MAX_CONTACTS, location::now())
                    .await?;
                ids.extend(found.iter().map(|status| status.contact_id().to_owned()));
            }
            let mut stored = 0;
            for id in &ids {
                stored += usize::from(store.status(id, location::now()).await?.is_some());
                store.erase(id, location::now()).await?;
            }
            erased += stored;
            writeln!(out, "contacts store: {stored} contacts erased")?;
        }
        Err(error) => {
            failed += 1;
            writeln!(out, "contacts store: nothing erased: {error:#}")?;
        }
    }
    writeln!(out, "{STAYS}")?;
    out.flush()?;
    Ok(CommandOutcome::of(failed + u64::from(erased == 0)))
}
