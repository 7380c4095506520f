//! That the functions accept the settings that the CDK app gives them: whole templates, the compiled functions.

use std::fs;

use serde_json::{Value, json};
use switchboard_tests::{emulator::Emulator, lambda::Lambda, workspace};

/// The secrets that the configs of the templates name, as README.md says them.
fn secrets() -> [(&'static str, Value); 4] {
    let host_key = format!("SHA256:{}", "A".repeat(43));
    [
        ("board-AbCdEf", json!("by which customers have keys")),
        ("crm-AbCdEf", json!({"header": "x-api-key", "value": "key"})),
        (
            "wfm-rta-AbCdEf",
            json!({
                "url": "https://rta.example.com/TeleoptiRtaService.svc", "authenticationKey": "key", "sourceId": "1",
                "platformTypeId": "00000000-0000-0000-0000-000000000000", "headers": {"x-api-key": "key"},
            }),
        ),
        (
            "wfm-sftp-AbCdEf",
            json!({
                "host": "sftp.example.com", "username": "wfm", "password": "password", "hostKey": host_key,
                "directory": "/in",
            }),
        ),
    ]
}

/// A value of an environment as `CloudFormation` would fill it in.
fn filled(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let (kind, of) = value.as_object().and_then(|one| one.iter().next()).expect("text or an intrinsic");
    match (kind.as_str(), of) {
        ("Ref", Value::String(id)) if id.contains("Queue") => {
            format!("https://sqs.ap-southeast-2.amazonaws.com/111122223333/{id}")
        }
        ("Ref", Value::String(id)) if id.contains("Login") => {
            format!("arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:{id}-AbCdEf")
        }
        ("Ref", Value::String(id)) if id.contains("CustomerSecret") => {
            "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:board-AbCdEf".to_owned()
        }
        ("Ref", Value::String(id)) if id == "AWS::URLSuffix" => "amazonaws.com".to_owned(),
        ("Ref", Value::String(id)) => id.clone(),
        ("Fn::GetAtt", Value::Array(of)) => {
            let (id, attribute) = (of[0].as_str().expect("an id"), of[1].as_str().expect("an attribute"));
            match attribute {
                "MasterUserSecret.SecretArn" => {
                    format!("arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:{id}-AbCdEf")
                }
                "DomainEndpoint" => "search.example.com".to_owned(),
                _ => panic!("what is {attribute} of {id} like? Say it here"),
            }
        }
        ("Fn::Join", Value::Array(of)) => {
            let parts: Vec<_> = of[1].as_array().expect("parts").iter().map(filled).collect();
            parts.join(of[0].as_str().expect("a delimiter"))
        }
        _ => panic!("what is {value} like? Say it here"),
    }
}

/// The functions of a template: the name of the binary, and its environment.
fn functions(template: &str) -> Vec<(String, Vec<(String, String)>)> {
    let path = workspace::root().join("cdk/test/golden").join(template);
    let template: Value = serde_json::from_str(&fs::read_to_string(path).expect("a template")).expect("JSON");
    let resources = template["Resources"].as_object().expect("resources").values();
    let ours = resources.filter(|one| one["Properties"]["Runtime"] == "provided.al2023");
    ours.map(|one| {
        let name = one["Properties"]["FunctionName"].as_str().expect("a name");
        let binary = name.strip_prefix("switchboard-dev-").expect("a name of the deployment's");
        let variables = one["Properties"]["Environment"]["Variables"].as_object().expect("variables");
        let environment = variables.iter().map(|(name, value)| (name.clone(), filled(value)));
        // The tables' owner runs the programs that fill them.
        let binary = match binary {
            "metrics-migrate" => "metrics-poller",
            "record-tables-migrate" => "record-tables",
            other => other,
        };
        (binary.to_owned(), environment.collect())
    })
    .collect()
}

#[test]
fn every_function_starts_with_the_settings_of_the_templates() {
    let emulator = Emulator::shared();
    let made = secrets().map(|(name, value)| {
        let secret = json!({"Name": name, "SecretString": value.to_string()});
        let answer = emulator.call("secretsmanager", "create_secret", &secret);
        (name, answer["ARN"].as_str().expect("an ARN").to_owned())
    });
    for template in ["sample.json", "full.json"] {
        let functions = functions(template);
        assert!(functions.len() >= 7, "{template} has only {} functions", functions.len());
        for (name, mut environment) in functions {
            for (_, value) in &mut environment {
                for (secret, arn) in &made {
                    let named = format!("arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:{secret}");
                    *value = value.replace(&named, arn);
                }
            }
            let environment = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let environment: Vec<_> = environment.chain(emulator.env()).collect();
            // Panics with what the function said if it ends instead of asking for an event.
            Lambda::start(&name, &environment).first_poll_after();
        }
    }
}
