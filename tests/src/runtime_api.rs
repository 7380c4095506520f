//! A stand-in for AWS Lambda's Runtime API, `2018-06-01`: the protocol, without the process behind it.
//!
//! One environment runs one invocation at a time, as on Lambda.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::loopback::{Loopback, plain, serve};

const PREFIX: &str = "/2018-06-01/runtime/";

/// The greatest response that Lambda takes from a function: 6 MB, and a little for the envelope.
const MAX_RESPONSE_BYTES: usize = 6_291_556;

/// What happens to an invocation, in this order.
#[derive(Debug)]
pub(crate) enum Progress {
    /// The function has the event, since then.
    HandedOver(Instant),
    /// It has answered, at that time: with a response, or with an error's JSON.
    Answered(Instant, Result<Vec<u8>, Value>),
}

#[derive(Debug)]
struct Invocation {
    id: String,
    event: Bytes,
    time_left: Duration,
    tell: Sender<Progress>,
}

#[derive(Debug, Default)]
struct State {
    invocations: u64,
    waiting: Option<Invocation>,
    running: Option<Invocation>,
    first_poll: Option<Instant>,
    init_error: Option<Value>,
}

/// One function's side of the Runtime API.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    function: String,
    /// The time of day that the function goes by; [`None`] is the machine's.
    clock: Option<Arc<Clock>>,
    state: Mutex<State>,
    queued: Notify,
}

impl RuntimeApi {
    /// Serves `function` on a loopback port.
    pub(crate) fn start(function: &str, clock: Option<Arc<Clock>>) -> (Arc<Self>, Loopback) {
        let (function, state) = (function.to_owned(), Mutex::default());
        let api = Arc::new(Self { function, clock, state, queued: Notify::new() });
        let answering = Arc::clone(&api);
        let server = serve(move |request| {
            let api = Arc::clone(&answering);
            async move { api.answer(request).await }
        });
        (api, server)
    }

    /// Queues an event. Nothing else may be queued or running.
    pub(crate) fn submit(&self, event: Vec<u8>, time_left: Duration) -> Receiver<Progress> {
        let (tell, progress) = channel();
        let mut state = self.state();
        state.invocations += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", state.invocations);
        state.waiting = Some(Invocation { id, event: event.into(), time_left, tell });
        drop(state);
        self.queued.notify_one();
        progress
    }

    /// When the function first asked for an event.
    pub(crate) fn first_poll(&self) -> Option<Instant> {
        self.state().first_poll
    }

    /// What the function reported before it asked for its first event.
    pub(crate) fn init_error(&self) -> Option<Value> {
        self.state().init_error.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the state is held")
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
        let steps: Vec<&str> = path.split('/').collect();
        match (request.method(), steps.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => self.answered(id, Ok(body(request).await)),
            (&Method::POST, ["invocation", id, "error"]) => self.answered(id, Err(error(request).await)),
            (&Method::POST, ["init", "error"]) => {
                self.state().init_error = Some(error(request).await);
                accepted()
            }
            _ => refused(404, "Runtime.NotFound", "no such path"),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        loop {
            if let Some(response) = self.hand_over() {
                return response;
            }
            self.queued.notified().await;
        }
    }

    fn hand_over(&self) -> Option<Response<Full<Bytes>>> {
        let now = Instant::now();
        let mut state = self.state();
        state.first_poll.get_or_insert(now);
        let invocation = state.waiting.take()?;
        let time = self.clock.as_ref().map_or_else(SystemTime::now, |clock| clock.now().into());
        let deadline = time + invocation.time_left;
        let deadline_ms = deadline.duration_since(UNIX_EPOCH).expect("a clock after 1970").as_millis();
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{}", self.function);
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &invocation.id)
            .header("lambda-runtime-deadline-ms", deadline_ms.to_string())
            .header("lambda-runtime-invoked-function-arn", arn)
            .header(
                "lambda-runtime-trace-id",
                "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
            )
            .body(Full::new(invocation.event.clone()))
            .expect("valid headers");
        // Whoever asked may have given up; the function is served all the same.
        drop(invocation.tell.send(Progress::HandedOver(now)));
        state.running = Some(invocation);
        Some(response)
    }

    fn answered(&self, id: &str, answer: Result<Vec<u8>, Value>) -> Response<Full<Bytes>> {
        let now = Instant::now();
        let Some(invocation) = self.state().running.take_if(|running| running.id == id) else {
            return refused(400, "InvalidRequestID", "no such invocation is running");
        };
        let too_large = answer.as_ref().is_ok_and(|response| response.len() > MAX_RESPONSE_BYTES);
        let (answer, response) = if too_large {
            let why = format!("the response is larger than {MAX_RESPONSE_BYTES} bytes");
            let error = json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": why});
            (Err(error), refused(413, "RequestEntityTooLarge", &why))
        } else {
            (answer, accepted())
        };
        drop(invocation.tell.send(Progress::Answered(now, answer)));
        response
    }
}

async fn body(request: Request<Incoming>) -> Vec<u8> {
    request.into_body().collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default()
}

/// The error's JSON as the function sent it, or a string of what was not JSON.
async fn error(request: Request<Incoming>) -> Value {
    let body = body(request).await;
    serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into())
}

fn accepted() -> Response<Full<Bytes>> {
    plain(202, "application/json", r#"{"status":"OK"}"#)
}

fn refused(status: u16, kind: &str, message: &str) -> Response<Full<Bytes>> {
    plain(status, "application/json", json!({"errorType": kind, "errorMessage": message}).to_string())
}
