//! The sources for one viewer.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use switchboard_contacts::{attribute::SystemAttribute, resource_names::ResourceNames, status::Status};
use switchboard_records::ReconciledHour;
use tokio::time::timeout;

use super::{
    admission::Access,
    audit::{AuditError, AuditRecord, LookAt},
    refusal::Refusal,
    shown::{ForViewer, Shown, ViewRights},
    viewer::Viewer,
};
use crate::{
    clock::Clock,
    customer_keys::CustomerKeys,
    sources::{Picture, QueueDay, ReadJourney, Sources, id_of},
};

/// How long the audit log has to take a record.
const TIME_TO_AUDIT: Duration = Duration::from_secs(5);

/// The sources of a board, of which nobody gets anything but through a [`Look`].
#[derive(Debug)]
pub(crate) struct WatchedSources {
    sources: Arc<Sources>,
    access: Access,
}

impl WatchedSources {
    /// Those sources, for who has access.
    pub(crate) fn new(sources: Arc<Sources>, access: Access) -> Self {
        Self { sources, access }
    }

    /// Who may look.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// The board's time.
    pub(crate) fn clock(&self) -> &Clock {
        self.sources.clock()
    }
}

/// The sources for the viewer of one request: what the viewer may not see is not in what they give out.
pub(crate) struct Look {
    watched: Arc<WatchedSources>,
    viewer: Viewer,
}

impl FromRequestParts<Arc<WatchedSources>> for Look {
    type Rejection = StatusCode;

    async fn from_request_parts(
        parts: &mut Parts,
        watched: &Arc<WatchedSources>,
    ) -> Result<Self, StatusCode> {
        // Who is admitted stands there; a route that admits nobody has nobody who looks.
        let viewer = parts.extensions.get::<Viewer>().cloned().ok_or(StatusCode::UNAUTHORIZED)?;
        let is_wall = parts
            .uri
            .query()
            .is_some_and(|query| url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "tv"));
        let viewer = if is_wall { viewer.on_a_wall() } else { viewer };
        Ok(Self { watched: Arc::clone(watched), viewer })
    }
}

impl Look {
    /// The board's time.
    pub(crate) fn clock(&self) -> &Clock {
        self.watched.sources.clock()
    }

    /// Whose days and clock times.
    pub(crate) fn time_zone(&self) -> &TimeZone {
        self.watched.sources.time_zone()
    }

    /// True if the viewer may see persons.
    pub(crate) fn sees_persons(&self) -> bool {
        self.viewer.role().sees_persons()
    }

    /// True if the viewer can sign out.
    pub(crate) fn has_session(&self) -> bool {
        self.watched.access.has_session()
    }

    /// The view as this viewer gets it.
    ///
    /// # Errors
    /// If the viewer's role does not have it.
    pub(crate) fn show<T: ForViewer>(&self, view: T) -> Result<Shown<T>, Refusal> {
        Shown::new(view, self.rights())
    }

    /// The name of an agent as this viewer gets it.
    pub(crate) fn agent_name(&self, name: &str) -> String {
        self.watched.access.agent_names.shown(name)
    }

    /// What the stores hold of the viewer's queues.
    ///
    /// # Errors
    /// If a store can't be read.
    pub(crate) async fn picture(&self) -> Result<Arc<Picture>, Refusal> {
        let picture = self.watched.sources.picture().await?;
        if !self.viewer.is_limited() {
            return Ok(picture);
        }
        let mut picture = Picture::clone(&picture);
        picture.contacts.retain(|contact| self.sees(contact));
        if let Some(figures) = &mut picture.figures {
            let sees = |arn: Option<&str>| self.viewer.sees_queue(arn.map(id_of));
            for period in [&mut figures.interval, &mut figures.today] {
                period.queues.retain(|row| sees(row.key.queue.as_deref()));
            }
        }
        if let Some(polls) = &mut picture.polls {
            polls.retain(|_, queue_id| self.viewer.sees_queue(Some(queue_id)));
        }
        for profile in picture.agents.iter_mut().flat_map(|roster| roster.routing_profiles.values_mut()) {
            profile.queues.retain(|(id, _)| self.viewer.sees_queue(Some(id)));
        }
        Ok(Arc::new(picture))
    }

    /// The journey of a contact's chain, once it is written down that the viewer looks at it; [`None`] if the contact is not known,
    /// or nothing of its chain was in a queue of the viewer's.
    ///
    /// # Errors
    /// If the role has no journeys, contacts can't be read, or the look can't be written down.
    pub(crate) async fn journey(&self, contact_id: &str) -> Result<Option<ReadJourney>, Refusal> {
        self.is_for_persons()?;
        let Some(read) = self.watched.sources.journey(contact_id).await? else { return Ok(None) };
        if !read.chain.iter().any(|contact| self.sees(contact)) {
            return Ok(None);
        }
        self.write_down(LookAt::Journey, vec![contact_id]).await?;
        Ok(Some(read))
    }

    /// A contact, with the names of its queue and agent, once it is written down that the viewer looks at it.
    ///
    /// # Errors
    /// If the role has no contacts, contacts can't be read, or the look can't be written down.
    pub(crate) async fn contact(&self, contact_id: &str) -> Result<Option<(Status, ResourceNames)>, Refusal> {
        self.is_for_persons()?;
        let read = self.watched.sources.contact(contact_id).await?;
        let Some((contact, names)) = read.filter(|(contact, _)| self.sees(contact)) else { return Ok(None) };
        self.write_down(LookAt::Contact, vec![contact_id]).await?;
        Ok(Some((contact, names)))
    }

    /// All contacts that are known, or a customer's, with names. It is written down which of a customer's are looked at.
    ///
    /// # Errors
    /// If the role has no contacts, contacts can't be read, or the look can't be written down.
    pub(crate) async fn contacts(
        &self,
        customer: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Status>, ResourceNames), Refusal> {
        self.is_for_persons()?;
        let (mut contacts, names) = self.watched.sources.contacts(customer, limit).await?;
        contacts.retain(|contact| self.sees(contact));
        if customer.is_some() && !contacts.is_empty() {
            self.write_down(LookAt::Customer, contacts.iter().map(Status::contact_id).collect()).await?;
        }
        Ok((contacts, names))
    }

    /// The contacts of the customer with that key, with names; [`None`] if it is no customer's key.
    ///
    /// # Errors
    /// If the role does not see customers, contacts can't be read, or the look can't be written down.
    pub(crate) async fn customer(
        &self,
        key: &str,
        limit: usize,
    ) -> Result<Option<(Vec<Status>, ResourceNames)>, Refusal> {
        if !self.viewer.role().sees_customers() {
            return Err(Refusal::Role);
        }
        let customer = self.watched.sources.customer_keys().and_then(|keys| keys.open(key));
        match customer {
            Some(customer) => self.contacts(Some(&customer), limit).await.map(Some),
            None => Ok(None),
        }
    }

    /// What makes the keys of customers, for a role that sees them.
    pub(crate) fn customer_keys(&self) -> Option<&CustomerKeys> {
        self.watched.sources.customer_keys().filter(|_| self.viewer.role().sees_customers())
    }

    /// The hours that were compared with what Connect lists; none for who sees some queues alone.
    ///
    /// # Errors
    /// If the role has none, or the record tables can't be read.
    pub(crate) async fn reconciled_hours(&self) -> Result<Vec<ReconciledHour>, Refusal> {
        self.is_for_persons()?;
        if self.viewer.is_limited() {
            return Ok(Vec::new());
        }
        Ok(self.watched.sources.reconciled_hours().await?)
    }

    /// The intervals of a queue on a local day; [`None`] without record tables, or if the queue is none of the viewer's.
    ///
    /// # Errors
    /// If the role has none, or the record tables can't be read.
    pub(crate) async fn queue_day(
        &self,
        queue_id: &str,
        date: Option<Date>,
        within: &[u32],
    ) -> Result<Option<QueueDay>, Refusal> {
        self.is_for_persons()?;
        if !self.viewer.sees_queue(Some(queue_id)) {
            return Ok(None);
        }
        Ok(self.watched.sources.queue_day(queue_id, date, within).await?)
    }

    fn rights(&self) -> ViewRights {
        ViewRights { role: self.viewer.role(), agent_names: self.watched.access.agent_names }
    }

    fn sees(&self, contact: &Status) -> bool {
        self.viewer.sees_queue(contact.text(SystemAttribute::QueueArn).map(id_of))
    }

    fn is_for_persons(&self) -> Result<(), Refusal> {
        if self.sees_persons() { Ok(()) } else { Err(Refusal::Role) }
    }

    async fn write_down(&self, look_at: LookAt, contacts: Vec<&str>) -> Result<(), Refusal> {
        let record = AuditRecord { at: Timestamp::now(), viewer: self.viewer.name(), look_at, contacts };
        match timeout(TIME_TO_AUDIT, self.watched.access.audit.keep(&record)).await {
            Ok(kept) => Ok(kept?),
            Err(late) => Err(AuditError(late.into()).into()),
        }
    }
}
