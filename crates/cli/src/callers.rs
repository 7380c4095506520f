//! x
use crate::outcome::Outcome;
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// x
    Ctr,
}
impl Command {
    #[allow(clippy::unused_async)]
    pub(crate) async fn run(self) -> anyhow::Result<Outcome> {
        Ok(Outcome::Fine)
    }
}
