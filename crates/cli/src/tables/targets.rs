//! `switchboard tables targets`: the targets of service levels.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    str::FromStr,
};

use anyhow::{Context, ensure};
use switchboard_core::instance::{Instance, is_uuid};
use switchboard_records::ServiceLevelTarget;
use tokio::time::Instant;

use super::SUMS;
use crate::{
    database::{DatabaseLocation, deadline},
    outcome::CommandOutcome,
    table::{Screen, TextTable},
    wfm::options::{channel, threshold},
};

const AFTER_HELP: &str = "\
Views have a row for each threshold that counts for a queue: its own targets, or else those of its instance, \
or else those of all. A new threshold has the sums of all intervals computed anew.

Examples:
  switchboard tables targets
  switchboard tables targets 20s=80 60s=95
  switchboard tables targets 10s=90 --channel voice
  switchboard tables targets --remove --channel voice
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
    /// Remove the targets of this queue and channel: those of its instance, or else those of all, count again.
    #[arg(long, conflicts_with = "targets")]
    remove: bool,
    /// The instance that they are of: its ARN, or its id in whatever Region. If left out: of every instance without
    /// targets of its own.
    #[arg(long, value_name = "ARN|ID", value_parser = instance)]
    instance: Option<InstanceKey>,
    /// The id of the queue that they are of. If left out: of every queue without targets of its own.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    queue: String,
    /// The channel that they are of: voice, chat, task or email. If left out: of every channel.
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    channel: Option<String>,
}

/// Which instance targets are of.
#[derive(Debug, Clone, Default)]
struct InstanceKey {
    /// Empty for any Region.
    region: String,
    id: String,
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
            let seconds = threshold(seconds).ok()?.seconds();
            let percent = percent.parse().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
            Some(Self { seconds, percent })
        });
        parts.ok_or_else(|| "expected a duration from 1s to a week and per cent, such as 20s=80".to_owned())
    }
}

fn instance(text: &str) -> Result<InstanceKey, String> {
    if is_uuid(text) {
        return Ok(InstanceKey { region: String::new(), id: text.to_owned() });
    }
    let instance: Instance = text.parse().map_err(|error| format!("{error}; or the ID alone"))?;
    Ok(InstanceKey { region: instance.region().to_owned(), id: instance.id().to_owned() })
}

/// Two targets of one threshold would be one of them, and nobody knows which.
fn each_threshold_once(targets: &[Target]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for target in targets {
        ensure!(seen.insert(target.seconds), "the threshold of {} seconds has two targets", target.seconds);
    }
    Ok(())
}

/// True for a target that counts wherever no other does.
fn is_of_all(target: &ServiceLevelTarget) -> bool {
    [&target.instance_id, &target.queue_id, &target.channel].into_iter().all(String::is_empty)
}

/// Shows the targets, after they were set.
///
/// # Errors
/// When the tables can't be read or written.
pub(crate) async fn run(args: &Args) -> anyhow::Result<CommandOutcome> {
    each_threshold_once(&args.targets)?;
    let tables = super::open(&args.location).await?;
    let mut targets = tables.service_level_targets(deadline()).await.context("the targets can't be read")?;
    if !args.targets.is_empty() || args.remove {
        let channel = args.channel.clone().unwrap_or_default();
        let InstanceKey { region, id: instance } = args.instance.clone().unwrap_or_default();
        let before = targets.len();
        targets.retain(|target| {
            target.queue_id != args.queue
                || target.channel != channel
                || target.aws_region != region
                || target.instance_id != instance
        });
        ensure!(
            !args.remove || targets.len() < before,
            "there are no targets of this instance, queue and channel"
        );
        ensure!(
            !args.remove || targets.iter().any(is_of_all),
            "targets of all queues and channels have to stay"
        );
        targets.extend(args.targets.iter().map(|target| ServiceLevelTarget {
            aws_region: region.clone(),
            instance_id: instance.clone(),
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
        for text in ["20s", "20=80", "20s=", "20s=101", "=80", "20s=-1", "20s=nan", "0s=80", "8d=80"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_instance_is_an_arn_or_its_id() {
        let id = "00000000-0000-4000-8000-000000000001";
        let of_all_regions = instance(id).unwrap();
        assert_eq!((&*of_all_regions.region, &*of_all_regions.id), ("", id));
        let of_one = instance(&format!("arn:aws:connect:eu-west-2:111122223333:instance/{id}")).unwrap();
        assert_eq!((&*of_one.region, &*of_one.id), ("eu-west-2", id));
        for text in ["", "prod", "arn:aws:connect:eu-west-2:111122223333:instance/prod"] {
            assert!(instance(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_threshold_has_one_target() {
        let targets = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        assert!(each_threshold_once(&targets(&["20s=80", "1m=90"])).is_ok());
        assert!(each_threshold_once(&targets(&["60s=80", "1m=90"])).is_err());
    }
}
