//! Where invented records go.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::Context;
use switchboard_simulator::Item;

use super::event::{FirehoseEvent, KinesisEvent};
use crate::{
    limits::{MAX_BATCH_BYTES, MAX_BATCH_RECORDS},
    outcome::CommandOutcome,
};

/// As many records of a shard as Lambda sends at once if it isn't told otherwise.
const MAX_OF_A_SHARD: usize = 100;

/// Where records go.
pub(super) enum Sink {
    /// Text, in some format.
    Text {
        /// A file or standard output.
        out: Box<dyn Write>,
        /// The format.
        format: Format,
        /// How many records were written.
        written: u64,
    },
    /// A stream.
    #[cfg(feature = "aws")]
    Stream(super::stream::Target),
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A line each.
    Ndjson,
    /// One directly after the other.
    Concatenated,
    /// A line for each event to a transformation.
    FirehoseEvent,
    /// A line for each event of a shard's records.
    KinesisEvent,
}

impl Sink {
    /// A file, or standard output.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn text(path: Option<&Path>, format: Format) -> anyhow::Result<Self> {
        let out: Box<dyn Write> = match path {
            Some(path) => {
                let file =
                    File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
                Box::new(BufWriter::new(file))
            }
            None => Box::new(BufWriter::new(io::stdout())),
        };
        Ok(Self::Text { out, format, written: 0 })
    }

    /// How many records are best taken at once: those of a second, where they go in batches.
    pub(super) fn batch(&self, rate: Option<f64>) -> usize {
        let most = match self {
            Self::Text { format: Format::Ndjson | Format::Concatenated, .. } if rate.is_some() => return 1,
            Self::Text { format: Format::KinesisEvent, .. } => MAX_OF_A_SHARD,
            Self::Text { .. } => MAX_BATCH_RECORDS,
            #[cfg(feature = "aws")]
            Self::Stream(_) => MAX_BATCH_RECORDS,
        };
        match rate {
            None => most,
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a number from 1 to 1,000,000"
            )]
            Some(rate) => (rate.clamp(1.0, 1e6) as usize).min(most),
        }
    }

    /// Takes a batch; lets it be seen at once if somebody waits for it.
    ///
    /// # Errors
    /// When it can't be written.
    #[cfg_attr(not(feature = "aws"), expect(clippy::unused_async, reason = "a stream takes its time"))]
    pub(super) async fn take(&mut self, records: &[Item], flush: bool) -> anyhow::Result<()> {
        match self {
            Self::Text { out, format, written } => {
                write(out, *format, records, written)?;
                if flush {
                    out.flush()?;
                }
            }
            #[cfg(feature = "aws")]
            Self::Stream(stream) => stream.put(records).await,
        }
        Ok(())
    }

    /// Ends the output and tells whether all of it went out.
    ///
    /// # Errors
    /// When the rest can't be written.
    pub(super) fn finish(self) -> anyhow::Result<CommandOutcome> {
        match self {
            Self::Text { mut out, .. } => {
                out.flush()?;
                Ok(CommandOutcome::Success)
            }
            #[cfg(feature = "aws")]
            Self::Stream(stream) => stream.finish(),
        }
    }
}

fn write(out: &mut impl Write, format: Format, records: &[Item], written: &mut u64) -> anyhow::Result<()> {
    match format {
        Format::Ndjson => records.iter().try_for_each(|record| writeln!(out, "{}", record.text))?,
        Format::Concatenated => records.iter().try_for_each(|record| write!(out, "{}", record.text))?,
        Format::KinesisEvent => write_event(out, &KinesisEvent::of(records, *written))?,
        Format::FirehoseEvent => {
            let mut bytes = records.first().map_or(0, |first| first.text.len());
            let mut before = *written;
            // An event ends where one record more would be too much for it.
            let is_same_event = |_: &Item, next: &Item| {
                bytes += next.text.len();
                let fits = bytes <= MAX_BATCH_BYTES;
                bytes = if fits { bytes } else { next.text.len() };
                fits
            };
            for event in records.chunk_by(is_same_event) {
                write_event(out, &FirehoseEvent::of(event, before))?;
                before += event.len() as u64;
            }
        }
    }
    *written += records.len() as u64;
    Ok(())
}

fn write_event(out: &mut impl Write, event: &impl serde::Serialize) -> anyhow::Result<()> {
    // A failure to write must stay one: that of a pipe ends the program quietly.
    let json = serde_json::to_vec(event)?;
    out.write_all(&json)?;
    out.write_all(b"\n")?;
    Ok(())
}
