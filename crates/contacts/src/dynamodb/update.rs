//! One conditional write of a status, and what to make of its refusal.

use std::collections::HashMap;

use aws_sdk_dynamodb::{operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue};
use jiff::Timestamp;
use switchboard_store::{dynamodb::batch::Item, error::StoreError};

use super::{
    expiry::deletion_epoch_seconds,
    item::{self, ACTIVE, BEGAN, FORGOTTEN, RETENTION},
};
use crate::{
    attribute::{Attribute, SystemAttribute},
    expiry::EXPIRY_NAME,
    history::STATUS_KEY,
    standing,
    status::{Status, time_text},
};

/// Registers in one write. An expression holds 300 operators and 4 KB, of which a register takes 4 operators and
/// 34 characters at most.
const REGISTERS: usize = 40;

/// A write of registers that counts only if none of them is stored newer, and the contact is not forgotten. Equal versions are equal values: each event of a
/// contact says again when it began.
pub(super) struct Update {
    status: Status,
    /// Where nothing says yet when the item may go.
    expiry_epoch_seconds: i64,
    retention_minutes: u32,
    /// Where nothing says yet when the contact began.
    began: Option<Timestamp>,
}

impl Update {
    /// The writes that a change takes: one, but for a change of very many registers.
    pub(super) fn all(change: &Status, now: Timestamp, retention_minutes: u32) -> Vec<Self> {
        let expiry_epoch_seconds = deletion_epoch_seconds(change, now, retention_minutes);
        let began = standing::began(change);
        let registers: Vec<_> = change.registers().collect();
        let parts = registers.chunks(REGISTERS).map(|part| {
            let mut status = Status::new(change.contact_id());
            for (attribute, register) in part {
                status.set_if_newer((*attribute).clone(), (*register).clone());
            }
            Self { status, expiry_epoch_seconds, retention_minutes, began }
        });
        parts.collect()
    }

    /// What is left of it, where it was refused because this is stored; [`None`] if nothing is.
    pub(super) fn against(&self, stored: &Item) -> Result<Option<Self>, StoreError> {
        let held = item::status(stored)?;
        let status = self.status.newer_than(&held);
        Ok((!status.is_empty()).then_some(Self { status, ..*self }))
    }

    /// The request.
    ///
    /// A comparison with what is not there is false, so that a register that is not stored yet, or an item that
    /// isn't, stands in nobody's way.
    pub(super) fn request(&self, request: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let mut expression = Expression::default();
        for (n, (attribute, register)) in self.status.registers().enumerate() {
            let (version, value) = (item::version(register.version), item::value(&register.value));
            expression.register(n, attribute, version, value);
        }
        expression.expiry(self.expiry_epoch_seconds, self.retention_minutes);
        expression.began(self.began);
        let removes = expression.active(&self.status);
        request
            .set_key(Some(item::keys(self.status.contact_id(), STATUS_KEY)))
            .update_expression(format!("SET {}{removes}", expression.sets.join(",")))
            .condition_expression(format!(
                "attribute_not_exists(#f) AND NOT ({})",
                expression.refusals.join(" OR ")
            ))
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
        self.refusals.push(format!("#v{n}>:v{n}"));
    }

    fn expiry(&mut self, epoch_seconds: i64, retention_minutes: u32) {
        self.names.insert("#e".to_owned(), EXPIRY_NAME.to_owned());
        self.names.insert("#r".to_owned(), RETENTION.to_owned());
        self.names.insert("#f".to_owned(), FORGOTTEN.to_owned());
        self.values.insert(":e".to_owned(), AttributeValue::N(epoch_seconds.to_string()));
        self.values.insert(":r".to_owned(), AttributeValue::N(retention_minutes.to_string()));
        self.sets.push("#e=if_not_exists(#e,:e)".to_owned());
        self.sets.push("#r=:r".to_owned());
    }

    fn began(&mut self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.names.insert("#b".to_owned(), BEGAN.to_owned());
            self.values.insert(":b".to_owned(), AttributeValue::S(time_text(at)));
            self.sets.push("#b=if_not_exists(#b,:b)".to_owned());
        }
    }

    /// Whether the contact is in the index of those that somebody works on. A line of a flow's log may come after the end, so
    /// it puts nothing there, and a contact that ended after it was with an agent stays until it is completed. What the stored
    /// item is, is looked at after the write.
    fn active(&mut self, change: &Status) -> &'static str {
        let Some(_) = change.text(SystemAttribute::Status) else { return "" };
        if !change.may_be_worked_on() {
            self.names.insert("#act".to_owned(), ACTIVE.to_owned());
            return " REMOVE #act";
        }
        if !change.flag(SystemAttribute::Disconnected) {
            self.names.insert("#act".to_owned(), ACTIVE.to_owned());
            self.values.insert(":act".to_owned(), AttributeValue::S(item::shard(change.contact_id())));
            self.sets.push("#act=if_not_exists(#act,:act)".to_owned());
        }
        ""
    }
}
