//! Log lines as JSON.
//!
//! Our own crates write at the level asked for; all others only warnings. That is not taste: at their
//! lower levels HTTP and AWS libraries write request paths and bodies, which here hold phone numbers.

use std::{fmt::Display, process::ExitCode};

use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::Settings;

/// Crates that keep personal data out of their log lines: ours.
const OURS: [&str; 11] = [
    "switchboard",
    "switchboard_callers",
    "switchboard_contacts",
    "switchboard_core",
    "switchboard_runtime",
    "switchboard_wfm",
    "caller_api",
    "contact_flow",
    "contact_status",
    "ctr_enrich",
    "ctr_sftp",
];

/// Starts logging to standard error, a JSON object a line, at the level of `AWS_LAMBDA_LOG_LEVEL`
/// (which Lambda sets from the function's logging configuration), or `INFO`.
///
/// A second call changes nothing.
pub fn init(settings: &mut Settings) {
    let level = settings.or("AWS_LAMBDA_LOG_LEVEL", Level::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        // CloudWatch stamps each line.
        .without_time()
        .with_writer(std::io::stderr)
        .with_filter(filter(level));
    // Only fails where a test or program started logging before, and that one then goes on.
    drop(tracing_subscriber::registry().with(lines).try_init());
    std::panic::set_hook(Box::new(|panic| {
        // The message may quote the record that caused it; the place is enough to find the defect.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

/// Ends a program: logs why it could not go on, if it could not.
pub fn exit_code<E: Display>(outcome: Result<(), E>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(reason = format!("{error:#}"), "stopped");
            ExitCode::FAILURE
        }
    }
}

fn filter(level: Level) -> Targets {
    Targets::new()
        .with_default(Level::WARN)
        // Its span carries the request id into every line; it writes nothing else at this level.
        .with_target("lambda_runtime", Level::INFO.min(level))
        .with_targets(OURS.map(|name| (name, level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_crates_write_warnings_only() {
        let filter = filter(Level::TRACE);
        for theirs in ["reqwest", "hyper", "h2", "aws_smithy_runtime", "aws_config"] {
            assert!(filter.would_enable(theirs, &Level::WARN), "{theirs}");
            assert!(!filter.would_enable(theirs, &Level::INFO), "{theirs}");
        }
        for ours in OURS {
            assert!(filter.would_enable(ours, &Level::TRACE), "{ours}");
        }
    }
}
