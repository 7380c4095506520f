use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

const PAGE: usize = 100;

fn at(second: i64) -> Timestamp {
    let hour: Timestamp = "2026-11-02T10:00:00Z".parse().unwrap();
    hour + SignedDuration::from_secs(second)
}

/// A centre whose contacts are searched, and which of them are here.
struct Model {
    contacts: Vec<ListedContact>,
    here: BTreeSet<String>,
}

impl Model {
    /// Contacts by second, channel and method; every one of them is here that is not withheld.
    fn new(contacts: &[(i64, usize, usize)], withheld: &BTreeSet<usize>) -> Self {
        let channels = ["VOICE", "CHAT", "TASK", "EMAIL", "SOMETHING_NEW"];
        let methods = ["INBOUND", "TRANSFER", "CALLBACK", "AGENT_REPLY", "SOMETHING_NEW"];
        let contact = |(n, (second, channel, method)): (usize, &(i64, usize, usize))| ListedContact {
            contact_id: n.to_string(),
            channel: Some(channels[*channel].to_owned()),
            initiation_method: Some(methods[*method].to_owned()),
            initiated_at: None,
            // As Connect tells it, with a fraction.
            disconnected_at: Some(at(*second) + SignedDuration::from_millis(700)),
            queue_id: None,
            agent_id: None,
        };
        let here = (0..contacts.len()).filter(|n| !withheld.contains(n)).map(|n| n.to_string()).collect();
        Self { contacts: contacts.iter().enumerate().map(contact).collect(), here }
    }

    fn find(&self, search: &Search) -> Vec<&ListedContact> {
        self.contacts.iter().filter(|contact| search.finds(contact)).collect()
    }

    fn count(&self, search: &Search) -> u64 {
        let found = self.find(search);
        found.iter().filter(|contact| self.here.contains(&contact.contact_id)).count() as u64
    }

    fn page(&self, search: &Search, token: Option<&str>) -> SearchPage {
        let found = self.find(search);
        let begin: usize = token.map_or(0, |token| token.parse().unwrap());
        let contacts: Vec<_> = found.iter().skip(begin).take(PAGE).map(|one| (*one).clone()).collect();
        let end = begin + contacts.len();
        let next_token = (end < found.len()).then(|| end.to_string());
        SearchPage { total: found.len() as u64, contacts, next_token }
    }

    /// Follows the plan; before the tasks of these numbers it is kept, and goes on in another run.
    fn missing(&self, interruptions: &BTreeSet<usize>) -> (BTreeSet<String>, Listing) {
        let mut listing = Listing::new(at(0), at(3600));
        let mut missing = BTreeSet::new();
        for number in 0.. {
            assert!(number < 100_000, "it has no end");
            if interruptions.contains(&number) {
                let kept = serde_json::to_string(&listing).unwrap();
                listing = serde_json::from_str::<Listing>(&kept).unwrap().resumed();
            }
            match listing.task() {
                Task::Nothing => break,
                Task::Count(search) => listing.take_count(self.count(&search)),
                Task::Search(search, token) => {
                    let page = self.page(&search, token.as_deref());
                    let listed = listing.take(page, self.count(&search));
                    let ids = listed.into_iter().map(|contact| contact.contact_id);
                    missing.extend(ids.filter(|id| !self.here.contains(id)));
                }
            }
        }
        (missing, listing)
    }
}

fn contacts(most: usize) -> impl Strategy<Value = Vec<(i64, usize, usize)>> {
    // Some seconds have more contacts than a page.
    let second = prop_oneof![3 => 0_i64..3600, 1 => Just(0_i64), 1 => Just(1799_i64), 1 => Just(3599_i64)];
    let rare = || prop_oneof![20 => 0_usize..2, 1 => 2_usize..5];
    prop::collection::vec((second, rare(), rare()), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn exactly_what_is_withheld_is_found(
        contacts in contacts(1500),
        withheld in prop::collection::btree_set(0_usize..1500, 0..40),
        interruptions in prop::collection::btree_set(0_usize..200, 0..20),
    ) {
        let model = Model::new(&contacts, &withheld);
        let (missing, listing) = model.missing(&interruptions);
        let expected: BTreeSet<_> =
            withheld.iter().filter(|n| **n < contacts.len()).map(ToString::to_string).collect();
        prop_assert_eq!(missing, expected);
        prop_assert!(listing.is_complete());
        prop_assert_eq!(listing.total(), Some(contacts.len() as u64));
    }

    #[test]
    fn what_connect_does_not_list_is_never_missing(
        contacts in contacts(600),
        unlisted in prop::collection::btree_set(0_usize..600, 0..40),
    ) {
        let mut model = Model::new(&contacts, &BTreeSet::new());
        model.contacts.retain(|contact| !unlisted.contains(&contact.contact_id.parse().unwrap()));
        prop_assert_eq!(model.missing(&BTreeSet::new()).0, BTreeSet::new());
    }
}

/// So many contacts a second, of two channels and two methods.
fn busy_hour(a_second: usize) -> Vec<(i64, usize, usize)> {
    (0..3600 * a_second).map(|n| (i64::try_from(n % 3600).unwrap(), n % 3 / 2, n % 5 / 4)).collect()
}

#[test]
fn an_hour_that_is_whole_takes_a_request_for_each_channel_and_method_that_it_has() {
    let (missing, listing) = Model::new(&busy_hour(20), &BTreeSet::new()).missing(&BTreeSet::new());
    assert_eq!((missing.len(), listing.total()), (0, Some(72_000)));
    // The hour; voice and chat; INBOUND, OUTBOUND and TRANSFER of each.
    assert_eq!(listing.requests(), 9);
    let small = Model::new(&busy_hour(20)[..100], &BTreeSet::from([7]));
    let (missing, listing) = small.missing(&BTreeSet::new());
    assert_eq!(missing, BTreeSet::from(["7".to_owned()]));
    assert_eq!(listing.requests(), 1, "the ids of a hundred come with their number");
}

#[test]
fn one_of_many_takes_as_many_requests_as_there_are_halves() {
    let model = Model::new(&busy_hour(20), &BTreeSet::from([47_113]));
    let (missing, listing) = model.missing(&BTreeSet::new());
    assert_eq!(missing, BTreeSet::from(["47113".to_owned()]));
    assert!(listing.requests() <= 9 + 2 * 12, "{}", listing.requests());
}

#[test]
fn what_is_given_up_is_not_complete() {
    let mut listing = Listing::new(at(0), at(3600));
    listing.give_up();
    assert_eq!((listing.task(), listing.is_complete()), (Task::Nothing, false));
    let mut done = Listing::new(at(0), at(3600));
    assert_eq!(done.take(SearchPage::default(), 0), []);
    done.give_up();
    assert!(done.is_complete());
}

#[test]
fn pages_that_come_again_or_end_too_early_are_no_complete_list() {
    let model = Model::new(&vec![(0, 0, 0); 250], &BTreeSet::from([1]));
    for fault in [None, Some(""), Some("100")] {
        let mut listing = Listing::new(at(0), at(3600));
        loop {
            match listing.task() {
                Task::Nothing => break,
                Task::Count(search) => listing.take_count(model.count(&search)),
                Task::Search(search, token) => {
                    let mut page = model.page(&search, token.as_deref());
                    if let (Some(fault), Some(_)) = (fault, &token) {
                        page.next_token = Some(fault.to_owned()).filter(|fault| !fault.is_empty());
                    }
                    drop(listing.take(page, model.count(&search)));
                }
            }
        }
        assert_eq!(listing.is_complete(), fault.is_none(), "{fault:?}");
    }
}
