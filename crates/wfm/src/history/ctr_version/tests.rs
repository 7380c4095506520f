use jiff::Timestamp;
use proptest::prelude::*;
use switchboard_core::ctr::Ctr;

use super::*;

fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn document(contact: u8, last_update: &str, note: &str) -> String {
    format!(
        r#"{{"ContactId":"c{contact}","InitiationMethod":"API"{last_update},"Attributes":{{"note":"{note}"}}}}"#
    )
}

fn updated(time: &str) -> String {
    format!(r#","LastUpdateTimestamp":"{time}""#)
}

/// The documents that count, sorted, by both forms.
fn winners(documents: &[String]) -> Vec<String> {
    let (mut versions, mut latest) = (CtrVersions::default(), LatestByContact::default());
    for (index, document) in (0..).zip(documents) {
        let ctr = Ctr::parse(document).unwrap();
        let (id, version) = (ctr.contact_id.text().unwrap(), CtrVersion::of(&ctr, document, now()));
        versions.insert(index, &id, version);
        latest.insert_if_newer(id.into_owned(), version, document.clone());
    }
    let streamed =
        (0..).zip(documents).filter(|(index, _)| versions.is_latest(*index)).map(|(_, document)| document);
    let mut streamed: Vec<_> = streamed.cloned().collect();
    let mut held: Vec<_> = latest.iter().map(|(_, _, document)| document.clone()).collect();
    streamed.sort();
    held.sort();
    assert_eq!(streamed, held);
    streamed
}

#[test]
fn the_newest_copy_counts_as_an_instant() {
    let old = document(1, &updated("2024-05-01T12:30:00+02:00"), "old");
    let new = document(1, &updated("2024-05-01T10:30:00.5Z"), "new");
    let other = document(2, &updated("2024-05-01T09:00:00Z"), "");
    assert_eq!(winners(&[old.clone(), other.clone(), new.clone()]), [new.clone(), other.clone()]);
    assert_eq!(winners(&[new.clone(), old, other.clone()]), [new, other]);
}

#[test]
fn no_timestamp_is_older_than_any() {
    let dated = document(1, &updated("1990-01-01T00:00:00Z"), "");
    for undated in [
        "",
        r#","LastUpdateTimestamp":null"#,
        &updated("yesterday"),
        &updated("2126-05-01T00:00:00Z"),
        r#","LastUpdateTimestamp":7"#,
    ] {
        let undated = document(1, undated, "a longer text does not make it newer");
        assert_eq!(winners(&[dated.clone(), undated.clone()]), std::slice::from_ref(&dated));
        assert_eq!(winners(&[undated, dated.clone()]), std::slice::from_ref(&dated));
    }
}

#[test]
fn of_two_with_one_timestamp_the_longer_counts() {
    let time = updated("2024-05-01T10:00:00Z");
    // Several, as the digests alone would agree on one or another.
    for note in ["recording", "evaluation", "summary", "tags", "transcript", "survey", "link", "name"] {
        let (short, long) = (document(1, &time, ""), document(1, &time, note));
        assert_eq!(winners(&[long.clone(), short.clone()]), std::slice::from_ref(&long));
        assert_eq!(winners(&[short, long.clone()]), [long]);
    }
}

#[test]
fn a_record_delivered_twice_counts_once() {
    let one = document(1, &updated("2024-05-01T10:00:00Z"), "");
    assert_eq!(winners(&[one.clone(), one.clone(), one.clone()]), [one]);
}

#[test]
fn a_contact_costs_few_bytes() {
    // A hash map has up to 16/7 slots per entry right after it grew, and a byte of its own for each.
    let worst_per_contact = (size_of::<(u128, (CtrVersion, u64))>() + size_of::<u64>() + 2) * 16 / 7;
    assert!(worst_per_contact * 52_000 < 16 * 1024 * 1024, "{worst_per_contact}");
}

proptest! {
    #[test]
    fn the_order_of_delivery_does_not_matter(
        copies in prop::collection::vec((0..4u8, 0..3u8, "[ab]{0,2}"), 1..24).prop_flat_map(|copies| {
            (Just(copies.clone()), Just(copies).prop_shuffle())
        }),
    ) {
        let documents = |copies: &[(u8, u8, String)]| -> Vec<String> {
            let one = |(contact, second, note): &(u8, u8, String)| match second {
                0 => document(*contact, "", note),
                _ => document(*contact, &updated(&format!("2024-05-01T10:00:0{second}Z")), note),
            };
            copies.iter().map(one).collect()
        };
        let (given, shuffled) = (winners(&documents(&copies.0)), winners(&documents(&copies.1)));
        prop_assert_eq!(&given, &shuffled);
        let contacts: HashSet<_> = copies.0.iter().map(|copy| copy.0).collect();
        prop_assert_eq!(given.len(), contacts.len());
    }
}
