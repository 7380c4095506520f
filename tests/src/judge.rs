//! One invented day through the compiled functions, held against what really happened.
//!
//! The day is the simulator's model. What it emits goes into the functions' real binaries in AWS's own ways, step by step, and
//! the functions go by the model's clock ([`Clock`]). What they make of it is compared with the model's own
//! bookkeeping, exactly: nothing may be lost, doubled or different. Nothing is written to disk, and in memory is what is in the
//! centre now.
//!
//! | file | what it is |
//! |---|---|
//! | `day`, `news`, `seen` | the model, what it emits, what really happened, and what is to be seen at a moment |
//! | `delivery` | shards, queues and events, and what comes again |
//! | `function`, `remote`, `cut_off`, `failures` | processes that are killed, calls that fail, by the seed |
//! | `site` | the servers and functions, and who reads what |
//! | `contacts`, `journey` | statuses, histories, and the sentences of journeys |
//! | `enrichment` | enriched records, whose callers `caller-api` names |
//! | `customers`, `look_ups` | what customers did before, and what flows are told of it |
//! | `metrics` | metric tables and views, and whether they are said to be fresh |
//! | `reconciliation` | what is said to be missing |
//! | `workforce` | the WFM's files |
//! | `statistics` | interval statistics |
//! | `records` | record tables |
//! | `report` | what a run comes to |

mod contacts;
mod customers;
mod cut_off;
mod day;
mod delivery;
mod enrichment;
mod failures;
mod freshness;
mod function;
mod journey;
mod look_ups;
mod metrics;
mod news;
mod reconciliation;
mod records;
mod remote;
mod report;
mod seen;
mod site;
mod statistics;
mod workforce;

use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use switchboard_simulator::model::{Config, MINUTE, Millis, Summary};

use tokio::runtime::Handle;

use self::contacts::Contacts;
use self::day::{Day, Item};
use self::metrics::Metrics;
use self::reconciliation::Reconciliation;
use self::site::Site;
use self::statistics::DayStatistics;
pub use self::{failures::Failures, report::Report};
use crate::clock::Clock;

/// How often the adherence service is sent a full snapshot.
const SNAPSHOT_EVERY: Millis = 5 * MINUTE;
/// How long contact records are collected for an object.
const OBJECT_EVERY: Millis = 5 * MINUTE;

/// How often record tables are compared.
const RECORDS_EVERY: Millis = 60 * MINUTE;

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
    /// Interval statistics are compared, too.
    pub has_statistics: bool,
    /// Metrics are polled and compared, too; the API that is polled keeps the day's last 500,000 contacts in memory.
    pub has_metrics: bool,
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
            has_metrics: true,
            at_most: Duration::MAX,
        }
    }

    /// The same day, threefold and disordered; a tenth of all remote calls fails, and processes are killed.
    pub fn rough(centre: Config) -> Self {
        let failures = Failures { share: 0.1, kill_one_in: 60, ..Failures::none(centre.seed) };
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
        let mut judge = Box::pin(Judge::start(self)).await;
        let mut goes_on = true;
        let (start, mut told, mut shown) = (Instant::now(), Instant::now(), 0);
        while goes_on && start.elapsed() < self.at_most {
            goes_on = judge.step().await;
            let differences = judge.report.shown.iter().skip(shown);
            differences.for_each(|difference| tell(format!("{} {difference}", time(judge.now))));
            shown = judge.report.shown.len();
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                tell(format!("{} {}", time(judge.now), judge.progress(start.elapsed())));
            }
        }
        Box::pin(judge.finish(goes_on, start)).await
    }
}

/// A run that goes on.
struct Judge<'a> {
    run: &'a Run,
    site: Site,
    day: Day,
    contacts: Contacts,
    statistics: Option<DayStatistics>,
    metrics: Option<Metrics>,
    reconciliation: Option<Reconciliation>,
    report: Report,
    now: Millis,
}

impl<'a> Judge<'a> {
    async fn start(run: &'a Run) -> Self {
        let begin = run.centre.begin();
        let site = Box::pin(Site::start(&run.centre, run.failures)).await;
        let metrics = if run.has_metrics {
            Some(Metrics::start(&run.centre, &site.clock, run.failures).await)
        } else {
            None
        };
        let tables = &site.record_tables;
        let reconciliation = metrics.as_ref().map(|metrics| {
            let tables = (&*tables.url, tables.tables.clone());
            Reconciliation::start(&metrics.api, tables, &site.clock, run.failures)
        });
        Self {
            run,
            site,
            day: Day::new(run.centre.clone(), run.copies, run.disorder, run.failures),
            contacts: Contacts::default(),
            statistics: run.has_statistics.then(DayStatistics::default),
            metrics,
            reconciliation,
            report: Report::default(),
            now: begin,
        }
    }

    /// For how many steps nothing more is told of what is compared.
    fn rest(&self) -> u64 {
        (SETTLED_AFTER / self.run.step).unsigned_abs()
    }

    /// Lets a step pass, and compares what there is to compare; false once the day is over.
    async fn step(&mut self) -> bool {
        let step = self.run.step;
        self.now += step;
        let now = self.now;
        let is_due = |every: Millis| now.rem_euclid(every) < step;
        let (items, goes_on) = self.day.advance(self.now);
        show(&self.site.clock, self.now);
        self.add_names().await;
        let has_polled = self.take(&items, is_due(OBJECT_EVERY));
        self.site.ask(&mut self.day.customers(), self.run.is_clean(), &mut self.report);
        if is_due(SNAPSHOT_EVERY) {
            self.site.snapshot();
        }
        let seen = self.day.seen();
        if self.run.is_clean() {
            self.site.compare_picture(time(self.now), &seen, &mut self.report);
            self.site.compare_since(time(self.now), &seen, &mut self.report);
        }
        self.site.forget();
        if let Some(metrics) = self.metrics.as_mut().filter(|_| has_polled) {
            if self.run.is_clean() {
                metrics.compare_current(time(self.now), &seen, &mut self.report).await;
                metrics.compare_last_check(&mut self.report);
            }
            metrics.compare_settled(self.now, &mut self.report).await;
        }
        self.compare(self.rest()).await;
        if is_due(RECORDS_EVERY) {
            self.site.record_tables.compare(self.rest(), &mut self.report).await;
        }
        goes_on
    }

    async fn add_names(&self) {
        let numbers = self.day.customers().take_new_numbers();
        self.site.add_names(numbers).await;
    }

    /// Takes what really happened, delivers what was emitted, and meanwhile makes the polls that are due; true if there were
    /// any.
    fn take(&mut self, items: &[Item], is_due: bool) -> bool {
        let news = self.day.news();
        if let Some(statistics) = &mut self.statistics {
            statistics.take(&news, items, self.site.clock.now(), &mut self.report);
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.take(&news.intervals);
        }
        if let Some(reconciliation) = &mut self.reconciliation {
            reconciliation.take(&news);
        }
        self.site.record_tables.take(&news);
        self.contacts.take(news);
        let (site, report, metrics) = (&mut self.site, &mut self.report, self.metrics.as_ref());
        let (runtime, now, step) = (Handle::current(), self.now, self.run.step);
        tokio::task::block_in_place(|| {
            thread::scope(|scope| {
                let polls = scope.spawn(|| {
                    let _runtime = runtime.enter();
                    metrics.is_some_and(|metrics| metrics.tick(now, step))
                });
                runtime.block_on(site.deliver(items, is_due, report));
                polls.join().expect("polls that are made")
            })
        })
    }

    /// Compares contacts and intervals of which nothing more was told for so many steps.
    async fn compare(&mut self, rest: u64) {
        let store = (&self.site.store, self.site.clock.now());
        self.contacts.compare(store, &mut self.site.workforce, rest, &mut self.report).await;
        if let Some(statistics) = &mut self.statistics {
            statistics.compare(time(self.now), rest, &mut self.report);
        }
    }

    fn progress(&self, elapsed: Duration) -> String {
        let held = self.statistics.as_ref().map_or(0, DayStatistics::contacts_held);
        format!(
            "{}; {} doubled, {} differ of {} compared; {} contacts compared, {held} wait for their intervals",
            self.site.progress((self.metrics.as_ref(), self.reconciliation.as_ref()), elapsed),
            self.report.doubled + self.site.repeats(),
            self.report.differences,
            self.report.compared.values().sum::<u64>(),
            self.contacts.compared(),
        )
    }

    /// Compares what is left, and says what the run came to.
    async fn finish(mut self, goes_on: bool, start: Instant) -> Report {
        let seen = self.day.seen();
        let items = if goes_on {
            let left = format!("left at {}, after {:.0?}", time(self.now), start.elapsed());
            self.report.lines.push(left);
            self.day.leave()
        } else {
            let (items, Summary { arrived, in_centre, .. }) = self.day.finish();
            let ended =
                format!("{arrived} contacts and legs, of which the end leaves {in_centre} unfinished");
            self.report.lines.push(ended);
            items
        };
        self.add_names().await;
        self.take(&items, true);
        self.site.ask(&mut self.day.customers(), false, &mut self.report);
        self.site.snapshot();
        self.site.compare_picture(time(self.now), &seen, &mut self.report);
        self.site.compare_repeats(&mut self.report);
        // Of a day that was left statistics are compared that are settled: more records would follow.
        let rest = if goes_on { self.rest() } else { 0 };
        if let Some(statistics) = &mut self.statistics {
            statistics.compare(time(self.now), rest, &mut self.report);
        }
        self.statistics = None;
        self.compare(0).await;
        self.site.ask_all(&self.day.customers(), &mut self.report);
        if goes_on {
            self.site.record_tables.compare(rest, &mut self.report).await;
        } else {
            let unfinished = self.day.customers().unfinished();
            self.site.record_tables.compare_rest(unfinished, &mut self.report).await;
        }
        if let Some(metrics) = &mut self.metrics
            && !goes_on
        {
            tokio::task::block_in_place(|| metrics.finish());
            metrics.compare_rest(self.run.centre.end(), &mut self.report).await;
            tokio::task::block_in_place(|| metrics.compare_freshness(&mut self.report));
            if let Some(reconciliation) = &self.reconciliation {
                let day = (time(self.run.centre.begin()), time(self.run.centre.end()));
                reconciliation.compare(day, &mut self.report).await;
            }
        }
        if !goes_on {
            let left = self.site.workforce.rows_left();
            self.report.compare("WFM rows", "nobody", "the number", (left, 0));
        }
        let elapsed = start.elapsed();
        let in_all = self.progress(elapsed);
        let connect = (self.metrics.as_ref(), self.reconciliation.as_ref());
        self.site.report(connect, elapsed, &mut self.report);
        self.report.lines.push(in_all);
        self.report
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
