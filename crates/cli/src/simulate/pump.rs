//! What is emitted of one kind, into a sink, at a rate.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use switchboard_simulator::{Item, View};

use super::{
    centre_options::history_length,
    pace::{self, Pace},
    sink::Sink,
};
use crate::outcome::CommandOutcome;

/// How much, how fast, and where to.
#[derive(Debug, clap::Args)]
pub(super) struct PumpOptions {
    /// How long the centre's history goes on, 9600h at most.
    #[arg(long = "for", value_name = "DURATION", default_value = "24h", value_parser = history_length)]
    pub(super) duration: SignedDuration,
    /// Stop after the first N. Default: all of the centre's time.
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// How many a second. Default: as fast as possible.
    #[arg(long, value_name = "PER_SECOND", value_parser = pace::rate)]
    rate: Option<f64>,
    /// The file to write. Default: standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl PumpOptions {
    /// The file to write; [`None`]: standard output.
    pub(super) fn out(&self) -> Option<&Path> {
        self.out.as_deref()
    }
}

/// Pumps items into the sink until there are no more or Ctrl-C; each written item is whole.
///
/// # Errors
/// When they can't be written.
pub(super) async fn pump(
    view: View,
    options: &PumpOptions,
    mut sink: Sink,
) -> anyhow::Result<CommandOutcome> {
    let mut items = view.take(options.count.unwrap_or(usize::MAX));
    let batch = sink.batch(options.rate);
    let mut pace = Pace::new(options.rate);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let items: Vec<Item> = items.by_ref().take(batch).collect();
        if items.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            _ = &mut interrupted => break,
            () = pace.next(items.len() as u64) => {}
        }
        sink.take(&items, options.rate.is_some()).await?;
    }
    sink.finish()
}
