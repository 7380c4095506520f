use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

use super::*;

/// What a service's answer of this status and code means.
fn refused(status: u16, code: &str) -> Failure {
    let metadata = ErrorMetadata::builder().code(code).message("+61491570156 is not known").build();
    let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    Failure::from(&SdkError::service_error(metadata, response))
}

#[test]
fn of_a_services_answer_only_the_code_or_the_status_is_told() {
    assert_eq!(refused(400, "ThrottlingException").to_string(), "ThrottlingException");
    assert_eq!(refused(503, "Ada Lovelace").to_string(), "HTTP 503");
    for code in ["KMS.DisabledException", "KMS.NotFoundException", "AWS.SimpleQueueService.NonExistentQueue"]
    {
        assert_eq!(refused(400, code).to_string(), code);
    }
    for no_code in ["", ".", "KMS.", "KMS..NotFoundException", "Ada.Lovelace is unknown"] {
        assert_eq!(refused(400, no_code).to_string(), "HTTP 400", "{no_code:?}");
    }
    assert_eq!(refused(400, &"A".repeat(65)).to_string(), "HTTP 400");
}

#[test]
fn what_is_the_services_own_fault_is_transient() {
    assert!(refused(400, "ThrottlingException").is_transient());
    assert!(refused(500, "Unheard").is_transient());
    assert!(!refused(400, "AccessDeniedException").is_transient());
    assert!(!Failure::NotUnderstood.is_transient());
}

#[test]
fn too_many_requests_are_told_by_the_code_or_the_status() {
    for (status, code) in [(400, "ThrottlingException"), (503, "TooManyRequestsException"), (429, "Unheard")]
    {
        assert!(refused(status, code).is_throttled() && refused(status, code).is_transient(), "{code}");
    }
    for (status, code) in [(500, "InternalServerError"), (400, "AccessDeniedException")] {
        assert!(!refused(status, code).is_throttled(), "{code}");
    }
    assert!(!Failure::Timeout.is_throttled());
}

#[test]
fn a_request_that_did_not_arrive_says_why() {
    let failed = |error| Failure::from(&SdkError::<ErrorMetadata, _>::dispatch_failure(error));
    assert_eq!(failed(ConnectorError::timeout("slow".into())), Failure::Timeout);
    assert_eq!(failed(ConnectorError::io("refused".into())), Failure::Connection);
    let none = failed(ConnectorError::other("no credentials".into(), None));
    assert_eq!(none.to_string(), "no credentials");
    assert!(none.is_transient());
}
