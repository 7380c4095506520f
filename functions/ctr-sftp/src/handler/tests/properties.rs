//! Laws that hold of any object.

use std::collections::BTreeMap;

use proptest::prelude::*;
use switchboard_core::framing;

use super::{super::*, bench::*};

/// A part of an object.
#[derive(Debug, Clone)]
enum Part {
    Ctr {
        contact: u8,
        second: u32,
    },
    Event,
    /// Text that holds no document.
    Junk,
    /// A document without its end.
    Cut {
        contact: u8,
    },
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        6 => (0..8_u8, 0..60_u32).prop_map(|(contact, second)| Part::Ctr { contact, second }),
        1 => Just(Part::Event),
        1 => Just(Part::Junk),
        1 => (0..8_u8).prop_map(|contact| Part::Cut { contact }),
    ]
}

fn text(part: &Part) -> String {
    match part {
        Part::Ctr { contact, second } => ctr(&format!("c{contact}"), *second, "}{"),
        Part::Event => r#"{"EventType":"LOGIN","AgentARN":"a"}"#.to_owned(),
        Part::Junk => "\njunk\n".to_owned(),
        Part::Cut { contact } => {
            let mut text = ctr(&format!("c{contact}"), 59, "cut");
            text.truncate(text.len() - 12);
            text
        }
    }
}

/// The newest copy of each contact as contact and second, in the order in which these copies stand.
fn expected(parts: &[Part]) -> Vec<(u8, u32)> {
    let mut newest: BTreeMap<u8, (u32, usize)> = BTreeMap::new();
    for (at, part) in parts.iter().enumerate() {
        if let Part::Ctr { contact, second } = part {
            let held = newest.entry(*contact).or_insert((*second, at));
            if *second > held.0 {
                *held = (*second, at);
            }
        }
    }
    let mut rows: Vec<_> = newest.into_iter().map(|(contact, (second, at))| (at, contact, second)).collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, contact, second)| (contact, second)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One row per contact, of its newest copy, in the order in which these stand; and every piece of the
    /// object is a row, a duplicate, passed over or rejected.
    #[test]
    fn every_piece_is_counted_once(
        parts in prop::collection::vec(part(), 0..30),
        lines in any::<bool>(),
        packed in any::<bool>(),
    ) {
        let content = parts.iter().map(text).collect::<Vec<_>>().join(if lines { "\n" } else { "" });
        let pieces = framing::pieces(content.as_bytes()).count() as u64;
        let bench = Bench::new();
        bench.put("k", if packed { gzip(&content) } else { content.into_bytes() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ObjectOutcome { counts, passed_over, result, .. } = runtime.block_on(bench.object("k"));

        let expected = expected(&parts);
        prop_assert_eq!(counts.rows + counts.duplicates + counts.rejected + passed_over.get(Metric::RecordsOfOtherKinds), pieces);
        prop_assert_eq!(counts.rows, expected.len() as u64);
        if expected.is_empty() {
            prop_assert_eq!(result.unwrap(), Delivery::NothingToDeliver);
            prop_assert!(bench.files().is_empty());
        } else {
            let file = bench.file("k.csv");
            let rows: Vec<_> = file.lines().skip(1).map(str::to_owned).collect();
            let row = |(contact, second)| format!(",,,,VOICE,c{contact},INBOUND,,{second},,}}{{,,,,2024-05-01T10:00:{second:02}Z");
            prop_assert_eq!(rows, expected.into_iter().map(row).collect::<Vec<_>>());
        }
        let rejected = if counts.rejected == 0 { 0 } else { bench.rejected("k").len() };
        prop_assert_eq!(rejected as u64, counts.rejected);
    }
}
