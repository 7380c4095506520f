//! Log lines as JSON.
//!
//! Our own crates write at the level asked for; all others only warnings. That is not taste: at their
//! lower levels HTTP and AWS libraries write request paths and bodies, which here hold phone numbers.

use std::{error::Error, process::ExitCode};

use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::Settings;

/// Log targets whose lines are free of personal data: the crates of this workspace. A target covers every crate that begins with
/// its name, so `switchboard` stands for all of `crates/`; a function has a name of its own.
const OWN_CRATES: [&str; 13] = [
    "switchboard",
    "board",
    "caller_api",
    "contact_flow",
    "contact_status",
    "ctr_enrich",
    "ctr_sftp",
    "data_check",
    "metrics_poller",
    "reconcile",
    "record_tables",
    "rta_feed",
    "search_setup",
];

/// Starts logging to standard error, a JSON object a line, at the level of `AWS_LAMBDA_LOG_LEVEL`
/// (which Lambda sets from the function's logging configuration), or `INFO`.
///
/// A second call changes nothing.
pub fn init(settings: &mut Settings) {
    start(settings, Level::WARN.into());
}

/// The same for a program at a terminal, which tells itself what went wrong, in one line: libraries write nothing.
pub fn init_terminal(settings: &mut Settings) {
    start(settings, LevelFilter::OFF);
}

fn start(settings: &mut Settings, others: LevelFilter) {
    let level = settings.optional_or("AWS_LAMBDA_LOG_LEVEL", Level::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        // CloudWatch stamps each line.
        .without_time()
        .with_writer(std::io::stderr)
        .with_filter(filter(level, others));
    // Only fails where a test or program started logging before, and that one then goes on.
    drop(tracing_subscriber::registry().with(lines).try_init());
    std::panic::set_hook(Box::new(|panic| {
        // The message may quote the record that caused it; the place is enough to find the defect.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(event = "panicked", place, "panicked");
    }));
}

/// The exit status of a function. Logs the error that ended it.
pub fn exit_code(result: Result<(), Box<dyn Error + Send + Sync>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(event = "stopped", error = error_chain(error.as_ref()), "stopped");
            ExitCode::FAILURE
        }
    }
}

/// An error and its causes in one line, each once: many of our messages end with their cause already.
///
/// ```
/// use switchboard_runtime::telemetry::error_chain;
/// #[derive(Debug, thiserror::Error)]
/// #[error("WFM_SFTP: {0}")]
/// struct Place(#[source] std::num::ParseIntError);
/// let error = Place("x".parse::<u8>().unwrap_err());
/// assert_eq!(error_chain(&error), "WFM_SFTP: invalid digit found in string");
/// ```
pub fn error_chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !told.ends_with(&text) {
            told.push_str(": ");
            told.push_str(&text);
        }
        cause = error.source();
    }
    told
}

fn filter(level: Level, others: LevelFilter) -> Targets {
    Targets::new()
        .with_default(others)
        // Its span carries the request id into every line; it writes nothing else at this level.
        .with_target("lambda_runtime", Level::INFO.min(level))
        .with_targets(OWN_CRATES.map(|name| (name, level)))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn at_a_terminal_other_crates_write_nothing() {
        let filter = filter(Level::WARN, LevelFilter::OFF);
        assert!(!filter.would_enable("aws_config", &Level::ERROR));
        assert!(filter.would_enable("switchboard", &Level::WARN));
    }

    #[test]
    fn other_crates_write_warnings_only() {
        let filter = filter(Level::TRACE, Level::WARN.into());
        for theirs in ["reqwest", "hyper", "h2", "aws_smithy_runtime", "aws_config"] {
            assert!(filter.would_enable(theirs, &Level::WARN), "{theirs}");
            assert!(!filter.would_enable(theirs, &Level::INFO), "{theirs}");
        }
    }

    #[test]
    fn every_function_and_crate_of_the_workspace_writes_at_its_level() {
        let filter = filter(Level::TRACE, Level::WARN.into());
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let names = |folder: &str| {
            let entries = fs::read_dir(workspace.join(folder)).unwrap();
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().replace('-', "_"))
        };
        let crates = names("crates").map(|name| format!("switchboard_{name}"));
        let own: Vec<_> = names("functions").chain(crates).collect();
        assert!(own.len() > 15, "{own:?}");
        for name in own {
            assert!(filter.would_enable(&name, &Level::TRACE), "{name}");
        }
    }
}
