//! Against a real HTTP server.

use std::time::Duration;

use secrecy::ExposeSecret;
use switchboard_callers::{ApiKey, Directory, Limits, LookupResult, LookupResults, RenewableKey};
use switchboard_runtime::secrets::SecretUrl;
use tokio::{net::TcpListener, time::Instant};

use super::{
    far, number, numbers,
    server::{Reaction, Server, status, text},
};

fn open(server: &Server, limits: Limits) -> Directory {
    Directory::http(server.url("/api/user/"), None, limits).unwrap()
}

fn known(name: &str) -> LookupResult {
    LookupResult::Known(name.into())
}

/// Looks up one number of a server that reacts like this; says what came of it, after how many requests.
async fn one(
    limits: Limits,
    react: impl Fn(usize) -> Reaction + Send + Sync + 'static,
) -> (LookupResult, usize) {
    let server = Server::start(move |_, before| react(before)).await;
    let asked = number("+61491570006");
    let looked_up = open(&server, limits).look_up([&asked], far()).await;
    (looked_up.get(&asked).clone(), server.requests().len())
}

fn counts(looked_up: &LookupResults) -> [usize; 5] {
    let LookupResults { requested, from_cache, known, unknown, failed, .. } = *looked_up;
    [requested, from_cache, known, unknown, failed]
}

#[tokio::test]
async fn each_distinct_number_is_asked_for_once_and_percent_encoded() {
    let server = Server::start(|path, _| match path {
        "/api/user/%2B61491570006" => text("Ada Example"),
        "/api/user/1234" => text("\"Bo Example\""),
        "/api/user/%2B61491570157" => Reaction::Response(200, "application/json", "null".into()),
        _ => Reaction::Response(200, "text/html", "<html>Welcome</html>".into()),
    })
    .await;
    let directory = Directory::http(server.url("/api/user"), None, Limits::default()).unwrap();
    let [ada, bo, nobody, page] = ["+61491570006", "1234", "+61491570157", "+61491570158"].map(number);
    let looked_up = directory.look_up([&ada, &bo, &ada, &nobody, &page, &ada], far()).await;

    assert_eq!(looked_up.get(&ada), &known("Ada Example"));
    assert_eq!(looked_up.get(&bo), &known("Bo Example"));
    assert_eq!(looked_up.get(&nobody), &LookupResult::Unknown);
    assert_eq!(looked_up.get(&page), &LookupResult::Failed);
    assert_eq!(counts(&looked_up), [4, 0, 2, 1, 1]);
    let mut paths = server.requests();
    paths.sort();
    let expected = ["%2B61491570006", "%2B61491570157", "%2B61491570158", "1234"];
    assert_eq!(paths, expected.map(|number| format!("/api/user/{number}")));
}

#[tokio::test]
async fn the_key_and_the_user_agent_are_sent() {
    let server = Server::start(|_, _| text("Ada Example")).await;
    let key = ApiKey::from_json(r#"{"header": "x-api-key", "value": "s3cret"}"#).unwrap();
    let key = Some(RenewableKey::fixed(key));
    let directory = Directory::http(server.url("/"), key, Limits::default()).unwrap();
    directory.look_up([&number("+61491570006")], far()).await;

    assert_eq!(server.headers()["x-api-key"], "s3cret");
    assert_eq!(server.headers()["user-agent"], concat!("switchboard/", env!("CARGO_PKG_VERSION")));
    assert!(!format!("{directory:?}").contains("s3cret"));
}

#[test]
fn an_address_that_numbers_may_not_go_to_is_refused() {
    for address in ["http://crm.example/user/", "https://me@crm.example/", "ftp://127.0.0.1/"] {
        assert!(Directory::http(address.parse().unwrap(), None, Limits::default()).is_err(), "{address}");
    }
    Directory::http("https://crm.example/user/".parse().unwrap(), None, Limits::default()).unwrap();
}

#[tokio::test]
async fn what_is_transient_is_requested_three_times() {
    let timeout = || Limits { request_timeout: Duration::from_millis(100), ..Limits::default() };
    let default = Limits::default;
    assert_eq!(one(default(), |_| status(500)).await, (LookupResult::Failed, 3));
    assert_eq!(one(default(), |_| status(429)).await, (LookupResult::Failed, 3));
    assert_eq!(one(default(), |_| Reaction::HangUp).await, (LookupResult::Failed, 3));
    assert_eq!(one(timeout(), |_| Reaction::Hang).await, (LookupResult::Failed, 3));

    let twice =
        |first: fn() -> Reaction| move |before| if before < 2 { first() } else { text("Ada Example") };
    let found = || (known("Ada Example"), 3);
    assert_eq!(one(default(), twice(|| status(503))).await, found());
    assert_eq!(one(default(), twice(|| status(429))).await, found());
    assert_eq!(one(default(), twice(|| Reaction::HangUp)).await, found());
    assert_eq!(one(timeout(), twice(|| Reaction::Hang)).await, found());
}

#[tokio::test]
async fn what_will_not_change_is_asked_once() {
    for code in [301, 302, 307, 400, 401, 403, 405, 410] {
        assert_eq!(one(Limits::default(), move |_| status(code)).await, (LookupResult::Failed, 1), "{code}");
    }
    for code in [204, 404] {
        assert_eq!(one(Limits::default(), move |_| status(code)).await, (LookupResult::Unknown, 1), "{code}");
    }
    assert_eq!(one(Limits::default(), |_| text("<html>")).await, (LookupResult::Failed, 1));
    assert_eq!(one(Limits::default(), |_| text("x".repeat(1 << 20))).await, (LookupResult::Failed, 1));
}

#[tokio::test]
async fn a_service_that_is_not_there_fails() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let looked_up = Directory::http(url, None, Limits::default()).unwrap().look_up(&numbers(3), far()).await;
    assert_eq!(counts(&looked_up), [3, 0, 0, 0, 3]);
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    for (concurrency, expected) in [(0, 1), (1, 1), (5, 5)] {
        let server = Server::start(|_, _| Reaction::Slow(Duration::from_millis(50), "Ada".into())).await;
        let directory = open(&server, Limits { concurrency, ..Limits::default() });
        let looked_up = directory.look_up(&numbers(10), far()).await;
        assert_eq!(counts(&looked_up), [10, 0, 10, 0, 0]);
        assert_eq!(server.max_in_flight(), expected);
    }
}

#[tokio::test]
async fn the_deadline_is_kept_and_what_was_answered_by_then_counts() {
    let hanging = |path: &str, _| {
        if path.ends_with('0') { text("Ada Example") } else { Reaction::Hang }
    };
    let server = Server::start(hanging).await;
    let directory_url = server.url("/api/user/");
    let asked = numbers(40);
    // A look-up that waited for those that hang would not end before their own time-out, which does not come.
    let limits = Limits { request_timeout: Duration::from_hours(1), ..Limits::default() };
    let directory = Directory::http(directory_url, None, limits).unwrap();
    let looked_up = directory.look_up(&asked, Instant::now() + Duration::from_secs(3)).await;

    assert_eq!(counts(&looked_up), [40, 0, 4, 0, 36]);
    assert_eq!(looked_up.get(&asked[10]), &known("Ada Example"));
    assert_eq!(looked_up.get(&asked[11]), &LookupResult::Failed);
}

/// Five failures in a row, and the rest is not asked; nor is the next batch, for some seconds.
#[tokio::test]
async fn a_directory_that_never_answers_costs_a_batch_one_time_out() {
    let server = Server::start(|_, _| Reaction::Hang).await;
    let limits = Limits { request_timeout: Duration::from_millis(100), ..Limits::default() };
    let directory = open(&server, limits);
    let asked = numbers(500);
    assert_eq!(counts(&directory.look_up(&asked, far()).await), [500, 0, 0, 0, 500]);
    let requests = server.requests().len();
    assert!(requests <= 2 * limits.concurrency, "{requests}");
    assert_eq!(counts(&directory.look_up(&asked, far()).await), [500, 0, 0, 0, 500]);
    assert_eq!(server.requests().len(), requests, "no request was sent");
}

#[tokio::test]
async fn a_directory_that_comes_back_is_asked_again_after_a_while() {
    let server =
        Server::start(|path, _| if path.ends_with('0') { text("Ada Example") } else { status(403) }).await;
    let directory = open(&server, Limits { concurrency: 1, ..Limits::default() });
    let asked = numbers(20);
    let failing: Vec<_> = asked.iter().filter(|number| !number.as_str().ends_with('0')).collect();
    assert_eq!(counts(&directory.look_up(failing, far()).await), [18, 0, 0, 0, 18]);
    assert_eq!(server.requests().len(), 5);
    assert_eq!(counts(&directory.look_up([&asked[0]], far()).await), [1, 0, 0, 0, 1], "not asked");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(10)).await;
    tokio::time::resume();
    assert_eq!(counts(&directory.look_up([&asked[0], &asked[1], &asked[10]], far()).await), [3, 0, 2, 0, 1]);
}

#[tokio::test]
async fn retry_after_is_heard() {
    let server = Server::start(|_, _| Reaction::Busy(429, "30")).await;
    let directory = open(&server, Limits { concurrency: 1, ..Limits::default() });
    assert_eq!(counts(&directory.look_up(&numbers(50), far()).await), [50, 0, 0, 0, 50]);
    assert_eq!(server.requests().len(), 1, "not even a second time");
    // One that is short enough to wait for.
    assert_eq!(
        one(Limits::default(), |before| if before == 0 {
            Reaction::Busy(503, "0")
        } else {
            text("Ada Example")
        })
        .await,
        (known("Ada Example"), 2)
    );
}

#[tokio::test]
async fn a_key_that_is_refused_is_read_again() {
    let server = Server::start_with_key("x-api-key", "new", |_, _| text("Ada Example")).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let write = |value: &str| {
        std::fs::write(file.path(), format!(r#"{{"header":"x-api-key","value":"{value}"}}"#)).unwrap();
    };
    write("old");
    let url = SecretUrl::File(file.path().into());
    let key = RenewableKey::open("CALLERS_SECRET", url, |text| ApiKey::from_json(text.expose_secret()))
        .await
        .unwrap();
    let directory = Directory::http(server.url("/"), Some(key), Limits::default()).unwrap();
    write("new");
    assert_eq!(counts(&directory.look_up(&numbers(20), far()).await), [20, 0, 20, 0, 0]);
}

#[tokio::test]
async fn after_the_deadline_nothing_is_asked_but_the_cache() {
    let server = Server::start(|_, _| text("Ada Example")).await;
    let directory = open(&server, Limits::default());
    let asked = numbers(2);
    directory.look_up(&asked[..1], far()).await;
    let looked_up = directory.look_up(&asked, Instant::now()).await;

    assert_eq!(counts(&looked_up), [2, 1, 1, 0, 1]);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn known_and_unknown_are_remembered_and_failures_are_not() {
    let server = Server::start(|path, _| match path.rsplit('/').next() {
        Some("%2B12025550000") => text("Ada Example"),
        Some("%2B12025550001") => status(404),
        _ => status(403),
    })
    .await;
    let directory = open(&server, Limits::default());
    let asked = numbers(3);
    assert_eq!(counts(&directory.look_up(&asked, far()).await), [3, 0, 1, 1, 1]);
    assert_eq!(counts(&directory.look_up(&asked, far()).await), [3, 2, 1, 1, 1]);
    assert_eq!(server.requests().len(), 4);
    assert_eq!(server.requests()[3], "/api/user/%2B12025550002");
}

#[tokio::test]
async fn what_is_remembered_for_long_enough_is_asked_again() {
    let server = Server::start(|_, before| text(format!("Ada {before}"))).await;
    let directory = open(&server, Limits::default());
    let asked = number("+61491570006");
    let look_up = async || directory.look_up([&asked], far()).await.get(&asked).clone();
    assert_eq!(look_up().await, known("Ada 0"));

    // The clock stands still only while no request is under way.
    for (step_seconds, expected) in [(299, "Ada 0"), (1, "Ada 1"), (1, "Ada 1")] {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(step_seconds)).await;
        tokio::time::resume();
        assert_eq!(look_up().await, known(expected));
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let server = Server::start(|_, _| text("Ada Example")).await;
    let directory = open(&server, Limits { cache_entries: 10, ..Limits::default() });
    let asked = numbers(100);
    directory.look_up(&asked, far()).await;
    let looked_up = directory.look_up(&asked, far()).await;
    assert_eq!(counts(&looked_up), [100, 10, 100, 0, 0]);
}

/// What a Lambda runtime with more threads asks of a handler's future.
#[test]
fn a_look_up_can_move_between_threads() {
    fn movable(_: impl Send) {}
    let directory =
        Directory::http("https://crm.example/".parse().unwrap(), None, Limits::default()).unwrap();
    movable(directory.look_up(&numbers(1), far_from_any_runtime()));
}

fn far_from_any_runtime() -> Instant {
    Instant::from_std(std::time::Instant::now())
}
