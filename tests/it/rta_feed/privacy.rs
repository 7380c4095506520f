//! No user name, agent's name, key or address reaches a log line or a metric, whatever goes wrong and however much is
//! logged.

use switchboard_tests::rta_service::Habit;

use super::binary::{Site, ago};
use super::events::records;
use super::*;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn nothing_personal_is_logged() {
    for place in [Place::sqlite(), Place::dynamodb("privacy").await] {
        let site = Site::new(place);
        let lambda = site.start(&[("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("RUST_LOG", "trace")]);
        let change = |status| event("zsofia.personal", "STATE_CHANGE", status, ago(1));
        let mut nobody = change("Lunch");
        nobody["CurrentAgentSnapshot"]["Configuration"]["Username"] = "#zsofia.personal".into();
        let invoke = |event: String, time_left| drop(lambda.invoke(event, time_left));
        invoke(
            records(1, &[change("Available"), nobody, nameless("zsofia.personal", "LOGOUT", ago(0))]),
            MINUTE,
        );
        for habit in [Habit::Fault, Habit::Status(500), Habit::HtmlPage, Habit::TakeAndClose] {
            site.service.behave(habit);
            invoke(records(9, &[change("Lunch")]), MINUTE);
            invoke(r#"{"rta":"snapshot"}"#.to_owned(), MINUTE);
        }
        invoke(
            r#"{"Records":[{"kinesis":{"data":"enNvZmlhLnBlcnNvbmFs"}}],"x":"zsofia.personal"}"#.to_owned(),
            MINUTE,
        );
        let said = lambda.logs().join("\n");
        assert!(
            said.contains("CloudWatchMetrics") && said.contains("not acknowledged"),
            "something was said: {said}"
        );
        let secrets = ["zsofia", "Avery", "Quill", "rta-key-of-the-tests", "TeleoptiRtaService"];
        for personal in secrets {
            assert!(!said.contains(personal), "{personal} in: {said}");
        }
    }
}
