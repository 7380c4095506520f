//! `switchboard simulate centre`: one invented contact centre, with everything that it emits and what really happened.

mod day_folder;
mod destination;
mod disk_space;
#[cfg(feature = "aws")]
mod event_bus;
mod folder_readme;
#[cfg(feature = "aws")]
mod live;
#[cfg(feature = "aws")]
mod log_group;
mod recording;
#[cfg(feature = "aws")]
mod retry;

use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use switchboard_simulator::model::{
    Centre, ClockSkew, HOUR, IsoSeconds, MINUTE, Millis, SECOND, Summary,
    emit::{AgentFaultCounts, AgentFaults, FaultCounts, WorldFaults},
};
use tokio::{task::yield_now, time::Instant};

use self::{
    day_folder::DayFolder,
    destination::Destination,
    disk_space::megabytes,
    folder_readme::{FolderReadme, Progress},
    recording::{AllFaults, Recording},
};
use super::centre_options::{CentreOptions, history_length};
use crate::outcome::CommandOutcome;

const AFTER_HELP: &str = "\
DIR gets what Amazon Connect would emit: contact-records/, contact-events/, flow-logs/ and agent-events/ (a line each, \
gzip, a file an hour) and reports/ (CSV, a file each half hour); and truth/: what really happened, which agrees with none \
of the faults. DIR/README.md and DIR/truth/README.md describe every file and figure.

The same options give the same files on every machine; --from is one of them, as without it the history is of the last \
working day. Arrivals, flows, queues, routing, agents' shifts, transfers, \
conferences, callbacks, campaigns and returning customers are one history. The centre is empty when it begins: agents whose shift \
has begun before --from do not come, so let it begin at night. What has not ended when it ends is in truth/ with null for its end. While it is written, and after Ctrl-C, DIR/README.md says that it \
is not complete.

Examples:
  switchboard simulate centre --out day
  switchboard simulate centre --agents 1000 --contacts-per-day 70000 --out day
  switchboard simulate centre --tz Europe/Stockholm --for 48h --out days
  switchboard simulate centre --repeat 0.3 --clock-skew 2s --out rough
  switchboard replay day
  switchboard wfm stats day";

/// A contact centre: everything that it emits, and what really happened.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    centre: CentreOptions,
    /// How long it goes on, 9600h at most.
    #[arg(long = "for", value_name = "DURATION", default_value = "24h", value_parser = history_length)]
    duration: SignedDuration,
    /// How fast: so many times as fast as real time, or max.
    #[arg(long, value_name = "FACTOR|max", default_value = "max", value_parser = speed)]
    speed: Speed,
    /// The share that is delivered twice, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    repeat: f64,
    /// Deliver everything up to so much later, at random: the order is lost.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    disorder: SignedDuration,
    /// The share that is never delivered, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    lose: f64,
    /// Cut one in so many short; 0: none.
    #[arg(long, value_name = "N", default_value_t = 0)]
    damage_one_in: u64,
    /// The share of log-ons after which the agent falls silent: no event any more, and no LOGOUT, before the next log-on.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    silent_agents: f64,
    /// The share of LOGIN events without a snapshot of the agent.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    bare_logins: f64,
    /// Let each source's clock be off by up to so much: those of contact records, contact events, flow logs and each agent.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    clock_skew: SignedDuration,
    /// The folder to write; it must be empty, or not there yet.
    #[arg(long, value_name = "DIR")]
    #[cfg_attr(not(feature = "aws"), arg(required = true))]
    #[cfg_attr(feature = "aws", arg(required_unless_present_any = live::TARGETS))]
    out: Option<PathBuf>,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    live: live::LiveOptions,
}

/// How fast the history is told.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Speed {
    /// As fast as it can be.
    Max,
    /// So many times as fast as real time.
    Factor(f64),
}

/// Writes the folder, or sends it all to AWS, or both.
///
/// # Errors
/// When there can be no such centre, or the folder can't be written.
pub(super) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let config = args.centre.config(args.duration)?;
    let (begin, end) = (config.begin(), config.end());
    let mut destination = Destination::default();
    let mut truth = None;
    let faults =
        AllFaults { world: args.faults()?, agents: args.agent_faults(), clock_skew: args.clock_skew()? };
    let readme = args.out.as_deref().map(|root| FolderReadme::new(root, &config));
    if let (Some(root), Some(readme)) = (&args.out, &readme) {
        (destination.folder, truth) = recording::create_folder(root, readme, &config, args.repeat)?;
    }
    #[cfg(feature = "aws")]
    let mut live = live::Live::open(&args.live, &mut destination).await?;
    let recording = Recording::new(destination, faults, truth, begin);
    let mut centre = Centre::new(config, recording)?;

    let bar = progress_bar(begin, end);
    let start = Instant::now();
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let step = if args.speed == Speed::Max { MINUTE } else { SECOND };
    let mut now = begin;
    while now < end {
        now = (now + step).min(end);
        tokio::select! {
            biased;
            _ = &mut interrupted => {
                #[cfg(feature = "aws")]
                if args.out.is_none() {
                    return live.finish();
                }
                let stopped = Progress::StoppedAt(centre.now());
                readme.as_ref().map_or(Ok(()), |readme| readme.write(stopped))?;
                bail!("stopped; the folder is not complete")
            }
            () = wait(args.speed, start, now - begin) => {}
        }
        centre.advance(now);
        if let Some(error) = centre.sink().take_error() {
            return Err(error).context("the folder can't be written");
        }
        #[cfg(feature = "aws")]
        live.send().await;
        bar.set_position(u64::try_from((now - begin) / SECOND).unwrap_or(0));
        bar.set_message(IsoSeconds(now).to_string());
    }
    bar.finish_and_clear();
    let (summary, recording, directory) = centre.finish();
    let (destination, counts, of_agents) = recording.finish(end, &directory)?;
    readme.as_ref().map_or(Ok(()), |readme| readme.write(Progress::Complete))?;
    report(&destination, &summary, counts, of_agents)?;
    #[cfg(feature = "aws")]
    {
        live.send().await;
        live.finish()
    }
    #[cfg(not(feature = "aws"))]
    Ok(CommandOutcome::Success)
}

/// Waits until so much of the history may be told.
async fn wait(speed: Speed, start: Instant, passed: Millis) {
    match speed {
        // Lets signals in.
        Speed::Max => yield_now().await,
        Speed::Factor(factor) => {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of days")]
            let seconds = passed as f64 / 1000.0 / factor;
            tokio::time::sleep_until(start + Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
                .await;
        }
    }
}

fn progress_bar(begin: Millis, end: Millis) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from((end - begin) / SECOND).unwrap_or(0));
    let style = ProgressStyle::with_template("{bar:30} {percent} % {eta} {wide_msg}");
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn report(
    destination: &Destination,
    summary: &Summary,
    counts: FaultCounts,
    of_agents: AgentFaultCounts,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (name, written) in destination.folder.iter().flat_map(DayFolder::written) {
        writeln!(out, "{name:<16} {:>10}  {}", written.items, megabytes(written.bytes))?;
    }
    let Summary { arrived, ended, in_centre, .. } = summary;
    writeln!(out, "{arrived} contacts and legs, {ended} ended, {in_centre} in the centre at the end")?;
    let FaultCounts { repeated, lost, damaged } = counts;
    if counts != FaultCounts::default() {
        writeln!(out, "{repeated} repeated, {lost} lost, {damaged} damaged")?;
    }
    let AgentFaultCounts { silences, unheard_events, bare_logins } = of_agents;
    if of_agents != AgentFaultCounts::default() {
        writeln!(out, "agents fell silent {silences} times, {unheard_events} of their events are missing")?;
        writeln!(out, "{bare_logins} log-ons without a snapshot")?;
    }
    Ok(())
}

impl Args {
    fn clock_skew(&self) -> anyhow::Result<ClockSkew> {
        let most = Millis::try_from(self.clock_skew.as_millis())?;
        ensure!((0..=HOUR).contains(&most), "--clock-skew is from 0s to 1h");
        Ok(ClockSkew { seed: self.centre.seed, most })
    }

    fn agent_faults(&self) -> AgentFaults {
        let Self { silent_agents: silent, bare_logins, .. } = *self;
        AgentFaults { seed: self.centre.seed, silent, bare_logins }
    }

    fn faults(&self) -> anyhow::Result<WorldFaults> {
        let disorder = Millis::try_from(self.disorder.as_millis())?;
        ensure!((0..=24 * HOUR).contains(&disorder), "--disorder is from 0s to 24h");
        Ok(WorldFaults {
            seed: self.centre.seed,
            repeat: self.repeat,
            disorder,
            lose: self.lose,
            damage_one_in: self.damage_one_in,
        })
    }
}

fn speed(text: &str) -> Result<Speed, String> {
    match text.parse::<f64>() {
        _ if text == "max" => Ok(Speed::Max),
        Ok(factor) if (0.001..=1e6).contains(&factor) => Ok(Speed::Factor(factor)),
        _ => Err("expected max, or how many times as fast as real time, such as 60".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share from 0 to 1, such as 0.3".to_owned())
}
