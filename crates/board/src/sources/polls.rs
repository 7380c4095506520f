//! What Amazon Connect counted itself, from the tables of polls.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_agents::{AgentState, Roster};
use switchboard_contacts::{attribute::SystemAttribute, standing, status::Status};
use switchboard_core::{activity::Activity, arn};
use switchboard_metrics::{
    reader::{MetricReader, PollTimes, PolledQueue, PolledSums},
    tables::Table,
};
use switchboard_sql::SqlError;
use switchboard_store::call::CallContext;

use super::{figures::Periods, id_of};
use crate::comparison::{Comparison, Difference, WaitRange};

/// Nobody's contact rings for longer: Connect takes it back after a minute at most.
const LONGEST_RING: SignedDuration = SignedDuration::from_mins(2);

/// A queue of an instance: the instance's ARN and the queue's id.
pub type QueueOfInstance = (String, String);

/// What polls counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Polls {
    /// When each table of each instance was polled.
    pub times: Vec<PollTimes>,
    /// The queues as they were at the last poll, by channel.
    pub queues: Vec<PolledQueue>,
    /// The queues whose count has differed from the events for two minutes, while it is polled.
    pub differences: BTreeMap<QueueOfInstance, Difference>,
    /// What counted, where there are no record tables.
    pub figures: Option<PolledFigures>,
}

/// What counted in queues by Connect's intervals.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolledFigures {
    /// When the intervals were read.
    pub as_of: Option<Timestamp>,
    /// The half hour that goes on: when it begins, and each queue and channel.
    pub interval: (Timestamp, Vec<PolledSums>),
    /// The local day so far.
    pub today: (Timestamp, Vec<PolledSums>),
}

/// What was read before: what has not changed is not read again.
#[derive(Debug, Default)]
pub(super) struct PollCache {
    queues: (Vec<PollTimes>, Vec<PolledQueue>),
    figures: Option<(Vec<PollTimes>, PolledFigures)>,
    comparisons: BTreeMap<String, (Option<Timestamp>, Comparison)>,
}

impl Polls {
    /// When the queues were polled last, of the instance that was polled last; [`None`] if they never were.
    pub fn last_poll(&self) -> Option<Timestamp> {
        self.current().filter_map(|poll| poll.complete_at).max()
    }

    /// True if what was polled of the queues of that instance is of now.
    pub fn is_fresh(&self, instance_arn: &str, now: Timestamp) -> bool {
        self.current().any(|poll| poll.instance_arn == instance_arn && poll.is_fresh(now))
    }

    /// True if that is so of any instance.
    pub fn is_any_fresh(&self, now: Timestamp) -> bool {
        self.current().any(|poll| poll.is_fresh(now))
    }

    /// Keeps the queues that fit, by the instance's ARN and the queue's id.
    pub(crate) fn retain(&mut self, fits: impl Fn(&str, &str) -> bool) {
        self.queues.retain(|row| fits(&row.instance_arn, &row.queue_id));
        self.differences.retain(|(instance_arn, queue_id), _| fits(instance_arn, queue_id));
        if let Some(figures) = &mut self.figures {
            for (_, rows) in [&mut figures.interval, &mut figures.today] {
                rows.retain(|row| fits(&row.instance_arn, &row.queue_id));
            }
        }
    }

    /// Keeps what is of the instances that fit, by their ARNs.
    pub(crate) fn retain_instances(&mut self, fits: impl Fn(&str) -> bool) {
        self.times.retain(|poll| fits(&poll.instance_arn));
        self.retain(|instance_arn, _| fits(instance_arn));
    }

    fn current(&self) -> impl Iterator<Item = &PollTimes> {
        of(&self.times, &[Table::CurrentMetrics])
    }
}

fn of<'p>(times: &'p [PollTimes], tables: &'static [Table]) -> impl Iterator<Item = &'p PollTimes> {
    times.iter().filter(|poll| tables.iter().any(|table| table.name() == poll.table))
}

impl PollCache {
    /// Reads what has changed, and compares it with the events if there is a new poll.
    pub(super) async fn read<D>(
        &mut self,
        reader: &MetricReader,
        (contacts, agents): (&[Arc<Status>], Option<&Roster<D>>),
        figures_of: Option<&TimeZone>,
        call: CallContext,
    ) -> Result<Polls, SqlError> {
        let times = reader.polls(call.deadline).await?;
        let current: Vec<_> = of(&times, &[Table::CurrentMetrics]).cloned().collect();
        if self.queues.0 != current {
            self.queues = (current.clone(), reader.queues(call.deadline).await?);
        }
        let figures = match figures_of {
            Some(zone) => Some(self.figures(reader, zone, &times, call).await?),
            None => None,
        };
        let mut differences = BTreeMap::new();
        for poll in current.iter().filter(|poll| poll.is_fresh(call.now)) {
            let counts =
                || (self.counts(&poll.instance_arn), waits(contacts, agents, &poll.instance_arn, call.now));
            let counted =
                self.comparisons.get(&poll.instance_arn).is_none_or(|(at, _)| *at != poll.complete_at);
            let counts = counted.then(counts);
            let (at, comparison) = self.comparisons.entry(poll.instance_arn.clone()).or_default();
            if let (Some((connect, events)), Some(schedule)) = (counts, poll.schedule()) {
                comparison.compare((call.now, schedule.fresh_within()), &connect, events);
                *at = poll.complete_at;
            }
            differences.extend(
                comparison.lasting().map(|(queue, one)| ((poll.instance_arn.clone(), queue.to_owned()), one)),
            );
        }
        Ok(Polls { times, queues: self.queues.1.clone(), differences, figures })
    }

    /// How many contacts are in each queue of an instance, all channels together.
    fn counts(&self, instance_arn: &str) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for row in self.queues.1.iter().filter(|row| row.instance_arn == instance_arn) {
            *counts.entry(row.queue_id.clone()).or_default() += whole(row.in_queue);
        }
        counts
    }

    async fn figures(
        &mut self,
        reader: &MetricReader,
        zone: &TimeZone,
        times: &[PollTimes],
        call: CallContext,
    ) -> Result<PolledFigures, SqlError> {
        let Periods { day, interval } = Periods::of(zone, call.now);
        let polls: Vec<_> = of(times, &[Table::History, Table::Intervals]).cloned().collect();
        if let Some((read, figures)) = &self.figures
            && *read == polls
            && (figures.interval.0, figures.today.0) == (interval, day)
        {
            return Ok(figures.clone());
        }
        let figures = PolledFigures {
            as_of: of(times, &[Table::History]).filter_map(|poll| poll.complete_at).max(),
            interval: (interval, reader.sums_since(interval, call.deadline).await?),
            today: (day, reader.sums_since(day, call.deadline).await?),
        };
        self.figures = Some((polls, figures.clone()));
        Ok(figures)
    }
}

/// How many contacts wait in each queue of an instance by the events.
fn waits<D>(
    contacts: &[Arc<Status>],
    agents: Option<&Roster<D>>,
    instance_arn: &str,
    now: Timestamp,
) -> BTreeMap<String, WaitRange> {
    let ringing = agents.map(|roster| ringing(roster, now));
    let mut waits: BTreeMap<String, WaitRange> = BTreeMap::new();
    for contact in contacts.iter().filter(|contact| contact.is_waiting() && standing::due(contact).is_none())
    {
        let Some(queue) = contact.text(SystemAttribute::QueueArn) else { continue };
        if arn::instance_arn(queue) != Some(instance_arn) {
            continue;
        }
        let wait = waits.entry(id_of(queue).to_owned()).or_default();
        wait.most += 1;
        wait.least += u64::from(contact.text(SystemAttribute::InitiationMethod) != Some("CALLBACK"));
    }
    for (queue, wait) in &mut waits {
        // Without agents it is not known who rings, so all of them may.
        let ringing =
            ringing.as_ref().map(|ringing| ringing.get(queue.as_str()).copied().unwrap_or_default());
        wait.least = wait.least.saturating_sub(ringing.unwrap_or(u64::MAX));
    }
    waits
}

/// At how many agents of each queue a contact rings.
fn ringing<D>(roster: &Roster<D>, now: Timestamp) -> BTreeMap<&str, u64> {
    let mut ringing = BTreeMap::new();
    for (key, record) in &roster.agents {
        let Some(current) = record.agent.current() else { continue };
        let AgentState::LoggedOn { activity: Some((Activity::Incoming, since)), .. } = current.state else {
            continue;
        };
        if now.duration_since(since) > LONGEST_RING {
            continue;
        }
        let profile =
            record.agent.routing_profile_key(&key.instance).and_then(|key| roster.routing_profiles.get(&key));
        for (queue, _) in profile.iter().flat_map(|profile| &profile.queues) {
            *ringing.entry(queue.as_str()).or_default() += 1;
        }
    }
    ringing
}

/// A count as a whole number; none is 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of floats saturates")]
pub(crate) fn whole(number: Option<f64>) -> u64 {
    number.unwrap_or_default().round() as u64
}
