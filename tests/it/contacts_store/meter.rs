//! What is asked of DynamoDB, and what it costs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, Capacity, ConsumedCapacity, ReturnConsumedCapacity};

/// Counts a client's requests. Clones count together.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter(Arc<Mutex<Counts>>);

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counts {
    /// `PutItem` of a status.
    pub(super) puts: usize,
    /// Those of them that went through.
    pub(super) put: usize,
    /// `BatchWriteItem`.
    pub(super) batches: usize,
    /// Anything else: a read.
    pub(super) reads: usize,
    /// Write units of what, as the server says: `status`, `history`, `names`, or an index.
    pub(super) units: BTreeMap<String, f64>,
    /// Read units of statuses that were read to write them.
    pub(super) read_units: f64,
}

impl Counts {
    /// All write units.
    pub(super) fn write_units(&self) -> f64 {
        self.units.values().sum()
    }

    fn add(&mut self, what: &str, consumed: &ConsumedCapacity) {
        let indexes = consumed.global_secondary_indexes().into_iter().flatten();
        let indexes = indexes.map(|(index, units)| (index.as_str(), units.capacity_units()));
        let of_table = consumed.table().and_then(Capacity::capacity_units);
        for (what, units) in indexes.chain([(what, of_table)]) {
            *self.units.entry(what.to_owned()).or_default() += units.unwrap_or_default();
        }
    }
}

impl Meter {
    /// What was counted since this was asked last.
    pub(super) fn take(&self) -> Counts {
        std::mem::take(&mut *self.0.lock().expect("no panic while it is held"))
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut counts = self.0.lock().expect("no panic while it is held");
        let input = context.input_mut();
        if let Some(put) = input.downcast_mut::<PutItemInput>() {
            let entry = put.item.as_ref().and_then(|item| item.get("Entry"));
            let is_of_name = entry == Some(&AttributeValue::S("NAME".to_owned()));
            counts.puts += usize::from(!is_of_name);
            // The answer to the one tells of the table alone, and so which of the two it answers.
            let detail =
                if is_of_name { ReturnConsumedCapacity::Total } else { ReturnConsumedCapacity::Indexes };
            put.return_consumed_capacity = Some(detail);
        } else if let Some(batch) = input.downcast_mut::<BatchWriteItemInput>() {
            batch.return_consumed_capacity = Some(ReturnConsumedCapacity::Indexes);
            counts.batches += 1;
        } else {
            if let Some(get) = input.downcast_mut::<GetItemInput>() {
                get.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
            }
            counts.reads += 1;
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut counts = self.0.lock().expect("no panic while it is held");
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            let Some(consumed) = put.consumed_capacity() else { return Ok(()) };
            if consumed.table().is_some() {
                counts.put += 1;
                counts.add("status", consumed);
            } else {
                *counts.units.entry("names".to_owned()).or_default() +=
                    consumed.capacity_units().unwrap_or_default();
            }
        } else if let Some(batch) = output.downcast_ref::<BatchWriteItemOutput>() {
            batch.consumed_capacity().iter().for_each(|consumed| counts.add("history", consumed));
        } else if let Some(get) = output.downcast_ref::<GetItemOutput>() {
            let units = get.consumed_capacity().and_then(ConsumedCapacity::capacity_units);
            counts.read_units += units.unwrap_or_default();
        }
        Ok(())
    }
}
