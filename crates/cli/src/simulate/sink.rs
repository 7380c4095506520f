//! Where invented records go.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use switchboard_simulator::SimulatedCtr;

use super::{Args, Format};
use crate::{
    outcome::Outcome,
    replay::batch::{MAX_BYTES, MAX_RECORDS},
};

/// Where records go.
pub(crate) enum Sink {
    /// Text, in some format.
    Text {
        /// A file or standard output.
        out: Box<dyn Write>,
        /// The format.
        format: Format,
        /// How many records were written.
        written: u64,
    },
    /// A delivery stream.
    #[cfg(feature = "aws")]
    Stream(super::delivery_stream::DeliveryStream),
}

/// What Firehose sends to a transformation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    invocation_id: String,
    delivery_stream_arn: &'static str,
    region: &'static str,
    records: Vec<Record>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    record_id: String,
    data: String,
}

impl Sink {
    /// Opens what the arguments say.
    ///
    /// # Errors
    /// When the file can't be written.
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_async, reason = "a delivery stream's client takes its time")
    )]
    pub(crate) async fn open(args: &Args) -> anyhow::Result<Self> {
        #[cfg(feature = "aws")]
        if let Some(name) = &args.delivery_stream {
            return Ok(Self::Stream(super::delivery_stream::DeliveryStream::open(name).await));
        }
        let out: Box<dyn Write> = match &args.out {
            Some(path) => {
                let file =
                    File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
                Box::new(BufWriter::new(file))
            }
            None => Box::new(BufWriter::new(io::stdout())),
        };
        Ok(Self::Text { out, format: args.format, written: 0 })
    }

    /// How many records are best taken at once: those of a second, where they go in batches.
    pub(crate) fn batch(&self, rate: Option<f64>) -> u64 {
        let one_by_one = match self {
            Self::Text { format, .. } => *format != Format::FirehoseEvent,
            #[cfg(feature = "aws")]
            Self::Stream(_) => false,
        };
        match rate {
            None => MAX_RECORDS as u64,
            Some(_) if one_by_one => 1,
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a number from 1 to 500"
            )]
            Some(rate) => rate.clamp(1.0, 500.0) as u64,
        }
    }

    /// Takes a batch; lets it be seen at once if somebody waits for it.
    ///
    /// # Errors
    /// When it can't be written.
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_async, reason = "a delivery stream takes its time")
    )]
    pub(crate) async fn take(&mut self, records: &[SimulatedCtr], flush: bool) -> anyhow::Result<()> {
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
    pub(crate) fn finish(self) -> anyhow::Result<Outcome> {
        match self {
            Self::Text { mut out, .. } => {
                out.flush()?;
                Ok(Outcome::Fine)
            }
            #[cfg(feature = "aws")]
            Self::Stream(stream) => stream.finish(),
        }
    }
}

fn write(
    out: &mut impl Write,
    format: Format,
    records: &[SimulatedCtr],
    written: &mut u64,
) -> anyhow::Result<()> {
    match format {
        Format::Ndjson => records.iter().try_for_each(|record| writeln!(out, "{}", record.json))?,
        Format::Concatenated => records.iter().try_for_each(|record| write!(out, "{}", record.json))?,
        Format::FirehoseEvent => {
            let mut event = Vec::new();
            let mut bytes = 0;
            for record in records {
                if bytes + record.json.len() > MAX_BYTES && !event.is_empty() {
                    write_event(out, std::mem::take(&mut event), *written)?;
                    bytes = 0;
                }
                bytes += record.json.len();
                *written += 1;
                let data = STANDARD.encode(&record.json);
                event.push(Record { record_id: format!("simulated-{written:012}"), data });
            }
            write_event(out, event, *written)?;
        }
    }
    Ok(())
}

fn write_event(out: &mut impl Write, records: Vec<Record>, written: u64) -> anyhow::Result<()> {
    let event = Event {
        invocation_id: format!("simulated-{written:012}"),
        delivery_stream_arn: "arn:aws:firehose:ap-southeast-2:012345678910:deliverystream/simulated",
        region: "ap-southeast-2",
        records,
    };
    // A failure to write must stay one: that of a pipe ends the program quietly.
    let json = serde_json::to_vec(&event)?;
    out.write_all(&json)?;
    out.write_all(b"\n")?;
    Ok(())
}
