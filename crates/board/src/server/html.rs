//! The pages for people, and the files that they need.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};

use super::{failure::Failure, query::Fields, reply, search};
use crate::{
    pages::{self, AgentFilter, Frame, QueueFilter},
    sources::Sources,
    view::{self, JourneyView},
};

const SCRIPT: &str = include_str!("../../assets/board.js");
const STYLE: &str = include_str!("../../assets/board.css");

type Shared = State<Arc<Sources>>;

pub(super) async fn board(sources: Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = fields(query);
        let picture = sources.picture().await?;
        let board = view::board(&picture);
        let filter = QueueFilter {
            text: fields.text("text").map(str::to_owned),
            channel: fields.text("channel").map(str::to_owned),
            is_tv: fields.has("tv"),
        };
        let frame = Frame::new("Queues", board.feed, sources.time_zone(), sources.clock().now());
        reply::page(&headers, &board, || pages::board(frame, &board, &filter))
    };
    answered(answer.await)
}

pub(super) async fn agents(sources: Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = fields(query);
        let picture = sources.picture().await?;
        let (agents, feed) = (view::agents(&picture), view::feed(&picture));
        let filter = AgentFilter {
            text: fields.text("text").map(str::to_owned),
            standing: fields.text("state").map(str::to_owned),
            is_by_time: fields.text("sort") == Some("time"),
        };
        let frame = Frame::new("Agents", feed, sources.time_zone(), sources.clock().now());
        reply::page(&headers, &(&agents, feed), || {
            pages::agents(frame, &agents, &filter, picture.agents.is_some())
        })
    };
    answered(answer.await)
}

pub(super) async fn contacts(sources: Shared, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = sources.picture().await?;
        let (rows, feed) = (view::active_contacts(&picture), view::feed(&picture));
        let frame = Frame::new("Contacts", feed, sources.time_zone(), sources.clock().now());
        reply::page(&headers, &(&rows, feed), || pages::contacts(frame, &rows, None))
    };
    answered(answer.await)
}

/// A form's search: what was typed comes in the body and goes back in the page.
pub(super) async fn search(
    sources: Shared,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answer = async {
        let body = body.map_err(|_| Failure::Invalid("What was typed is too long."))?;
        let fields = Fields::read(&body);
        let text = fields.text("text").ok_or(Failure::Invalid("Nothing was typed."))?;
        let found = search::find(&sources, text).await?;
        let feed = view::feed(sources.picture().await?.as_ref());
        let frame = Frame::new("Contacts found", feed, sources.time_zone(), sources.clock().now());
        let searched = pages::Searched { text, is_cut: found.is_cut };
        reply::page(&headers, &(&found.contacts, text), || {
            pages::contacts(frame, &found.contacts, Some(&searched))
        })
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
        let is_technical = fields(query).has("technical");
        let read = sources.journey(&id).await?.ok_or(Failure::NotFound)?;
        let feed = view::feed(sources.picture().await?.as_ref());
        let journey = JourneyView::new(&id, &read, is_technical);
        let frame = Frame::new("Journey", feed, sources.time_zone(), sources.clock().now());
        reply::page(&headers, &(&journey, feed), || pages::journey(frame, &journey, is_technical))
    };
    answered(answer.await)
}

pub(super) async fn health(sources: Shared, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = sources.picture().await?;
        let health = view::health(&picture);
        let frame = Frame::new("Health", health.feed, sources.time_zone(), sources.clock().now());
        reply::page(&headers, &health, || pages::health(frame, &health))
    };
    answered(answer.await)
}

pub(super) async fn script(headers: HeaderMap) -> Response {
    reply::file(&headers, "text/javascript; charset=utf-8", SCRIPT)
}

pub(super) async fn style(headers: HeaderMap) -> Response {
    reply::file(&headers, "text/css; charset=utf-8", STYLE)
}

fn fields(query: Option<String>) -> Fields {
    Fields::read(query.unwrap_or_default().as_bytes())
}

fn answered(answer: Result<Response, Failure>) -> Response {
    answer.unwrap_or_else(|failure| failure.reply("/"))
}
