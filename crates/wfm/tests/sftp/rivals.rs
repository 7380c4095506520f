//! Two deliveries of one name at once, as two containers make them.

use super::*;

/// How many rounds the suite runs. `RIVAL_ROUNDS`, where it is set at compilation, asks for more.
fn rounds(few: u32) -> u32 {
    option_env!("RIVAL_ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(few)
}

/// Two uploaders deliver one object, as often as asked. Each time one whole file is there and nothing else.
fn rivals(rounds: u32, earlier: bool, fate: Fate) {
    let sshd = Sshd::start();
    let proxy = Proxy::start(sshd.port, move |_| fate);
    let secret = with(sshd.secret(), "port", json!(proxy.port));
    let uploaders = [uploader(&secret), uploader(&secret)];
    let content = content(40_000);
    for round in 0..rounds {
        let path = sshd.folder().join("one.csv");
        if earlier {
            fs::write(&path, b"earlier").unwrap();
        }
        let outcomes = thread::scope(|scope| {
            let deliveries =
                uploaders.each_ref().map(|uploader| scope.spawn(|| upload(uploader, "one.csv", &content)));
            deliveries.map(|delivery| delivery.join().unwrap())
        });
        assert_eq!(files_in(&sshd.folder()), ["one.csv"], "round {round}: {outcomes:?}");
        assert!(fs::read(&path).unwrap() == content, "round {round}: {outcomes:?}");
        for outcome in outcomes {
            assert_eq!(outcome.unwrap(), UploadedFile { bytes: 40_000 }, "round {round}");
        }
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn two_deliveries_of_one_name_leave_one_whole_file() {
    rivals(rounds(40), false, Fate::Pass);
}

#[test]
fn two_deliveries_that_replace_one_file_leave_one_whole_file() {
    rivals(rounds(40), true, Fate::Pass);
}

#[test]
fn two_deliveries_from_far_away_leave_one_whole_file() {
    rivals(rounds(5), true, Fate::Delay(Duration::from_millis(20)));
}

#[test]
fn two_first_deliveries_from_far_away_leave_one_whole_file() {
    rivals(rounds(5), false, Fate::Delay(Duration::from_millis(20)));
}

#[test]
fn a_server_without_rename_keeps_the_file_that_is_there() {
    let sshd = Sshd::with(&["ed25519"], "-P rename,posix-rename");
    fs::write(sshd.folder().join("one.csv"), b"earlier").unwrap();
    let error = upload(&uploader(&sshd.secret()), "one.csv", b"later").unwrap_err();
    assert!(matches!(error, SftpError::Rejected { .. }), "{error:?}");
    assert!(error.to_string().contains(r#""delivery": "direct""#), "{error}");
    assert_eq!(fs::read(sshd.folder().join("one.csv")).unwrap(), b"earlier");
    assert_eq!(files_in(&sshd.folder()), ["one.csv"]);
}

#[test]
fn what_another_delivery_left_is_not_removed() {
    let sshd = Sshd::start();
    let foreign = [".one.csv.part", ".one.csv.0123456789abcdef.part", ".one.csv.0123456789abcdef.old"];
    for name in foreign {
        fs::write(sshd.folder().join(name), b"not ours").unwrap();
    }
    let uploader = uploader(&sshd.secret());
    for content in [b"first", b"again"] {
        upload(&uploader, "one.csv", content).unwrap();
        assert_eq!(fs::read(sshd.folder().join("one.csv")).unwrap(), content);
    }
    for name in foreign {
        assert_eq!(fs::read(sshd.folder().join(name)).unwrap(), b"not ours", "{name}");
    }
    assert_eq!(files_in(&sshd.folder()).len(), foreign.len() + 1);
}

#[test]
fn a_folder_has_a_temporary_name_for_each_attempt() {
    let home = tempfile::tempdir().unwrap();
    let uploaders = [(); 2].map(|()| FileUploader::new(Target::Folder(home.path().to_owned())));
    let write = |out: &mut dyn Write| {
        out.write_all(&content(1_000))?;
        let hidden = files_in(home.path()).into_iter().filter(|name| name.ends_with(".part")).count();
        assert_eq!(hidden, 1);
        let other = |out: &mut dyn Write| {
            out.write_all(b"other")?;
            let hidden = files_in(home.path()).into_iter().filter(|name| name.ends_with(".part")).count();
            assert_eq!(hidden, 2);
            Ok(())
        };
        uploaders[1].upload("one.csv", other, soon()).unwrap();
        Ok(())
    };
    uploaders[0].upload("one.csv", write, soon()).unwrap();
    assert!(fs::read(home.path().join("one.csv")).unwrap() == content(1_000));
    assert_eq!(files_in(home.path()), ["one.csv"]);
}
