//! Which of a contact's attributes are kept.

use std::{collections::BTreeSet, convert::Infallible, str::FromStr};

use serde_json::{Map, Value};
use switchboard_core::json::Raw;

/// The attributes that are kept: they may hold anything about a customer, so none is unless somebody says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeSelection {
    /// Those with one of these names.
    Named(BTreeSet<String>),
    /// All of them.
    All,
}

impl Default for AttributeSelection {
    fn default() -> Self {
        Self::Named(BTreeSet::new())
    }
}

/// `*` for all, or names with commas between them.
impl FromStr for AttributeSelection {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        if text.trim() == "*" {
            return Ok(Self::All);
        }
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self::Named(names.map(str::to_owned).collect()))
    }
}

impl AttributeSelection {
    /// The selected attributes as the text of a JSON object; null if there are none. Names are case-sensitive, and a value
    /// that is no text is none.
    pub(super) fn select(&self, attributes: Raw<'_>) -> Value {
        let mut selected = Map::new();
        attributes.members(|member| {
            let is_selected = match self {
                Self::Named(names) => names.contains(&*member.name),
                Self::All => true,
            };
            if let Some(text) = member.value.text().filter(|_| is_selected) {
                selected.insert(member.name.into_owned(), text.into_owned().into());
            }
        });
        if selected.is_empty() { Value::Null } else { Value::Object(selected).to_string().into() }
    }
}
