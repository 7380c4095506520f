use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    connect_api::{answer::require_kept, live::LiveCentre},
    model::Config,
};

const UNBOUNDED: Bounds = Bounds { contacts: usize::MAX, pieces: usize::MAX };
const LENGTH: SignedDuration = SignedDuration::from_hours(14);

/// A small centre on its fourteenth hour, of which no more is kept than that.
fn centre(bounds: Bounds) -> LiveCentre {
    let config = Config { agents: 10, queues: 2, contacts_per_day: 400, ..Config::default() };
    let now = config.from + LENGTH;
    let mut centre = LiveCentre::within(bounds, config, true).unwrap();
    centre.advance(now);
    centre
}

fn ids<'a>(contacts: impl Iterator<Item = &'a EndedContact>) -> BTreeSet<ContactId> {
    contacts.map(|ended| ended.contact.id).collect()
}

/// Nothing is missing of what a centre keeps, and something of the quarter of an hour before.
fn is_whole_since_then_alone(bounded: &LiveCentre, whole: &LiveCentre) {
    let (kept, now) = (bounded.history().kept_since(), whole.now());
    assert!(kept > whole.begin() && kept < now, "{kept}");
    let of = |centre: &LiveCentre, from: Millis| {
        let history = centre.history();
        let later = now + 100 * MINUTE;
        let pieces: Vec<_> =
            history.pieces(from, now, now).map(|piece| (piece.agent, piece.from, piece.to)).collect();
        let not_taken = history.not_taken(from, now).map(|offer| (offer.at, offer.agent));
        (
            ids(history.counted(from, now, later)),
            ids(history.initiated(from, now)),
            not_taken.collect::<Vec<_>>(),
            pieces.into_iter().collect::<BTreeSet<_>>(),
        )
    };
    assert_eq!(of(bounded, kept), of(whole, kept));
    assert_ne!(of(bounded, kept - QUARTER), of(whole, kept - QUARTER));

    assert!(require_kept(bounded, kept).is_ok());
    assert!(require_kept(bounded, kept - 1).is_err());
    assert!(require_kept(whole, whole.begin()).is_ok());
}

#[test]
fn a_time_of_which_a_contact_is_forgotten_is_refused_and_no_sooner() {
    let whole = centre(UNBOUNDED);
    let contacts = whole.history().contacts.len();
    assert!(contacts > 100, "{contacts}");
    let within = |contacts| centre(Bounds { contacts, ..UNBOUNDED });

    let bounded = within(contacts / 2);
    assert_eq!(bounded.history().contacts.len(), contacts / 2);
    is_whole_since_then_alone(&bounded, &whole);

    let exactly = within(contacts);
    assert!(require_kept(&exactly, exactly.begin()).is_ok(), "all of them are kept");
    let one_too_many = within(contacts - 1);
    assert!(require_kept(&one_too_many, one_too_many.begin()).is_err());
}

#[test]
fn a_time_of_which_agents_time_is_forgotten_is_refused_and_no_sooner() {
    let whole = centre(UNBOUNDED);
    let pieces = whole.history().piece_count;
    assert!(pieces > 100, "{pieces}");
    let within = |pieces| centre(Bounds { pieces, ..UNBOUNDED });

    let bounded = within(pieces / 2);
    assert!(bounded.history().piece_count <= pieces / 2);
    is_whole_since_then_alone(&bounded, &whole);

    let exactly = within(pieces);
    assert!(require_kept(&exactly, exactly.begin()).is_ok(), "all of them are kept");
    let one_too_many = within(pieces - 1);
    assert!(require_kept(&one_too_many, one_too_many.begin()).is_err());
}

#[test]
fn a_clock_that_goes_back_begins_the_same_history_within_the_same_bounds() {
    let bounds = Bounds { contacts: 50, ..UNBOUNDED };
    let mut bounded = centre(bounds);
    let kept = ids(bounded.history().contacts());
    let now = Timestamp::from_millisecond(bounded.now()).unwrap();
    bounded.advance(now - SignedDuration::from_hours(1));
    bounded.advance(now);
    assert_eq!(ids(bounded.history().contacts()), kept);
    assert_eq!(kept.len(), 50);
}
