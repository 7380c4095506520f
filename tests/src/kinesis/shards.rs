//! The shards of the stand-in and what is in them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Asked, Refusal, invalid};

/// Reads of a shard in a second.
const READS_PER_SECOND: usize = 5;
/// Bytes read of a shard in a second.
const BYTES_PER_SECOND: usize = 2 * 1024 * 1024;
/// Bytes of one answer.
const BYTES_OF_AN_ANSWER: usize = 10 * 1024 * 1024;
/// Records of one answer.
const RECORDS_OF_AN_ANSWER: usize = 10_000;

/// All shards, closed ones too.
#[derive(Debug)]
pub(super) struct Stream {
    shards: Vec<Shard>,
    /// Of iterators; those of an earlier one have expired.
    pub(super) generation: u64,
    pub(super) asked: Asked,
    next_sequence_number: u64,
}

#[derive(Debug)]
struct Shard {
    parents: Vec<usize>,
    /// The hashes that belong to it, from the first to the last.
    hashes: (u64, u64),
    is_closed: bool,
    records: Vec<Record>,
    /// When it was read of late.
    reads: Vec<Instant>,
    /// Not to be read before: what was read last was that much.
    free_at: Option<Instant>,
}

#[derive(Debug)]
struct Record {
    sequence_number: String,
    /// Seconds since 1970.
    arrived: f64,
    key: String,
    data: String,
}

impl Shard {
    fn new(parents: Vec<usize>, hashes: (u64, u64)) -> Self {
        Self { parents, hashes, is_closed: false, records: Vec::new(), reads: Vec::new(), free_at: None }
    }
}

impl Stream {
    pub(super) fn of(count: usize) -> Self {
        let count = u64::try_from(count).expect("a number of shards");
        let width = u64::MAX / count;
        let last = |number| if number + 1 == count { u64::MAX } else { (number + 1) * width - 1 };
        let shards =
            (0..count).map(|number| Shard::new(Vec::new(), (number * width, last(number)))).collect();
        Self { shards, generation: 0, asked: Asked::default(), next_sequence_number: 1 }
    }

    pub(super) fn put(&mut self, key: &str, data: &str) {
        // FNV-1a; the real one is MD5.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let sequence_number =
            format!("4959033827149025660855969253836157109592{:016}", self.next_sequence_number);
        self.next_sequence_number += 1;
        let arrived = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let belongs =
            |shard: &&mut Shard| !shard.is_closed && (shard.hashes.0..=shard.hashes.1).contains(&hash);
        let shard = self.shards.iter_mut().find(belongs).expect("open shards have all hashes");
        shard.records.push(Record {
            sequence_number,
            arrived,
            key: key.to_owned(),
            data: STANDARD.encode(data),
        });
    }

    pub(super) fn split(&mut self, number: usize) {
        let (first, last) = self.close(number);
        let middle = first + (last - first) / 2;
        self.shards.push(Shard::new(vec![number], (first, middle)));
        self.shards.push(Shard::new(vec![number], (middle + 1, last)));
    }

    pub(super) fn merge(&mut self, lower: usize, upper: usize) {
        let (lower_hashes, upper_hashes) = (self.close(lower), self.close(upper));
        assert_eq!(lower_hashes.1 + 1, upper_hashes.0, "shards that are no neighbours");
        self.shards.push(Shard::new(vec![lower, upper], (lower_hashes.0, upper_hashes.1)));
    }

    fn close(&mut self, number: usize) -> (u64, u64) {
        let shard = self.shards.get_mut(number).filter(|shard| !shard.is_closed).expect("an open shard");
        shard.is_closed = true;
        shard.hashes
    }

    /// A page of shards, and whether there are more.
    pub(super) fn page(&self, from: usize, count: usize) -> (Vec<Value>, bool) {
        let shown = |(number, shard): (usize, &Shard)| {
            let parent = |at: usize| shard.parents.get(at).map(|&parent| id(parent));
            let (first, last) = (shard.hashes.0.to_string(), shard.hashes.1.to_string());
            json!({
                "ShardId": id(number),
                "ParentShardId": parent(0),
                "AdjacentParentShardId": parent(1),
                "HashKeyRange": {"StartingHashKey": first, "EndingHashKey": last},
                "SequenceNumberRange": {
                    "StartingSequenceNumber": "0", "EndingSequenceNumber": shard.is_closed.then_some("9999999"),
                },
            })
        };
        let page = self.shards.iter().enumerate().skip(from).take(count).map(shown).collect();
        (page, from + count < self.shards.len())
    }

    pub(super) fn number_of(&self, shard: &str) -> Option<usize> {
        (0..self.shards.len()).find(|&number| id(number) == shard)
    }

    pub(super) fn position_at(&self, number: usize, at: f64) -> usize {
        self.records(number).partition_point(|record| record.arrived < at)
    }

    pub(super) fn position_after(&self, number: usize, sequence_number: &str) -> Option<usize> {
        let found = self.records(number).iter().position(|record| record.sequence_number == sequence_number);
        found.map(|position| position + 1)
    }

    pub(super) fn iterator(&self, number: usize, position: usize) -> String {
        format!("{number}/{position}/{}", self.generation)
    }

    pub(super) fn read(&mut self, iterator: &str, limit: Option<&Value>) -> Result<Value, Refusal> {
        let mut parts = iterator.split('/').map(|part| part.parse::<usize>().ok());
        let (Some(Some(number)), Some(Some(position)), Some(Some(generation))) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid("no iterator"));
        };
        if u64::try_from(generation).ok() != Some(self.generation) {
            self.asked.expired += 1;
            return Err(("ExpiredIteratorException", "Iterator expired.".to_owned()));
        }
        let limit = limit.and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(RECORDS_OF_AN_ANSWER).min(RECORDS_OF_AN_ANSWER);
        let shard = self.shards.get_mut(number).ok_or_else(|| invalid("no iterator"))?;
        if !shard.may_be_read() {
            self.asked.too_soon += 1;
            return Err(("ProvisionedThroughputExceededException", "Rate exceeded for shard.".to_owned()));
        }
        self.asked.reads += 1;
        let mut bytes = 0;
        let fits = |record: &&Record| {
            bytes += record.data.len() * 3 / 4;
            bytes <= BYTES_OF_AN_ANSWER
        };
        let records: Vec<Value> =
            shard.records.iter().skip(position).take(limit).take_while(fits).map(Record::shown).collect();
        shard.free_at = Some(
            Instant::now() + Duration::from_secs(1) * u32::try_from(bytes / BYTES_PER_SECOND).unwrap_or(1),
        );
        self.asked.records += records.len();
        let after = position + records.len();
        // Whole milliseconds: the SDK takes no fraction.
        let late = shard.records.get(after).map(|next| seconds_now() - next.arrived).unwrap_or_default();
        let late = Duration::try_from_secs_f64(late).unwrap_or_default().as_millis();
        let is_end = shard.is_closed && after >= shard.records.len();
        let next = (!is_end).then(|| self.iterator(number, after));
        let children = is_end.then(|| self.children(number));
        Ok(json!({
            "Records": records,
            "NextShardIterator": next,
            "MillisBehindLatest": u64::try_from(late).unwrap_or_default(),
            "ChildShards": children,
        }))
    }

    fn children(&self, number: usize) -> Vec<Value> {
        let children = self.shards.iter().enumerate().filter(|(_, shard)| shard.parents.contains(&number));
        children
            .map(|(child, shard)| {
                let parents: Vec<_> = shard.parents.iter().map(|&parent| id(parent)).collect();
                let (first, last) = (shard.hashes.0.to_string(), shard.hashes.1.to_string());
                let range = json!({"StartingHashKey": first, "EndingHashKey": last});
                json!({"ShardId": id(child), "ParentShards": parents, "HashKeyRange": range})
            })
            .collect()
    }

    fn records(&self, number: usize) -> &[Record] {
        self.shards.get(number).map_or(&[], |shard| &shard.records)
    }
}

impl Shard {
    fn may_be_read(&mut self) -> bool {
        let now = Instant::now();
        self.reads.retain(|read| now.duration_since(*read) < Duration::from_secs(1));
        let may = self.reads.len() < READS_PER_SECOND && self.free_at.is_none_or(|free| free <= now);
        if may {
            self.reads.push(now);
        }
        may
    }
}

impl Record {
    fn shown(&self) -> Value {
        json!({
            "SequenceNumber": self.sequence_number,
            "ApproximateArrivalTimestamp": self.arrived,
            "PartitionKey": self.key,
            "Data": self.data,
        })
    }
}

fn id(number: usize) -> String {
    format!("shardId-{number:012}")
}

fn seconds_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
