use switchboard_agents::AgentKey;

use crate::agent_state::WfmState;

use super::*;

const KEYS: &str = r#"{"url":"https://wfm.example.com/RTA/TeleoptiRtaService.svc","authenticationKey":"k&y","sourceId":"7"}"#;

fn account() -> SoapAccount {
    SoapAccount::from_json(KEYS).unwrap()
}

fn change(name: &str, code: &str) -> StateChange {
    StateChange {
        agent: AgentKey::from_text(&format!("eu-central-1/i/{name}")).unwrap(),
        state: WfmState { is_logged_on: true, code: code.into(), description: "A <break>".into() },
        since: "2026-11-02T01:02:00Z".parse().unwrap(),
        at: "2026-11-02T01:02:03.004Z".parse().unwrap(),
    }
}

fn id() -> Timestamp {
    "2026-11-02T01:02:05Z".parse().unwrap()
}

/// The texts of a body without its indentation.
fn joined(lines: &str) -> String {
    lines.lines().map(str::trim_start).collect()
}

#[test]
fn a_batch_is_in_the_order_of_the_wsdl() {
    let body = batch(&account(), id(), true, &[change("ann@example.com", "c\u{1}")]);
    let expected = r#"<?xml version="1.0" encoding="utf-8"?>
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
        <SaveBatchExternalUserState xmlns="http://tempuri.org/">
        <authenticationKey>k&amp;y</authenticationKey>
        <platformTypeId>00000000-0000-0000-0000-000000000000</platformTypeId>
        <sourceId>7</sourceId>
        <externalUserStateBatch xmlns:t="http://schemas.datacontract.org/2004/07/Teleopti.Ccc.Rta.WebService">
        <t:ExternalUserState>
        <t:BatchId>2026-11-02T01:02:05Z</t:BatchId>
        <t:IsLoggedOn>true</t:IsLoggedOn>
        <t:IsSnapshot>true</t:IsSnapshot>
        <t:SecondsInState>3</t:SecondsInState>
        <t:StateCode>c�</t:StateCode>
        <t:StateDescription>A &lt;break&gt;</t:StateDescription>
        <t:Timestamp>2026-11-02T01:02:03.004Z</t:Timestamp>
        <t:UserCode>ann@example.com</t:UserCode>
        </t:ExternalUserState>
        </externalUserStateBatch>
        </SaveBatchExternalUserState>
        </s:Body></s:Envelope>"#;
    assert_eq!(String::from_utf8(body).unwrap(), joined(expected));
}

#[test]
fn the_end_of_a_snapshot_is_of_nobody() {
    let expected = r#"<?xml version="1.0" encoding="utf-8"?>
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
        <SaveExternalUserState xmlns="http://tempuri.org/">
        <authenticationKey>k&amp;y</authenticationKey>
        <userCode></userCode><stateCode></stateCode><stateDescription></stateDescription>
        <isLoggedOn>false</isLoggedOn><secondsInState>0</secondsInState>
        <timestamp>2026-11-02T01:02:05Z</timestamp>
        <platformTypeId>00000000-0000-0000-0000-000000000000</platformTypeId>
        <sourceId>7</sourceId>
        <batchId>2026-11-02T01:02:05Z</batchId><isSnapshot>true</isSnapshot>
        </SaveExternalUserState>
        </s:Body></s:Envelope>"#;
    assert_eq!(String::from_utf8(close(&account(), id())).unwrap(), joined(expected));
}

/// An answer with this in its body.
fn envelope(body: &str) -> String {
    format!(r#"<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>{body}</s:Body></s:Envelope>"#)
}

fn result(result: &str) -> String {
    envelope(&format!(
        r#"<SaveBatchExternalUserStateResponse xmlns="http://tempuri.org/"><SaveBatchExternalUserStateResult>{result}</SaveBatchExternalUserStateResult></SaveBatchExternalUserStateResponse>"#
    ))
}

fn key_fault(reason: &str) -> String {
    envelope(&format!(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>{reason}</faultstring></s:Fault>"
    ))
}

#[test]
fn an_answer_is_taken_or_a_failure_with_its_reason() {
    let taken = |has_unknown_agents| Ok(Accepted { has_unknown_agents });
    let fault =
        envelope(r"<s:Fault><faultcode>s:Client</faultcode><faultstring>k&amp;y</faultstring></s:Fault>");
    let prefixed = r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://tempuri.org/"><e:Body><t:AResponse><t:AResult>
        2 </t:AResult></t:AResponse></e:Body></e:Envelope>"#;
    for (status, body, expected) in [
        (200, result("1"), taken(false)),
        (200, result("0"), taken(false)),
        (200, prefixed.to_owned(), taken(false)),
        (200, result("-100"), taken(true)),
        (200, result("-200"), Err(Failure::Rejected(-200))),
        (200, result("-300"), Err(Failure::Rejected(-300))),
        (200, result(""), Err(Failure::NotUnderstood)),
        (200, result("one"), Err(Failure::NotUnderstood)),
        (200, result("1").replace("tempuri", "example"), Err(Failure::NotUnderstood)),
        (200, result("1").replace("Result>", "Answer>"), Err(Failure::NotUnderstood)),
        (500, key_fault("You supplied an invalid Authentication key."), Err(Failure::AuthRejected(500))),
        (200, key_fault("Access is denied."), Err(Failure::AuthRejected(200))),
        (500, key_fault("Violation of PRIMARY KEY constraint."), Err(Failure::Fault(500))),
        (200, fault.clone(), Err(Failure::Fault(200))),
        (500, fault, Err(Failure::Fault(500))),
        (500, result("1"), Err(Failure::Status(500))),
        (202, result("1"), Err(Failure::Status(202))),
        (404, "not found".to_owned(), Err(Failure::Status(404))),
        (200, String::new(), Err(Failure::NotUnderstood)),
        (200, "<!doctype html><title>Log in</title><br>".to_owned(), Err(Failure::NotUnderstood)),
        (200, result("1").replace("Result></", "Res"), Err(Failure::NotUnderstood)),
    ] {
        assert_eq!(answer(status, body.as_bytes()), expected, "{status} {body}");
    }
    assert_eq!(answer(200, b"\xff"), Err(Failure::NotUnderstood));
}
