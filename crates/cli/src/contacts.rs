//! `switchboard contacts`: what is known of contacts.
//!
//! Reads a contacts store, and writes nothing into it. `location` opens the store that the options or `CONTACTS` name, `table` and `timeline` are the text of a list and of a journey, and `format_time` their
//! times. Offsets on a timeline are whole seconds of the clock beside them, so both always agree.

pub(crate) mod format_time;
mod list;
pub(crate) mod location;
mod show;
mod table;
mod timeline;

use crate::outcome::CommandOutcome;

/// The commands that show contacts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show a contact: its status, and everything that happened to it.
    Show(show::Args),
    /// List contacts, the latest first.
    List(list::ListArgs),
    /// List a customer's contacts, the latest first.
    ByCustomer(list::CustomerArgs),
}

impl Command {
    /// Does what the command says.
    ///
    /// # Errors
    /// When contacts can't be read.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Show(args) => show::run(args).await,
            Self::List(args) => list::all(args).await,
            Self::ByCustomer(args) => list::customer(args).await,
        }
    }
}
