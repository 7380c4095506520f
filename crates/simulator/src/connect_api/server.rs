//! The server.

use std::{
    borrow::Cow,
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use switchboard_core::arn::last_segment;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use super::{
    answer::{self, Asked},
    associations::{Account, Associations, SecondInstance},
    clock::Clock,
    error::{ApiError, ErrorKind},
    faults::Faults,
    live::LiveCentre,
    operation::{Operation, Route},
    pages::Pages,
    quota::{Buckets, Quotas},
};
use crate::{fixtures::INSTANCE_ARN, model::Config};

/// The largest body that is read, in bytes; 100 ARNs are a tenth of it.
const MAX_BODY: usize = 256 * 1024;
/// How many calls the log remembers; then it begins anew.
const MAX_CALLS: usize = 1_000_000;
/// The wait after a connection could not be taken, for want of file handles say.
const AFTER_A_REFUSAL: Duration = Duration::from_millis(100);

/// What an invented API is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the centre follows from, and when its history begins.
    pub config: Config,
    /// The time that it is in the centre. Before the history begins it is as at its beginning, and after its end as then.
    pub clock: Clock,
    /// How often operations may be called.
    pub quotas: Quotas,
    /// Whether `GetCurrentMetricData` and `GetMetricData` know e-mail: they are documented for three channels, while the
    /// API's model has it.
    pub email_metrics: bool,
    /// Where the instance's data goes.
    pub associations: Associations,
    /// A second instance, of the same centre.
    pub second: Option<SecondInstance>,
    /// The port on the loopback interface; 0 for any free one.
    pub port: u16,
}

impl Options {
    /// A centre in the system's time, with the quotas of AWS, on any port.
    pub fn new(config: Config) -> Self {
        let (clock, quotas) = (Clock::system(), Quotas::default());
        Self {
            config,
            clock,
            quotas,
            email_metrics: false,
            associations: Associations::default(),
            second: None,
            port: 0,
        }
    }
}

/// One call, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// How many values its filters had.
    pub filter_values: usize,
    /// Which page of an answer it asked for; the first is 1. 0 where it asked for none that there is.
    pub page: u32,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// A running API. It stops when this is dropped.
#[derive(Debug)]
pub struct ConnectApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    centre: LiveCentre,
    account: Account,
    buckets: Buckets,
    pages: Pages,
    faults: Faults,
    /// Calls since the faults were set.
    counted: u32,
    calls: Vec<Call>,
}

impl ConnectApi {
    /// Starts to answer, once the history has come to the clock's moment.
    ///
    /// # Errors
    /// When there can be no such centre, or the port can't be listened on.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let centre = LiveCentre::new(options.config, options.email_metrics);
        let mut centre = centre.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        centre.advance(options.clock.now());
        let state = State {
            centre,
            account: Account { associations: options.associations, second: options.second },
            buckets: Buckets::new(options.quotas),
            pages: Pages::default(),
            faults: Faults::default(),
            counted: 0,
            calls: Vec::new(),
        };
        let shared = Arc::new(Shared { clock: options.clock, state: Mutex::new(state) });
        let task = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// What `AWS_ENDPOINT_URL_CONNECT` is to be.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The ARN of the instance, whatever the seed.
    pub fn instance_arn(&self) -> &'static str {
        INSTANCE_ARN
    }

    /// The instance's id.
    pub fn instance_id(&self) -> &'static str {
        last_segment(INSTANCE_ARN)
    }

    /// The calls so far, in the order of their answers. After a million the log begins anew.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.shared.state().calls.clear();
    }

    /// Sets what goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        let mut state = self.shared.state();
        (state.faults, state.counted) = (faults, 0);
    }
}

impl Drop for ConnectApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a call, or why there is none, with the page that was asked for.
    fn call(&self, asked: &Asked, faults: Faults) -> Result<(u32, Value), (u32, ApiError)> {
        let mut state = self.state();
        state.counted = state.counted.wrapping_add(1);
        if faults.throttle_every.is_some_and(|every| state.counted.is_multiple_of(every)) {
            return Err((0, throttled()));
        }
        if faults.refuse.is_some_and(|name| names(&asked.body, name)) {
            return Err((0, ApiError::parameter("something that is not known here")));
        }
        if !state.buckets.take(asked.operation) {
            return Err((0, throttled()));
        }
        let now = self.clock.now();
        let State { centre, account, pages, .. } = &mut *state;
        let page = pages.open(asked, now, |asked| {
            centre.advance(now);
            answer::answer(centre, account, now, asked)
        });
        let page = page.map_err(|error| (0, error))?;
        let number = page.number();
        let begins = answer::begins_at(asked);
        if faults.fail_page == Some(number)
            || faults.fail_from.is_some_and(|from| begins == Some(from.as_second()))
        {
            let message = "a fault that was ordered".to_owned();
            return Err((number, ApiError { kind: ErrorKind::InternalService, message }));
        }
        let State { centre, pages, .. } = &mut *state;
        let mut written = pages.write(page, centre, faults.repeat_token);
        if faults.empty {
            empty(&mut written);
        }
        Ok((number, written))
    }

    fn log(&self, call: Call) {
        let mut state = self.state();
        if state.calls.len() >= MAX_CALLS {
            state.calls.clear();
        }
        state.calls.push(call);
    }
}

/// Whether a text is somewhere in a body.
fn names(body: &Value, name: &str) -> bool {
    match body {
        Value::String(text) => text == name,
        Value::Array(values) => values.iter().any(|value| names(value, name)),
        Value::Object(members) => members.values().any(|value| names(value, name)),
        _ => false,
    }
}

/// Takes everything out of an answer's lists, and its token.
fn empty(answer: &mut Value) {
    let Some(answer) = answer.as_object_mut() else { return };
    answer.remove("NextToken");
    for list in answer.values_mut().filter_map(Value::as_array_mut) {
        list.clear();
    }
}

fn throttled() -> ApiError {
    ApiError { kind: ErrorKind::Throttling, message: "Too Many Requests".to_owned() }
}

/// Takes connections until the task is aborted, and all connections with it.
async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&shared);
                    let service = service_fn(move |request| {
                        let shared = Arc::clone(&shared);
                        async move { Ok::<_, Infallible>(reply(&shared, request).await) }
                    });
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service);
                    // A client that breaks off is its own affair.
                    connections.spawn(async move { drop(connection.await) });
                }
                Err(_) => sleep(AFTER_A_REFUSAL).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn reply(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let asked = match read(request).await {
        Ok(asked) => asked,
        Err(error) => return refusal(&error),
    };
    let faults = shared.state().faults.of(asked.operation);
    sleep(faults.delay).await;
    let result = shared.call(&asked, faults);
    let (page, response) = match result {
        Ok((page, body)) => {
            let mut body = body.to_string();
            if faults.unreadable {
                body.truncate(body.floor_char_boundary(body.len() / 2));
            }
            (page, response(200, body))
        }
        Err((page, error)) => (page, refusal(&error)),
    };
    shared.log(Call {
        operation: asked.operation,
        filter_values: answer::filter_values(&asked),
        page,
        status: response.status().as_u16(),
    });
    response
}

/// Reads what is asked for.
async fn read(request: Request<Incoming>) -> Result<Asked, ApiError> {
    let unknown = || ApiError {
        kind: ErrorKind::UnknownOperation,
        message: "no operation of the invented API has this path and method".to_owned(),
    };
    let (parts, body) = request.into_parts();
    let Route { operation, instance, resource } =
        Operation::of(parts.method.as_str(), parts.uri.path()).ok_or_else(unknown)?;
    let resource = resource.map(|id| decoded(id).ok_or_else(unknown)).transpose()?;
    let body = Limited::new(body, MAX_BODY).collect().await;
    let body = body.map_err(|_| ApiError::request("the body is too long"))?.to_bytes();
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).map_err(|_| ApiError::request("the body is no JSON"))?
    };
    let query = parts.uri.query().unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query =
        pairs.map(|(name, value)| Some((decoded(name)?, decoded(value)?))).collect::<Option<Vec<_>>>();
    let query = query.ok_or_else(|| ApiError::request("the query is not percent-encoded"))?;
    Ok(Asked { operation, instance: instance.map(str::to_owned), resource, query, body })
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

fn refusal(error: &ApiError) -> Response<Full<Bytes>> {
    let mut response = response(error.kind.status(), json!({ "Message": error.message }).to_string());
    let name = HeaderValue::from_static(error.kind.name());
    response.headers_mut().insert("x-amzn-errortype", name);
    response
}

fn response(status: u16, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
