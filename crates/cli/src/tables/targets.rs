//! `switchboard tables targets`: the targets of service levels.

use std::{
    io::{self, Write},
    str::FromStr,
};

use anyhow::Context;
use switchboard_core::arn;
use switchboard_records::ServiceLevelTarget;
use tokio::time::Instant;

use super::SUMS;
use crate::{
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
    table::{Screen, TextTable},
    wfm::options::duration,
};

const AFTER_HELP: &str = "\
Views have a row for each threshold that counts for a queue: its own targets, or else those of its instance, \
or else those of all. A new threshold has the sums of all intervals computed anew.

Examples:
  switchboard tables targets
  switchboard tables targets 20s=80 60s=95
  switchboard tables targets 10s=90 --channel voice
  switchboard tables targets 30s=80 --instance \"$CONNECT_INSTANCE_ARN\"";

/// Show or set the targets of service levels.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    location: DatabaseLocation,
    /// The targets that replace those of this queue and channel: a duration and per cent. If left out: all are shown.
    #[arg(value_name = "DURATION=PERCENT")]
    targets: Vec<Target>,
    /// The instance that they are of: its ARN, or its id in whatever Region. If left out: of every instance without
    /// targets of its own.
    #[arg(long, value_name = "ARN|ID", default_value = "", hide_default_value = true)]
    instance: String,
    /// The id of the queue that they are of. If left out: of every queue without targets of its own.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    queue: String,
    /// The channel that they are of. If left out: of every channel.
    #[arg(long, value_name = "CHANNEL", default_value = "", hide_default_value = true)]
    channel: String,
}

/// A target.
#[derive(Debug, Clone, Copy)]
struct Target {
    seconds: u32,
    percent: f64,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(seconds, percent)| {
            let seconds = u32::try_from(duration(seconds).ok()?).ok()?;
            let percent = percent.parse().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
            Some(Self { seconds, percent })
        });
        parts.ok_or_else(|| "expected a duration and per cent, such as 20s=80".to_owned())
    }
}

/// Shows the targets, after they were set.
///
/// # Errors
/// When the tables can't be read or written.
pub(crate) async fn run(args: &Args) -> anyhow::Result<CommandOutcome> {
    let tables = super::open(&args.location).await?;
    let mut targets = tables.service_level_targets(deadline()).await.context("the targets can't be read")?;
    if !args.targets.is_empty() {
        let channel = args.channel.to_uppercase();
        let (region, instance) =
            (arn::region(&args.instance).unwrap_or_default(), arn::last_segment(&args.instance));
        targets.retain(|target| {
            target.queue_id != args.queue
                || target.channel != channel
                || target.aws_region != region
                || target.instance_id != instance
        });
        targets.extend(args.targets.iter().map(|target| ServiceLevelTarget {
            aws_region: region.to_owned(),
            instance_id: instance.to_owned(),
            queue_id: args.queue.clone(),
            channel: channel.clone(),
            seconds: target.seconds,
            target_percent: target.percent,
        }));
        tables.set_service_level_targets(&targets, deadline()).await.context("the targets can't be set")?;
        tables.recompute(Instant::now() + SUMS).await.context("the sums can't be computed")?;
    }
    let mut table = TextTable::new(
        Screen::stdout(),
        &["region", "instance", "queue", "channel", "seconds", "per cent"],
        4..6,
    );
    for target in tables.service_level_targets(deadline()).await? {
        let any = |text: String| if text.is_empty() { "any".to_owned() } else { text };
        let figures = [target.seconds.to_string(), target.target_percent.to_string()];
        let of = [target.aws_region, target.instance_id, target.queue_id, target.channel].map(any);
        table.row(of.into_iter().chain(figures));
    }
    write!(io::stdout().lock(), "{table}")?;
    Ok(CommandOutcome::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_duration_and_per_cent() {
        let target: Target = "1m30s=92.5".parse().unwrap();
        assert_eq!((target.seconds, target.percent.to_string()), (90, "92.5".to_owned()));
        for text in ["20s", "20=80", "20s=", "20s=101", "=80", "20s=-1", "20s=nan"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
