//! How customers and agents behave: the figures that everything random is drawn by.

use super::{
    random::Distribution,
    terms::Channel,
    time::{HOUR, MINUTE, Millis, SECOND},
};

/// How busy each local hour of a day is: the relative number of contacts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DailyProfile(pub [f64; 24]);

impl DailyProfile {
    /// The same number of contacts in every hour.
    pub const CONSTANT: Self = Self([1.0; 24]);
    /// An office day: a peak at ten, a dip at noon, a second peak at two, little at night.
    pub const OFFICE: Self = Self([
        0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 1.2, 3.0, 7.0, 10.0, 11.0, 10.0, 8.5, 9.0, 9.5, 9.0, 8.0, 6.0, 4.0,
        2.5, 1.5, 1.0, 0.7, 0.5,
    ]);

    /// The share of a day's contacts that comes in an hour that begins with that minute's.
    pub(super) fn share(&self, minute_of_day: i64) -> f64 {
        let hour = usize::try_from(minute_of_day / 60).unwrap_or(0);
        self.0.get(hour).copied().unwrap_or(0.0) / self.0.iter().sum::<f64>()
    }

    /// True if there are contacts at all, and in no hour fewer than none.
    pub(super) fn is_valid(&self) -> bool {
        let hours = &self.0;
        hours.iter().all(|weight| (0.0..1e9).contains(weight)) && hours.iter().any(|weight| *weight > 0.0)
    }

    /// The greatest of these shares.
    pub(super) fn greatest_share(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max) / self.0.iter().sum::<f64>()
    }
}

/// How likely an agent does not take an offered contact. The rest is accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "probabilities, each named by what happens")]
pub struct OfferChances {
    pub missed: f64,
    pub rejected: f64,
    pub failed: f64,
}

/// How likely an agent passes an answered call on. The rest ends with the agent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransferChances {
    /// To a queue, without a word.
    pub blind: f64,
    /// A colleague is asked and the customer taken back.
    pub consult: f64,
    /// A colleague is asked and takes over.
    pub hand_over: f64,
    /// A colleague joins for a while.
    pub conference: f64,
    /// To a number outside, without a word.
    pub external: f64,
    /// Somebody outside joins for a while.
    pub external_conference: f64,
}

/// How customers and agents behave. Probabilities are from 0 to 1; by channel means in the order of [`Channel::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// The share of each channel among contacts that customers make.
    pub channel_shares: [f64; 4],
    /// Campaign calls, as a share of all contacts of a day.
    pub campaign_share: f64,
    /// Calls that agents dial, as a share of all contacts of a day.
    pub dialled_share: f64,
    /// When contacts come.
    pub profile: DailyProfile,
    /// Contacts of a day at the weekend, as a share of a working day's.
    pub weekend: f64,
    /// True if contacts go through a flow with prompts; otherwise they are in the queue at once.
    pub has_flow: bool,
    /// True if queues close at night.
    pub has_opening_hours: bool,
    /// How long somebody stays in the flow before hanging up; [`None`]: for ever.
    pub flow_patience: Option<Distribution>,
    /// How long somebody waits in the queue, by channel; [`None`]: for ever.
    pub patience: [Option<Distribution>; 4],
    /// How long an agent talks, holds apart, or works on a task or an e-mail, by channel.
    pub talk: [Distribution; 4],
    /// How long after-contact work takes, by channel.
    pub wrap_up: [Distribution; 4],
    /// How long an offer rings until it is accepted.
    pub ring: Distribution,
    /// After so long an offer counts as missed.
    pub offer_timeout: Millis,
    /// Between the end of one contact and the next offer to the same agent.
    pub turnaround: Millis,
    /// What becomes of offers.
    pub offers: OfferChances,
    /// That a call is put on hold; once more with half of it.
    pub hold: f64,
    /// How long a hold lasts.
    pub hold_length: Distribution,
    /// That a customer on hold hangs up.
    pub hold_abandon: f64,
    /// That a task is paused.
    pub pause: f64,
    /// How calls are passed on.
    pub transfers: TransferChances,
    /// That a supervisor listens to a call.
    pub monitor: f64,
    /// That somebody who waits asks to be called back.
    pub callback: f64,
    /// Before a callback is offered to agents.
    pub callback_delay: Millis,
    /// Between the tries of a callback.
    pub callback_retry_delay: Millis,
    /// How often a callback that nobody answers is tried again.
    pub callback_retries: u32,
    /// That a called customer answers.
    pub dial_answered: f64,
    /// That the queue's flow moves somebody who waits to another queue.
    pub moved_on: f64,
    /// That somebody who abandoned contacts the centre again.
    pub returns_after_abandoning: f64,
    /// That somebody who was served does.
    pub returns_after_service: f64,
    /// Contacts that come to a queue which is created during the day, as a share of all contacts of a day; they come on top.
    pub created_queue_share: f64,
    /// That the customer answers a survey, and the record is written again.
    pub survey: f64,
    /// That a call is evaluated, and the record is written again.
    pub evaluation: f64,
}

impl Default for Behaviour {
    fn default() -> Self {
        let long_tail = |mean| Distribution::LogNormal { mean, sigma: 0.8 };
        Self {
            channel_shares: [0.72, 0.14, 0.07, 0.07],
            campaign_share: 0.05,
            dialled_share: 0.03,
            profile: DailyProfile::OFFICE,
            weekend: 0.4,
            has_flow: true,
            has_opening_hours: true,
            flow_patience: Some(Distribution::Exponential { mean: 8 * MINUTE }),
            patience: [
                Some(Distribution::Exponential { mean: 5 * MINUTE }),
                Some(Distribution::Exponential { mean: 6 * MINUTE }),
                None,
                None,
            ],
            talk: [
                long_tail(4 * MINUTE),
                long_tail(8 * MINUTE),
                long_tail(6 * MINUTE),
                long_tail(7 * MINUTE),
            ],
            wrap_up: [
                long_tail(35 * SECOND),
                long_tail(25 * SECOND),
                long_tail(5 * SECOND),
                long_tail(8 * SECOND),
            ],
            ring: long_tail(4 * SECOND),
            offer_timeout: 20 * SECOND,
            turnaround: 400,
            offers: OfferChances { missed: 0.03, rejected: 0.01, failed: 0.004 },
            hold: 0.18,
            hold_length: long_tail(50 * SECOND),
            hold_abandon: 0.02,
            pause: 0.2,
            transfers: TransferChances {
                blind: 0.03,
                consult: 0.02,
                hand_over: 0.02,
                conference: 0.008,
                external: 0.012,
                external_conference: 0.004,
            },
            monitor: 0.01,
            callback: 0.08,
            callback_delay: 2 * MINUTE,
            callback_retry_delay: 10 * MINUTE,
            callback_retries: 2,
            dial_answered: 0.8,
            moved_on: 0.03,
            returns_after_abandoning: 0.4,
            returns_after_service: 0.05,
            created_queue_share: 0.04,
            survey: 0.05,
            evaluation: 0.015,
        }
    }
}

impl Behaviour {
    /// One channel, constant rates, and nothing but waiting and service: what queueing theory describes.
    pub fn plain(talk: Distribution, patience: Option<Distribution>) -> Self {
        let at_once = Distribution::Constant(0);
        Self {
            channel_shares: [1.0, 0.0, 0.0, 0.0],
            campaign_share: 0.0,
            dialled_share: 0.0,
            profile: DailyProfile::CONSTANT,
            weekend: 1.0,
            has_flow: false,
            has_opening_hours: false,
            flow_patience: None,
            patience: [patience; 4],
            talk: [talk; 4],
            wrap_up: [at_once; 4],
            ring: at_once,
            offer_timeout: 20 * SECOND,
            turnaround: 0,
            offers: OfferChances { missed: 0.0, rejected: 0.0, failed: 0.0 },
            hold: 0.0,
            hold_length: at_once,
            hold_abandon: 0.0,
            pause: 0.0,
            transfers: TransferChances {
                blind: 0.0,
                consult: 0.0,
                hand_over: 0.0,
                conference: 0.0,
                external: 0.0,
                external_conference: 0.0,
            },
            monitor: 0.0,
            callback: 0.0,
            callback_delay: 0,
            callback_retry_delay: HOUR,
            callback_retries: 0,
            dial_answered: 1.0,
            moved_on: 0.0,
            returns_after_abandoning: 0.0,
            returns_after_service: 0.0,
            created_queue_share: 0.0,
            survey: 0.0,
            evaluation: 0.0,
        }
    }

    /// The figure of a channel.
    pub(super) fn of<T: Copy>(by_channel: &[T; 4], channel: Channel) -> T {
        let [voice, chat, task, email] = *by_channel;
        match channel {
            Channel::Voice => voice,
            Channel::Chat => chat,
            Channel::Task => task,
            Channel::Email => email,
        }
    }

    /// The name of a probability that is none; [`None`] if all are.
    pub(super) fn invalid_probability(&self) -> Option<&'static str> {
        let Self { offers, transfers, .. } = self;
        let passed_on = [
            transfers.blind,
            transfers.consult,
            transfers.hand_over,
            transfers.conference,
            transfers.external,
            transfers.external_conference,
        ];
        [
            ("campaign_share + dialled_share", self.campaign_share + self.dialled_share),
            (
                "channel_shares",
                if self.channel_shares.iter().all(|share| *share >= 0.0) { 0.5 } else { -1.0 },
            ),
            ("offers", offers.missed + offers.rejected + offers.failed),
            ("hold", self.hold),
            ("hold_abandon", self.hold_abandon),
            ("pause", self.pause),
            ("transfers", passed_on.iter().sum()),
            ("monitor", self.monitor),
            ("callback + moved_on", self.callback + self.moved_on),
            ("dial_answered", self.dial_answered),
            ("returns_after_abandoning", self.returns_after_abandoning),
            ("returns_after_service", self.returns_after_service),
            ("created_queue_share", self.created_queue_share),
            ("survey", self.survey),
            ("evaluation", self.evaluation),
        ]
        .into_iter()
        .find_map(|(name, probability)| (!(0.0..=1.0).contains(&probability)).then_some(name))
    }

    /// The name of a length of time that can't be drawn; [`None`] if all can.
    pub(super) fn invalid_length(&self) -> Option<&'static str> {
        let patience = self.patience.iter().flatten().chain(&self.flow_patience);
        let all = [
            ("patience", patience.copied().collect::<Vec<_>>()),
            ("talk", self.talk.to_vec()),
            ("wrap_up", self.wrap_up.to_vec()),
            ("ring", vec![self.ring]),
            ("hold_length", vec![self.hold_length]),
        ];
        all.into_iter()
            .find_map(|(name, lengths)| (!lengths.iter().all(|one| one.is_valid())).then_some(name))
    }
}
