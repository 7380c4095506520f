//! `switchboard contacts list` and `by-customer`: contacts as a table.

use std::{
    cmp::Reverse,
    io::{self, Write},
};

use anyhow::Context;
use jiff::Timestamp;
use serde_json::Value;
use switchboard_contacts::{customer, standing, status::Status, store::Store};

use super::{
    format_time,
    location::{self, Options},
    table::{self, Listed},
};
use crate::{outcome::CommandOutcome, table::Screen};

/// As many of a customer's contacts are listed.
const MAX_LISTED: usize = 1000;

/// List a customer's contacts, the latest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 1 if no contact of this customer is found.

Examples:
  switchboard contacts by-customer +61491570156
  switchboard contacts by-customer someone@example.com --json")]
pub(crate) struct CustomerArgs {
    /// The customer's phone number, with + and country code, or other address.
    #[arg(value_name = "NUMBER|ADDRESS")]
    customer: String,
    #[command(flatten)]
    options: Options,
}

/// List contacts, the latest first; of the active ones, who has waited for the longest.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --active, waiting contacts come first, then scheduled ones, then all others, each group by how long \
they have been in their state. The status distinguishes a waiting caller (waits), a callback, a scheduled \
contact and wrap-up. `lasted` is how long a contact has been in its state, or in what time it is due.

Examples:
  switchboard contacts list
  switchboard contacts list --active --tz local
  CONTACTS=sqlite:///var/lib/contacts.db switchboard contacts list --json")]
pub(crate) struct ListArgs {
    /// Only those that have not ended, or that an agent still wraps up: who waits first, the longest before the others.
    #[arg(long)]
    active: bool,
    #[command(flatten)]
    options: Options,
}

/// Lists a customer's contacts.
///
/// # Errors
/// When contacts can't be read.
pub(crate) async fn customer(args: CustomerArgs) -> anyhow::Result<CommandOutcome> {
    let identifier =
        customer::identifier_of(&args.customer).context("this is no phone number and no address")?;
    let store = args.options.open().await?;
    let found = store.by_customer(&identifier, None, MAX_LISTED, location::now()).await;
    let found = found.context("contacts can't be read")?;
    let found = latest_first(found);
    let is_known = !found.is_empty();
    if !is_known {
        writeln!(io::stderr(), "switchboard: no contact of this customer is known")?;
    }
    if is_known || args.options.json {
        print(&store, &found, Listed::Contacts, &args.options).await?;
    }
    Ok(CommandOutcome::of(u64::from(!is_known)))
}

/// Lists all contacts, or those that somebody works on.
///
/// # Errors
/// When contacts can't be read.
pub(crate) async fn all(args: ListArgs) -> anyhow::Result<CommandOutcome> {
    let store = args.options.open().await?;
    let call = location::now();
    let found = if args.active { store.active(call).await } else { store.all(call).await };
    let found = found.context("contacts can't be read")?;
    let mut found = if args.active { found } else { latest_first(found) };
    if args.active {
        standing::sort_longest_first(&mut found);
    }
    if found.is_empty() && !args.options.json {
        let which = if args.active { "no contact is active" } else { "no contacts" };
        writeln!(io::stdout(), "{which}")?;
    } else {
        let listed = if args.active { Listed::Active } else { Listed::Contacts };
        print(&store, &found, listed, &args.options).await?;
    }
    Ok(CommandOutcome::Success)
}

/// Sorted by their beginning, whatever was learned of them since.
fn latest_first(mut contacts: Vec<Status>) -> Vec<Status> {
    contacts.sort_by_key(|contact| Reverse(standing::began(contact)));
    contacts
}

async fn print(store: &Store, contacts: &[Status], listed: Listed, options: &Options) -> anyhow::Result<()> {
    let names = store.resource_names(contacts, location::now()).await.context("names can't be read")?;
    let mut out = io::stdout().lock();
    if options.json {
        let views: Vec<_> = contacts.iter().map(|contact| Value::from(contact.view())).collect();
        serde_json::to_writer_pretty(&mut out, &views)?;
        writeln!(out)?;
        return Ok(());
    }
    write!(
        out,
        "{}",
        table::contact_table(contacts, listed, &options.tz, Screen::stdout(), &names, Timestamp::now())
    )?;
    let noun = if contacts.len() == 1 { "contact" } else { "contacts" };
    writeln!(out, "{} {noun}; times are {}", contacts.len(), format_time::zone(&options.tz))?;
    Ok(())
}
