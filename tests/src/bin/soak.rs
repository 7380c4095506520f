//! One invented day of any size through the compiled functions: threefold, disordered, with a tenth of all remote calls
//! failing and processes killed, held against what really happened while it goes on.
//!
//! `cargo run --release -p switchboard-tests --bin soak -- --contacts N [--seed S] [--minutes M]`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells what it does")]

use std::process::ExitCode;
use std::time::Duration;

use jiff::SignedDuration;
use switchboard_simulator::model::Config;
use switchboard_tests::judge::Run;

const USAGE: &str =
    "soak --contacts N [--seed S] [--minutes M] [--from HOUR] [--hours H] [--clean] [--lose N] [--without-metrics]

  --contacts N   contacts of the day, 1 and more
  --seed S       what everything follows from (default 1)
  --minutes M    stop after so many minutes (default 30)
  --from HOUR    the local hour at which the day begins (default 0)
  --hours H      how long it lasts (default: until midnight)
  --clean        everything once and in order; nothing fails
  --lose N       one item in N never comes, to see that it is missed
  --without-metrics
                 no metrics are polled: the centre is not invented a second time, for the API that is asked
";

/// A centre has an agent for so many contacts of a day.
const CONTACTS_OF_AN_AGENT: u32 = 70;
/// A queue for so many agents.
const AGENTS_OF_A_QUEUE: u32 = 100;

/// What is asked for.
#[derive(Debug)]
struct Options {
    contacts: u32,
    seed: u64,
    minutes: u64,
    from_hour: i64,
    /// [`None`]: until midnight.
    hours: Option<i64>,
    is_clean: bool,
    lose_one_in: u64,
    has_metrics: bool,
}

impl Options {
    /// [`None`] if it can't be read.
    fn read(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self {
            contacts: 0,
            seed: 1,
            minutes: 30,
            from_hour: 0,
            hours: None,
            is_clean: false,
            lose_one_in: 0,
            has_metrics: true,
        };
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--contacts" => options.contacts = arguments.next()?.parse().ok()?,
                "--seed" => options.seed = arguments.next()?.parse().ok()?,
                "--minutes" => options.minutes = arguments.next()?.parse().ok()?,
                "--from" => options.from_hour = arguments.next()?.parse().ok()?,
                "--hours" => options.hours = Some(arguments.next()?.parse().ok()?),
                "--lose" => options.lose_one_in = arguments.next()?.parse().ok()?,
                "--without-metrics" => options.has_metrics = false,
                "--clean" => options.is_clean = true,
                _ => return None,
            }
        }
        let is_within = (0..24).contains(&options.from_hour)
            && options.hours.is_none_or(|hours| (1..=24).contains(&hours));
        (options.contacts > 0 && is_within).then_some(options)
    }

    fn centre(&self) -> Config {
        let agents = (self.contacts / CONTACTS_OF_AN_AGENT).max(5);
        let default = Config::default();
        Config {
            from: default.from + SignedDuration::from_hours(self.from_hour),
            duration: SignedDuration::from_hours(self.hours.unwrap_or(24 - self.from_hour)),
            seed: self.seed,
            agents,
            queues: (agents / AGENTS_OF_A_QUEUE).max(2),
            contacts_per_day: self.contacts,
            ..default
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(options) = Options::read(std::env::args().skip(1)) else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let centre = options.centre();
    println!(
        "seed {} of the day, of what fails and of who is killed: {} contacts a day, {} agents, {} queues",
        options.seed, options.contacts, centre.agents, centre.queues
    );
    let mut run = if options.is_clean { Run::clean(centre) } else { Run::rough(centre) };
    run.failures.lose_one_in = options.lose_one_in;
    let at_most = Duration::from_secs(options.minutes * 60);
    let run = Run { has_metrics: options.has_metrics, at_most, ..run };
    let report = run.judge(&mut |line| println!("{line}")).await;
    print!("{report}");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("the same calls fail and the same invocations die with: soak {}", arguments.join(" "));
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
