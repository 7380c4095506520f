//! The response to a flow.

use std::{borrow::Cow, collections::BTreeMap};

/// The attributes that a flow gets: strings by name.
pub type FlowResponse = BTreeMap<Cow<'static, str>, String>;
