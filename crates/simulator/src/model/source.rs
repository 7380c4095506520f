//! Where contacts come from.

use super::{
    behaviour::{Behaviour, DailyProfile},
    calendar::Calendar,
    config::Config,
    random::{Purpose, Stream, derived},
    terms::Channel,
    time::{HOUR, Millis},
};

/// What a source makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceKind {
    /// Contacts that customers make.
    Customers(Channel),
    /// Calls of an outbound campaign.
    Campaign,
    /// Calls that agents dial.
    Dialled,
}

/// Where contacts come from: a Poisson process whose rate follows the daily profile.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) kind: SourceKind,
    /// The queue's place in the directory.
    pub(super) queue: usize,
    /// Names the source: what it draws does not depend on other sources.
    name: u64,
    /// The greatest rate, per millisecond.
    greatest_rate: f64,
    /// None comes from then on.
    until: Millis,
    /// How many came.
    count: u64,
    random: Stream,
}

impl Source {
    /// All sources of a centre that have any contacts.
    pub(super) fn all(config: &Config) -> Vec<Self> {
        let behaviour = &config.behaviour;
        let queues = usize::try_from(config.queues).unwrap_or(usize::MAX);
        let total = f64::from(config.contacts_per_day);
        let customers = total * (1.0 - behaviour.campaign_share - behaviour.dialled_share);
        let channels: f64 = behaviour.channel_shares.iter().sum();
        // The first queue is twice as busy as the last.
        let weight = |queue: usize| {
            let rest = u32::try_from(queues.saturating_sub(queue)).unwrap_or(u32::MAX);
            1.0 + f64::from(rest) / f64::from(config.queues)
        };
        let weights: f64 = (0..queues).map(weight).sum();
        let mut sources = Vec::new();
        for queue in 0..queues {
            let share = weight(queue) / weights;
            for channel in Channel::ALL {
                let of_channel =
                    Behaviour::of(&behaviour.channel_shares, channel) / channels.max(f64::MIN_POSITIVE);
                sources.push((SourceKind::Customers(channel), queue, customers * share * of_channel));
            }
            sources.push((SourceKind::Dialled, queue, total * share * behaviour.dialled_share));
        }
        sources.push((SourceKind::Campaign, 0, total * behaviour.campaign_share));
        let source = |(kind, queue, per_day)| Self::new(config, kind, queue, per_day);
        sources.into_iter().filter(|(_, _, per_day)| *per_day > 0.0).map(source).collect()
    }

    /// The sources of a queue that is created now and takes contacts until then: calls and chats.
    pub(super) fn of_created(config: &Config, queue: usize, until: Millis) -> Vec<Self> {
        let per_day = f64::from(config.contacts_per_day) * config.behaviour.created_queue_share;
        let sources = [(Channel::Voice, 0.8 * per_day), (Channel::Chat, 0.2 * per_day)].into_iter();
        let source = |(channel, per_day)| Self {
            until,
            ..Self::new(config, SourceKind::Customers(channel), queue, per_day)
        };
        sources.filter(|(_, per_day)| *per_day > 0.0).map(source).collect()
    }

    fn new(config: &Config, kind: SourceKind, queue: usize, per_day: f64) -> Self {
        let number = match kind {
            SourceKind::Customers(channel) => channel as u64,
            SourceKind::Campaign => 4,
            SourceKind::Dialled => 5,
        };
        let name = derived(number, u64::try_from(queue).unwrap_or(u64::MAX));
        #[expect(clippy::cast_precision_loss, reason = "an hour")]
        let per_hour = per_day * config.behaviour.profile.greatest_share() / HOUR as f64;
        Self {
            kind,
            queue,
            name,
            greatest_rate: per_hour,
            until: Millis::MAX,
            count: 0,
            random: Stream::new(config.seed, Purpose::Arrival, name),
        }
    }

    /// When the next contact comes after that time, and what it draws from; [`None`] if none comes before the end.
    pub(super) fn next(
        &mut self,
        after: Millis,
        end: Millis,
        calendar: &Calendar,
        profile: &DailyProfile,
        weekend: f64,
    ) -> Option<(Millis, u64)> {
        let (greatest, end) = (profile.greatest_share(), end.min(self.until));
        let mut at = after;
        // Thinning: candidates come at the greatest rate, and each is kept with the share that its hour has of it.
        loop {
            at = at.saturating_add(self.random.wait(self.greatest_rate));
            if at >= end {
                return None;
            }
            let local = calendar.local(at);
            let of_the_week = if local.is_weekend() { weekend } else { 1.0 };
            if self.random.chance(profile.share(local.minute) / greatest * of_the_week) {
                self.count += 1;
                return Some((at, derived(self.name, self.count)));
            }
        }
    }
}
