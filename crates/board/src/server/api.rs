//! The API for programs: JSON under `/api/v1/`.

use axum::{
    body::Bytes,
    extract::{RawQuery, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};
use serde::Serialize;

use super::{
    failure::Failure,
    html,
    named::Named,
    no_look::InstanceRows,
    query::Fields,
    reply,
    search::{self, SearchRequest},
};
use crate::{
    access::{ForViewer, InstanceList, Look, Refusal, ViewRights},
    view::{self, AgentRow, ContactRow, JourneyView},
};

/// The most contacts of one answer.
const PAGE_MAX: usize = 500;

const OPENAPI: &str = include_str!("../../assets/openapi.json");

/// A page of a list.
#[derive(Serialize)]
struct ContactPage {
    /// How many there are altogether.
    total: usize,
    /// How many come before these.
    offset: usize,
    contacts: Vec<ContactRow>,
}

/// All agents.
#[derive(Serialize)]
struct AgentPage {
    agents: Vec<AgentRow>,
}

impl ForViewer for ContactPage {
    fn for_viewer(mut self, rights: ViewRights) -> Result<Self, Refusal> {
        self.contacts = self.contacts.for_viewer(rights)?;
        Ok(self)
    }
}

impl ForViewer for AgentPage {
    fn for_viewer(mut self, rights: ViewRights) -> Result<Self, Refusal> {
        self.agents = self.agents.for_viewer(rights)?;
        Ok(self)
    }
}

pub(super) async fn board(look: Look, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = look.picture().await?;
        let board = || reply::json(&headers, &look, view::board(&picture, None));
        reply::of_picture(&headers, &look, &picture, board)
    };
    answered(answer.await)
}

pub(super) async fn agents(look: Look, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = look.picture().await?;
        let agents = || reply::json(&headers, &look, AgentPage { agents: view::agents(&picture) });
        reply::of_picture(&headers, &look, &picture, agents)
    };
    answered(answer.await)
}

pub(super) async fn contacts(look: Look, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = Fields::read(query.unwrap_or_default().as_bytes());
        let is_active = fields.flag("active", true, "`active` is true or false.")?;
        let limit = fields.number("limit", 1..=PAGE_MAX, PAGE_MAX, "`limit` is from 1 to 500.")?;
        let offset = fields.number("offset", 0..=usize::MAX, 0, "`offset` is a number, 0 or more.")?;
        let rows = if is_active {
            view::active_contacts(look.picture().await?.as_ref())
        } else {
            let (mut contacts, names) = look.contacts(None, usize::MAX).await?;
            contacts.sort_by_key(|contact| {
                let began = switchboard_contacts::standing::began(contact);
                (std::cmp::Reverse(began), contact.contact_id().to_owned())
            });
            contacts.iter().map(|contact| view::contact_row(contact, &names)).collect()
        };
        let total = rows.len();
        let contacts = rows.into_iter().skip(offset).take(limit).collect();
        reply::json(&headers, &look, ContactPage { total, offset, contacts })
    };
    answered(answer.await)
}

pub(super) async fn contact(look: Look, Named(id): Named, headers: HeaderMap) -> Response {
    let answer = async {
        let (contact, names) = look.contact(&id).await?.ok_or(Failure::NotFound)?;
        reply::json(&headers, &look, view::contact_row(&contact, &names))
    };
    answered(answer.await)
}

pub(super) async fn journey(
    look: Look,
    Named(id): Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let fields = Fields::read(query.unwrap_or_default().as_bytes());
        let is_technical = fields.flag("technical", false, "`technical` is true or false.")?;
        let read = look.journey(&id).await?.ok_or(Failure::NotFound)?;
        reply::json(&headers, &look, JourneyView::new(&id, &read, is_technical, look.customer_keys()))
    };
    answered(answer.await)
}

pub(super) async fn customer(look: Look, Named(key): Named, headers: HeaderMap) -> Response {
    let answer = async { reply::json(&headers, &look, search::of_customer(&look, &key).await?) };
    answered(answer.await)
}

pub(super) async fn intervals(
    look: Look,
    Named(id): Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let fields = Fields::read(query.unwrap_or_default().as_bytes());
        reply::json(&headers, &look, html::queue_day(&look, &id, &fields, &fields.thresholds()?).await?)
    };
    answered(answer.await)
}

pub(super) async fn search(look: Look, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    let answer = async {
        let body = body.map_err(|_| Failure::Invalid("The body is too long, or broke off."))?;
        let request = SearchRequest::read(&body)?;
        reply::json(&headers, &look, search::find(&look, &request.text, request.day).await?)
    };
    answered(answer.await)
}

pub(super) async fn health(look: Look, headers: HeaderMap) -> Response {
    let answer = async {
        let health = html::read_health(&look).await?;
        reply::json(&headers, &look, health)
    };
    answered(answer.await)
}

/// The instances: no data of any is in it.
pub(super) async fn instances(InstanceList(all): InstanceList, headers: HeaderMap) -> Response {
    let rows = serde_json::to_string(&InstanceRows::new(&all)).map_err(|_| Failure::Unavailable);
    answered(rows.map(|rows| reply::text(&headers, "application/json", rows)))
}

pub(super) async fn openapi(headers: HeaderMap) -> Response {
    reply::file(&headers, "application/json", OPENAPI)
}

fn answered(answer: Result<Response, Failure>) -> Response {
    answer.unwrap_or_else(|failure| failure.reply("/api/"))
}
