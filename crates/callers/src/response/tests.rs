use proptest::prelude::*;

use super::*;

#[expect(clippy::unnecessary_wraps, reason = "compared with what may fail")]
fn known(name: &str) -> BackendResult {
    Ok(Some(name.into()))
}

fn read_text(body: &str) -> BackendResult {
    read(200, "text/plain", body.as_bytes())
}

#[test]
fn names() {
    for (body, name) in [
        ("Ada Example", "Ada Example"),
        ("  Ada Example\r\n", "Ada Example"),
        ("\u{feff}Ada Example", "Ada Example"),
        ("Zoë Nuñez 王", "Zoë Nuñez 王"),
        ("123 Taxis", "123 Taxis"),
        ("nullable", "nullable"),
        ("Null", "Null"),
        ("Ada \"the first\" {Example}", "Ada \"the first\" {Example}"),
        (r#""Ada Example""#, "Ada Example"),
        (r#"" Ada Example ""#, "Ada Example"),
        (r#""Zo\u00eb""#, "Zoë"),
        (r#""null""#, "null"),
        (r#""42""#, "42"),
        (r#"{"name": "Ada Example"}"#, "Ada Example"),
        (r#" {"id": 7, "name": " Ada Example ", "tags": []} "#, "Ada Example"),
    ] {
        assert_eq!(read_text(body), known(name), "{body:?}");
    }
}

#[test]
fn nobody() {
    for body in [
        "",
        "  \r\n",
        "\u{feff}",
        "null",
        " null\n",
        r#""""#,
        r#""  ""#,
        r#""\n""#,
        r#"{"name": null}"#,
        r#"{"name": ""}"#,
        r#"{"name": " "}"#,
    ] {
        assert_eq!(read_text(body), Ok(None), "{body:?}");
    }
    for status in [204, 404] {
        assert_eq!(read(status, "text/html", b"<html>no such user</html>"), Ok(None), "{status}");
    }
}

#[test]
fn neither_a_name_nor_nobody() {
    for body in [
        "<!DOCTYPE html><title>Sign in</title>",
        " \n<html>",
        "<?xml version=\"1.0\"?><Error/>",
        "42",
        "-1.5e3",
        "true",
        "false",
        "[]",
        r#"["Ada Example"]"#,
        "{}",
        r#"{"Name": "Ada Example"}"#,
        r#"{"error": "rate exceeded"}"#,
        r#"{"name": 7}"#,
        r#"{"name": {"first": "Ada"}}"#,
        r#"{"name": ["Ada"]}"#,
        r#"{"name": "Ada Ex"#,
        r#""Ada Example"#,
        r#""Ada" "Example""#,
        r#"{"name": "Ada"} {"name": "Bob"}"#,
        "{name: Ada}",
        "[Ada]",
        "Ada\nExample",
        "Ada\r\nExample",
        "Ada\tExample",
        "Ada\u{0}",
        "Ada\u{7f}Example",
        "Ada\u{85}Example",
        "Ada\u{2028}Example",
        r#""<html>Sign in</html>""#,
        r#"{"name": " <b>Ada</b>"}"#,
        r#""Ada\nExample""#,
        r#""Ada\u0000Example""#,
        r#"{"name": "Ada\u001b[31m"}"#,
        r#""\ud800""#,
    ] {
        assert_eq!(read_text(body), Err(Failure::NotUnderstood), "{body:?}");
    }
    assert_eq!(read(200, "text/plain", b"Zo\xeb"), Err(Failure::NotUnderstood), "not UTF-8");
}

#[test]
fn error_texts_and_placeholders_are_no_names() {
    for body in [
        "undefined",
        "NaN",
        "None",
        "N/A",
        "Unknown",
        "[object Object]",
        "Not Found",
        "404 Not Found",
        "404",
        "HTTP/1.1 502 Bad Gateway",
        "Internal Server Error",
        "Internal Server Error.",
        "500: Internal Server Error",
        "Error: connect ECONNREFUSED",
        "Ada \u{202e}elpmaxE",
        "\u{200f}Ada",
        "Ada\u{2066}",
    ] {
        assert_eq!(read_text(&format!("\"{body}\"")), Err(Failure::NotUnderstood), "{body:?}");
        assert_eq!(read_text(&format!("{{\"name\":\"{body}\"}}")), Err(Failure::NotUnderstood), "{body:?}");
    }
    for name in
        ["Null", "Nan Example", "Noel Found", "404 Taxis", "Error & Sons", "Unknown Pleasures Ltd", "Okeke"]
    {
        assert_eq!(read_text(name), known(name), "{name}");
    }
}

#[test]
fn the_content_type_counts_where_it_says_html() {
    for html in ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"] {
        assert_eq!(read(200, html, b"Ada Example"), Err(Failure::NotUnderstood), "{html}");
    }
    for other in ["", "application/json", "text/plain; charset=utf-8", "text/htmlish"] {
        assert_eq!(read(200, other, b"Ada Example"), known("Ada Example"), "{other}");
        assert_eq!(read(200, other, br#""Ada Example""#), known("Ada Example"), "{other}");
    }
}

#[test]
fn the_status_comes_first() {
    for status in [100, 301, 302, 304, 400, 401, 403, 405, 410, 429, 500, 502, 503, 504, 999] {
        assert_eq!(read(status, "text/plain", b"Ada Example"), Err(Failure::Status(status)));
    }
    assert_eq!(read(201, "text/plain", b"Ada Example"), known("Ada Example"));
}

#[test]
fn a_name_is_at_most_256_characters_long() {
    let longest = "é".repeat(MAX_NAME_CHARS);
    assert_eq!(read_text(&longest), known(&longest));
    assert_eq!(read_text(&format!("{longest}é")), Err(Failure::NotUnderstood));
    assert_eq!(read_text(&format!("\"{longest}é\"")), Err(Failure::NotUnderstood));
}

#[test]
fn a_body_past_the_cap_is_not_read() {
    let padded = |length: usize| format!("Ada{}", " ".repeat(length - 3));
    assert_eq!(read_text(&padded(MAX_BODY_BYTES)), known("Ada"));
    assert_eq!(read_text(&padded(MAX_BODY_BYTES + 1)), Err(Failure::NotUnderstood));
    assert_eq!(read(404, "", padded(MAX_BODY_BYTES + 1).as_bytes()), Ok(None));
}

#[test]
fn a_document_nested_without_end_is_refused() {
    assert_eq!(read_text(&"[".repeat(MAX_BODY_BYTES)), Err(Failure::NotUnderstood));
    let deep = format!(r#"{{"name": {}"#, r#"{"name": "#.repeat(5_000));
    assert_eq!(read_text(&deep), Err(Failure::NotUnderstood));
}

fn is_a_name(name: &str) -> bool {
    !name.is_empty()
        && name == name.trim()
        && !name.contains(char::is_control)
        && !name.contains(['\u{202e}', '\u{2066}', '\u{200f}'])
        && !name.starts_with('<')
        && name.chars().count() <= MAX_NAME_CHARS
}

proptest! {
    #[test]
    fn any_bytes_are_read(status in 100_u16..600, kind in "\\PC{0,20}", body: Vec<u8>) {
        if let Ok(Some(name)) = read(status, &kind, &body) {
            prop_assert!(is_a_name(&name));
        }
    }

    #[test]
    fn any_text_is_read(body in r#"[\s"\{\[:,\\\]\}<an\x00-\x20]{0,40}|(?s).{0,300}"#) {
        if let Ok(Some(name)) = read_text(&body) {
            prop_assert!(is_a_name(&name));
        }
    }

    #[test]
    fn any_json_string_is_its_text_or_nothing(text in "(?s).{0,300}") {
        let quoted = serde_json::to_string(&text).unwrap();
        let object = serde_json::json!({ "id": 7, "name": text }).to_string();
        let expected = name(&text).map_err(Failure::from);
        prop_assert_eq!(read_text(&quoted), expected.clone());
        prop_assert_eq!(read_text(&object), expected);
    }
}
