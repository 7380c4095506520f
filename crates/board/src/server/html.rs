//! The pages for people, and the files that they need.

use axum::{
    body::Bytes,
    extract::{RawQuery, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};

use super::{failure::Failure, named::Named, query::Fields, reply, search};
use crate::{
    access::Look,
    pages::{self, AgentFilter, Frame, QueueFilter},
    view::{self, Feed, Health, JourneyView, QueueIntervals},
};

const SCRIPT: &str = include_str!("../../assets/board.js");
const STYLE: &str = include_str!("../../assets/board.css");

pub(super) async fn board(look: Look, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = fields(query);
        let picture = look.picture().await?;
        let filter = QueueFilter {
            text: fields.text("text").map(str::to_owned),
            channel: fields.text("channel").map(str::to_owned),
            team: fields.text("team").map(str::to_owned),
            is_tv: fields.has("tv"),
        };
        reply::of_picture(&headers, &look, &picture, || {
            let board = view::board(&picture, fields.text("team"));
            let frame = frame(&look, "Queues", board.feed);
            reply::page(&headers, &look, (board, ()), |board| {
                pages::board(frame, board, &filter, &picture.thresholds)
            })
        })
    };
    answered(answer.await)
}

pub(super) async fn agents(look: Look, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let fields = fields(query);
        let picture = look.picture().await?;
        let filter = AgentFilter {
            text: fields.text("text").map(str::to_owned),
            standing: fields.text("state").map(str::to_owned),
            team: fields.text("team").map(str::to_owned),
            profile: fields.text("profile").map(str::to_owned),
            queue: fields.text("queue").map(str::to_owned),
            is_by_time: fields.text("sort") == Some("time"),
        };
        reply::of_picture(&headers, &look, &picture, || {
            let (agents, feed) = (view::agents(&picture), view::feed(&picture));
            let frame = frame(&look, "Agents", feed);
            let queues = view::queue_names(&picture);
            let of_queues: Vec<_> = agents.iter().map(|agent| agent.queue_ids.clone()).collect();
            reply::page(&headers, &look, ((agents, feed), (of_queues, &queues)), |(agents, _)| {
                pages::agents(frame, agents, &filter, picture.agents.is_some().then_some(&queues))
            })
        })
    };
    answered(answer.await)
}

pub(super) async fn contacts(look: Look, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answer = async {
        let picture = look.picture().await?;
        reply::of_picture(&headers, &look, &picture, || {
            let (mut rows, feed) = (view::active_contacts(&picture), view::feed(&picture));
            let fields = fields(query);
            let queue = fields.text("queue");
            if queue.is_some() {
                rows.retain(|row| row.queue_id.as_deref() == queue);
            }
            let queue =
                queue.map(|id| view::queue_names(&picture).remove(id).unwrap_or_else(|| id.to_owned()));
            let frame = frame(&look, "Contacts", feed);
            reply::page(&headers, &look, ((rows, feed), &queue), |(rows, _)| {
                pages::contacts(frame, rows, None, queue.as_deref())
            })
        })
    };
    answered(answer.await)
}

/// A form's search: what was typed comes in the body and goes back in the page.
pub(super) async fn search(look: Look, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    let answer = async {
        let body = body.map_err(|_| Failure::Invalid("What was typed is too long."))?;
        let fields = Fields::read(&body);
        let (text, day) = (fields.text("text").unwrap_or_default(), fields.date("day")?);
        let found = search::find(&look, text, day).await?;
        let feed = view::feed(look.picture().await?.as_ref());
        let frame = frame(&look, "Contacts found", feed);
        let day = fields.text("day").unwrap_or_default();
        let searched = pages::Searched { text, day, is_cut: found.is_cut };
        reply::page(&headers, &look, (found, ()), |found| {
            pages::contacts(frame, &found.contacts, Some(&searched), None)
        })
    };
    answered(answer.await)
}

/// A customer's contacts, by the customer's key.
pub(super) async fn customer(look: Look, Named(key): Named, headers: HeaderMap) -> Response {
    let answer = async {
        let found = search::of_customer(&look, &key).await?;
        let feed = view::feed(look.picture().await?.as_ref());
        let frame = frame(&look, "Customer", feed);
        let searched = pages::Searched { text: "", day: "", is_cut: found.is_cut };
        reply::page(&headers, &look, ((found, feed), ()), |(found, _)| {
            pages::contacts(frame, &found.contacts, Some(&searched), None)
        })
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
        let is_technical = fields(query).has("technical");
        let read = look.journey(&id).await?.ok_or(Failure::NotFound)?;
        let feed = view::feed(look.picture().await?.as_ref());
        let journey = JourneyView::new(&id, &read, is_technical, look.customer_keys());
        let frame = frame(&look, "Journey", feed);
        reply::page(&headers, &look, ((journey, feed), ()), |(journey, _)| {
            pages::journey(frame, journey, is_technical)
        })
    };
    answered(answer.await)
}

pub(super) async fn queue(
    look: Look,
    Named(id): Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let fields = fields(query);
        let within = fields.thresholds()?;
        let view = queue_day(&look, &id, &fields, &within).await?;
        let (feed, now) = (view::feed(look.picture().await?.as_ref()), look.clock().now());
        let today = now.to_zoned(look.time_zone().clone()).date();
        let frame = frame(&look, "Queue", feed);
        reply::page(&headers, &look, ((view, feed), ()), |(view, _)| {
            pages::queue(frame, view, &within, today)
        })
    };
    answered(answer.await)
}

pub(super) async fn queue_csv(
    look: Look,
    Named(id): Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = async {
        let fields = fields(query);
        let within = fields.thresholds()?;
        let view = look.show(queue_day(&look, &id, &fields, &within).await?)?;
        Ok(reply::text(&headers, "text/csv; charset=utf-8", pages::queue_csv(&view, &within)))
    };
    answered(answer.await)
}

/// The intervals of a queue on the day of a query, with these thresholds.
pub(super) async fn queue_day(
    look: &Look,
    id: &str,
    fields: &Fields,
    within: &[u32],
) -> Result<QueueIntervals, Failure> {
    let date = fields.date("day")?;
    let read = look.queue_day(id, date, within).await?.ok_or(Failure::NotFound)?;
    let picture = look.picture().await?;
    let name = view::queue_names(&picture).remove(id);
    let is_known = name.is_some();
    let points = picture.thresholds.of(id).points_below_target;
    let view = QueueIntervals::new(id, name, &read, (within, points), look.time_zone());
    if view.is_empty() && !is_known { Err(Failure::NotFound) } else { Ok(view) }
}

/// The health of what the viewer may see.
///
/// # Errors
/// If the role has none, or a store can't be read.
pub(super) async fn read_health(look: &Look) -> Result<Health, Failure> {
    let picture = look.picture().await?;
    let undelivered = look.undelivered().await?;
    Ok(view::health((&picture, look.clock().now()), look.reconciled_hours().await?, &undelivered))
}

pub(super) async fn health(look: Look, headers: HeaderMap) -> Response {
    let answer = async {
        let health = read_health(&look).await?;
        let frame = frame(&look, "Health", health.feed);
        reply::page(&headers, &look, (health, ()), |health| pages::health(frame, health))
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
    let frame = frame.of_instance(&look.base(), look.instance_label());
    frame.for_viewer(look.sees_persons(), look.has_session())
}

fn fields(query: Option<String>) -> Fields {
    Fields::read(query.unwrap_or_default().as_bytes())
}

fn answered(answer: Result<Response, Failure>) -> Response {
    answer.unwrap_or_else(|failure| failure.reply("/"))
}
