//! One invented day through the compiled functions, held against what really happened.
//!
//! The day is the simulator's model. What it emits goes into the functions' real binaries in AWS's own ways, step by step, and
//! the functions go by the model's clock ([`Clock`]). What they make of it is compared with the model's own
//! bookkeeping, exactly: nothing may be lost, doubled or different. Nothing is written to disk, and in memory is what is in the
//! centre now.
//!
//! | file | what it is |
//! |---|---|
//! | `day` | the model, what it emits and what really happened |
//! | `delivery` | shards, queues and events, and what comes again |
//! | `function`, `remote`, `cut_off`, `failures` | processes that are killed, calls that fail, by the seed |
//! | `site` | the servers and functions, and who reads what |
//! | `contacts` | statuses and journeys |
//! | `enrichment` | enriched records |
//! | `workforce` | the WFM's files |
//! | `statistics` | interval statistics |
//! | `report` | what a run comes to |

mod contacts;
mod cut_off;
mod day;
mod delivery;
mod enrichment;
mod failures;
mod function;
mod remote;
mod report;
mod site;
mod statistics;
mod workforce;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use switchboard_simulator::model::{Config, MINUTE, Millis};

use self::contacts::Contacts;
use self::day::Day;
use self::site::Site;
use self::statistics::DayStatistics;
pub use self::{failures::Failures, report::Report};
use crate::clock::Clock;

/// How often the adherence service is sent a full snapshot.
const SNAPSHOT_EVERY: Millis = 5 * MINUTE;
/// How long contact records are collected for an object.
const OBJECT_EVERY: Millis = 5 * MINUTE;

/// How long it takes until nothing more is told of a contact: its record comes again for two hours, and is in an object
/// within minutes.
const SETTLED_AFTER: Millis = 130 * MINUTE;
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// What is run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The centre.
    pub centre: Config,
    /// How often everything comes.
    pub copies: u32,
    /// How much later than it was sent each of them may come, in milliseconds.
    pub disorder: Millis,
    /// How often what has been emitted is delivered, in milliseconds.
    pub step: Millis,
    /// What goes wrong.
    pub failures: Failures,
    /// Interval statistics are compared, too; the facts of every contact are then in memory.
    pub has_statistics: bool,
    /// After so long the day is left where it is; what has happened by then is compared.
    pub at_most: Duration,
}

impl Run {
    /// A clean day: everything comes once and in order, and nothing goes wrong.
    pub fn clean(centre: Config) -> Self {
        let failures = Failures::none(centre.seed);
        Self {
            centre,
            copies: 1,
            disorder: 0,
            step: MINUTE,
            failures,
            has_statistics: true,
            at_most: Duration::MAX,
        }
    }

    /// The same day, threefold and disordered; a tenth of all remote calls fails, and processes are killed.
    pub fn rough(centre: Config) -> Self {
        let failures = Failures { seed: centre.seed, share: 0.1, kill_one_in: 60 };
        Self { copies: 3, disorder: MINUTE, step: 2 * MINUTE, failures, ..Self::clean(centre) }
    }

    /// True if what is seen at every minute is compared, and not at the end alone.
    fn is_clean(&self) -> bool {
        self.copies == 1 && self.disorder == 0 && self.failures == Failures::none(self.failures.seed)
    }

    /// Runs it. Tells how far it has come from time to time.
    pub async fn judge(&self, tell: &mut dyn FnMut(String)) -> Report {
        // A large future, which the caller is not to carry along.
        Box::pin(self.run(tell)).await
    }

    async fn run(&self, tell: &mut dyn FnMut(String)) -> Report {
        let (begin, mut report) = (self.centre.begin(), Report::default());
        let mut site = Site::start(time(begin), self.failures).await;
        let mut day = Day::new(self.centre.clone(), self.copies, self.disorder, self.failures);
        let mut contacts = Contacts::default();
        let is_due = |now: Millis, every: Millis| now.rem_euclid(every) < self.step;
        let mut statistics = self.has_statistics.then(DayStatistics::default);
        let (mut now, mut goes_on) = (begin, true);
        let (start, mut told) = (Instant::now(), Instant::now());
        while goes_on && start.elapsed() < self.at_most {
            now += self.step;
            let items;
            (items, goes_on) = day.advance(now);
            show(&site.clock, now);
            if let Some(statistics) = &mut statistics {
                statistics.take(&items, site.clock.now(), &mut report);
            }
            site.deliver(&items, is_due(now, OBJECT_EVERY), &mut report).await;
            if is_due(now, SNAPSHOT_EVERY) {
                site.snapshot();
            }
            if self.is_clean() {
                site.compare_picture(time(now), &day.shown(), &mut report);
            }
            contacts.take(day.news());
            let store = (&site.store, site.clock.now());
            contacts
                .compare(store, &mut site.workforce, (SETTLED_AFTER / self.step).unsigned_abs(), &mut report)
                .await;
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                tell(format!("{} {}", time(now), site.progress(start.elapsed(), contacts.compared())));
            }
        }
        let shown = day.shown();
        let items = if goes_on {
            report.lines.push(format!("left at {}, after {:.0?}", time(now), start.elapsed()));
            day.leave()
        } else {
            let (items, ended) = day.finish();
            report.lines.push(format!(
                "{} contacts and legs, of which the end leaves {} unfinished",
                ended.summary.arrived, ended.summary.in_centre,
            ));
            if let Some(mut statistics) = statistics {
                statistics.take(&items, site.clock.now(), &mut report);
                statistics.compare(&ended.intervals, &mut report);
            }
            items
        };
        site.deliver(&items, true, &mut report).await;
        site.snapshot();
        site.compare_picture(time(now), &shown, &mut report);
        contacts.take(day.news());
        let store = (&site.store, site.clock.now());
        contacts.compare(store, &mut site.workforce, 0, &mut report).await;
        if !goes_on {
            report.compare("WFM rows", "nobody", "the number", (site.workforce.rows_left(), 0));
        }
        site.report(start.elapsed(), &mut report);
        report.lines.push(format!("{} contacts and legs compared", contacts.compared()));
        report
    }
}

/// Sets the clock, which never goes back.
fn show(clock: &Clock, now: Millis) {
    let now = time(now);
    if clock.now() < now {
        clock.set(now);
    }
}

fn time(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).expect("a time of the history")
}
