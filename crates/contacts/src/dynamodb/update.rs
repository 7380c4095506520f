//! One conditional write of a status, and what to make of its refusal.

use std::collections::HashMap;

use aws_sdk_dynamodb::{operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue};
use switchboard_store::error::StoreError;

use super::item::{self, Item};
use crate::{attribute::Attribute, expiry::EXPIRY_NAME, history::STATUS_KEY, status::Status};

/// Registers in one write. An expression holds 300 operators and 4 KB, of which a register takes 4 operators and
/// 34 characters at most.
const REGISTERS: usize = 40;

/// A write of registers that counts only if none of them is stored as new or newer.
pub(super) struct Update {
    status: Status,
    /// [`None`] if a later one is stored.
    expiry_epoch_seconds: Option<i64>,
}

impl Update {
    /// The writes that a change takes: one, but for a change of very many registers.
    pub(super) fn all(change: &Status, expiry_epoch_seconds: i64) -> Vec<Self> {
        let registers: Vec<_> = change.registers().collect();
        let parts = registers.chunks(REGISTERS).map(|part| {
            let mut status = Status::new(change.contact_id());
            for (attribute, register) in part {
                status.keep((*attribute).clone(), (*register).clone());
            }
            Self { status, expiry_epoch_seconds: Some(expiry_epoch_seconds) }
        });
        parts.collect()
    }

    /// What is left of it, where it was refused because this is stored; [`None`] if nothing is.
    pub(super) fn against(&self, stored: &Item) -> Result<Option<Self>, StoreError> {
        let held = item::status(stored)?;
        let status = self.status.newer_than(&held);
        if status.is_empty() {
            return Ok(None);
        }
        let later = self.expiry_epoch_seconds.filter(|expiry| *expiry >= item::expiry_epoch_seconds(stored));
        Ok(Some(Self { status, expiry_epoch_seconds: later }))
    }

    /// The request.
    ///
    /// A comparison with what is not there is false, so that a register that is not stored yet, or an item that
    /// isn't, stands in nobody's way.
    pub(super) fn request(&self, request: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let mut expression = Expression::default();
        for (n, (attribute, register)) in self.status.registers().enumerate() {
            let version = AttributeValue::S(register.version.to_string());
            expression.register(n, attribute, version, item::value(&register.value));
        }
        if let Some(expiry) = self.expiry_epoch_seconds {
            expression.expiry(expiry);
        }
        request
            .set_key(Some(item::keys(self.status.contact_id(), STATUS_KEY)))
            .update_expression(format!("SET {}", expression.sets.join(",")))
            .condition_expression(format!("NOT ({})", expression.refusals.join(" OR ")))
            .set_expression_attribute_names(Some(expression.names))
            .set_expression_attribute_values(Some(expression.values))
    }
}

#[derive(Default)]
struct Expression {
    sets: Vec<String>,
    refusals: Vec<String>,
    names: HashMap<String, String>,
    values: Item,
}

impl Expression {
    fn register(&mut self, n: usize, attribute: &Attribute, version: AttributeValue, value: AttributeValue) {
        self.names.insert(format!("#a{n}"), attribute.name().into_owned());
        self.names.insert(format!("#v{n}"), item::version_name(attribute));
        self.values.insert(format!(":a{n}"), value);
        self.values.insert(format!(":v{n}"), version);
        self.sets.push(format!("#a{n}=:a{n},#v{n}=:v{n}"));
        self.refusals.push(format!("#v{n}>=:v{n}"));
    }

    fn expiry(&mut self, epoch_seconds: i64) {
        self.names.insert("#e".to_owned(), EXPIRY_NAME.to_owned());
        self.values.insert(":e".to_owned(), AttributeValue::N(epoch_seconds.to_string()));
        self.sets.push("#e=:e".to_owned());
        self.refusals.push("#e>:e".to_owned());
    }
}
