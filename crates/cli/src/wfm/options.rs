//! The options of `switchboard wfm stats`.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};
use switchboard_metrics::settings::{NotAThreshold, ServiceLevel};
use switchboard_wfm::stats::{IntervalLength, Settings};

const AFTER_HELP: &str = "\
Contact records may be in any framing, gzip too, and among other events; agent reports are recognised by \
their header. Of several copies of a contact the newest counts, in whatever files they are. What is not used \
is listed with the reason and makes the exit status 1, except events of other known kinds, which other \
commands use. Rows are per queue and channel: give --channel voice for figures about calls.

A day's folder also holds copies of earlier days' contacts that Connect delivered again. Intervals that only \
such copies touch are left out and named; with --from or --to all intervals in between have rows.

Agents' times come from reports of half an hour. Shorter intervals share them out, so --interval 30m has them exact.

Examples:
  switchboard wfm stats events/s3/objects --tz Europe/Stockholm
  switchboard wfm stats day/ --interval 30m --sla 30s --channel voice
  switchboard wfm stats day/ --csv statistics/
  switchboard wfm stats days/ --tz local --from 2026-11-02 --to 2026-11-03";

/// Interval statistics of contact records and agent reports.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Files, and folders of files.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// How long an interval is: 5m, 10m, 15m, 30m or 1h.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = interval)]
    interval: IntervalLength,
    /// Whose clock intervals are counted on: an IANA name such as Europe/Stockholm.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    tz: TimeZone,
    /// The service level: a call that waited for less than this is within it.
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = threshold)]
    sla: ServiceLevel,
    /// The short-call threshold: an abandoned call that waited for less than this is a short call.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    short_call: u64,
    /// Only contacts of this channel: voice, chat, task or email. Several by commas.
    #[arg(long, value_name = "CHANNEL", value_delimiter = ',', value_parser = channel)]
    channel: Vec<String>,
    /// Only intervals that begin then or later: a day or a time of the zone, such as 2026-11-02 or 2026-11-02T08:00, or
    /// one with an offset.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only intervals that begin before then.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Write the whole tables as CSV files into this folder, instead of printing their most useful columns.
    #[arg(long, value_name = "DIR")]
    pub(super) csv: Option<PathBuf>,
}

impl Args {
    /// What the figures depend on.
    ///
    /// # Errors
    /// When a limit is no time, or the two hold nothing.
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        let limit = |name, text: &Option<String>| {
            let at = text.as_deref().map(|text| instant(text, &self.tz));
            at.transpose().with_context(|| format!("{name} can't be read"))
        };
        let (from, to) = (limit("--from", &self.from)?, limit("--to", &self.to)?);
        ensure!(from.zip(to).is_none_or(|(from, to)| from < to), "--from is not before --to");
        Ok(Settings {
            interval: self.interval,
            time_zone: self.tz.clone(),
            service_level_secs: self.sla.seconds().into(),
            short_call_secs: self.short_call,
            channels: self.channel.clone(),
            from,
            to,
        })
    }
}

/// A time with an offset, or one of the zone; a day is its first moment. Of a time that comes twice there the earlier counts.
///
/// # Errors
/// When it is neither.
pub(crate) fn instant(text: &str, time_zone: &TimeZone) -> anyhow::Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    // A day begins with its first moment, wherever its midnight is.
    if let Ok(day) = text.parse::<Date>()
        && !text.contains(['T', 't', ' '])
    {
        return Ok(day.to_zoned(time_zone.clone())?.timestamp());
    }
    let local: DateTime =
        text.parse().context("expected such as 2026-11-02, 2026-11-02T08:00 or 2026-11-02T08:00:00Z")?;
    let on_the_clock = time_zone.to_ambiguous_timestamp(local);
    let is_left_out = matches!(on_the_clock.offset(), AmbiguousOffset::Gap { .. });
    ensure!(!is_left_out, "{local} is left out by a change of the clock");
    Ok(on_the_clock.compatible()?)
}

/// Whole seconds.
///
/// # Errors
/// When it is no duration, or has a fraction.
pub(crate) fn duration(text: &str) -> Result<u64, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    let secs = duration.filter(|duration| duration.subsec_nanos() == 0).map(|duration| duration.as_secs());
    let secs = secs.and_then(|secs| u64::try_from(secs).ok());
    secs.ok_or_else(|| "expected whole seconds, such as 20s or 1m30s".to_owned())
}

/// A service level's threshold, as Amazon Connect's API takes it: nobody is answered in less than no time.
pub(crate) fn threshold(text: &str) -> Result<ServiceLevel, String> {
    let secs = duration(text)?;
    let threshold = u32::try_from(secs).map_err(|_| NotAThreshold).and_then(ServiceLevel::new);
    threshold.map_err(|_| "expected whole seconds from 1s to a week, such as 20s or 1m30s".to_owned())
}

fn interval(text: &str) -> Result<IntervalLength, String> {
    let secs = duration(text).ok().filter(|secs| secs % 60 == 0);
    let length = secs.and_then(|secs| IntervalLength::from_minutes(secs / 60));
    length.ok_or_else(|| "expected 5m, 10m, 15m, 30m or 1h".to_owned())
}

/// One of Connect's channels. A word that is none would leave every table empty.
pub(crate) fn channel(text: &str) -> Result<String, String> {
    let channel = text.to_ascii_uppercase();
    let is_known = ["VOICE", "CHAT", "TASK", "EMAIL"].contains(&&*channel);
    is_known.then_some(channel).ok_or_else(|| "expected voice, chat, task or email".to_owned())
}

pub(crate) fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "no such time zone; expected a name such as Europe/Stockholm".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_one_that_there_is() {
        assert_eq!(channel("Voice").as_deref(), Ok("VOICE"));
        for text in ["voce", "fax", "", "voice "] {
            assert!(channel(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_is_a_day_or_a_time_of_the_zone_or_an_instant() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let at = |text| instant(text, &zone).map(|at| at.to_string()).ok();
        assert_eq!(at("2026-11-02").as_deref(), Some("2026-11-01T23:00:00Z"));
        assert_eq!(at("2026-07-02T08:00").as_deref(), Some("2026-07-02T06:00:00Z"));
        assert_eq!(at("2026-10-25 02:30").as_deref(), Some("2026-10-25T00:30:00Z"), "the earlier of the two");
        assert_eq!(at("2026-11-02T08:00:00Z").as_deref(), Some("2026-11-02T08:00:00Z"));
        assert_eq!(at("2026-11-02T08:00-05:00").as_deref(), Some("2026-11-02T13:00:00Z"));
        for text in ["", "yesterday", "2026-13-01", "08:00"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_that_a_change_of_the_clock_leaves_out_is_refused() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let refused = instant("2026-03-29T02:30", &zone).unwrap_err().to_string();
        assert_eq!(refused, "2026-03-29T02:30:00 is left out by a change of the clock");
        // A day without a midnight begins an hour later.
        let zone = TimeZone::get("America/Santiago").unwrap();
        assert_eq!(instant("2026-09-06", &zone).unwrap().to_string(), "2026-09-06T04:00:00Z");
    }

    #[test]
    fn durations_are_whole_seconds() {
        assert_eq!(duration("20s"), Ok(20));
        assert_eq!(duration("1m30s"), Ok(90));
        for text in ["", "20", "1.5s", "-5s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_interval_divides_the_hour() {
        assert_eq!(interval("15m"), Ok(IntervalLength::Fifteen));
        assert_eq!(interval("1h"), Ok(IntervalLength::Sixty));
        for text in ["7m", "0m", "2h", "15m30s", "15"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_zone_is_known_by_its_name() {
        assert!(time_zone("Europe/Stockholm").is_ok());
        assert!(time_zone("Europe/Stockhome").is_err());
    }
}
