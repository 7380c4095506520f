//! A line of `agents.ndjson`.

use serde::Serialize;

use crate::model::{
    activity::{AgentActivity, Stretch},
    directory::Directory,
    iso::IsoMillis,
};

/// A stretch of an agent's day.
#[derive(Debug, Serialize)]
pub(super) struct AgentLine<'a> {
    agent: &'a str,
    status: &'a str,
    activity: Option<AgentActivity>,
    from: IsoMillis,
    to: Option<IsoMillis>,
}

impl<'a> AgentLine<'a> {
    pub(super) fn of(stretch: &Stretch, directory: &'a Directory) -> Self {
        Self {
            agent: directory.people.get(stretch.agent).map_or("", |person| &person.username),
            status: &directory.status(stretch.status).name,
            activity: stretch.activity,
            from: IsoMillis(stretch.from),
            to: stretch.to.map(IsoMillis),
        }
    }
}
