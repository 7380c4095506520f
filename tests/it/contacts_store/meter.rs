//! What is asked of DynamoDB, and what it costs.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

/// Counts a client's requests. Clones count together.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter(Arc<Mutex<Counts>>);

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    /// `UpdateItem`.
    pub(super) updates: usize,
    /// Those of them that went through.
    pub(super) updated: usize,
    /// `BatchWriteItem`.
    pub(super) batches: usize,
    /// Anything else: a read.
    pub(super) reads: usize,
    /// Write units, as the server says.
    pub(super) units: f64,
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
        if let Some(update) = input.downcast_mut::<UpdateItemInput>() {
            update.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
            counts.updates += 1;
        } else if let Some(batch) = input.downcast_mut::<BatchWriteItemInput>() {
            batch.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
            counts.batches += 1;
        } else {
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
        let units = |consumed: &ConsumedCapacity| consumed.capacity_units().unwrap_or_default();
        if let Some(update) = output.downcast_ref::<UpdateItemOutput>() {
            counts.updated += 1;
            counts.units += update.consumed_capacity().map(units).unwrap_or_default();
        } else if let Some(batch) = output.downcast_ref::<BatchWriteItemOutput>() {
            counts.units += batch.consumed_capacity().iter().map(units).sum::<f64>();
        }
        Ok(())
    }
}
