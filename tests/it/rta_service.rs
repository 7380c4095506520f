//! That the stand-in for the RTA web service reads as strictly as the real one, and behaves as it was told.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use switchboard_tests::rta_service::{Habit, Keys, RtaService, Shown};
use switchboard_tests::wait::until;

const ACTION: &str = "http://tempuri.org/ITeleoptiRtaService";
const ANN: &str = "<d:BatchId>0001-01-01T00:00:00Z</d:BatchId><d:IsLoggedOn>true</d:IsLoggedOn>\
    <d:IsSnapshot>false</d:IsSnapshot><d:SecondsInState>3</d:SecondsInState><d:StateCode>avail</d:StateCode>\
    <d:StateDescription>Available &amp; keen &#x2713;</d:StateDescription>\
    <d:Timestamp>2026-11-02T00:55:00.25Z</d:Timestamp><d:UserCode>ann</d:UserCode>";

#[test]
fn a_batch_makes_the_picture() {
    let service = RtaService::start();
    let answer = post(&service, &batch(service.keys(), &[ANN, &state("bob", "lunch", true, "01:00")]));
    assert!(answer.contains("<SaveBatchExternalUserStateResult>1</SaveBatchExternalUserStateResult>"));
    assert!(answer.ends_with(" 200"), "{answer}");

    let picture = service.picture();
    let ann = Shown {
        code: "avail".to_owned(),
        description: "Available & keen ✓".to_owned(),
        is_logged_on: true,
        timestamp: Some("2026-11-02T00:55:00.25Z".parse().expect("a moment")),
        seconds_in_state: 3,
    };
    assert_eq!(picture.keys().collect::<Vec<_>>(), ["ann", "bob"]);
    assert_eq!(picture["ann"], ann);
    let taken = service.taken();
    assert_eq!((taken[0].state.seconds_in_state, taken[0].is_acknowledged), (3, true));
    let calls = service.calls();
    assert_eq!((calls.all, calls.batches, calls.largest_batch, calls.rejected), (1, 1, 2, 0));
}

#[test]
fn what_comes_out_of_order_is_skipped_and_shows() {
    let service = RtaService::start();
    // The user first: nothing of what follows is read.
    let backwards =
        "<d:UserCode>ann</d:UserCode><d:StateCode>avail</d:StateCode><d:IsLoggedOn>true</d:IsLoggedOn>";
    assert!(post(&service, &batch(service.keys(), &[backwards])).ends_with(" 200"));
    assert_eq!(service.picture()["ann"], Shown::default());

    // The code after the description; the code alone is lost.
    let swapped = "<d:IsLoggedOn>true</d:IsLoggedOn><d:StateDescription>Lunch</d:StateDescription>\
        <d:StateCode>lunch</d:StateCode><d:UserCode>bob</d:UserCode>";
    post(&service, &batch(service.keys(), &[swapped]));
    let bob = &service.picture()["bob"];
    assert_eq!((bob.code.as_str(), bob.description.as_str(), bob.is_logged_on), ("", "Lunch", true));
}

#[test]
fn what_is_of_another_namespace_is_skipped_and_shows() {
    let service = RtaService::start();
    let body = batch(service.keys(), &[ANN]);
    // The members in the operation's namespace: an agent without a name or a state.
    post(
        &service,
        &body
            .replace("<d:", "<")
            .replace("</d:", "</")
            .replace("<ExternalUserState>", "<d:ExternalUserState>")
            .replace("</ExternalUserState>", "</d:ExternalUserState>"),
    );
    assert_eq!(service.picture().into_iter().collect::<Vec<_>>(), [(String::new(), Shown::default())]);
    // The states themselves: an empty batch.
    post(&service, &body.replace("d:ExternalUserState", "ExternalUserState"));
    assert_eq!((service.calls().batches, service.taken().len()), (2, 1));
    // The parameters: no key.
    let answer = post(&service, &body.replace("<authenticationKey>", "<authenticationKey xmlns=\"\">"));
    assert!(answer.contains("invalid authentication key") && answer.ends_with(" 500"), "{answer}");
}

#[test]
fn a_snapshot_logs_everybody_else_off() {
    let service = RtaService::start();
    let both = [state("ann", "avail", false, "01:00"), state("bob", "lunch", false, "01:00")];
    post(&service, &batch(service.keys(), &both.each_ref().map(String::as_str)));
    let in_snapshot = state("ann", "avail", true, "02:00");
    post(&service, &batch(service.keys(), &[&in_snapshot]));
    assert!(service.picture()["bob"].is_logged_on, "the snapshot is open");

    post_to(&service, "SaveExternalUserState", &closing(service.keys(), "03:00"));
    let shown: Vec<_> = service.picture().into_values().collect();
    assert!(shown.iter().all(|shown| !shown.is_logged_on), "another snapshot, of nobody");
    post(&service, &batch(service.keys(), &[&in_snapshot]));
    let answer = post_to(&service, "SaveExternalUserState", &closing(service.keys(), "02:00"));
    assert!(answer.contains("<SaveExternalUserStateResult>1</SaveExternalUserStateResult>"), "{answer}");
    let picture = service.picture();
    assert!(picture["ann"].is_logged_on && !picture["bob"].is_logged_on);
    assert_eq!((service.calls().closed_snapshots, service.calls().singles), (2, 2));
    assert_eq!(service.taken().len(), 4, "a closing call is no state");
}

#[test]
fn a_single_state_is_taken() {
    let service = RtaService::start();
    let keys = service.keys();
    let single = closing(keys, "02:00")
        .replace("<userCode></userCode>", "<userCode>ann</userCode>")
        .replace("<stateCode></stateCode>", "<stateCode>avail</stateCode>");
    post_to(&service, "SaveExternalUserState", &single);
    assert_eq!(service.picture()["ann"].code, "avail");
}

#[test]
fn wrong_keys_are_refused() {
    let service = RtaService::start();
    let right = service.keys().clone();
    let wrong = [
        Keys { authentication_key: "guessed".to_owned(), ..right.clone() },
        Keys { platform_type_id: "11111111-1111-1111-1111-111111111111".to_owned(), ..right.clone() },
        Keys { source_id: String::new(), ..right },
    ];
    for keys in wrong {
        let answer = post(&service, &batch(&keys, &[ANN]));
        assert!(answer.contains("<s:Fault>") && answer.ends_with(" 500"), "{answer}");
    }
    assert!(service.picture().is_empty());
    assert_eq!(service.calls().rejected, 3);
}

#[test]
fn what_is_no_call_is_refused() {
    let service = RtaService::start();
    let body = batch(service.keys(), &[ANN]);
    let refused = |body: &str| assert!(post(&service, body).ends_with(" 500"), "{body}");
    for not_xml in ["", "{}", "<a>", "<a></b>", "<!DOCTYPE a><a/>", "<a/><a/>", "<p:a/>"] {
        refused(not_xml);
    }
    refused(&body.replace("/soap/envelope/", "/soap/envelope"));
    refused(&body.replace("soap:Body", "soap:Header"));
    refused(&body.replace("http://tempuri.org/", "http://tempuri.org"));
    refused(&body.replace(">true<", ">yes<"));
    refused(&body.replace(">3<", ">3.5<"));
    refused(&body.replace("00:55:00.25Z", "00:55:00.25"));
    refused(&body.replace("2026-11-02T00", "2026-11-02 00"));
    refused(&body.replace("&amp;", "&nbsp;"));
    let answer = post_to(&service, "SaveExternalUserState", &body);
    assert!(answer.contains("cannot be processed"), "{answer}");
    let unquoted = ["-H", "content-type: text/xml; charset=utf-8", "-H"];
    let action = format!("soapaction: {ACTION}/SaveBatchExternalUserState");
    assert!(sent(&service, &[&unquoted[..], &[&action]].concat(), &body).ends_with(" 500"));
    let types = ["text/xml", "application/soap+xml; charset=utf-8", "text/xml; charset=utf-16"];
    for content_type in types.map(|one| format!("content-type: {one}")) {
        assert!(sent(&service, &["-H", &content_type], &body).ends_with(" 415"), "{content_type}");
    }
    assert!(service.picture().is_empty());
    assert_eq!(service.calls().rejected, service.calls().all);
}

#[test]
fn calls_fail_as_told() {
    let service = RtaService::start();
    let body = batch(service.keys(), &[ANN]);
    service.next(&[Habit::Fault, Habit::FaultWith200, Habit::Status(503), Habit::HtmlPage]);
    assert!(post(&service, &body).ends_with("</s:Envelope> 500"));
    assert!(post(&service, &body).ends_with("</s:Envelope> 200"));
    assert_eq!(post(&service, &body), "not now 503");
    assert!(post(&service, &body).starts_with("<!doctype html>"));
    assert!(service.picture().is_empty());
    assert!(post(&service, &body).contains("Result>1<"));
    assert_eq!((service.calls().failed, service.calls().batches), (4, 1));

    let delay = Duration::from_millis(300);
    service.behave(Habit::Slow(delay));
    let asked = Instant::now();
    assert!(post(&service, &body).contains("Result>1<"));
    assert!(asked.elapsed() >= delay);
}

#[test]
fn a_taken_batch_may_go_unanswered() {
    let service = RtaService::start();
    let body = batch(service.keys(), &[ANN]);
    service.next(&[Habit::TakeAndClose]);
    assert_eq!(post(&service, &body), " 000");
    assert_eq!(service.picture()["ann"].code, "avail");
    assert!(!service.taken()[0].is_acknowledged);

    service.next(&[Habit::TakeAndHang]);
    let mut client = start(&service, &headers("SaveBatchExternalUserState"), &body);
    until("the state to be taken", Duration::from_secs(10), || (service.taken().len() == 2).then_some(()));
    client.kill().expect("a client that waits");
    client.wait().expect("a client that has ended");

    // Not told so, the client does right to say it again; after that it does not.
    post(&service, &body);
    assert!(service.repeats().is_empty());
    post(&service, &body.replace(">3<", ">4<"));
    assert_eq!(service.repeats().len(), 1);
    post(&service, &batch(service.keys(), &[&state("ann", "lunch", false, "01:00")]));
    post(&service, &body);
    assert_eq!(service.repeats().len(), 1, "there and back again is two changes");
}

#[test]
fn results_tell_what_is_not_taken() {
    let service = RtaService::start();
    let body = batch(service.keys(), &[ANN, &state("bob", "lunch", false, "01:00")]);
    service.next(&[Habit::Result(-300)]);
    assert!(post(&service, &body).contains("Result>-300<"));
    assert!(service.picture().is_empty());
    service.knows_not(&["ann"]);
    assert!(post(&service, &body).contains("Result>-100<"));
    assert_eq!(service.picture().keys().collect::<Vec<_>>(), ["bob"]);
}

#[test]
fn json_is_kept_as_it_is() {
    let service = RtaService::start();
    let headers = ["-H", "content-type: application/json", "-H", "x-key: open sesame"];
    assert_eq!(sent(&service, &headers, r#"{"states":[]}"#), "{} 200");
    service.next(&[Habit::Status(500)]);
    assert_eq!(sent(&service, &headers, r#"{"states":[1]}"#), "not now 500");
    assert_eq!(sent(&service, &headers, "<a/>"), "no JSON 400");
    let [kept] = service.json().try_into().expect("one");
    assert_eq!(
        (kept.body.to_string().as_str(), kept.headers["x-key"].as_str()),
        (r#"{"states":[]}"#, "open sesame")
    );
}

/// A state in right order. In a snapshot its batch is of the same moment; `time` is of 2026-11-02.
fn state(user: &str, code: &str, is_snapshot: bool, time: &str) -> String {
    format!(
        "<d:BatchId>2026-11-02T{time}:00Z</d:BatchId><d:IsLoggedOn>true</d:IsLoggedOn>\
        <d:IsSnapshot>{is_snapshot}</d:IsSnapshot><d:SecondsInState>0</d:SecondsInState>\
        <d:StateCode>{code}</d:StateCode><d:StateDescription/><d:Timestamp>2026-11-02T{time}:00Z</d:Timestamp>\
        <d:UserCode>{user}</d:UserCode>"
    )
}

fn batch(keys: &Keys, states: &[&str]) -> String {
    let states = states.join("</d:ExternalUserState><d:ExternalUserState>");
    let Keys { authentication_key, platform_type_id, source_id } = keys;
    envelope(&format!(
        "<SaveBatchExternalUserState xmlns=\"http://tempuri.org/\">\
        <authenticationKey>{authentication_key}</authenticationKey>\
        <platformTypeId>{platform_type_id}</platformTypeId><sourceId>{source_id}</sourceId>\
        <externalUserStateBatch xmlns:d=\"http://schemas.datacontract.org/2004/07/Teleopti.Ccc.Rta.WebService\">\
        <d:ExternalUserState>{states}</d:ExternalUserState></externalUserStateBatch></SaveBatchExternalUserState>"
    ))
}

/// The call that closes the snapshot of that time.
fn closing(keys: &Keys, time: &str) -> String {
    let Keys { authentication_key, platform_type_id, source_id } = keys;
    envelope(&format!(
        "<SaveExternalUserState xmlns=\"http://tempuri.org/\">\
        <authenticationKey>{authentication_key}</authenticationKey><userCode></userCode><stateCode></stateCode>\
        <stateDescription></stateDescription><isLoggedOn>false</isLoggedOn><secondsInState>0</secondsInState>\
        <timestamp>2026-11-02T{time}:00Z</timestamp><platformTypeId>{platform_type_id}</platformTypeId>\
        <sourceId>{source_id}</sourceId><batchId>2026-11-02T{time}:00Z</batchId><isSnapshot>true</isSnapshot>\
        </SaveExternalUserState>"
    ))
}

fn envelope(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
        <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{content}</soap:Body>\
        </soap:Envelope>"
    )
}

fn headers(operation: &str) -> [String; 4] {
    let action = format!("soapaction: \"{ACTION}/{operation}\"");
    ["-H".to_owned(), "content-type: text/xml; charset=utf-8".to_owned(), "-H".to_owned(), action]
}

/// Calls `SaveBatchExternalUserState`: the body of the answer, a blank, and the status.
fn post(service: &RtaService, body: &str) -> String {
    post_to(service, "SaveBatchExternalUserState", body)
}

fn post_to(service: &RtaService, operation: &str, body: &str) -> String {
    sent(service, &headers(operation).each_ref().map(String::as_str), body)
}

fn sent(service: &RtaService, headers: &[&str], body: &str) -> String {
    let output = start(service, headers, body).wait_with_output().expect("curl ends");
    String::from_utf8(output.stdout).expect("text")
}

fn start(service: &RtaService, headers: &[impl AsRef<std::ffi::OsStr>], body: &str) -> Child {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--noproxy", "*", "--max-time", "30", "--write-out", " %{http_code}"]);
    curl.args(headers).args(["--data-binary", "@-"]).arg(service.url());
    let mut child = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("curl starts");
    child.stdin.take().expect("a pipe").write_all(body.as_bytes()).expect("curl reads");
    child
}
