//! Servers that cannot do, or do in their own way, what OpenSSH does.

use super::support::asyncssh::{Asyncssh, PASSWORD};
use super::*;

fn server(mut settings: Value) -> Asyncssh {
    settings["password"] = json!(PASSWORD);
    Asyncssh::start(settings)
}

fn direct(server: &Asyncssh) -> FileUploader {
    uploader(&with(server.password_secret(), "delivery", json!("direct")))
}

/// A first delivery and one that replaces it, each whole and alone in its folder.
#[track_caller]
fn assert_delivers_twice(server: &Asyncssh, uploader: &FileUploader) {
    for size in [300_000, 10] {
        let delivered = upload(uploader, "one.csv", &content(size)).unwrap();
        assert_eq!(delivered.bytes, size as u64);
        assert!(fs::read(server.folder().join("one.csv")).unwrap() == content(size));
        assert_eq!(files_in(&server.folder()), ["one.csv"], "{}", server.log.text());
    }
}

#[test]
fn one_that_does_everything() {
    let server = server(json!({}));
    assert_delivers_twice(&server, &uploader(&server.password_secret()));
}

#[test]
fn without_stat() {
    for code in [3, 4, 8] {
        let refuse = json!({"stat": code, "lstat": code, "fstat": code});
        let server = server(json!({ "refuse": refuse }));
        assert_delivers_twice(&server, &uploader(&server.password_secret()));
    }
}

#[test]
fn with_a_stat_that_knows_no_sizes() {
    let server = server(json!({"zero_sizes": true}));
    assert_delivers_twice(&server, &uploader(&server.password_secret()));
}

#[test]
fn without_flush() {
    for code in [3, 4, 5, 8] {
        let server = server(json!({"refuse": {"fsync": code}}));
        assert_delivers_twice(&server, &uploader(&server.password_secret()));
    }
}

#[test]
fn that_hangs_up_at_a_flush() {
    let server = server(json!({"drop_on": "fsync"}));
    assert_delivers_twice(&server, &uploader(&server.password_secret()));
    assert_eq!(server.log.count("fsync"), 1, "once is enough to learn it");
}

#[test]
fn that_finds_its_disk_full_at_the_end() {
    let server = server(json!({"refuse": {"close": 4}}));
    let error = upload(&uploader(&server.password_secret()), "one.csv", b"a").unwrap_err();
    assert!(matches!(error, SftpError::Rejected { .. }), "{error:?}");
    assert!(files_in(&server.folder()).is_empty());
}

#[test]
fn that_takes_a_file_away_at_once() {
    let server = server(json!({"take_on_close": true}));
    let uploader = uploader(&server.password_secret());
    for name in ["one.csv", "two.csv"] {
        upload(&uploader, name, &content(300_000)).unwrap();
        assert!(fs::read(server.picked_up().join(name)).unwrap() == content(300_000));
    }
    let temporary = files_in(&server.picked_up()).into_iter().filter(|name| name.ends_with(".part")).count();
    assert_eq!(temporary, 1, "the one that showed what the server does");
    assert!(files_in(&server.folder()).is_empty());
}

#[test]
fn that_takes_a_file_away_at_once_and_is_known_for_it() {
    let server = server(json!({"take_on_close": true}));
    upload(&direct(&server), "one.csv", &content(300_000)).unwrap();
    assert!(fs::read(server.picked_up().join("one.csv")).unwrap() == content(300_000));
    assert_eq!(files_in(&server.picked_up()), ["one.csv"]);
}

#[test]
fn without_rename() {
    for code in [3, 4, 8] {
        let server = server(json!({"refuse": {"rename": code}}));
        fs::write(server.folder().join("one.csv"), b"earlier").unwrap();
        let error = upload(&uploader(&server.password_secret()), "one.csv", b"later").unwrap_err();
        assert!(error.to_string().contains(r#""delivery": "direct""#), "{code}: {error}");
        assert_eq!(files_in(&server.folder()), ["one.csv"], "{code}");
        assert_eq!(fs::read(server.folder().join("one.csv")).unwrap(), b"earlier");
        assert_delivers_twice(&server, &direct(&server));
    }
}

#[test]
fn without_rename_and_delete() {
    let server = server(json!({"refuse": {"rename": 8, "remove": 3}}));
    assert_delivers_twice(&server, &direct(&server));
}

#[test]
fn without_delete() {
    let server = server(json!({"refuse": {"remove": 3}}));
    let uploader = uploader(&server.password_secret());
    for content in [b"first", b"again"] {
        upload(&uploader, "one.csv", content).unwrap();
        assert_eq!(fs::read(server.folder().join("one.csv")).unwrap(), content);
    }
    let names = files_in(&server.folder());
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with(".one.csv.") && names[0].ends_with(".old"), "{names:?}");
}

#[test]
fn that_takes_some_names_only() {
    for names in ["hidden", "not csv"] {
        let server = server(json!({"refuse_names": names}));
        let error = upload(&uploader(&server.password_secret()), "one.csv", b"a").unwrap_err();
        assert!(matches!(error, SftpError::Rejected { .. }), "{error:?}");
        assert!(error.to_string().contains(r#""delivery": "direct""#), "{error}");
        assert_delivers_twice(&server, &direct(&server));
    }
}

#[test]
fn a_direct_delivery_that_fails_is_written_whole_by_the_next() {
    let server = server(json!({}));
    let uploaders = [direct(&server), direct(&server)];
    let write = |out: &mut dyn Write| {
        out.write_all(&content(600_000))?;
        // Meanwhile another delivery of the file succeeds. What it wrote is not this one's to remove.
        upload(&uploaders[1], "one.csv", &content(700_000)).unwrap();
        Err(io::Error::from(io::ErrorKind::InvalidData))
    };
    let error = uploaders[0].upload("one.csv", write, soon()).unwrap_err();
    assert!(matches!(error, SftpError::Source(_)), "{error:?}");
    assert_eq!(fs::read(server.folder().join("one.csv")).unwrap(), content(700_000));

    let write = |out: &mut dyn Write| {
        out.write_all(&content(600_000))?;
        Err(io::Error::from(io::ErrorKind::InvalidData))
    };
    assert!(uploaders[0].upload("one.csv", write, soon()).is_err());
    assert_eq!(files_in(&server.folder()), ["one.csv"]);
    upload(&uploaders[0], "one.csv", &content(700_000)).unwrap();
    assert_eq!(fs::read(server.folder().join("one.csv")).unwrap(), content(700_000));
}
