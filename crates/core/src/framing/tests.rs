use proptest::prelude::*;

use super::*;

/// The pieces as text: documents as they are, damage as `!fault:bytes`.
fn framed(bytes: &[u8]) -> Vec<String> {
    pieces(bytes).map(|piece| shown(&piece)).collect()
}

fn shown(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Document { text, .. } => (*text).to_owned(),
        Piece::Damage { bytes, fault, .. } => format!("!{fault:?}:{}", String::from_utf8_lossy(bytes)),
    }
}

#[test]
fn documents_are_found_however_they_are_set_apart() {
    let braces = r#"{"a":"}{ {\"b\":1}","c":{"d":[{}]}}"#;
    let pretty = "{\n  \"a\": {\n    \"b\": 1\n  }\n}";
    let expected = [braces, pretty, "{}", "{\"e\":1}"];
    for between in ["", "\n", "\r\n\r\n", " ", "\u{feff}"] {
        assert_eq!(framed(expected.join(between).as_bytes()), expected);
        assert_eq!(framed(format!("{between}{}{between}", expected.join(between)).as_bytes()), expected);
    }
    assert!(framed(b"").is_empty());
    assert!(framed(b" \n\t").is_empty());
}

#[test]
fn a_damaged_document_costs_only_itself() {
    let cases: &[(&str, &[&str])] = &[
        // Cut inside a string, a nested object, after a colon; with and without newlines.
        ("{\"a\":\"x\n{\"a\":2}", &["!NotJson:{\"a\":\"x", "{\"a\":2}"]),
        ("{\"a\":\"x{\"a\":2}{\"a\":3}", &["!NotJson:{\"a\":\"x", "{\"a\":2}", "{\"a\":3}"]),
        ("{\"a\":{\"b\":1{\"a\":2}", &["!NotJson:{\"a\":{\"b\":1", "{\"a\":2}"]),
        (
            "{\"a\":{\"b\":1},\"c\":{\"a\":2}\n{\"a\":3}",
            &["!NotJson:{\"a\":{\"b\":1},\"c\":", "{\"a\":2}", "{\"a\":3}"],
        ),
        (
            "{\"a\":1}{\"a\":\n{\"a\":2}\n{\"a\":3}",
            &["{\"a\":1}", "!NotJson:{\"a\":", "{\"a\":2}", "{\"a\":3}"],
        ),
        // What stands nested in the damage is no document.
        (
            "{\"a\":1,\"q\":{\"b\":2},\"r\":[{\"c\":3}],\"s",
            &["!CutOff:{\"a\":1,\"q\":{\"b\":2},\"r\":[{\"c\":3}],\"s"],
        ),
        ("{\"a\":1,\"q\":{\"b\":2},}{\"z\":1}", &["!NotJson:{\"a\":1,\"q\":{\"b\":2},}", "{\"z\":1}"]),
        // Text around documents.
        (
            "hello {\"a\":1} 42 {\"b\":2}]",
            &["!NotAnObject:hello", "{\"a\":1}", "!NotAnObject:42", "{\"b\":2}", "!NotAnObject:]"],
        ),
        ("{\"a\":}\n", &["!NotJson:{\"a\":}"]),
    ];
    for (text, expected) in cases {
        assert_eq!(framed(text.as_bytes()), *expected, "{text:?}");
    }
}

#[test]
fn the_objects_of_an_array_are_documents() {
    let cases: &[(&str, &[&str])] = &[
        (r#"[{"a":1},{"a":2}]"#, &[r#"{"a":1}"#, r#"{"a":2}"#]),
        ("\u{feff}[\n  {\"a\":1} ,\n  {\"a\":2}\n]\n", &[r#"{"a":1}"#, r#"{"a":2}"#]),
        (r#"[{"a":[{"b":1}]}][{"a":2}]{"a":3}"#, &[r#"{"a":[{"b":1}]}"#, r#"{"a":2}"#, r#"{"a":3}"#]),
        // One damaged, one of another type, and an array that is cut off.
        (r#"[{"a":1},{"a":},{"a":3}]"#, &[r#"{"a":1}"#, r#"!NotJson:{"a":},"#, r#"{"a":3}"#]),
        (r#"[{"a":1},7]"#, &[r#"{"a":1}"#, "!NotAnObject:7]"]),
        (r#"[{"a":1},"#, &[r#"{"a":1}"#]),
        // What is no array of objects is damage, and so is an array's punctuation without an array.
        ("[]", &["!NotAnObject:[]"]),
        ("[1,2]", &["!NotAnObject:[1,2]"]),
        ("[", &["!NotAnObject:["]),
        (r#"{"a":1},{"a":2}]"#, &[r#"{"a":1}"#, r#"!NotAnObject:,{"a":2}]"#]),
        (r#"[{"a":1}],"#, &[r#"{"a":1}"#, "!NotAnObject:,"]),
    ];
    for (text, expected) in cases {
        assert_eq!(framed(text.as_bytes()), *expected, "{text:?}");
        for size in 1..4 {
            let streamed: Vec<_> =
                streamed(text.as_bytes(), &[size]).into_iter().map(|(piece, _)| piece).collect();
            assert_eq!(streamed, *expected, "{text:?} in parts of {size}");
        }
    }
}

#[test]
fn a_document_that_is_not_utf8_costs_only_itself() {
    let bytes = b"{\"a\":\"\xff\"}{\"b\":1}";
    let all: Vec<_> = pieces(bytes).collect();
    assert_eq!(all[0], Piece::Damage { bytes: &bytes[..9], range: 0..9, fault: Fault::NotUtf8 });
    assert_eq!(all[1], Piece::Document { text: "{\"b\":1}", range: 9..16 });
}

#[test]
fn a_document_beyond_the_longest_is_damage_and_the_next_is_found() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_DOCUMENT_BYTES));
    let text = format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}");
    let all: Vec<_> = pieces(text.as_bytes()).collect();
    assert_eq!(all.len(), 3);
    let Piece::Damage { fault, bytes, .. } = &all[1] else { panic!("{:?}", all[1]) };
    assert_eq!((*fault, bytes.len()), (Fault::TooLong, long.len()));
    assert_eq!(shown(&all[2]), "{\"a\":2}");
}

#[test]
fn endless_garbage_does_not_gather_in_memory() {
    let mut framer = Framer::new();
    let mut damaged = 0;
    for _ in 0..40 {
        framer.push(&vec![b'x'; 1 << 20]);
        assert!(framer.buffer.len() <= WINDOW + (1 << 20));
        while let Some(piece) = framer.next() {
            let Piece::Damage { range, .. } = piece else { panic!("{piece:?}") };
            damaged += range.end - range.start;
        }
    }
    framer.finish();
    while let Some(piece) = framer.next() {
        let Piece::Damage { range, .. } = piece else { panic!("{piece:?}") };
        damaged += range.end - range.start;
    }
    assert_eq!(damaged, 40 << 20);
}

#[test]
fn bytes_that_look_like_many_unclosed_documents_take_linear_time() {
    // Read over for each brace these would be 4,000,000,000,000 bytes.
    let text = "{\"a\":".repeat(400_000);
    assert_eq!(framed(text.as_bytes()).len(), 1);
}

/// The same stream, pushed in parts of the sizes given.
fn streamed(bytes: &[u8], sizes: &[usize]) -> Vec<(String, Range<u64>)> {
    let mut framer = Framer::new();
    let mut all = Vec::new();
    let mut rest = bytes;
    let mut sizes = sizes.iter().cycle();
    loop {
        while let Some(piece) = framer.next() {
            all.push(shown_with_range(&piece));
        }
        if rest.is_empty() {
            break;
        }
        let size = (*sizes.next().unwrap()).min(rest.len());
        framer.push(&rest[..size]);
        rest = &rest[size..];
    }
    framer.finish();
    while let Some(piece) = framer.next() {
        all.push(shown_with_range(&piece));
    }
    all
}

fn shown_with_range(piece: &Piece<'_>) -> (String, Range<u64>) {
    let (Piece::Document { range, .. } | Piece::Damage { range, .. }) = piece;
    (shown(piece), range.clone())
}

/// Documents, pieces of documents and garbage in a row.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        3 => Just(r#"{"a":1,"s":"}{","q":{"b":[{"c":"\"{"}]}}"#.to_owned()),
        1 => Just("{\"a\":\"\u{e9}\\u00e9\"}\n".to_owned()),
        1 => Just("{\n \"z\" : {}\n}".to_owned()),
        2 => "[ \n]{1,3}",
        1 => Just("[{\"a\":1} , {\"a\":2}]".to_owned()),
        1 => r#"[{}\[\]":,a1 \\]{1,12}"#,
        1 => any::<String>(),
    ];
    prop::collection::vec((part, any::<prop::sample::Index>(), prop::bool::weighted(0.25)), 0..12).prop_map(
        |parts| {
            let mut bytes = Vec::new();
            for (part, cut, cuts) in parts {
                let part = part.as_bytes();
                let keep = if cuts { cut.index(part.len() + 1) } else { part.len() };
                bytes.extend_from_slice(&part[..keep]);
            }
            bytes
        },
    )
}

/// True for whitespace and an array's punctuation.
fn stands_between(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars().all(|character| " \t\r\n\u{feff}[],".contains(character))
}

proptest! {
    #[test]
    fn framing_then_joining_loses_no_byte(bytes in stream()) {
        let mut at = 0;
        for piece in pieces(&bytes) {
            let (Piece::Document { range, .. } | Piece::Damage { range, .. }) = &piece;
            let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
            prop_assert!(start < end);
            prop_assert!(stands_between(&bytes[at..start]), "{}", String::from_utf8_lossy(&bytes[at..start]));
            match piece {
                Piece::Document { text, .. } => prop_assert_eq!(text.as_bytes(), &bytes[start..end]),
                Piece::Damage { bytes: damage, .. } => prop_assert_eq!(damage, &bytes[start..end]),
            }
            at = end;
        }
        prop_assert!(stands_between(&bytes[at..]), "{}", String::from_utf8_lossy(&bytes[at..]));
    }

    #[test]
    fn a_stream_comes_out_the_same_in_whatever_parts_it_came(
        bytes in stream(), sizes in prop::collection::vec(1usize..20, 1..6),
    ) {
        let whole: Vec<_> = pieces(&bytes).map(|piece| shown_with_range(&piece)).collect();
        prop_assert_eq!(streamed(&bytes, &sizes), whole);
    }

    #[test]
    fn whole_documents_all_come_back(count in 0usize..30, between in "[ \n\r\t]{0,3}") {
        let documents: Vec<_> = (0..count).map(|n| format!("{{\"n\":{n},\"s\":\"}}{{\"}}")).collect();
        prop_assert_eq!(framed(documents.join(&between).as_bytes()), documents);
    }
}
