//! A batch: decode, look up, enrich, keep within Lambda's response.

use switchboard_callers::{Directory, LookupResult, LookupResults};
use switchboard_core::{
    enrich::{Enrichable, LookUp},
    payload::PayloadError,
    phone::PhoneNumber,
    served_instances::ServedInstances,
};
use switchboard_runtime::{
    handler::catch_panic,
    intake::{Intake, log_passed_over},
    metrics::{Metric, Metrics},
};
use tokio::time::Instant;

use crate::{
    event::{
        ENVELOPE_BYTES, FirehoseEvent, FirehoseRecord, FirehoseResponse, RecordOutcome, RecordResponse,
        ResponseData, Verdict,
    },
    record::{self, NotEnriched, Rejection},
    requeue::Requeue,
};

/// What a response may hold, in bytes of JSON. Lambda refuses one over 6,291,556 (6 MiB and a little);
/// Firehose's own samples stop at 6,000,000.
pub const MAX_RESPONSE_BYTES: usize = 6_000_000;

/// The transformation, with what it keeps between batches.
#[derive(Debug)]
pub struct Handler {
    directory: Option<Directory>,
    requeue: Requeue,
    intake: Intake,
    max_response_bytes: usize,
}

/// A batch's response and what there is to count in it.
#[derive(Debug)]
pub struct Handled<'a> {
    /// The response.
    pub response: FirehoseResponse<'a>,
    /// The counts.
    pub metrics: Metrics,
}

impl Handler {
    /// Looks callers up in `directory`, if there is one, for the contact records of all instances.
    pub fn new(directory: Option<Directory>, requeue: Requeue) -> Self {
        let intake = record::intake(ServedInstances::default());
        Self { directory, requeue, intake, max_response_bytes: MAX_RESPONSE_BYTES }
    }

    /// Takes the contact records of these instances alone.
    #[must_use]
    pub fn serving(self, instances: ServedInstances) -> Self {
        Self { intake: record::intake(instances), ..self }
    }

    /// Handles a batch: one response a record, in order.
    ///
    /// Look-ups and puts end by `deadline`; what is not done by then counts as failed.
    pub async fn handle<'a>(&self, event: &'a FirehoseEvent<'a>, deadline: Instant) -> Handled<'a> {
        let mut metrics = Metrics::default();
        let mut budget = record::budget();
        let decoded: Vec<_> = event
            .records
            .iter()
            .map(|one| catch_panic(Rejection::Panic, || record::decode(one.data.as_deref(), &mut budget)))
            .collect();
        let read: Vec<_> = decoded
            .iter()
            .map(|bytes| match bytes {
                Ok(bytes) => catch_panic(Rejection::Panic.into(), || record::read(bytes, &self.intake)),
                Err(rejection) => Err((*rejection).into()),
            })
            .collect();
        let callers = self.look_up(&read, deadline, &mut metrics).await;

        let mut response_budget = ResponseBudget::for_response(&event.records, self.max_response_bytes);
        let mut over_budget = Vec::new();
        let mut records = Vec::with_capacity(event.records.len());
        for (index, (one, document)) in event.records.iter().zip(&read).enumerate() {
            let response = response_budget.fit(respond(one, document, |number| callers.get(number)));
            if response.outcome == RecordOutcome::Requeued {
                over_budget.push(index);
            }
            records.push(response);
        }
        self.requeue(event, &over_budget, &mut records, deadline).await;
        count(&records, &mut metrics);
        let source = event.source_kinesis_stream_arn.as_ref().unwrap_or(&event.delivery_stream_arn);
        log_passed_over(source, &metrics);
        Handled { response: FirehoseResponse { records }, metrics }
    }

    async fn look_up(
        &self,
        read: &[Result<Enrichable<'_>, NotEnriched>],
        deadline: Instant,
        metrics: &mut Metrics,
    ) -> Callers {
        let Some(directory) = &self.directory else {
            return Callers(None);
        };
        let numbers = read.iter().flatten().filter_map(Enrichable::number);
        let looked_up = directory.look_up(numbers, deadline).await;
        metrics.add(Metric::CacheHits, looked_up.from_cache as u64);
        metrics.add(Metric::Lookups, (looked_up.requested - looked_up.from_cache) as u64);
        Callers(Some(looked_up))
    }

    async fn requeue<'a>(
        &self,
        event: &'a FirehoseEvent<'a>,
        over_budget: &[usize],
        records: &mut [RecordResponse<'a>],
        deadline: Instant,
    ) {
        if over_budget.is_empty() {
            return;
        }
        for index in self.requeue.put(event, over_budget, deadline).await {
            if let Some(record) = records.get_mut(index) {
                record.result = Verdict::ProcessingFailed;
                record.outcome = RecordOutcome::Rejected(Rejection::NotRequeued);
            }
        }
    }
}

/// The results of the look-up, if there is a directory.
struct Callers(Option<LookupResults>);

impl Callers {
    fn get(&self, number: &PhoneNumber) -> LookUp<'_> {
        match self.0.as_ref().map(|results| results.get(number)) {
            None => LookUp::NotMade,
            Some(LookupResult::Known(name)) => LookUp::Known(name),
            Some(LookupResult::Unknown) => LookUp::Unknown,
            Some(LookupResult::Failed) => LookUp::Failed,
        }
    }
}

/// One record's response, as if there were room for everything.
fn respond<'a, 'n>(
    one: &'a FirehoseRecord<'a>,
    document: &Result<Enrichable<'_>, NotEnriched>,
    caller: impl Fn(&PhoneNumber) -> LookUp<'n>,
) -> RecordResponse<'a> {
    let enriched = document.as_ref().map_err(|reason| *reason).and_then(|document| {
        catch_panic(Rejection::Panic.into(), || {
            // What is added fits into what base64 takes more.
            let mut bytes = Vec::with_capacity(one.data().len());
            let tally = record::write(document, caller, &mut bytes);
            Ok((bytes, tally))
        })
    });
    let (result, data, outcome) = match enriched {
        Ok((bytes, tally)) => (Verdict::Ok, ResponseData::New(bytes), RecordOutcome::Enriched(tally)),
        Err(NotEnriched::PassedOver(reason)) => {
            (Verdict::Dropped, ResponseData::AsItCame(""), RecordOutcome::PassedOver(reason))
        }
        Err(NotEnriched::Rejected(rejection)) => {
            let data = ResponseData::AsItCame(one.data());
            (Verdict::ProcessingFailed, data, RecordOutcome::Rejected(rejection))
        }
    };
    RecordResponse { record_id: (&*one.record_id).into(), result, data, outcome }
}

/// How much data a response still has room for.
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
    /// record of a failed one, and an enriched one is to be requeued.
    fn fit<'a>(&mut self, mut response: RecordResponse<'a>) -> RecordResponse<'a> {
        let size = response.data.base64_bytes();
        if size <= self.left {
            self.left -= size;
            return response;
        }
        response.data = ResponseData::AsItCame("");
        if response.result == Verdict::Ok && size <= self.all {
            (response.result, response.outcome) = (Verdict::Dropped, RecordOutcome::Requeued);
        } else if response.result == Verdict::Ok {
            // Requeued, it would come again for ever.
            (response.result, response.outcome) =
                (Verdict::ProcessingFailed, RecordOutcome::Rejected(Rejection::TooLarge));
        }
        response
    }
}

fn count(records: &[RecordResponse<'_>], metrics: &mut Metrics) {
    metrics.add(Metric::Records, records.len() as u64);
    // An alarm watches these, so they are there when nothing happened, too.
    metrics.add(Metric::LookupsFailed, 0);
    for record in records {
        match record.outcome {
            RecordOutcome::Enriched(tally) => {
                metrics.add(Metric::CallersKnown, tally.known);
                metrics.add(Metric::CallersUnknown, tally.unknown);
                metrics.add(Metric::LookupsFailed, tally.failed);
                metrics.add(Metric::NoNumber, tally.not_looked_up);
            }
            RecordOutcome::Requeued => metrics.add(Metric::RecordsRequeued, 1),
            RecordOutcome::Rejected(rejection) => metrics.add(metric_of(rejection), 1),
            RecordOutcome::PassedOver(reason) => metrics.add(reason.metric(), 1),
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
        Rejection::NotRequeued => Metric::RequeuesFailed,
        Rejection::Panic => Metric::RejectedPanic,
    }
}

#[cfg(test)]
mod tests;
