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
    view::{self, JourneyView, QueueIntervals},
};

const SCRIPT: &str = include_str!("../../assets/board.js");
const STYLE: &str = include_str!("../../assets/board.css");

type Shared = State<Arc<Sources>>;

pub(super) async fn board(sources: Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = fields(query);
        let picture = sources.picture().await?;
        let board = view::board(&picture, fields.text("team"));
        let filter = QueueFilter {
            text: fields.text("text").map(str::to_owned),
            channel: fields.text("channel").map(str::to_owned),
            team: fields.text("team").map(str::to_owned),
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
            team: fields.text("team").map(str::to_owned),
            profile: fields.text("profile").map(str::to_owned),
            queue: fields.text("queue").map(str::to_owned),
            is_by_time: fields.text("sort") == Some("time"),
        };
        let frame = Frame::new("Agents", feed, sources.time_zone(), sources.clock().now());
        reply::page(&headers, &(&agents, feed), || {
            let queues = view::queue_names(&picture);
            pages::agents(frame, &agents, &filter, picture.agents.is_some().then_some(&queues))
        })
    };
    answered(answer.await)
}

pub(super) async fn contacts(sources: Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = sources.picture().await?;
        let (mut rows, feed) = (view::active_contacts(&picture), view::feed(&picture));
        if let Some(queue) = fields(query).text("queue") {
            rows.retain(|row| row.queue_id.as_deref() == Some(queue));
        }
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
        let (text, day) = (fields.text("text").unwrap_or_default(), fields.date("day")?);
        let found = search::find(&sources, text, day).await?;
        let feed = view::feed(sources.picture().await?.as_ref());
        let frame = Frame::new("Contacts found", feed, sources.time_zone(), sources.clock().now());
        let day = fields.text("day").unwrap_or_default();
        let searched = pages::Searched { text, day, is_cut: found.is_cut };
        reply::page(&headers, &(&found.contacts, text), || {
            pages::contacts(frame, &found.contacts, Some(&searched))
        })
    };
    answered(answer.await)
}

/// A customer's contacts, by the customer's key.
pub(super) async fn customer(sources: Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let answer = async {
        let found = search::of_customer(&sources, &key).await?;
        let feed = view::feed(sources.picture().await?.as_ref());
        let frame = Frame::new("Customer", feed, sources.time_zone(), sources.clock().now());
        let searched = pages::Searched { text: "", day: "", is_cut: found.is_cut };
        reply::page(&headers, &(&found.contacts, feed), || {
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
        let journey = JourneyView::new(&id, &read, is_technical, sources.customer_keys());
        let frame = Frame::new("Journey", feed, sources.time_zone(), sources.clock().now());
        reply::page(&headers, &(&journey, feed), || pages::journey(frame, &journey, is_technical))
    };
    answered(answer.await)
}

pub(super) async fn queue(
    sources: Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let within = fields(query.clone()).thresholds()?;
        let view = queue_day(&sources, &id, &fields(query)).await?;
        let (feed, now) = (view::feed(sources.picture().await?.as_ref()), sources.clock().now());
        let today = now.to_zoned(sources.time_zone().clone()).date();
        let frame = Frame::new("Queue", feed, sources.time_zone(), now);
        reply::page(&headers, &(&view, feed), || pages::queue(frame, &view, &within, today))
    };
    answered(answer.await)
}

pub(super) async fn queue_csv(
    sources: Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let within = fields(query.clone()).thresholds()?;
        let view = queue_day(&sources, &id, &fields(query)).await?;
        Ok(reply::text(&headers, "text/csv; charset=utf-8", pages::queue_csv(&view, &within)))
    };
    answered(answer.await)
}

/// The intervals of a queue on the day and with the thresholds of a query.
pub(super) async fn queue_day(sources: &Sources, id: &str, fields: &Fields) -> Result<QueueIntervals, Failure> {
    let (date, within) = (fields.date("day")?, fields.thresholds()?);
    let read = sources.queue_day(id, date, &within).await?.ok_or(Failure::NotFound)?;
    let name = view::queue_names(sources.picture().await?.as_ref()).remove(id);
    let is_known = name.is_some();
    let view = QueueIntervals::new(id, name, &read, &within, sources.time_zone());
    if view.is_empty() && !is_known { Err(Failure::NotFound) } else { Ok(view) }
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
