//! Frames a stream that holds glued documents, damage and a cut-off end: `cargo run -p switchboard-core --example frames`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use switchboard_core::framing::{Framer, Piece};

fn main() {
    // A stream comes in parts that end anywhere, even inside a string that looks like a boundary.
    let parts = [
        r#"{"ContactId":"c1","note":"}{"}{"Contac"#,
        r#"tId":"c2"}"#,
        "\noops\n{\"ContactId\":\"c3\"}\n",
        r#"{"ContactId":"c4"#,
    ];
    let mut framer = Framer::new();
    for part in parts {
        framer.push(part.as_bytes());
        while let Some(piece) = framer.next() {
            print(&piece);
        }
    }
    framer.finish();
    while let Some(piece) = framer.next() {
        print(&piece);
    }
}

fn print(piece: &Piece<'_>) {
    match piece {
        Piece::Document { text, range } => println!("bytes {range:?}: document {text}"),
        Piece::Damage { fault, range, .. } => println!("bytes {range:?}: damage, {fault}"),
    }
}
