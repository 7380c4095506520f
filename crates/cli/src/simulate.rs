//! `switchboard simulate`: an invented contact centre, its records or agent events alone, and an invented Connect API.

mod agents;
mod centre;
mod centre_options;
mod connect_api;
mod ctr;
mod event;
mod pace;
mod pump;
mod sink;
#[cfg(feature = "aws")]
mod stream;

use crate::outcome::CommandOutcome;

/// What can be simulated.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Contact records (CTRs) of an invented contact centre.
    Ctr(ctr::Args),
    /// The events of the agents of an invented contact centre.
    Agents(agents::Args),
    /// A contact centre: everything that it emits, and what really happened.
    Centre(centre::Args),
    /// A server of Connect's metrics, lists and contacts, for an invented contact centre.
    ConnectApi(connect_api::Args),
}

impl Command {
    /// Does what the command says.
    pub(crate) async fn run(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Ctr(args) => ctr::run(args).await,
            Self::Agents(args) => agents::run(args).await,
            Self::Centre(args) => Box::pin(centre::run(args)).await,
            Self::ConnectApi(args) => connect_api::run(args).await,
        }
    }
}
