//! The pages for people, and the files that they need.

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};

use super::{failure::Failure, query::Fields, reply, search};
use crate::{
    access::Look,
    pages::{self, AgentFilter, Frame, QueueFilter},
    view::{self, Feed, JourneyView},
};

const SCRIPT: &str = include_str!("../../assets/board.js");
const STYLE: &str = include_str!("../../assets/board.css");

pub(super) async fn board(look: Look, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = fields(query);
        let picture = look.picture().await?;
        let board = view::board(&picture);
        let filter = QueueFilter {
            text: fields.text("text").map(str::to_owned),
            channel: fields.text("channel").map(str::to_owned),
            is_tv: fields.has("tv"),
        };
        let frame = frame(&look, "Queues", board.feed);
        reply::page(&headers, &look, board, |board| pages::board(frame, board, &filter))
    };
    answered(answer.await)
}

pub(super) async fn agents(look: Look, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = fields(query);
        let picture = look.picture().await?;
        let (agents, feed) = (view::agents(&picture), view::feed(&picture));
        let filter = AgentFilter {
            text: fields.text("text").map(str::to_owned),
            standing: fields.text("state").map(str::to_owned),
            is_by_time: fields.text("sort") == Some("time"),
        };
        let frame = frame(&look, "Agents", feed);
        reply::page(&headers, &look, (agents, feed), |(agents, _)| {
            pages::agents(frame, agents, &filter, picture.agents.is_some())
        })
    };
    answered(answer.await)
}

pub(super) async fn contacts(look: Look, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = look.picture().await?;
        let (rows, feed) = (view::active_contacts(&picture), view::feed(&picture));
        let frame = frame(&look, "Contacts", feed);
        reply::page(&headers, &look, (rows, feed), |(rows, _)| pages::contacts(frame, rows, None))
    };
    answered(answer.await)
}

/// A form's search: what was typed comes in the body and goes back in the page.
pub(super) async fn search(look: Look, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    let answer = async {
        let body = body.map_err(|_| Failure::Invalid("What was typed is too long."))?;
        let fields = Fields::read(&body);
        let text = fields.text("text").ok_or(Failure::Invalid("Nothing was typed."))?;
        let found = search::find(&look, text).await?;
        let feed = view::feed(look.picture().await?.as_ref());
        let frame = frame(&look, "Contacts found", feed);
        let searched = pages::Searched { text, is_cut: found.is_cut };
        reply::page(&headers, &look, found, |found| pages::contacts(frame, &found.contacts, Some(&searched)))
    };
    answered(answer.await)
}

pub(super) async fn journey(
    look: Look,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let is_technical = fields(query).has("technical");
        let read = look.journey(&id).await?.ok_or(Failure::NotFound)?;
        let feed = view::feed(look.picture().await?.as_ref());
        let journey = JourneyView::new(&id, &read, is_technical);
        let frame = frame(&look, "Journey", feed);
        reply::page(&headers, &look, (journey, feed), |(journey, _)| {
            pages::journey(frame, journey, is_technical)
        })
    };
    answered(answer.await)
}

pub(super) async fn health(look: Look, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = look.picture().await?;
        let health = view::health(&picture);
        let frame = frame(&look, "Health", health.feed);
        reply::page(&headers, &look, health, |health| pages::health(frame, health))
    };
    answered(answer.await)
}

pub(super) async fn script(headers: HeaderMap) -> Response {
    reply::file(&headers, "text/javascript; charset=utf-8", SCRIPT)
}

pub(super) async fn style(headers: HeaderMap) -> Response {
    reply::file(&headers, "text/css; charset=utf-8", STYLE)
}

/// What is around a page of that title, for the viewer.
fn frame(look: &Look, title: &'static str, feed: Feed) -> Frame {
    let frame = Frame::new(title, feed, look.time_zone(), look.clock().now());
    frame.for_viewer(look.sees_persons(), look.has_session())
}

fn fields(query: Option<String>) -> Fields {
    Fields::read(query.unwrap_or_default().as_bytes())
}

fn answered(answer: Result<Response, Failure>) -> Response {
    answer.unwrap_or_else(|failure| failure.reply("/"))
}
