//! A hidden stand-in for a command that was not compiled in.

use anyhow::bail;

use crate::outcome::CommandOutcome;

/// The arguments of a command that needs the feature `aws`; all of them are ignored, `--help` too.
#[derive(Debug, clap::Args)]
#[command(hide = true, disable_help_flag = true)]
pub(crate) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _ignored: Vec<String>,
}

/// Says how to run the command with the feature.
///
/// # Errors
/// Always.
pub(crate) fn fail(command: &str) -> anyhow::Result<CommandOutcome> {
    bail!(
        "`{command}` needs the feature `aws`, which this program was built without: \
         run `cargo run -p switchboard --features aws -- {command} …`"
    )
}
