//! The API for programs: JSON under `/api/v1/`.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};
use serde::Serialize;

use super::{
    failure::Failure,
    query::Fields,
    reply,
    search::{self, SearchRequest},
};
use crate::{
    sources::Sources,
    view::{self, ContactRow, JourneyView},
};

/// The most contacts of one answer.
const PAGE_MAX: usize = 500;

const OPENAPI: &str = include_str!("../../assets/openapi.json");

type Shared = State<Arc<Sources>>;

/// A page of a list.
#[derive(Serialize)]
struct ContactPage {
    /// How many there are altogether.
    total: usize,
    /// How many come before these.
    offset: usize,
    contacts: Vec<ContactRow>,
}

pub(super) async fn board(sources: Shared, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = sources.picture().await?;
        reply::json(&headers, &view::board(&picture))
    };
    answered(answer.await)
}

pub(super) async fn agents(sources: Shared, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = sources.picture().await?;
        reply::json(&headers, &serde_json::json!({ "agents": view::agents(&picture) }))
    };
    answered(answer.await)
}

pub(super) async fn contacts(sources: Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = Fields::read(query.unwrap_or_default().as_bytes());
        let is_active = match fields.text("active") {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(Failure::Invalid("`active` is true or false.")),
        };
        let limit = fields.number("limit", 1..=PAGE_MAX, PAGE_MAX, "`limit` is from 1 to 500.")?;
        let offset = fields.number("offset", 0..=usize::MAX, 0, "`offset` is a number, 0 or more.")?;
        let rows = if is_active {
            view::active_contacts(sources.picture().await?.as_ref())
        } else {
            let (mut contacts, names) = sources.contacts(None, usize::MAX).await?;
            contacts.sort_by_key(|contact| {
                let began = switchboard_contacts::standing::began(contact);
                (std::cmp::Reverse(began), contact.contact_id().to_owned())
            });
            contacts.iter().map(|contact| view::contact_row(contact, &names)).collect()
        };
        let total = rows.len();
        let contacts = rows.into_iter().skip(offset).take(limit).collect();
        reply::json(&headers, &ContactPage { total, offset, contacts })
    };
    answered(answer.await)
}

pub(super) async fn contact(sources: Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let answer = async {
        let (contact, names) = sources.contact(&id).await?.ok_or(Failure::NotFound)?;
        reply::json(&headers, &view::contact_row(&contact, &names))
    };
    answered(answer.await)
}

pub(super) async fn journey(
    sources: Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let is_technical = Fields::read(query.unwrap_or_default().as_bytes()).has("technical");
        let journey = sources.journey(&id).await?.ok_or(Failure::NotFound)?;
        reply::json(&headers, &JourneyView::new(&id, &journey, is_technical))
    };
    answered(answer.await)
}

pub(super) async fn search(
    sources: Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answer = async {
        let body = body.map_err(|_| Failure::Invalid("The body is too long, or broke off."))?;
        let request = SearchRequest::read(&body)?;
        reply::json(&headers, &search::find(&sources, &request.text).await?)
    };
    answered(answer.await)
}

pub(super) async fn health(sources: Shared, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = sources.picture().await?;
        reply::json(&headers, &view::health(&picture))
    };
    answered(answer.await)
}

pub(super) async fn openapi(headers: HeaderMap) -> Response {
    reply::file(&headers, "application/json", OPENAPI)
}

fn answered(answer: Result<Response, Failure>) -> Response {
    answer.unwrap_or_else(|failure| failure.reply("/api/"))
}
