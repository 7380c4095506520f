//! What all pages have around them.

use askama::Template;
use jiff::{Timestamp, tz::TimeZone};

use super::moment;
use crate::view::Feed;

/// What is around a page: its title, the clock and the badge.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(super) title: &'static str,
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) badge: Badge,
    pub(super) is_tv: bool,
    /// Whether the viewer may see persons, and end a session.
    pub(super) sees_persons: bool,
    pub(super) has_session: bool,
    /// What the addresses of the instance's pages begin with.
    pub(super) base: String,
    /// What the instance is called, where there are others.
    pub(super) instance: Option<String>,
}

/// Whether what is shown is of now.
#[derive(Debug)]
pub(super) struct Badge {
    /// The class of its colour.
    pub(super) class: &'static str,
    pub(super) text: String,
}

impl Frame {
    /// Of a page with that title.
    pub(crate) fn new(title: &'static str, feed: Feed, zone: &TimeZone, now: Timestamp) -> Self {
        let time = |at| moment::time(at, zone);
        let badge = match feed {
            Feed::Live => Badge { class: "live", text: "Live".to_owned() },
            Feed::Polling { at } => {
                Badge { class: "polling", text: format!("Polling: Amazon Connect's counts of {}", time(at)) }
            }
            Feed::Stale { since } => {
                Badge { class: "stale", text: format!("Stale: nothing has come since {}", time(since)) }
            }
            Feed::CatchingUp { at, to } => {
                Badge { class: "catching-up", text: format!("Catching up: {} of {}", time(at), time(to)) }
            }
            Feed::Stopped { at } => Badge { class: "stopped", text: format!("Stopped at {}", time(at)) },
            Feed::Empty => Badge { class: "stale", text: "No event has come yet".to_owned() },
        };
        Self {
            title,
            now,
            zone: zone.clone(),
            badge,
            is_tv: false,
            sees_persons: true,
            has_session: false,
            base: String::new(),
            instance: None,
        }
    }

    /// Of an instance, whose pages' addresses begin so, and which is called so where there are others.
    pub(crate) fn of_instance(self, base: &str, label: Option<&str>) -> Self {
        Self { base: base.to_owned(), instance: label.map(str::to_owned), ..self }
    }

    /// For a viewer who may see persons or not, and may end a session or has none.
    pub(crate) fn for_viewer(mut self, sees_persons: bool, has_session: bool) -> Self {
        self.sees_persons = sees_persons;
        self.has_session = has_session;
        self
    }

    pub(super) fn clock(&self) -> String {
        moment::time(self.now, &self.zone)
    }

    pub(super) fn datetime(&self) -> String {
        format!("{:.3}", self.now)
    }

    pub(super) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    base: &'a str,
    status: u16,
    title: &'a str,
    detail: &'a str,
}

/// The page of a request that failed, with the way to the pages whose addresses begin so.
pub(crate) fn failure(base: &str, status: u16, title: &str, detail: &str) -> String {
    rendered(&FailurePage { base, status, title, detail })
}

/// A page's text. Into memory nothing fails; were it to, the page would say so.
pub(super) fn rendered(page: &impl Template) -> String {
    page.render().unwrap_or_else(|_| "The page can't be made.".to_owned())
}
