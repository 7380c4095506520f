//! Arguments, settings and help.

use crate::program::{Folder, event};

#[test]
fn wrong_usage_is_one_clear_line_and_status_2() {
    let folder = Folder::new();
    folder.write("bad.csv", "Phone,Name\nno number,x\n");
    for (arguments, expected) in [
        (&["replay", "nowhere"][..], "nowhere"),
        (&["replay", &event("ctr"), "--callers", "nowhere.csv"], "nowhere.csv"),
        (&["replay", &event("ctr"), "--callers", "bad.csv"], "line 2"),
        (&["replay", &event("ctr"), "--callers", "ftp://x"], "CALLERS is invalid"),
        (&["replay", &event("ctr"), "--callers", "dynamodb://Callers"], "feature `aws`"),
        (&["simulate", "ctr", "--callers", "nowhere.csv"], "nowhere.csv"),
        (&["wfm", "stats", "nowhere"], "nowhere"),
        (&["contacts", "show", "c"], "out/contacts.db is not there: `switchboard replay` fills it"),
        (&["contacts", "list", "--contacts", "nowhere.db"], "nowhere.db"),
        (&["contacts", "list", "--contacts", "bad.csv"], "bad.csv can't be opened"),
        (
            &["contacts", "by-customer", "+12025550100", "--contacts", "ftp://x"],
            "--contacts ftp://x is invalid",
        ),
        (&["contacts", "by-customer", "anonymous"], "no phone number and no address"),
        (&["contacts", "list", "--contacts", "dynamodb://Contacts"], "feature `aws`"),
    ] {
        if cfg!(feature = "aws") && expected.contains("feature") {
            continue;
        }
        let ended = folder.run(arguments);
        assert_eq!(ended.status, 2, "{arguments:?}");
        assert!(ended.stdout.is_empty(), "{}", ended.stdout);
        assert!(
            ended.stderr.starts_with("switchboard: ") && ended.stderr.contains(expected),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    for arguments in [
        &["replay"][..],
        &["simulate", "ctr", "--rate", "0"],
        &["simulate", "agents", "--agents", "0"],
        &["wfm", "stats", ".", "--interval", "7m"],
        &["wfm", "stats", ".", "--tz", "Nowhere"],
        &["contacts", "show"],
        &["contacts", "list", "--tz", "Nowhere"],
        &["callers", "serve"],
        &["fly"],
    ] {
        assert_eq!(folder.run(arguments).status, 2, "{arguments:?}");
    }
}

#[test]
fn all_invalid_settings_are_in_one_message() {
    let folder = Folder::new();
    let output = folder
        .command(&["replay", &event("ctr")])
        .env("CALLERS", "ftp://x")
        .env("CALLERS_CONCURRENCY", "0")
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("CALLERS is invalid") && shown.contains("CALLERS_CONCURRENCY"), "{shown}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = Folder::new();
    for command in [
        &["--help"][..],
        &["replay", "--help"],
        &["board", "--help"],
        &["demo", "--help"],
        &["demo", "step", "--help"],
        &["contacts", "show", "--help"],
        &["contacts", "by-customer", "--help"],
        &["contacts", "list", "--help"],
        &["simulate", "ctr", "--help"],
        &["simulate", "agents", "--help"],
        &["simulate", "centre", "--help"],
        &["callers", "serve", "--help"],
        &["wfm", "stats", "--help"],
        #[cfg(feature = "aws")]
        &["rta", "--help"],
        &["completions", "--help"],
    ] {
        let ended = folder.run(command);
        assert_eq!(ended.status, 0);
        assert!(ended.stdout.contains("Example"), "{command:?}: {}", ended.stdout);
    }
    let completions = folder.run(&["completions", "bash"]);
    assert!(completions.stdout.contains("_switchboard()"));
}

/// Without a region no service can be asked, and the SDK looks for one in many places.
#[cfg(feature = "aws")]
#[test]
fn a_region_that_is_not_set_is_one_line() {
    let folder = Folder::new();
    let queue = "https://sqs.eu-west-1.amazonaws.com/111122223333/dead";
    for arguments in [
        &[
            "redrive",
            "queue",
            "--from",
            queue,
            "--to",
            "https://sqs.eu-west-1.amazonaws.com/111122223333/live",
        ][..],
        &["redrive", "objects", "s3://raw/rejected/", "--stream", "contact-records"],
        &[
            "metrics",
            "poll",
            "current",
            "--instance",
            "arn:aws:connect:eu-west-1:111122223333:instance/00000000-0000-4000-8000-000000000001",
        ],
        &["contacts", "list", "--contacts", "dynamodb://Contacts"],
    ] {
        let mut command = folder.command(arguments);
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"] {
            command.env_remove(name);
        }
        // No files of the person's, and nobody to ask on this machine.
        command.envs([
            ("AWS_CONFIG_FILE", "nowhere"),
            ("AWS_SHARED_CREDENTIALS_FILE", "nowhere"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        let output = command.output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(shown.lines().count(), 1, "{shown}");
        assert!(shown.contains("no AWS region is set"), "{shown}");
        assert!(output.stdout.is_empty(), "{:?}", output.stdout);
        assert_eq!(output.status.code(), Some(2));
    }
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_command_that_needs_a_feature_says_how_to_run_it() {
    let folder = Folder::new();
    for arguments in
        [&["rta", "--help"][..], &["redrive", "queue", "--from", "x"], &["callers", "import", "-v"]]
    {
        let ended = folder.run(arguments);
        assert_eq!((ended.status, ended.stderr.lines().count()), (2, 1), "{ended:?}");
        assert!(ended.stderr.contains("cargo run -p switchboard --features aws -- "), "{}", ended.stderr);
    }
    assert!(
        !folder.run(&["--help"]).stdout.contains("  redrive  "),
        "commands that are not there are not listed"
    );
}

#[test]
fn the_version_names_the_features() {
    let version = Folder::new().run(&["--version"]).stdout;
    assert!(version.contains("(features: "), "{version}");
    assert_eq!(version.contains("aws"), cfg!(feature = "aws"), "{version}");
}
