//! Teleopti's real-time adherence (RTA) web service: the picture of who is in which state.
//!
//! A stand-in, as the real one is an installation of a product: a real HTTP/1.1 server over plain HTTP that reads as the
//! real one does, and keeps the picture that an operator would see. It is as strict as its WSDL: names and namespaces
//! count, and so does the order. What comes out of order, or in another namespace, is skipped without a word, as a
//! data-contract reader does it, so that a mistake shows as a wrong picture. Other than the real one it takes anybody for
//! an agent, looks at no schedule, and keeps no rule about the size of a batch.
//!
//! Bodies of JSON are taken too, by any path, and kept as they are.

mod picture;
mod soap;
mod xml;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};
use serde_json::{Value, json};

pub use self::picture::{Shown, Taken};
use self::soap::Operation;
pub use self::soap::{Keys, State};
use crate::loopback::{ANSWER_IS_LOST, Loopback, plain, serve_or_close};

const PATH: &str = "/RTA/TeleoptiRtaService.svc";
const XML: &str = "text/xml; charset=utf-8";
/// What is said of wrong keys.
const KEY_REFUSED: &str = "You supplied an invalid authentication key, platform or source.";
/// The result for what was taken.
const TAKEN: i32 = 1;
/// The result for agents that are not known; all others are taken.
const UNKNOWN_AGENTS: i32 = -100;

/// How a call is treated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Habit {
    /// It is taken and answered.
    #[default]
    Good,
    /// The same, after so long. One whose client has gone by then is not taken.
    Slow(Duration),
    /// Not taken; a SOAP fault with status 500.
    Fault,
    /// Not taken; a SOAP fault with status 500 that is for the authentication key.
    KeyFault,
    /// Not taken; a SOAP fault with status 200, as some proxies make of it.
    FaultWith200,
    /// Not taken; this status with a body of plain text.
    Status(u16),
    /// Not taken; status 200 and a page of HTML: a proxy's login.
    HtmlPage,
    /// Not taken; answered with this result, which says why where it is negative.
    Result(i32),
    /// Not taken; the connection stays open and silent.
    Hang,
    /// Taken, and the connection closed without an answer.
    TakeAndClose,
    /// Taken, and never answered.
    TakeAndHang,
}

/// How many calls there were, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// All that came, of JSON too.
    pub all: usize,
    /// Calls of `SaveBatchExternalUserState` that were taken.
    pub batches: usize,
    /// Calls of `SaveExternalUserState` that were taken.
    pub singles: usize,
    /// Bodies of JSON that were taken.
    pub json: usize,
    /// Those rejected for what they said: wrong keys, no sense in them.
    pub rejected: usize,
    /// Those that a [`Habit`] failed.
    pub failed: usize,
    /// Snapshots that were closed.
    pub closed_snapshots: usize,
    /// The most states of one batch that was taken.
    pub largest_batch: usize,
    /// The most bytes of one body.
    pub largest_body: usize,
}

/// A body of JSON that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonCall {
    /// The path and query.
    pub path: String,
    /// The headers by their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Value,
}

/// A running service; stopped on drop.
#[derive(Debug)]
pub struct RtaService {
    server: Loopback,
    keys: Keys,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    standing: Habit,
    next: VecDeque<Habit>,
    strangers: BTreeSet<String>,
    rejected: BTreeMap<String, Habit>,
    redirect: Option<String>,
    calls: Calls,
    picture: picture::Picture,
    json: Vec<JsonCall>,
}

impl RtaService {
    /// Starts a service on a free loopback port, with keys of its own.
    pub fn start() -> Self {
        let keys = Keys {
            authentication_key: "rta-key-of-the-tests".to_owned(),
            platform_type_id: "00000000-0000-0000-0000-000000000000".to_owned(),
            source_id: "17".to_owned(),
        };
        let known = Arc::new(Mutex::new(Known::default()));
        let (admitted, shared) = (keys.clone(), Arc::clone(&known));
        let server = serve_or_close(move |request| {
            let (keys, known) = (admitted.clone(), Arc::clone(&shared));
            async move { answer(request, &keys, &known).await }
        });
        Self { server, keys, known }
    }

    /// `http://127.0.0.1:PORT/RTA/TeleoptiRtaService.svc`.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.server.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// What follows the host and the port in its address.
    pub fn path(&self) -> &'static str {
        PATH
    }

    /// The keys without which a call is rejected.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The secret that leads here, as `RTA` names it.
    pub fn secret(&self) -> Value {
        json!({
            "url": self.url(),
            "authenticationKey": self.keys.authentication_key,
            "platformTypeId": self.keys.platform_type_id,
            "sourceId": self.keys.source_id,
        })
    }

    /// Treats all calls so from now on, after those that [`RtaService::next`] names.
    pub fn behave(&self, habit: Habit) {
        self.known().standing = habit;
    }

    /// Treats the next calls so, one after the other; then as before.
    pub fn next(&self, habits: &[Habit]) {
        self.known().next.extend(habits);
    }

    /// Knows nothing of these agents from now on: a batch that names one is answered -100, and the
    /// others in it are taken.
    pub fn knows_not(&self, users: &[&str]) {
        self.known().strangers.extend(users.iter().map(|&user| user.to_owned()));
    }

    /// Treats calls that name one of these agents so from now on, and no others: for what it finds of their states.
    pub fn rejects(&self, users: &[&str], habit: Habit) {
        self.known().rejected = users.iter().map(|&user| (user.to_owned(), habit)).collect();
    }

    /// Answers all calls with a redirect to this address from now on.
    pub fn redirects_to(&self, url: &str) {
        self.known().redirect = Some(url.to_owned());
    }

    /// What an operator sees, by user. It says nothing of agents that no call ever named.
    pub fn picture(&self) -> BTreeMap<String, Shown> {
        self.known().picture.shown.clone()
    }

    /// How many calls there were.
    pub fn calls(&self) -> Calls {
        let known = self.known();
        Calls { closed_snapshots: known.picture.closed_snapshots, ..known.calls }
    }

    /// Every state that was taken, in order, from snapshots too.
    pub fn taken(&self) -> Vec<Taken> {
        self.known().picture.taken.clone()
    }

    /// Changes that were sent once more after the same had been acknowledged: there should be none. A snapshot repeats
    /// by its nature, and what it told counts as acknowledged; after a call that failed nobody can know. Each with what
    /// it repeats.
    pub fn repeats(&self) -> Vec<(State, State)> {
        self.known().picture.repeats.clone()
    }

    /// How many states were acknowledged so far.
    pub fn acknowledgements(&self) -> u64 {
        self.known().picture.acknowledgements
    }

    /// Takes all acknowledgements for lost but the first so many, since their receiver could not keep them: what they
    /// were for is no repeat if it comes again.
    pub fn lose_acknowledgements(&self, but: u64) {
        self.known().picture.lose_acknowledgements(but);
    }

    /// Forgets the states that were taken, not what they come to.
    pub fn forget_taken(&self) {
        self.known().picture.taken.clear();
    }

    /// Every body of JSON that was taken, in order.
    pub fn json(&self) -> Vec<JsonCall> {
        self.known().json.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().expect("no panic while the picture is held")
}

/// The answer to a call; [`None`] closes the connection.
async fn answer(
    request: Request<Incoming>,
    keys: &Keys,
    known: &Mutex<Known>,
) -> Option<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    // A client that went away in the middle has not called.
    let body = body.collect().await.ok()?.to_bytes();
    let habit = {
        let mut known = lock(known);
        known.calls.all += 1;
        known.calls.largest_body = known.calls.largest_body.max(body.len());
        let mut habit = known.next.pop_front().unwrap_or(known.standing);
        if habit == Habit::Good && head.headers.contains_key(ANSWER_IS_LOST) {
            habit = Habit::TakeAndClose;
        }
        let is_failed = !matches!(habit, Habit::Good | Habit::Slow(_));
        known.calls.failed += usize::from(is_failed);
        habit
    };
    if let Some(url) = &lock(known).redirect {
        let mut redirect = plain(308, "text/plain", "");
        redirect.headers_mut().insert(hyper::header::LOCATION, url.parse().expect("an address"));
        return Some(redirect);
    }
    match habit {
        Habit::Slow(delay) => tokio::time::sleep(delay).await,
        Habit::Hang => return pending().await,
        _ => {}
    }
    if let Some(failure) = failure(habit) {
        if let Ok(call) = soap_call(&head, &body) {
            lock(known).picture.fail(&call.operation);
        }
        return Some(failure);
    }
    let taken = take(&head, &body, keys, &mut lock(known), habit);
    match habit {
        Habit::TakeAndClose => None,
        Habit::TakeAndHang => pending().await,
        _ => Some(taken),
    }
}

/// The SOAP call of a request; the reason if it is none.
fn soap_call(head: &Parts, body: &[u8]) -> Result<soap::Call, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    soap::read(header(head, "soapaction"), text)
}

fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The answer of a habit that takes nothing, whatever it is.
fn failure(habit: Habit) -> Option<Response<Full<Bytes>>> {
    Some(match habit {
        Habit::Fault => plain(500, XML, soap::fault("The service has a bad day.")),
        Habit::KeyFault => plain(500, XML, soap::fault(KEY_REFUSED)),
        Habit::FaultWith200 => plain(200, XML, soap::fault("The service has a bad day.")),
        Habit::Status(status) => plain(status, "text/plain", "not now"),
        Habit::HtmlPage => plain(200, "text/html", "<!doctype html><title>Please log in</title>"),
        _ => return None,
    })
}

/// Accepts a call, or rejects it.
fn take(head: &Parts, body: &Bytes, keys: &Keys, known: &mut Known, habit: Habit) -> Response<Full<Bytes>> {
    let content_type = header(head, "content-type").to_ascii_lowercase();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((&content_type, ""));
    let rejected = |known: &mut Known, answer| {
        known.calls.rejected += 1;
        answer
    };
    if head.method != Method::POST {
        return rejected(known, plain(405, "text/plain", ""));
    }
    if kind.trim() == "application/json" {
        return match serde_json::from_slice(body) {
            Ok(body) => {
                let text = |value: &hyper::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
                let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
                known.calls.json += 1;
                known.json.push(JsonCall { path: head.uri.to_string(), headers: headers.collect(), body });
                plain(200, "application/json", "{}")
            }
            Err(_) => rejected(known, plain(400, "text/plain", "no JSON")),
        };
    }
    if head.uri.path() != PATH {
        return rejected(known, plain(404, "text/plain", ""));
    }
    if kind.trim() != "text/xml" || parameters.replace(['"', ' '], "") != "charset=utf-8" {
        return rejected(known, plain(415, "text/plain", "expected text/xml; charset=utf-8"));
    }
    match soap_call(head, body) {
        Err(reason) => rejected(known, plain(500, XML, soap::fault(&reason))),
        Ok(call) if call.keys != *keys => rejected(known, plain(500, XML, soap::fault(KEY_REFUSED))),
        Ok(call) => {
            let habit = known.rejection(&call.operation).unwrap_or(habit);
            if let Some(failure) = failure(habit) {
                known.picture.fail(&call.operation);
                return failure;
            }
            plain(200, XML, known.take(call.operation, habit))
        }
    }
}

impl Known {
    /// How a call is treated that names somebody who is rejected.
    fn rejection(&self, operation: &Operation) -> Option<Habit> {
        operation.states().iter().find_map(|state| self.rejected.get(&state.user)).copied()
    }

    /// Takes what a call brings; returns its answer.
    fn take(&mut self, mut operation: Operation, habit: Habit) -> String {
        if let Habit::Result(result) = habit {
            self.picture.fail(&operation);
            return operation.answer(result);
        }
        let result = if operation.remove(&self.strangers) { UNKNOWN_AGENTS } else { TAKEN };
        match &operation {
            Operation::Batch(states) => {
                self.calls.batches += 1;
                self.calls.largest_batch = self.calls.largest_batch.max(states.len());
            }
            Operation::Single(_) => self.calls.singles += 1,
        }
        let answer = operation.answer(result);
        let is_acknowledged = !matches!(habit, Habit::TakeAndClose | Habit::TakeAndHang);
        self.picture.take(operation, is_acknowledged);
        answer
    }
}
