//! `switchboard forget`: erasing a customer's contacts, or one contact.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use anyhow::Context;
use jiff::Timestamp;
use switchboard_contacts::store::Store;
use switchboard_core::instance::is_uuid;
use switchboard_records::Forgotten;

use crate::{
    contacts::location,
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
    tables::migrated,
};

/// How many of a customer's contacts are read from the contacts store at once.
const CONTACTS_AT_ONCE: usize = 1_000;

/// What is not erased, and where it is.
const STAYS: &str = "\
What stays, and has to be erased where it is:
  S3: contact records, agent events and rejected records in the raw bucket, until its own lifecycle deletes them
  the archive: recordings, transcripts and Contact Lens files in Connect's own bucket
  the search index: documents of these contacts in OpenSearch (_delete_by_query by ContactId)
  replays: the other files of their folder of results
  agents' time: that an agent was on a contact, by its id alone
  the WFM: rows of files that were delivered to its SFTP server
  Connect itself: contacts, and the customer's profile
A replay, late records and reconciliation do not bring them back.";

const AFTER_HELP: &str = "\
Erased from the record tables (METRICS_DB) and the contacts store (CONTACTS). Sums of intervals are recomputed \
without these contacts. Of each only the id is kept, so that nothing brings it back: no record that comes late or is \
replayed, no event, no `reconcile --heal`. --contact may be given several times, and for contacts that are not there yet.

Exit status: 1 if nothing of a customer's was found, or one of both can't be opened.

Examples:
  switchboard forget --customer +61491570156
  switchboard forget --contact 4fab6e40-99d5-43ce-8a75-e058ee62b1b4";

/// Erase a customer's contacts, or one contact, from the record tables and the contacts store.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, group = clap::ArgGroup::new("who").required(true))]
pub(crate) struct Args {
    /// The customer's phone number, with + and country code, or other address.
    #[arg(long, value_name = "NUMBER|ADDRESS", group = "who")]
    customer: Option<String>,
    /// The contact's id; of several, each.
    #[arg(long, value_name = "ID", group = "who", value_parser = contact_id)]
    contact: Vec<String>,
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
    let mut out = io::stdout().lock();
    let mut failed = 0;
    let mut unopened = |place: &str, error: anyhow::Error| {
        failed += 1;
        writeln!(io::stdout(), "{place}: nothing erased: {error:#}")
    };
    let mut contacts = BTreeSet::from_iter(args.contact);
    let mut erased = BTreeSet::new();
    // What one of them knows of a customer is erased from the other, too.
    let tables = match args.location.open_existing("tables load").await {
        Ok((database, name)) => {
            let tables = migrated(database, &name).await?;
            if let Some(customer) = &customer {
                let keys = tables.forget(Forgotten::Customer(customer), Timestamp::now(), deadline()).await?;
                erased.extend(keys.into_iter().map(|key| key.contact_id));
                contacts.extend(erased.iter().cloned());
            }
            Some((tables, name))
        }
        Err(error) => {
            unopened("record tables", error)?;
            None
        }
    };
    let stored = match args.contacts.open().await {
        Ok(store) => Some(erase_from(&store, customer.as_deref(), &mut contacts).await?),
        Err(error) => {
            unopened("contacts store", error)?;
            None
        }
    };
    if let Some((tables, name)) = tables {
        let ids: Vec<String> = contacts.into_iter().collect();
        let keys = tables.forget(Forgotten::Contacts(&ids), Timestamp::now(), deadline()).await?;
        erased.extend(keys.into_iter().map(|key| key.contact_id));
        tables.recompute(deadline()).await?;
        writeln!(out, "record tables: {} erased from {name}", contacts_in_words(erased.len()))?;
    }
    if let Some(stored) = stored {
        writeln!(out, "contacts store: {} erased", contacts_in_words(stored))?;
    }
    let is_nothing = erased.is_empty() && stored.unwrap_or_default() == 0;
    // Contacts that are named by id are forgotten, whether they are there yet or not.
    let is_nobody = customer.is_some() && is_nothing;
    let is_all_read = failed == 0;
    if is_all_read && is_nobody {
        writeln!(out, "nothing of this customer was found")?;
    } else if is_all_read && is_nothing {
        writeln!(out, "nothing was found by these ids; if such contacts come later, they are not kept")?;
    }
    writeln!(out, "{STAYS}")?;
    out.flush()?;
    Ok(CommandOutcome::of(failed + u64::from(is_nobody)))
}

/// A contact's id is a UUID: of anything else nobody would ever learn that it was no contact's.
fn contact_id(text: &str) -> Result<String, String> {
    if is_uuid(text) { Ok(text.to_owned()) } else { Err("a contact's id is a UUID".to_owned()) }
}

fn contacts_in_words(count: usize) -> String {
    match count {
        0 => "no contact".to_owned(),
        1 => "1 contact".to_owned(),
        _ => format!("{count} contacts"),
    }
}

/// Erases a customer's contacts and those of these ids from the contacts store, and adds the customer's to the ids. How many there
/// were comes back.
async fn erase_from(
    store: &Store,
    customer: Option<&str>,
    contacts: &mut BTreeSet<String>,
) -> anyhow::Result<usize> {
    let mut stored = 0;
    for id in &*contacts {
        stored += usize::from(store.status(id, location::now()).await?.is_some());
        store.erase(id, location::now()).await?;
    }
    let Some(customer) = customer else { return Ok(stored) };
    loop {
        let found = store.by_customer(customer, None, CONTACTS_AT_ONCE, location::now()).await?;
        if found.is_empty() {
            return Ok(stored);
        }
        for status in found {
            let id = status.contact_id();
            store.erase(id, location::now()).await?;
            contacts.insert(id.to_owned());
            stored += 1;
        }
    }
}
