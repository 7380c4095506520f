//! The sources for one viewer.

use std::{sync::Arc, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use switchboard_contacts::{resource_names::ResourceNames, status::Status};
use switchboard_records::ReconciledHour;
use tokio::time::timeout;

use super::{
    admission::Access,
    asked::AskedFor,
    audit::{AuditError, AuditRecord, LookAt},
    limited::{self, AgentGroups, LimitedPictures},
    of_pictures::OfPictures,
    refusal::Refusal,
    shown::{ForViewer, Shown, ViewRights},
    viewer::Viewer,
};
use crate::{
    clock::Clock,
    customer_keys::CustomerKeys,
    instances::{self, BoardInstance, InstanceScope},
    sources::{Picture, QueueDay, ReadJourney, Sources},
    undelivered::Undelivered,
};

/// How long the audit log has to take a record.
const TIME_TO_AUDIT: Duration = Duration::from_secs(5);

/// The sources of a board, of which nobody gets anything but through a [`Look`].
#[derive(Debug)]
pub(crate) struct WatchedSources {
    sources: Arc<Sources>,
    access: Access,
    limited: LimitedPictures,
    /// The tags of responses, by the address with its query and by who gets them: who has one need not wait until it is made again.
    tags: OfPictures<(String, ViewRights), String>,
}

impl WatchedSources {
    /// Those sources, for who has access.
    pub(crate) fn new(sources: Arc<Sources>, access: Access) -> Self {
        Self { sources, access, limited: LimitedPictures::default(), tags: OfPictures::default() }
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

/// The sources for the viewer of one request: what the viewer may not see, and what is of another instance, is not in what they give out.
pub(crate) struct Look {
    watched: Arc<WatchedSources>,
    viewer: Viewer,
    scope: InstanceScope,
    asked: AskedFor,
}

/// The instances that a viewer may choose of.
pub(crate) struct InstanceList(pub(crate) Arc<Vec<BoardInstance>>);

/// Why nobody looks.
pub(crate) enum NoLook {
    /// Nobody is admitted.
    Nobody,
    /// The board has no such instance.
    Unknown(AskedFor),
    /// The board has several, and the address names none.
    Several(AskedFor, Arc<Vec<BoardInstance>>),
    /// The instances can't be read.
    Refused(AskedFor, Refusal),
}

impl FromRequestParts<Arc<WatchedSources>> for InstanceList {
    type Rejection = NoLook;

    async fn from_request_parts(parts: &mut Parts, watched: &Arc<WatchedSources>) -> Result<Self, NoLook> {
        viewer(parts)?;
        let instances = watched.sources.instances().await;
        let instances =
            instances.map_err(|error| NoLook::Refused(AskedFor::in_request(parts), error.into()))?;
        Ok(Self(instances))
    }
}

impl FromRequestParts<Arc<WatchedSources>> for Look {
    type Rejection = NoLook;

    async fn from_request_parts(parts: &mut Parts, watched: &Arc<WatchedSources>) -> Result<Self, NoLook> {
        let viewer = viewer(parts)?;
        let InstanceList(all) = InstanceList::from_request_parts(parts, watched).await?;
        let asked = AskedFor::in_request(parts);
        let scope = match asked.instance() {
            Some(name) => InstanceScope::named(name, &all),
            None => InstanceScope::default_of(&all),
        };
        match scope {
            Some(scope) => Ok(Self { watched: Arc::clone(watched), viewer, scope, asked }),
            None if asked.instance().is_some() => Err(NoLook::Unknown(asked)),
            None => Err(NoLook::Several(asked, all)),
        }
    }
}

/// Who is admitted stands in the request; a route that admits nobody has nobody who looks.
fn viewer(parts: &Parts) -> Result<Viewer, NoLook> {
    let viewer = parts.extensions.get::<Viewer>().cloned().ok_or(NoLook::Nobody)?;
    let is_wall = parts
        .uri
        .query()
        .is_some_and(|query| url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "tv"));
    Ok(if is_wall { viewer.on_a_wall() } else { viewer })
}

impl Look {
    /// The board's time.
    pub(crate) fn clock(&self) -> &Clock {
        self.watched.sources.clock()
    }

    /// What the addresses of the instance's pages begin with: nothing, if the request's did not name it.
    pub(crate) fn base(&self) -> String {
        self.asked.base()
    }

    /// What the instance is called, where the board has others.
    pub(crate) fn instance_label(&self) -> Option<&str> {
        self.scope.label()
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

    /// What the stores hold of the instance, as far as it is within the viewer's limits.
    ///
    /// # Errors
    /// If a store can't be read.
    pub(crate) async fn picture(&self) -> Result<Arc<Picture>, Refusal> {
        let picture = self.watched.sources.picture_of(&self.scope).await?;
        Ok(limited::part(&self.watched.limited, picture, &self.viewer))
    }

    /// The tag of what this request asks for, if it was made of this picture before for somebody with the same rights.
    pub(crate) fn known_tag(&self, picture: &Arc<Picture>) -> Option<String> {
        self.watched.tags.get(picture, &self.asked_with_rights())
    }

    /// Keeps the tag of what this request asks for, made of this picture alone.
    pub(crate) fn keep_tag(&self, picture: &Arc<Picture>, tag: &str) {
        self.watched.tags.get_or_make(picture, &self.asked_with_rights(), || tag.to_owned());
    }

    fn asked_with_rights(&self) -> (String, ViewRights) {
        (self.asked.target().to_owned(), self.rights())
    }

    /// The journey of a contact's chain, once it is written down that the viewer looks at it; [`None`] if the contact is not known,
    /// or nothing of its chain was in a queue of the viewer's.
    ///
    /// # Errors
    /// If the role has no journeys, contacts can't be read, or the look can't be written down.
    pub(crate) async fn journey(&self, contact_id: &str) -> Result<Option<ReadJourney>, Refusal> {
        self.is_for_persons()?;
        let Some(read) = self.watched.sources.journey(contact_id).await? else { return Ok(None) };
        let groups = self.agent_groups().await?;
        if !read.chain.iter().any(|contact| self.sees(contact, groups.as_ref())) {
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
        let groups = self.agent_groups().await?;
        let read = read.filter(|(contact, _)| self.sees(contact, groups.as_ref()));
        let Some((contact, names)) = read else { return Ok(None) };
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
        // So many of the viewer's own: those of other instances and teams do not count.
        let read = if self.sees_all() { limit } else { usize::MAX };
        let (mut contacts, names) = self.watched.sources.contacts(customer, read).await?;
        let groups = self.agent_groups().await?;
        contacts.retain(|contact| self.sees(contact, groups.as_ref()));
        contacts.truncate(limit);
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
        let mut hours = self.watched.sources.reconciled_hours().await?;
        hours.retain(|hour| self.scope.has_id(&hour.instance_id));
        Ok(hours)
    }

    /// What could not be delivered, of all instances, as dead-letter queues are the deployment's; none for who sees some queues alone.
    ///
    /// # Errors
    /// If the role has none.
    pub(crate) async fn undelivered(&self) -> Result<Arc<Vec<Undelivered>>, Refusal> {
        self.is_for_persons()?;
        if self.viewer.is_limited() {
            return Ok(Arc::default());
        }
        Ok(self.watched.sources.undelivered().await)
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
        let mut day = self.watched.sources.queue_day(queue_id, date, within).await?;
        if let Some(day) = &mut day {
            for period in [&mut day.day, &mut day.week_ago] {
                period.queues.retain(|row| self.scope.has(instances::instance_of_figures(&row.key).as_ref()));
            }
        }
        Ok(day)
    }

    fn rights(&self) -> ViewRights {
        ViewRights { role: self.viewer.role(), agent_names: self.watched.access.agent_names }
    }

    /// The agents' groups, for who is limited.
    async fn agent_groups(&self) -> Result<Option<AgentGroups>, Refusal> {
        if !self.viewer.is_limited() {
            return Ok(None);
        }
        let picture = self.watched.sources.picture_of(&self.scope).await?;
        Ok(Some(AgentGroups::of(&picture)))
    }

    fn sees_all(&self) -> bool {
        !self.viewer.is_limited() && self.scope.label().is_none()
    }

    fn sees(&self, contact: &Status, groups: Option<&AgentGroups>) -> bool {
        self.scope.has(instances::instance_of(contact).as_ref())
            && limited::sees(&self.viewer, contact, groups)
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
