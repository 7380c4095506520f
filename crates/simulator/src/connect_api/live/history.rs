//! What is kept of the history: contacts that are over, and what agents did.

use std::collections::{BTreeMap, HashMap, VecDeque};

use uuid::Uuid;

use super::written_id;
use crate::model::{
    AgentTime, Channel, Contact, ContactId, ContactStep, Event, LegRole, MINUTE, Millis, QueueRef, SECOND,
    Sink, Step, Stretch, Stretches, cut,
};

/// How much of the history is kept; the oldest is forgotten first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The most contacts.
    pub(crate) contacts: usize,
    /// The most pieces of agents' time.
    pub(crate) pieces: usize,
}

/// Some 500 MB of contacts, and some 200 MB of agents' time.
impl Default for Bounds {
    fn default() -> Self {
        Self { contacts: 500_000, pieces: 4_000_000 }
    }
}

/// How much time goes under one key of an index.
const QUARTER: Millis = 15 * MINUTE;

/// A contact that is over, after-contact work included.
#[derive(Debug)]
pub(crate) struct EndedContact {
    /// The contact as it was at its end; its last update follows with its record.
    pub(crate) contact: Contact,
    /// When it rang at the agent who was offered it last.
    pub(crate) ring_start: Option<Millis>,
}

impl EndedContact {
    /// Whether history counts it: soon after it is over, some an hour and more.
    fn is_counted(&self, now: Millis) -> bool {
        let over = self.contact.work_ended.max(self.contact.disconnected);
        over.is_some_and(|over| over + self.lag() <= now)
    }

    /// How long after its end history counts it: up to 100 minutes. It follows from the id.
    fn lag(&self) -> Millis {
        let (lot, spread) = (self.contact.id.0 >> 64, self.contact.id.0);
        let (from, to) = match lot % 100 {
            0..60 => (20 * SECOND, 2 * MINUTE),
            60..90 => (2 * MINUTE, 15 * MINUTE),
            _ => (15 * MINUTE, 100 * MINUTE),
        };
        let width = u128::from((to - from).unsigned_abs()).max(1);
        from + i64::try_from(spread % width).unwrap_or(0)
    }
}

/// A piece of an agent's time in which neither status nor activity changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// The agent's place in the directory.
    pub(crate) agent: usize,
    /// When it began.
    pub(crate) from: Millis,
    /// The first moment after it.
    pub(crate) to: Millis,
    /// What Connect counts it as.
    pub(crate) time: AgentTime,
}

impl Piece {
    /// What of it is from `from` to before `to`.
    pub(crate) fn within(self, from: Millis, to: Millis) -> Self {
        Self { from: self.from.max(from), to: self.to.min(to), ..self }
    }
}

/// An offer that an agent missed or refused, or that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotTaken {
    /// When the agent let it go.
    pub(crate) at: Millis,
    /// The agent's place in the directory.
    pub(crate) agent: usize,
    /// The queue it came from; [`None`] for one that came from no queue.
    pub(crate) queue: Option<QueueRef>,
    /// The channel.
    pub(crate) channel: Channel,
}

/// What is kept of the history. It does not grow beyond its bounds.
#[derive(Debug)]
pub(crate) struct History {
    /// In the order in which they were over; the first has the number `first`.
    contacts: VecDeque<EndedContact>,
    first: u64,
    numbers: HashMap<Uuid, u64>,
    /// Numbers of contacts by the quarter in which they were disconnected, and began.
    disconnected: BTreeMap<Millis, Vec<u64>>,
    initiated: BTreeMap<Millis, Vec<u64>>,
    /// When contacts in progress rang last.
    rings: HashMap<ContactId, Millis>,
    not_taken: BTreeMap<Millis, Vec<NotTaken>>,
    pieces: BTreeMap<Millis, Vec<Piece>>,
    piece_count: usize,
    stretches: Stretches,
    /// Nothing is forgotten that happened since.
    kept_since: Millis,
    bounds: Bounds,
}

impl History {
    /// One in which nothing has happened yet.
    pub(crate) fn new(begin: Millis, bounds: Bounds) -> Self {
        Self {
            contacts: VecDeque::new(),
            first: 0,
            numbers: HashMap::new(),
            disconnected: BTreeMap::new(),
            initiated: BTreeMap::new(),
            rings: HashMap::new(),
            not_taken: BTreeMap::new(),
            pieces: BTreeMap::new(),
            piece_count: 0,
            stretches: Stretches::default(),
            kept_since: begin,
            bounds,
        }
    }

    /// Nothing is forgotten that happened since. It is the beginning of the history at first.
    pub(crate) fn kept_since(&self) -> Millis {
        self.kept_since
    }

    /// A contact that is over.
    pub(crate) fn contact(&self, id: Uuid) -> Option<&EndedContact> {
        self.numbered(*self.numbers.get(&id)?)
    }

    /// When a contact in progress rang last.
    pub(crate) fn ring_start(&self, id: ContactId) -> Option<Millis> {
        self.rings.get(&id).copied()
    }

    /// All contacts that are kept, in the order in which they were over.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = &EndedContact> {
        self.contacts.iter()
    }

    /// Those that were disconnected from `from` to before `to` and that history counts at `now`.
    pub(crate) fn counted(
        &self,
        from: Millis,
        to: Millis,
        now: Millis,
    ) -> impl Iterator<Item = &EndedContact> {
        let within = move |ended: &&EndedContact| {
            ended.is_counted(now) && ended.contact.disconnected.is_some_and(|at| (from..to).contains(&at))
        };
        self.of(&self.disconnected, from, to).filter(within)
    }

    /// Those that began from `from` to before `to`.
    pub(crate) fn initiated(&self, from: Millis, to: Millis) -> impl Iterator<Item = &EndedContact> {
        self.of(&self.initiated, from, to).filter(move |ended| (from..to).contains(&ended.contact.initiated))
    }

    /// Offers that were not taken from `from` to before `to`.
    pub(crate) fn not_taken(&self, from: Millis, to: Millis) -> impl Iterator<Item = &NotTaken> {
        let quarters = self.not_taken.range(quarter(from)..to);
        quarters.flat_map(|(_, offers)| offers).filter(move |offer| (from..to).contains(&offer.at))
    }

    /// What agents did from `from` to before `to`, cut there; of what goes on until `now`.
    pub(crate) fn pieces(&self, from: Millis, to: Millis, now: Millis) -> impl Iterator<Item = Piece> {
        let past = self.pieces.range(quarter(from)..to).flat_map(|(_, pieces)| pieces.iter().copied());
        let going_on = self.stretches.open().map(move |stretch| piece(stretch, now));
        past.chain(going_on).map(move |piece| piece.within(from, to)).filter(|piece| piece.from < piece.to)
    }

    fn of<'a>(
        &'a self,
        index: &'a BTreeMap<Millis, Vec<u64>>,
        from: Millis,
        to: Millis,
    ) -> impl Iterator<Item = &'a EndedContact> {
        let numbers = index.range(quarter(from)..to).flat_map(|(_, numbers)| numbers);
        numbers.filter_map(|&number| self.numbered(number))
    }

    fn numbered(&self, number: u64) -> Option<&EndedContact> {
        self.contacts.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn take_contact(&mut self, at: Millis, step: ContactStep, contact: &Contact) {
        match step {
            ContactStep::Offered => drop(self.rings.insert(contact.id, at)),
            ContactStep::Missed | ContactStep::Rejected | ContactStep::Failed => {
                let Some(agent) = contact.offered_to else { return };
                let queue = contact.queue.filter(|_| contact.enqueued.is_some());
                let offer = NotTaken { at, agent, queue, channel: contact.channel };
                self.not_taken.entry(quarter(at)).or_default().push(offer);
            }
            ContactStep::Completed => self.keep(contact),
            ContactStep::Recorded => {
                let number = self.numbers.get(&written_id(contact)).and_then(|n| n.checked_sub(self.first));
                let place = number.and_then(|number| usize::try_from(number).ok());
                if let Some(ended) = place.and_then(|place| self.contacts.get_mut(place)) {
                    ended.contact.last_update = contact.last_update;
                    ended.contact.additions = contact.additions;
                    ended.contact.attributes.clone_from(&contact.attributes);
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, contact: &Contact) {
        let Some(disconnected) = contact.disconnected else { return };
        let number = self.first + u64::try_from(self.contacts.len()).unwrap_or(u64::MAX);
        self.numbers.insert(written_id(contact), number);
        self.disconnected.entry(quarter(disconnected)).or_default().push(number);
        self.initiated.entry(quarter(contact.initiated)).or_default().push(number);
        let ring_start = self.rings.remove(&contact.id);
        self.contacts.push_back(EndedContact { contact: contact.snapshot(), ring_start });
        if self.contacts.len() > self.bounds.contacts
            && let Some(oldest) = self.contacts.pop_front()
        {
            self.first += 1;
            self.numbers.remove(&written_id(&oldest.contact));
            self.forget_before(oldest.contact.disconnected.unwrap_or(0));
        }
    }

    fn take_stretch(&mut self, stretch: &Stretch) {
        let ended = piece(stretch, stretch.from);
        for (from, _) in cut(ended.from, ended.to, QUARTER) {
            self.pieces.entry(from).or_default().push(ended.within(from, from + QUARTER));
            self.piece_count += 1;
        }
        while self.piece_count > self.bounds.pieces
            && let Some((oldest, pieces)) = self.pieces.pop_first()
        {
            self.piece_count -= pieces.len();
            self.forget_before(oldest);
        }
    }

    /// What happened until the end of that moment's quarter is no longer whole.
    fn forget_before(&mut self, at: Millis) {
        let end = quarter(at) + QUARTER;
        if end <= self.kept_since {
            return;
        }
        self.kept_since = end;
        self.disconnected = self.disconnected.split_off(&end);
        self.initiated = self.initiated.split_off(&end);
        self.not_taken = self.not_taken.split_off(&end);
        let kept = self.pieces.split_off(&end);
        self.piece_count -= self.pieces.values().map(Vec::len).sum::<usize>();
        self.pieces = kept;
    }
}

impl Sink for History {
    fn take(&mut self, step: &Step<'_>) {
        match step.event {
            Event::Contact { step: what, contact } => self.take_contact(step.at, what, contact),
            Event::Agent { step: what, agent } => {
                if let Some(stretch) = self.stretches.take(step.at, what, agent) {
                    self.take_stretch(&stretch);
                }
            }
            Event::Resource(_) => {}
        }
    }
}

/// A stretch as a piece that ends then, if it goes on.
fn piece(stretch: &Stretch, now: Millis) -> Piece {
    let time = AgentTime::of(stretch.status, stretch.activity);
    Piece { agent: stretch.agent, from: stretch.from, to: stretch.to.unwrap_or(now), time }
}

fn quarter(at: Millis) -> Millis {
    at.div_euclid(QUARTER) * QUARTER
}

/// True for a contact that figures are made of: neither a supervisor's nor of somebody outside.
pub(crate) fn counts(contact: &Contact) -> bool {
    matches!(contact.role, LegRole::Customer | LegRole::Consulted)
}

/// The second of a moment.
pub(crate) fn second(at: Millis) -> i64 {
    at.div_euclid(SECOND)
}

#[cfg(test)]
mod tests;
