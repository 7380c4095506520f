//! Finding the contacts of an hour that are not here, with as few requests as counts allow. Pure: who follows the plan sends
//! the requests and counts what is here.
//!
//! Counts are compared by channel and initiation method; ids are listed only where counts differ, of the half of the time,
//! and the half of the half, in which they do.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::search::{ListedContact, Search, SearchPage};

/// The channels that contacts are counted by, the most usual first.
const CHANNELS: [&str; 4] = ["VOICE", "CHAT", "TASK", "EMAIL"];

/// The initiation methods that contacts are counted by, the most usual first.
const INITIATION_METHODS: [&str; 12] = [
    "INBOUND",
    "OUTBOUND",
    "TRANSFER",
    "API",
    "QUEUE_TRANSFER",
    "CALLBACK",
    "DISCONNECT",
    "EXTERNAL_OUTBOUND",
    "MONITOR",
    "WEBRTC_API",
    "FLOW",
    "AGENT_REPLY",
];

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Search for these contacts, the page of the token, and count those that are here.
    Search(Search, Option<String>),
    /// Count those that are here.
    Count(Search),
    /// Nothing: the plan is at its end.
    Nothing,
}

/// The state of finding an hour's missing contacts. It can be kept between any two tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// What is left to do, the next at the end.
    steps: Vec<Step>,
    /// How many contacts Connect lists in the hour; [`None`] before the first request.
    total: Option<u64>,
    /// How many requests were sent.
    requests: u64,
    /// Whether each contact was compared, or counted where the counts are the same.
    is_complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// A search; by time alone, if its contacts have a channel or method that is not known.
    Search { search: Search, by_time: bool },
    /// Further pages of the contacts of one second.
    Page { search: Search, token: String, read: u64, total: u64 },
    /// The same search by each channel, or by each method, until all its contacts are counted.
    Parts { search: Search, uncounted: u64, part: usize },
    /// The first half of a search, then its second half.
    Halves { search: Search, total: u64, by_time: bool },
    /// The second half, if not as many of it are here as Connect lists.
    Rest { search: Search, total: u64, by_time: bool },
}

impl Listing {
    /// The plan for the contacts of a time.
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        let whole = Step::Search { search: Search::of(from, to), by_time: false };
        Self { steps: vec![whole], total: None, requests: 0, is_complete: true }
    }

    /// How many contacts Connect lists; [`None`] before the first request.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Whether, at the end, every contact was compared by its id, or counted where the counts are the same.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Gives up what is left.
    pub fn give_up(&mut self) {
        self.is_complete &= self.steps.is_empty();
        self.steps.clear();
    }

    /// The same plan in another run, in which tokens of pages are not valid any more.
    #[must_use]
    pub fn resumed(mut self) -> Self {
        for step in &mut self.steps {
            if let Step::Page { search, .. } = step {
                *step = Step::Search { search: search.clone(), by_time: false };
            }
        }
        self
    }

    /// What is to be done next; the same until it is done.
    pub fn task(&mut self) -> Task {
        loop {
            let Some(step) = self.steps.last_mut() else { return Task::Nothing };
            match step {
                Step::Search { search, .. } => return Task::Search(search.clone(), None),
                Step::Page { search, token, .. } => return Task::Search(search.clone(), Some(token.clone())),
                Step::Rest { search, .. } => return Task::Count(search.clone()),
                Step::Halves { search, .. } => {
                    if let Some((first, _)) = search.halves() {
                        return Task::Search(first, None);
                    }
                    self.steps.pop();
                }
                Step::Parts { search, uncounted: 1.., part } => match part_of(search, *part) {
                    Some(part) => return Task::Search(part, None),
                    None => *step = Step::Search { search: search.clone(), by_time: true },
                },
                Step::Parts { .. } => drop(self.steps.pop()),
            }
        }
    }

    /// Takes a page of the search that was to be done, with the number of contacts of the search that are here. Those that are
    /// to be compared by their ids come back.
    pub fn take(&mut self, page: SearchPage, here: u64) -> Vec<ListedContact> {
        self.requests += 1;
        self.total.get_or_insert(page.total);
        match self.steps.pop() {
            Some(Step::Search { search, by_time }) => self.searched(search, by_time, page, here),
            Some(Step::Parts { search, uncounted, part }) => {
                let of_part = part_of(&search, part);
                let uncounted = uncounted.saturating_sub(page.total);
                self.steps.push(Step::Parts { search, uncounted, part: part + 1 });
                of_part.map_or_else(Vec::new, |search| self.searched(search, false, page, here))
            }
            Some(Step::Halves { search, total, by_time }) => {
                let Some((first, second)) = search.halves() else { return Vec::new() };
                let total = total.saturating_sub(page.total);
                self.steps.push(Step::Rest { search: second, total, by_time });
                self.searched(first, by_time, page, here)
            }
            Some(Step::Page { search, token, read, total }) => {
                let read = read + count(&page.contacts);
                match page.next_token.filter(|next| *next != token && !page.contacts.is_empty()) {
                    Some(token) => self.steps.push(Step::Page { search, token, read, total }),
                    None => self.is_complete &= read >= total,
                }
                page.contacts
            }
            step @ (Some(Step::Rest { .. }) | None) => {
                self.steps.extend(step);
                Vec::new()
            }
        }
    }

    /// Takes the number of contacts that are here of those that were to be counted.
    pub fn take_count(&mut self, here: u64) {
        match self.steps.pop() {
            Some(Step::Rest { total, .. }) if total == here => {}
            Some(Step::Rest { search, by_time, .. }) => self.steps.push(Step::Search { search, by_time }),
            step => self.steps.extend(step),
        }
    }

    /// What follows from a search's first page.
    fn searched(&mut self, search: Search, by_time: bool, page: SearchPage, here: u64) -> Vec<ListedContact> {
        let SearchPage { total, contacts, next_token } = page;
        if count(&contacts) >= total {
            return contacts;
        }
        let is_part = search.channel.is_some() && search.initiation_method.is_some();
        if !is_part && !by_time {
            self.steps.push(Step::Parts { search, uncounted: total, part: 0 });
        } else if total == here {
            // As many are here as Connect lists.
        } else if search.halves().is_some() {
            self.steps.push(Step::Halves { search, total, by_time });
        } else if let Some(token) = next_token.filter(|_| !contacts.is_empty()) {
            self.steps.push(Step::Page { search, token, read: count(&contacts), total });
            return contacts;
        } else {
            self.is_complete = false;
            return contacts;
        }
        Vec::new()
    }
}

/// A search by its next criterion.
fn part_of(search: &Search, part: usize) -> Option<Search> {
    let mut of = search.clone();
    if search.channel.is_none() {
        of.channel = Some((*CHANNELS.get(part)?).to_owned());
    } else {
        of.initiation_method = Some((*INITIATION_METHODS.get(part)?).to_owned());
    }
    Some(of)
}

fn count(contacts: &[ListedContact]) -> u64 {
    u64::try_from(contacts.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
