//! What an invented contact centre depends on: the options of every command that simulates one.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ToSpan, civil::Weekday, tz::TimeZone};
use switchboard_callers::csv_file;
use switchboard_simulator::model::Config;

use crate::wfm::options::{instant, time_zone};

/// What the centre depends on. The same options, `--from` among them, give the same centre, whatever is asked of it.
#[derive(Debug, clap::Args)]
pub(super) struct CentreOptions {
    /// Random seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Agents, on all shifts together.
    #[arg(long, value_name = "N", default_value_t = 20)]
    agents: u32,
    /// Queues.
    #[arg(long, value_name = "N", default_value_t = 3)]
    queues: u32,
    /// Contacts that begin on a working day, on average. Default: 70 for each agent.
    #[arg(long, value_name = "N")]
    contacts_per_day: Option<u32>,
    /// When it begins: a day or a time of the zone, such as 2026-11-02 or 2026-11-02T08:00, or one with an offset. A time that
    /// comes twice is the earlier one. Default: the last working day that is over, which is another tomorrow.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Whose clock shifts, opening hours and busy hours follow: an IANA name such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    pub(super) tz: TimeZone,
    /// What the status of type OFFLINE is called: no name of another status.
    #[arg(long, value_name = "NAME", default_value = "Signed out")]
    offline_name: String,
    /// Who calls: a CSV file with the columns Phone and Name. Default: numbers reserved for fiction.
    #[arg(long, value_name = "FILE.csv")]
    callers: Option<PathBuf>,
}

impl CentreOptions {
    /// The centre, whose history goes on for so long.
    ///
    /// # Errors
    /// When there can be no such centre.
    pub(super) fn config(&self, duration: SignedDuration) -> anyhow::Result<Config> {
        let from = match &self.from {
            Some(text) => instant(text, &self.tz).context("--from can't be read")?,
            None => last_working_day(&self.tz)?,
        };
        let callers: Vec<_> = match &self.callers {
            Some(path) => csv_file::read(path)?.into_iter().map(|(number, _)| number).collect(),
            None => Vec::new(),
        };
        ensure!(self.callers.is_none() || !callers.is_empty(), "the file of callers has no numbers");
        let config = Config {
            seed: self.seed,
            agents: self.agents,
            queues: self.queues,
            contacts_per_day: self.contacts_per_day.unwrap_or_else(|| self.agents.saturating_mul(70)),
            from,
            duration,
            zone: self.tz.clone(),
            offline_name: self.offline_name.clone(),
            callers,
            ..Config::default()
        };
        config.validate()?;
        Ok(config)
    }
}

/// How long a history goes on, in a text such as 24h or 1h30m.
///
/// # Errors
/// When it is no such length, or longer than a history is.
pub(super) fn history_length(text: &str) -> Result<SignedDuration, String> {
    let span = text.parse::<Span>().ok();
    // A day is 24 hours here, whatever the clocks do.
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let longest = Config::LONGEST.as_hours();
    match length {
        Some(length) if length <= Config::LONGEST => Ok(length),
        Some(_) => Err(format!("a history goes on for {longest}h at most, {} days", longest / 24)),
        None => Err(format!("expected hours, minutes and seconds, such as 24h or 1h30m, {longest}h at most")),
    }
}

/// The beginning of the last working day that is over.
fn last_working_day(zone: &TimeZone) -> anyhow::Result<Timestamp> {
    let mut day = Timestamp::now().to_zoned(zone.clone()).date().checked_sub(1.day())?;
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = day.checked_sub(1.day())?;
    }
    Ok(day.to_zoned(zone.clone())?.timestamp())
}
