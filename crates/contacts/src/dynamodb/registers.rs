//! A contact's registers in one attribute, so that a status takes less than the KB that one write unit pays for.
//!
//! # The format
//!
//! A byte says which format it is: 1. Behind it stand four columns, deflated together. Lengths and numbers are in LEB128, seven
//! bits a byte, the lowest first.
//!
//! 1. How many registers there are, and for each a byte: which [attribute](SystemAttribute::number) in the lower six bits, and in
//!    the upper two whether its value is a text, false, true or a time. Data that a flow recorded has the number 0 and its name
//!    behind the byte.
//! 2. How many versions there are, and each. One event sets many registers, which then share one.
//! 3. For each register, which of the versions it has.
//! 4. For each text its bytes, and for each time its milliseconds since 1970, their sign in the lowest bit.

use std::{
    collections::BTreeSet,
    io::{self, Read as _},
};

use flate2::{
    Compression,
    read::{DeflateDecoder, DeflateEncoder},
};
use jiff::Timestamp;

use crate::{
    attribute::{Attribute, SystemAttribute},
    status::{Register, Status, Value},
    version::Version,
};

/// The first byte.
const FORMAT: u8 = 1;

/// What stands for data that a flow recorded.
const DATA: u8 = 0;
/// The bits of a register's first byte that say which attribute it is of.
const NUMBER: u8 = 0b0011_1111;
const TEXT: u8 = 0;
const FALSE: u8 = 0b0100_0000;
const TRUE: u8 = 0b1000_0000;
const TIME: u8 = 0b1100_0000;

/// The most that is unpacked, in bytes: ten items of DynamoDB.
const PLAIN_MAX_BYTES: u64 = 4_000_000;

/// What is stored of a contact, as far as this program knows it, and what a newer one stored beside it, which stays.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Registers {
    pub(super) status: Status,
    /// By number.
    unknown: Vec<(u8, Register)>,
}

impl Registers {
    /// Nothing is stored of this contact.
    pub(super) fn new(contact_id: &str) -> Self {
        Self { status: Status::new(contact_id), unknown: Vec::new() }
    }

    /// As they are kept, unless that is more than can be read again.
    pub(super) fn pack(&self) -> io::Result<Vec<u8>> {
        let known = self.status.registers().map(|(attribute, register)| match attribute {
            Attribute::System(known) => (known.number(), None, register),
            Attribute::Data(name) => (DATA, Some(name), register),
        });
        let unknown = self.unknown.iter().map(|(number, register)| (*number, None, register));
        let registers: Vec<_> = known.chain(unknown).collect();
        let versions: BTreeSet<Version> = registers.iter().map(|(.., register)| register.version).collect();

        let mut plain = Plain::default();
        plain.number(registers.len() as u64);
        for (number, name, register) in &registers {
            plain.0.push(number | kind(&register.value));
            if let Some(name) = name {
                plain.bytes(name.as_bytes());
            }
        }
        plain.number(versions.len() as u64);
        for version in &versions {
            plain.bytes(&version.to_bytes());
        }
        for (.., register) in &registers {
            plain.number(versions.range(..register.version).count() as u64);
        }
        for (.., register) in &registers {
            plain.value(&register.value);
        }

        if plain.0.len() as u64 > PLAIN_MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut packed = vec![FORMAT];
        DeflateEncoder::new(plain.0.as_slice(), Compression::best()).read_to_end(&mut packed)?;
        Ok(packed)
    }

    /// What was kept of this contact; [`None`] if it is not of this format.
    pub(super) fn unpack(contact_id: &str, packed: &[u8]) -> Option<Self> {
        let (&FORMAT, deflated) = packed.split_first()? else { return None };
        let mut plain = Vec::new();
        DeflateDecoder::new(deflated).take(PLAIN_MAX_BYTES).read_to_end(&mut plain).ok()?;
        let mut rest = Rest(&plain);

        let keys: Vec<_> = (0..rest.number()?).map(|_| rest.key()).collect::<Option<_>>()?;
        let versions = (0..rest.number()?).map(|_| Version::from_bytes(rest.bytes()?));
        let versions: Vec<_> = versions.collect::<Option<_>>()?;
        let version = |_: &_| versions.get(usize::try_from(rest.number()?).ok()?).copied();
        let of_each: Vec<_> = keys.iter().map(version).collect::<Option<_>>()?;

        let mut registers = Self::new(contact_id);
        for ((byte, name), version) in keys.into_iter().zip(of_each) {
            let register = Register { version, value: rest.value(byte)? };
            let number = byte & NUMBER;
            let known = SystemAttribute::ALL.into_iter().find(|known| known.number() == number);
            match (known, name) {
                (_, Some(name)) => registers.status.set_if_newer(Attribute::data(name)?, register),
                (Some(known), None) => registers.status.set_if_newer(known.into(), register),
                (None, None) => registers.unknown.push((number, register)),
            }
        }
        Some(registers)
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Text(_) => TEXT,
        Value::Flag(false) => FALSE,
        Value::Flag(true) => TRUE,
        Value::Time(_) => TIME,
    }
}

/// What is written.
#[derive(Default)]
struct Plain(Vec<u8>);

impl Plain {
    fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.extend(u8::try_from(number & 0x7f | 0x80));
            number >>= 7;
        }
        self.0.extend(u8::try_from(number));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.bytes(text.as_bytes()),
            Value::Flag(_) => {}
            Value::Time(time) => {
                let millis = time.as_millisecond();
                self.number(millis.unsigned_abs() << 1 | u64::from(millis < 0));
            }
        }
    }
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte <= 0x7f {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// A register's first byte, and the name of recorded data.
    fn key(&mut self) -> Option<(u8, Option<&'a str>)> {
        let byte = self.byte()?;
        let name = if byte & NUMBER == DATA { Some(self.text()?) } else { None };
        Some((byte, name))
    }

    /// The value of a register with this first byte.
    fn value(&mut self, byte: u8) -> Option<Value> {
        Some(match byte & !NUMBER {
            TEXT => Value::Text(self.text()?.to_owned()),
            FALSE => Value::Flag(false),
            TRUE => Value::Flag(true),
            _ => {
                let number = self.number()?;
                let millis = i64::try_from(number >> 1).ok()?;
                let millis = if number & 1 == 1 { -millis } else { millis };
                Value::Time(Timestamp::from_millisecond(millis).ok()?)
            }
        })
    }
}

#[cfg(test)]
mod tests;
