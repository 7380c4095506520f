//! A batch: decode, look up, enrich, keep within Lambda's answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use switchboard_callers::{Directory, LookupResult, LookupResults};
use switchboard_core::{
    enrich::{Enrichable, LookUp},
    payload::PayloadError,
    phone::PhoneNumber,
};
use switchboard_runtime::metrics::{Metric, Metrics};
use tokio::time::Instant;

use crate::{
    event::{FirehoseEvent, FirehoseRecord, FirehoseResponse, Outcome, RecordAnswer, Verdict},
    record::{self, Rejection},
    requeue::Requeue,
};

/// What an answer may hold, in bytes of JSON. Lambda refuses one over 6,291,556 (6 MiB and a little);
/// Firehose's own samples stop at 6,000,000.
pub const MAX_RESPONSE_BYTES: usize = 6_000_000;

/// What stands around a record's id and data in the answer.
const ENVELOPE_BYTES: usize = r#"{"recordId":"","result":"ProcessingFailed","data":""},"#.len();

/// The transformation, with what it keeps between batches.
#[derive(Debug)]
pub struct Enricher {
    directory: Option<Directory>,
    requeue: Requeue,
    max_response_bytes: usize,
}

/// A batch's answer and what there is to count in it.
#[derive(Debug)]
pub struct Handled<'a> {
    /// The answer.
    pub response: FirehoseResponse<'a>,
    /// The counts.
    pub metrics: Metrics,
}

impl Enricher {
    /// Looks callers up in `directory`, if there is one.
    pub fn new(directory: Option<Directory>, requeue: Requeue) -> Self {
        Self { directory, requeue, max_response_bytes: MAX_RESPONSE_BYTES }
    }

    /// Answers a batch: each record once, in order.
    ///
    /// Look-ups and puts end by `deadline`; what is not answered by then counts as failed.
    pub async fn handle<'a>(&self, event: &'a FirehoseEvent<'a>, deadline: Instant) -> Handled<'a> {
        let mut metrics = Metrics::default();
        let mut budget = record::budget();
        let decoded: Vec<_> = event
            .records
            .iter()
            .map(|one| catch_panic(|| record::decode(one.data.as_deref(), &mut budget)))
            .collect();
        let read: Vec<_> = decoded
            .iter()
            .map(|bytes| match bytes {
                Ok(bytes) => catch_panic(|| record::read(bytes)),
                Err(rejection) => Err(*rejection),
            })
            .collect();
        let callers = self.look_up(&read, deadline, &mut metrics).await;

        let mut response_budget = ResponseBudget::for_response(&event.records, self.max_response_bytes);
        let mut over_budget = Vec::new();
        let mut records = Vec::with_capacity(event.records.len());
        for (index, (one, document)) in event.records.iter().zip(&read).enumerate() {
            let answer = response_budget.fit(answer(one, document, |number| callers.get(number)));
            if answer.outcome == Outcome::Requeued {
                over_budget.push(index);
            }
            records.push(answer);
        }
        self.requeue(event, &over_budget, &mut records, deadline).await;
        count(&records, &mut metrics);
        Handled { response: FirehoseResponse { records }, metrics }
    }

    async fn look_up(
        &self,
        read: &[Result<Enrichable<'_>, Rejection>],
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Callers {
        let Some(directory) = &self.directory else {
            return Callers(None);
        };
        let numbers = read.iter().flatten().filter_map(Enrichable::number);
        let looked_up = directory.look_up(numbers, deadline).await;
        metrics.add(Metric::CacheHits, looked_up.from_cache as u64);
        metrics.add(Metric::LookUps, (looked_up.asked - looked_up.from_cache) as u64);
        Callers(Some(looked_up))
    }

    async fn requeue<'a>(
        &self,
        event: &'a FirehoseEvent<'a>,
        over_budget: &[usize],
        records: &mut [RecordAnswer<'a>],
        deadline: Instant,
    ) {
        if over_budget.is_empty() {
            return;
        }
        for index in self.requeue.put(event, over_budget, deadline).await {
            if let Some(record) = records.get_mut(index) {
                record.result = Verdict::ProcessingFailed;
                record.outcome = Outcome::Rejected(Rejection::NotRequeued);
            }
        }
    }
}

/// What the directory answered, if there is one.
struct Callers(Option<LookupResults>);

impl Callers {
    fn get(&self, number: &PhoneNumber) -> LookUp<'_> {
        match self.0.as_ref().map(|answers| answers.get(number)) {
            None => LookUp::NotMade,
            Some(LookupResult::Known(name)) => LookUp::Known(name),
            Some(LookupResult::Unknown) => LookUp::Unknown,
            Some(LookupResult::Failed) => LookUp::Failed,
        }
    }
}

/// One record's answer, as if there were room for everything.
fn answer<'a, 'n>(
    one: &'a FirehoseRecord<'a>,
    document: &Result<Enrichable<'_>, Rejection>,
    caller: impl Fn(&PhoneNumber) -> LookUp<'n>,
) -> RecordAnswer<'a> {
    let enriched = document.as_ref().map_err(|rejection| *rejection).and_then(|document| {
        catch_panic(|| {
            let mut bytes = Vec::with_capacity(one.data().len());
            let tally = record::write(document, caller, &mut bytes);
            Ok((record::encode(&bytes), tally))
        })
    });
    let (result, data, outcome) = match enriched {
        Ok((data, tally)) => (Verdict::Ok, data.into(), Outcome::Enriched(tally)),
        Err(rejection) => (Verdict::ProcessingFailed, one.data().into(), Outcome::Rejected(rejection)),
    };
    RecordAnswer { record_id: (&*one.record_id).into(), result, data, outcome }
}

/// How much data an answer still has room for.
struct ResponseBudget {
    all: usize,
    left: usize,
}

impl ResponseBudget {
    fn for_response(records: &[FirehoseRecord<'_>], max_response_bytes: usize) -> Self {
        let envelopes: usize = records.iter().map(|one| ENVELOPE_BYTES + one.record_id.len()).sum();
        let all = max_response_bytes.saturating_sub(envelopes + r#"{"records":[]}"#.len());
        Self { all, left: all }
    }

    /// The record as it is if there is room, or else without its data: Firehose keeps the source
    /// record of a failed one, and an enriched one is to be put back.
    fn fit<'a>(&mut self, mut answer: RecordAnswer<'a>) -> RecordAnswer<'a> {
        let size = answer.data.len();
        if size <= self.left {
            self.left -= size;
            return answer;
        }
        answer.data = "".into();
        if answer.result == Verdict::Ok && size <= self.all {
            (answer.result, answer.outcome) = (Verdict::Dropped, Outcome::Requeued);
        } else if answer.result == Verdict::Ok {
            // Put back, it would come again for ever.
            (answer.result, answer.outcome) =
                (Verdict::ProcessingFailed, Outcome::Rejected(Rejection::TooLarge));
        }
        answer
    }
}

/// Runs the work on one record so that a defect in it costs this record alone.
fn catch_panic<T>(work: impl FnOnce() -> Result<T, Rejection>) -> Result<T, Rejection> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Rejection::Panic))
}

fn count(records: &[RecordAnswer<'_>], metrics: &mut Metrics) {
    metrics.add(Metric::Records, records.len() as u64);
    // An alarm watches these, so they are there when nothing happened, too.
    metrics.add(Metric::LookUpsFailed, 0);
    for record in records {
        match record.outcome {
            Outcome::Enriched(tally) => {
                metrics.add(Metric::CallersKnown, tally.known);
                metrics.add(Metric::CallersUnknown, tally.unknown);
                metrics.add(Metric::LookUpsFailed, tally.failed);
                metrics.add(Metric::NoNumber, tally.not_looked_up);
            }
            Outcome::Requeued => metrics.add(Metric::PutBack, 1),
            Outcome::Rejected(rejection) => metrics.add(metric_of(rejection), 1),
        }
    }
}

fn metric_of(rejection: Rejection) -> Metric {
    match rejection {
        Rejection::NoData | Rejection::Payload(PayloadError::NotBase64) => Metric::RejectedNotBase64,
        Rejection::Payload(PayloadError::Gzip(_) | PayloadError::OverBudget) => Metric::RejectedGzip,
        Rejection::Empty | Rejection::NotJson { .. } => Metric::RejectedNotJson,
        Rejection::NotACtr(_) | Rejection::Several => Metric::RejectedNotACtr,
        Rejection::TooLarge => Metric::RejectedTooLarge,
        Rejection::NotRequeued => Metric::NotPutBack,
        Rejection::Panic => Metric::RejectedPanic,
    }
}

#[cfg(test)]
mod tests;
