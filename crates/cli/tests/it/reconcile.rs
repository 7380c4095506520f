//! `switchboard reconcile`: an invented day whose record stream lost some, against the invented API of the same centre.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::{Ended, Folder, Server};

const INSTANCE: &str =
    "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834";

const CENTRE: [&str; 8] =
    ["--agents", "20", "--contacts-per-day", "600", "--from", "2025-11-03", "--tz", "Australia/Brisbane"];

/// The day in the record tables, and the API two days later.
struct Office {
    folder: Folder,
    api: Server,
    /// The contacts that are over and whose records were lost.
    lost: BTreeSet<String>,
    /// How many contacts are over.
    ended: usize,
}

impl Office {
    fn new(more: &[&str]) -> Self {
        let folder = Folder::new();
        let day = [&["simulate", "centre"], &CENTRE[..], &["--out", "day"], more].concat();
        assert_eq!(folder.run(&day).status, 0);
        // A lost record is none that failed.
        let loaded = folder.run(&["tables", "load", "day"]);
        assert_eq!(loaded.status, 0, "{loaded:?}");
        let lines = |path: &str| std::fs::read_to_string(folder.path(path)).unwrap();
        let truth = lines("day/truth/contacts.ndjson");
        let ended: BTreeSet<String> = truth
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|contact| !contact["ended"].is_null())
            .map(|contact| contact["id"].as_str().unwrap().to_owned())
            .collect();
        let here = Self::here(&folder);
        let now = ["--now", "2025-11-05T00:00:00Z", "--speed", "0", "--port", "0", "--no-quotas"];
        let api = Server::start(&folder, &[&["simulate", "connect-api"], &CENTRE[..], &now].concat());
        let lost = ended.difference(&here).cloned().collect();
        Self { folder, api, lost, ended: ended.len() }
    }

    /// The contacts of which a record was delivered.
    fn here(folder: &Folder) -> BTreeSet<String> {
        let records = folder.contact_records("day").into_iter();
        records.map(|record| record["ContactId"].as_str().unwrap().to_owned()).collect()
    }

    /// The contacts that began in a flow, by the records that were delivered.
    fn begun_in_flow(&self) -> usize {
        let records = self.folder.contact_records("day").into_iter().filter(|record| {
            matches!(record["InitiationMethod"].as_str(), Some("INBOUND" | "API"))
                && !record["ConnectedToSystemTimestamp"].is_null()
        });
        records.map(|record| record["ContactId"].to_string()).collect::<BTreeSet<_>>().len()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(&[], arguments)
    }

    fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
        let day = ["reconcile", "--from", "2025-11-03", "--tz", "Australia/Brisbane"];
        let mut command = self.folder.command(&[&day, arguments].concat());
        command.env("AWS_ENDPOINT_URL_CONNECT", &self.api.address);
        command.envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
        command.envs([("AWS_REGION", "ap-southeast-2"), ("CONNECT_INSTANCE_ARN", INSTANCE)]);
        command.env("SEARCH_CONTACTS_PER_SECOND", "100").envs(variables.iter().copied());
        Ended::of(command.output().unwrap())
    }
}

#[test]
fn what_was_lost_is_named_and_fetched() {
    let office = Office::new(&["--lose", "0.02"]);
    let (all, lost) = (office.ended, office.lost.len());
    assert!(lost > 3, "{lost} of {all}");
    let ended = office.run(&[]);
    assert_eq!(ended.status, 1, "{ended:?}");
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            "Connect lists {all} contacts of 3 November 2025; {} are here; {lost} are missing",
            all - lost
        )
    );
    assert!(!ended.stdout.contains("Flow logs"), "no contacts store is named: {ended:?}");
    let named = lines.iter().filter_map(|line| line.strip_prefix("missing ")?.split(' ').next());
    assert_eq!(named.map(str::to_owned).collect::<BTreeSet<_>>(), office.lost);
    let healed = office.run(&["--heal"]);
    assert_eq!(healed.status, 0, "{healed:?}");
    let lines: Vec<_> = healed.stdout.lines().collect();
    assert_eq!(
        lines[0],
        format!("Connect lists {all} contacts of 3 November 2025; {all} are here ({lost} of them fetched)")
    );
    let fetched = format!("{lost} fetched with DescribeContact, into the record tables alone");
    assert!(lines.iter().any(|line| line.starts_with(&fetched)), "{healed:?}");
}

#[test]
fn a_day_of_which_nothing_was_lost_is_whole() {
    let office = Office::new(&[]);
    // A contacts store that has the day's flow logs.
    assert_eq!(office.folder.run(&["replay", "day"]).status, 0);
    let contacts = format!("sqlite://{}", office.folder.path("out/contacts.db").display());
    let ended = office.run_with(&[("CONTACTS", &contacts)], &[]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let (all, begun) = (office.ended, office.begun_in_flow());
    let lists = format!("Connect lists {all} contacts of 3 November 2025; {all} are here\n");
    assert!(ended.stdout.starts_with(&lists), "{ended:?}");
    let logs = format!("Flow logs tell of {begun} of the {begun} contacts that began in a flow: 100.0 %");
    assert!(ended.stdout.contains(&logs), "{begun} {ended:?}");
    let nowhere = office.run_with(&[("CONTACTS", "sqlite:///nowhere/contacts.db")], &[]);
    assert!(nowhere.status != 0 && nowhere.stderr.contains("CONTACTS"), "{nowhere:?}");
    let half = office.run(&["--from", "2025-11-03T00:30"]);
    assert_eq!(half.status, 2);
}
