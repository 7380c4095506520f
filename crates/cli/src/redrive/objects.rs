//! `switchboard redrive objects`: records that were rejected, from S3 back onto their stream.

mod pieces;
mod restore;

use std::io::{self, Write};

use anyhow::Context;
use aws_sdk_s3::Client;
use switchboard_runtime::streams::{Stream, Streams};

use self::restore::{Restore, RestoreCounts, RestoreOutcome, SourceKind};
use crate::{aws, outcome::CommandOutcome, table::clean};

/// A required choice of two options makes the generated line too long.
const USAGE: &str = "\
switchboard redrive objects <s3://BUCKET/PREFIX> --stream <NAME>
       switchboard redrive objects <s3://BUCKET/PREFIX> --delivery-stream <NAME>";

const AFTER_HELP: &str = "\
Reads what ctr-sftp writes below rejected/, and Firehose below processing-failed/ and \
AmazonOpenSearchService_failed/, compressed or not. A copy of a record that the index rejected because it \
has a newer one is left out.

An object is deleted only after the stream has acknowledged all of its records. An object stays if a line is \
unreadable or a record is too large for the stream. All readers of the stream see the records again. A \
second run puts all records of an object that stayed again, and says so: readers must tolerate repeats.

Exit status: 1 if objects stayed behind, 2 if the bucket or the stream could not be used.

Examples:
  switchboard redrive objects s3://raw/rejected/ --stream ctr --dry-run
  switchboard redrive objects s3://backup/processing-failed/2026/11/02/ \\
    --delivery-stream contact-records --keep
  switchboard redrive objects s3://raw/ctr/date=2026-11-02/ \\
    --stream contact-records --raw";

/// Put records that were rejected, and lie below a prefix in S3, back onto their stream.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, override_usage = USAGE)]
#[command(group(clap::ArgGroup::new("target").required(true).args(["stream", "delivery_stream"])))]
pub(crate) struct Args {
    /// Where they lie.
    #[arg(value_name = "s3://BUCKET/PREFIX", value_parser = ObjectPrefix::parse)]
    place: ObjectPrefix,
    /// The Kinesis data stream to put them onto, by name or ARN.
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// The Firehose delivery stream to put them into, if it accepts records directly.
    #[arg(long, value_name = "NAME")]
    delivery_stream: Option<String>,
    /// Leave the objects where they are.
    #[arg(long)]
    keep: bool,
    /// The objects hold records as they were delivered, not rejected ones: put them again, and leave the objects.
    #[arg(long)]
    raw: bool,
    /// Only list what is there.
    #[arg(long)]
    dry_run: bool,
}

/// A bucket, and what its objects' keys begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ObjectPrefix {
    bucket: String,
    prefix: String,
}

impl ObjectPrefix {
    /// Reads `s3://BUCKET/PREFIX`. The prefix is as in S3: nothing in it is decoded.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let rest = text.strip_prefix("s3://").ok_or("not of the form s3://BUCKET/PREFIX")?;
        let (bucket, prefix) = rest.split_once('/').ok_or("no prefix: a whole bucket is not put back")?;
        if bucket.is_empty() || prefix.is_empty() {
            return Err("no bucket, or no prefix: a whole bucket is not put back");
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

/// Puts the records back.
///
/// # Errors
/// When the objects can't be listed or read, or the stream does not take what is put.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let config = aws::config().await?;
    let stream = match (args.stream, args.delivery_stream) {
        (Some(name), _) => data_stream(&aws_sdk_kinesis::Client::new(&config), name).await?,
        (None, name) => Stream::Delivery(name.unwrap_or_default()),
    };
    let s3 = Client::new(&config);
    let streams = (!args.dry_run).then(|| Streams::new(&config));
    let ObjectPrefix { bucket, prefix } = args.place;
    let kind = match (args.raw, args.keep) {
        (true, _) => SourceKind::Raw,
        (false, true) => SourceKind::RejectedToKeep,
        (false, false) => SourceKind::Rejected,
    };
    let to = streams.map(|streams| (streams, stream));
    let mut restore = Restore::new(s3.clone(), bucket.clone(), to, kind);

    let (mut ended, mut is_empty) = (Ok(()), true);
    let mut pages = s3.list_objects_v2().bucket(&bucket).prefix(&prefix).into_paginator().send();
    'pages: while let Some(page) = pages.next().await {
        let page = page
            .map_err(|error| super::redacted_error(&error))
            .with_context(|| format!("s3://{bucket}/{prefix} can't be listed"))?;
        for key in page.contents().iter().filter_map(|object| object.key()) {
            is_empty = false;
            match restore.object(key).await {
                Ok(RestoreOutcome::Stays(why)) => {
                    writeln!(io::stderr(), "s3://{bucket}/{} stays: {}", clean(key), clean(&why))?;
                }
                Ok(RestoreOutcome::Done) => {}
                Err(error) => {
                    ended = Err(error.context(format!("s3://{bucket}/{key}, which stays")));
                    break 'pages;
                }
            }
        }
    }
    print_summary(&restore.counts, args.dry_run)?;
    if restore.is_put_again_by_a_second_run() {
        writeln!(
            io::stderr(),
            "objects that stay are put again, all their good records, if this is run again"
        )?;
    }
    if is_empty && ended.is_ok() {
        writeln!(io::stderr(), "nothing lies below s3://{bucket}/{prefix}")?;
    }
    ended?;
    Ok(CommandOutcome::of(restore.counts.stayed))
}

/// A data stream of this name, or with this ARN.
async fn data_stream(client: &aws_sdk_kinesis::Client, name: String) -> anyhow::Result<Stream> {
    if name.starts_with("arn:") {
        return Ok(Stream::Data(name));
    }
    let response = client
        .describe_stream_summary()
        .stream_name(&name)
        .send()
        .await
        .map_err(|error| super::redacted_error(&error));
    let summary =
        response.with_context(|| format!("the stream {name} can't be used"))?.stream_description_summary;
    Ok(Stream::Data(summary.with_context(|| format!("the stream {name} has no ARN"))?.stream_arn))
}

fn print_summary(counts: &RestoreCounts, dry_run: bool) -> io::Result<()> {
    let RestoreCounts { objects, records, superseded, stayed, .. } = counts;
    let put = if dry_run { "would be put" } else { "put" };
    write!(io::stdout(), "{objects} objects, {records} records {put}")?;
    if *superseded > 0 {
        write!(io::stdout(), ", {superseded} left out that a newer copy had replaced")?;
    }
    if *stayed > 0 {
        write!(io::stdout(), "; {stayed} objects stay")?;
    }
    writeln!(io::stdout())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_bucket_and_a_prefix() {
        let place =
            |bucket: &str, prefix: &str| Ok(ObjectPrefix { bucket: bucket.into(), prefix: prefix.into() });
        assert_eq!(ObjectPrefix::parse("s3://raw/rejected/"), place("raw", "rejected/"));
        assert_eq!(
            ObjectPrefix::parse("s3://raw/rejected/ctr/a b+c%20d"),
            place("raw", "rejected/ctr/a b+c%20d")
        );
        for wrong in ["s3://raw", "s3://raw/", "s3:///rejected/", "https://raw/rejected/", ""] {
            assert!(ObjectPrefix::parse(wrong).is_err(), "{wrong}");
        }
    }
}
