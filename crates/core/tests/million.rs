//! A million damaged inputs: nothing panics, no byte is lost, and what comes out is JSON.

#![expect(clippy::indexing_slicing, reason = "a test, though not in a module that says so")]

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use switchboard_core::{
    enrich::{Enrichable, LookUp},
    framing::{Piece, pieces},
    json,
};

const INPUTS: usize = 1_000_000;

const RECORDS: [&str; 4] = [
    r#"{"AWSContactTraceRecordFormatVersion":"2017-03-10","Agent":"Rachel","Attributes":{"a":"}{\"\\","é":"\u00e9"},"ConnectedToSystemTimestamp":"2018-11-02T07:00:12Z","ContactId":"c","CustomerEndpoint":{"Address":"+61491570006","Type":"TELEPHONE_NUMBER"}}"#,
    r#"{ "ContactId" : "c",
  "InitiationMethod" : "API", "N" : [-1.5e+300, 0, true, null, {"x": []}],
  "CustomerEndpoint" : { "Name" : "old", "Address" : "+61491570156", "Name" : null },
  "@timestamp" : 1, "InitiationTimestamp" : "2018-11-02T07:00:00Z" }"#,
    r#"{"ContactId":"c","InitiationMethod":"CHAT","CustomerEndpoint":null}"#,
    r#"{"EventType":"LOGIN","AgentARN":"arn"}"#,
];

const TOKENS: [&str; 16] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u00",
    "\n",
    "null",
    "1e",
    "\"Name\":",
    "{\"ContactId\":",
    "\u{feff}",
    "}{",
];

/// One to three records in a row with up to four changes.
fn damaged(random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.random_range(1..=3) {
        bytes.extend_from_slice(RECORDS[random.random_range(0..RECORDS.len())].as_bytes());
        bytes.extend_from_slice(["", "\n", " "][random.random_range(0..3)].as_bytes());
    }
    for _ in 0..random.random_range(0..=4) {
        let at = random.random_range(0..=bytes.len());
        let to = (at + random.random_range(0..40)).min(bytes.len());
        match random.random_range(0..5) {
            0 if at < bytes.len() => bytes[at] = random.next_u32().to_le_bytes()[0],
            1 => drop(bytes.drain(at..to)),
            2 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again);
            }
            3 => bytes.truncate(at),
            _ => drop(bytes.splice(at..at, TOKENS[random.random_range(0..TOKENS.len())].bytes())),
        }
    }
    bytes
}

#[test]
fn a_million_damaged_inputs_cost_no_panic_and_no_byte() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let (mut enriched, mut damage, mut out) = (0_usize, 0_usize, Vec::new());
    for _ in 0..INPUTS {
        let bytes = damaged(&mut random);
        let mut at = 0;
        for piece in pieces(&bytes) {
            let (Piece::Document { range, .. } | Piece::Damage { range, .. }) = &piece;
            let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
            assert!(stands_between(&bytes[at..start]) && start < end);
            at = end;
            let Piece::Document { text, .. } = piece else {
                damage += 1;
                continue;
            };
            let Ok(record) = Enrichable::read(text) else { continue };
            for look_up in [LookUp::Known("Ada \"A\""), LookUp::Unknown, LookUp::Failed, LookUp::NotMade] {
                out.clear();
                record.write(look_up, &mut out);
                let line = std::str::from_utf8(&out).unwrap();
                assert!(json::members(line.trim_end(), |_| {}).is_ok(), "{line}");
            }
            enriched += 1;
        }
        assert!(stands_between(&bytes[at..]));
    }
    assert!(enriched > INPUTS / 2 && damage > INPUTS / 10, "{enriched} enriched, {damage} damaged");
}

fn stands_between(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars().all(|character| matches!(character, ' ' | '\t' | '\r' | '\n' | '\u{feff}' | '[' | ']' | ','))
}
