//! `switchboard doctor`: what an instance and its account have, and which deployment fits. It reads, and changes nothing.
//!
//! | module | what it is |
//! |---|---|
//! | `look` | the calls of AWS's APIs |
//! | `observation`, `facts` | what they found, or that they were refused |
//! | `sources`, `streams`, `names`, `polls` | findings from the facts alone |
//! | `deployment` | the config file |
//! | `report` | all of it together |

mod deployment;
mod facts;
mod finding;
mod look;
mod names;
mod observation;
mod polls;
mod report;
mod sources;
mod streams;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use serde_json::Value;
use switchboard_core::instance::Instance;

use self::{deployment::Deployment, report::Report};
use crate::{outcome::CommandOutcome, table::clean};

const AFTER_HELP: &str = "\
Every finding is followed by the call that it is known from. A call that is refused is \"unknown\", never \"nothing \
there\". Needed rights, all of them reading: connect:DescribeInstance, ListInstances, ListInstanceStorageConfigs, \
ListQueues, ListUsers; kinesis:DescribeStreamSummary, ListStreamConsumers, ListStreams; kms:DescribeKey; \
firehose:DescribeDeliveryStream, ListDeliveryStreams; s3:GetBucketNotification, GetEncryptionConfiguration; sqs:ListQueues; es:ListDomainNames; logs:DescribeLogGroups, DescribeSubscriptionFilters; \
events:ListRules; lambda:ListFunctions, ListEventSourceMappings; servicequotas:ListServiceQuotas. Credentials and \
endpoints come from the AWS SDK's own variables, the Region from the instance.

Exit status: 1 if something collides or could not be looked at.

Examples:
  switchboard doctor --instance $INSTANCE_ARN
  switchboard doctor --instance $INSTANCE_ARN --write cdk/config/prod.json";

/// Look at an instance and its account: what is there, what fits, and what would collide.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// A Connect instance, by its ARN; again for further ones of the same account and Region.
    #[arg(long, value_name = "ARN", required = true)]
    instance: Vec<Instance>,
    /// Write the config file that fits. A file that is there stays.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// The deployment's environment.
    #[arg(long, default_value = "prod")]
    environment: Environment,
    /// The deployment's name, which tells it apart from others of its environment.
    #[arg(long, value_name = "NAME", value_parser = deployment_name)]
    name: Option<String>,
}

/// The environments that a config knows.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Environment {
    Dev,
    Sit,
    #[value(name = "preprod")]
    PreProd,
    Prod,
}

/// Looks, prints what was found, and writes the config file.
///
/// # Errors
/// When instances are not of one account and Region, no call can be made at all, or the file can't be written.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let place =
        |instance: &Instance| instance.arn().rsplit_once(":instance/").map(|(place, _)| place.to_owned());
    ensure!(
        args.instance.iter().all(|one| Some(place(one)) == args.instance.first().map(place)),
        "--instance: all have to be of one account and Region"
    );
    let deployment = Deployment { environment: args.environment.setting().to_owned(), name: args.name };
    let facts = look::look(&args.instance).await?;
    let report = Report::new(&deployment, &facts);
    print(&report, &mut io::stdout().lock())?;
    if let Some(path) = &args.write {
        match &report.config {
            Ok(config) => write(config, path)?,
            Err(missing) => anyhow::bail!("no config can be written without {}", missing.join("; ")),
        }
    }
    Ok(if report.is_clear() { CommandOutcome::Success } else { CommandOutcome::Rejected })
}

impl Environment {
    const fn setting(self) -> &'static str {
        match self {
            Self::Dev => "Dev",
            Self::Sit => "Sit",
            Self::PreProd => "PreProd",
            Self::Prod => "Prod",
        }
    }
}

/// A deployment's name as the config takes it.
fn deployment_name(text: &str) -> Result<String, String> {
    let is_name = (1..=8).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit());
    is_name
        .then(|| text.to_owned())
        .ok_or_else(|| "expected one to eight lower-case letters and digits, the first a letter".to_owned())
}

fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for finding in &report.findings {
        writeln!(out, "{:<8}  {}", finding.verdict.word(), clean(&finding.text))?;
        writeln!(out, "          [{}]", clean(&finding.source))?;
    }
    writeln!(out, "\n{}", report.set_up.sentence())?;
    match &report.config {
        Ok(config) => writeln!(out, "{config:#}"),
        Err(missing) => writeln!(out, "No config: not known is {}", clean(&missing.join("; "))),
    }
}

/// Writes a config file, which names the schema if that is beside it.
fn write(config: &Value, path: &Path) -> anyhow::Result<()> {
    let mut config = config.clone();
    let has_schema = path.parent().is_some_and(|folder| folder.join("schema.json").is_file());
    if let Some(config) = config.as_object_mut()
        && has_schema
    {
        config.insert("$schema".to_owned(), "./schema.json".into());
    }
    let mut file = File::create_new(path).with_context(|| format!("{} can't be made", path.display()))?;
    writeln!(file, "{config:#}").with_context(|| format!("{} can't be written", path.display()))
}
