//! `switchboard forget` and `switchboard tables expire`: what is erased, and stays so.

use std::collections::{BTreeMap, BTreeSet};

use crate::program::Folder;

/// The id of a contact that is not there.
const TO_COME: &str = "00000000-0000-4000-8000-00000000c0de";

/// An invented day in the record tables.
fn loaded(from: &str) -> Folder {
    let folder = Folder::new();
    let day =
        ["simulate", "centre", "--agents", "5", "--contacts-per-day", "80", "--from", from, "--out", "day"];
    assert_eq!(folder.run(&day).status, 0);
    let loaded = folder.run(&["tables", "load", "day"]);
    assert_eq!(loaded.status, 0, "{loaded:?}");
    folder
}

/// The ids of each customer's contacts, by phone number.
fn customers(folder: &Folder) -> BTreeMap<String, BTreeSet<String>> {
    let mut customers = BTreeMap::<_, BTreeSet<_>>::new();
    for record in folder.contact_records("day") {
        let address = record["CustomerEndpoint"]["Address"].as_str().unwrap_or_default();
        if address.starts_with('+') {
            let id = record["ContactId"].as_str().unwrap();
            customers.entry(address.to_owned()).or_default().insert(id.to_owned());
        }
    }
    customers
}

/// How many contacts were offered to queues.
fn offered(folder: &Folder) -> u64 {
    let ended = folder.run(&["tables", "intervals", "--interval", "1d", "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ended.stdout).unwrap();
    rows.iter().map(|row| row["offered"].as_u64().unwrap()).sum()
}

#[test]
fn a_customer_who_is_forgotten_stays_so() {
    let folder = loaded("2026-11-02");
    assert_eq!(folder.run(&["replay", "day"]).status, 0);
    let customers = customers(&folder);
    let (number, contacts) = customers.iter().max_by_key(|(_, contacts)| contacts.len()).unwrap();
    let before = offered(&folder);
    let forgotten = folder.run(&["forget", "--customer", number]);
    assert_eq!(forgotten.status, 0, "{forgotten:?}");
    let count = contacts.len();
    assert!(
        forgotten.stdout.contains(&format!("record tables: {count} contacts erased from out/metrics.db\n")),
        "{forgotten:?}"
    );
    assert!(forgotten.stdout.contains("contacts store: "), "{forgotten:?}");
    assert!(forgotten.stdout.contains("What stays, and has to be erased where it is:"), "{forgotten:?}");
    assert!(!forgotten.stdout.contains(number.as_str()), "{forgotten:?}");
    let after = offered(&folder);
    assert!(after < before, "{after} of {before}");
    // The same files again: nothing comes back.
    let again = folder.run(&["tables", "load", "day"]);
    assert!(again.stdout.contains(": 0 rows written in out/metrics.db"), "{}", again.stdout);
    assert_eq!(folder.run(&["replay", "day"]).status, 0);
    assert_eq!(offered(&folder), after);
    for id in contacts {
        assert_eq!(folder.run(&["contacts", "show", id]).status, 1, "{id}");
    }
    let nobody = folder.run(&["forget", "--customer", number]);
    assert_eq!(nobody.status, 1, "{nobody:?}");
    assert!(nobody.stdout.contains("record tables: no contact erased"), "{nobody:?}");
    assert!(nobody.stdout.contains("nothing of this customer was found\n"), "{nobody:?}");
}

#[test]
fn contacts_are_forgotten_before_they_come() {
    let folder = loaded("2026-11-02");
    let ids: BTreeSet<String> = customers(&folder).into_values().flatten().collect();
    let [one, other] = [ids.first().unwrap(), ids.last().unwrap()];
    std::fs::rename(folder.path("out/metrics.db"), folder.path("first.db")).unwrap();
    assert_eq!(folder.run(&["tables", "load", "day/contact-events"]).status, 0);
    assert_eq!(folder.run(&["replay", "day/contact-events"]).status, 0);
    let forgotten = folder.run(&["forget", "--contact", one, "--contact", other, "--contact", TO_COME]);
    assert_eq!(forgotten.status, 0, "{forgotten:?}");
    assert!(forgotten.stdout.contains("record tables: 2 contacts erased"), "{forgotten:?}");
    // The records come.
    assert_eq!(folder.run(&["tables", "load", "day"]).status, 0);
    let third = ids.iter().nth(1).unwrap();
    let single = folder.run(&["forget", "--contact", third]);
    assert!(single.stdout.contains("record tables: 1 contact erased"), "{single:?}");
    assert!(!single.stdout.contains("nothing was found"), "{single:?}");
    for id in [one, other] {
        let gone = folder.run(&["forget", "--contact", id]);
        assert!(gone.stdout.contains("record tables: no contact erased"), "{gone:?}");
        assert!(gone.stdout.contains("contacts store: no contact erased"), "{gone:?}");
        assert!(gone.stdout.contains("nothing was found by these ids"), "{gone:?}");
    }
    let mistyped = folder.run(&["forget", "--contact", "4fab6e40"]);
    assert!(mistyped.status == 2 && mistyped.stderr.contains("a contact's id is a UUID"), "{mistyped:?}");
    let nowhere = folder.run(&["forget", "--contact", one, "--db", "none.db", "--contacts", "none.db"]);
    assert_eq!(nowhere.status, 1);
    assert!(nowhere.stdout.contains("record tables: nothing erased: none.db is not there"), "{nowhere:?}");
    assert!(!folder.path("none.db").exists());
}

#[test]
fn what_is_kept_no_longer_is_deleted() {
    let folder = loaded("2020-02-03");
    assert!(offered(&folder) > 10);
    let rows = |arguments: &[&str]| {
        let ended = folder.run(&[&["tables", "expire"], arguments].concat());
        assert_eq!(ended.status, 0, "{ended:?}");
        let row = |line: &str| {
            let (table, rest) = line.split_once(": ").unwrap();
            (table.to_owned(), rest.strip_suffix(" rows deleted").unwrap().parse::<u64>().unwrap())
        };
        ended.stdout.lines().map(row).collect::<BTreeMap<_, _>>()
    };
    // What is personal goes first.
    let personal = rows(&["--days", "60000", "--agent-time-days", "60000"]);
    assert!(personal["contact_record_personal"] > 20, "{personal:?}");
    assert_eq!((personal["contact_record"], personal["agent_time"]), (0, 0), "{personal:?}");
    let rest = rows(&[]);
    assert_eq!(rest["contact_record"], personal["contact_record_personal"], "{rest:?}");
    assert_eq!(rest["contact_record_personal"], 0);
    for table in ["interval_sums", "agent_time", "agent_interval_sums", "calendar"] {
        assert!(rest[table] > 0, "{table}: {rest:?}");
    }
    assert!(rows(&[]).values().all(|rows| *rows == 0));
    let refused = folder.run(&["tables", "expire", "--days", "0"]);
    assert_eq!(refused.status, 2);
}
