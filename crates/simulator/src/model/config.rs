//! What a centre depends on.

use jiff::{
    SignedDuration, Timestamp,
    tz::{TimeZone, offset},
};
use switchboard_core::phone::PhoneNumber;

use super::{
    behaviour::Behaviour,
    time::{DAY, Millis},
};

/// What the statuses are called, but for the one of type OFFLINE.
pub(super) const STATUS_NAMES: [&str; 4] = ["Available", "Break", "Lunch", "Training"];

/// The most agents of a centre.
const MAX_AGENTS: u32 = 100_000;
/// The most queues of a centre.
const MAX_QUEUES: u32 = 10_000;
/// The most contacts of a day.
const MAX_CONTACTS_PER_DAY: u32 = 20_000_000;
/// The longest run.
const MAX_DAYS: i64 = 400;

impl Config {
    /// How long a history is at most.
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(MAX_DAYS * 24);
}

/// When agents work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staffing {
    /// In shifts of eight hours and a half, with breaks, most of them by day.
    Shifts,
    /// From the beginning to the end.
    Always,
}

/// What a centre depends on. The same configuration gives the same history, byte for byte.
#[derive(Debug, Clone)]
pub struct Config {
    /// What everything random follows from.
    pub seed: u64,
    /// How many agents, on all shifts together.
    pub agents: u32,
    /// How many queues.
    pub queues: u32,
    /// How many contacts begin on a working day, on average; transfers, callbacks and returning customers come on top.
    pub contacts_per_day: u32,
    /// When the history begins. The centre is empty then.
    pub from: Timestamp,
    /// How long the history is.
    pub duration: SignedDuration,
    /// The zone of shifts, opening hours and daily profiles.
    pub zone: TimeZone,
    /// What the status of type OFFLINE is called.
    pub offline_name: String,
    /// When agents work.
    pub staffing: Staffing,
    /// True if queues and people are renamed, created and deleted during the day.
    pub has_changes: bool,
    /// The numbers of customers who call; with none given, numbers that are nobody's.
    pub callers: Vec<PhoneNumber>,
    /// How customers and agents behave.
    pub behaviour: Behaviour,
}

/// A small centre on Monday, 2 November 2026, ten hours ahead of UTC.
impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            agents: 20,
            queues: 3,
            contacts_per_day: 1_000,
            from: Timestamp::from_second(1_793_541_600).unwrap_or_default(),
            duration: SignedDuration::from_hours(24),
            zone: TimeZone::fixed(offset(10)),
            offline_name: "Signed out".to_owned(),
            staffing: Staffing::Shifts,
            has_changes: true,
            callers: Vec::new(),
            behaviour: Behaviour::default(),
        }
    }
}

/// Why there can be no such centre.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No agents, or too many.
    #[error("{0} agents: a centre has 1 to {MAX_AGENTS}")]
    Agents(u32),
    /// No queues, or too many.
    #[error("{0} queues: a centre has 1 to {MAX_QUEUES}")]
    Queues(u32),
    /// Too many contacts.
    #[error("{0} contacts per day: a centre has at most {MAX_CONTACTS_PER_DAY}")]
    ContactsPerDay(u32),
    /// Not before 1971, when times are not set.
    #[error("the history begins in 1971 at the earliest and 2200 at the latest")]
    From,
    /// No time at all, or too much.
    #[error("the history lasts from 1s to {}h, {MAX_DAYS} days", MAX_DAYS * 24)]
    Duration,
    /// The OFFLINE status has no name, or too long a one.
    #[error("the name of the OFFLINE status is 1 to 127 characters")]
    OfflineName,
    /// The OFFLINE status has the name of another one, by which a reader would take it for that.
    #[error("the OFFLINE status is called {0:?}, as another status is")]
    OfflineNameTaken(String),
    /// A figure that is no probability, or several that are over 1 together.
    #[error("{0}: a probability is from 0 to 1")]
    Probability(&'static str),
    /// A length of time that can't be drawn.
    #[error("{0}: a length of time is from 0 to 1,000 hours")]
    Length(&'static str),
    /// No hour has any contacts.
    #[error("the daily profile has no contacts")]
    Profile,
}

impl Config {
    /// When the history begins.
    pub fn begin(&self) -> Millis {
        self.from.as_millisecond()
    }

    /// When it ends.
    pub fn end(&self) -> Millis {
        self.begin().saturating_add(i64::try_from(self.duration.as_millis()).unwrap_or(i64::MAX / 4))
    }

    /// # Errors
    /// When there can be no such centre; tells the first reason.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let length = self.end() - self.begin();
        let years = 1971 - 1970..2200 - 1970;
        if !(1..=MAX_AGENTS).contains(&self.agents) {
            Err(ConfigError::Agents(self.agents))
        } else if !(1..=MAX_QUEUES).contains(&self.queues) {
            Err(ConfigError::Queues(self.queues))
        } else if self.contacts_per_day > MAX_CONTACTS_PER_DAY {
            Err(ConfigError::ContactsPerDay(self.contacts_per_day))
        } else if !years.contains(&(self.begin() / (365 * DAY))) {
            Err(ConfigError::From)
        } else if !(1000..=MAX_DAYS * DAY).contains(&length) {
            Err(ConfigError::Duration)
        } else if !(1..=127).contains(&self.offline_name.chars().count()) {
            Err(ConfigError::OfflineName)
        } else if STATUS_NAMES.iter().any(|name| self.offline_name.trim().eq_ignore_ascii_case(name)) {
            Err(ConfigError::OfflineNameTaken(self.offline_name.clone()))
        } else if let Some(name) = self.behaviour.invalid_probability() {
            Err(ConfigError::Probability(name))
        } else if let Some(name) = self.behaviour.invalid_length() {
            Err(ConfigError::Length(name))
        } else if !self.behaviour.profile.is_valid() {
            Err(ConfigError::Profile)
        } else {
            Ok(())
        }
    }
}
